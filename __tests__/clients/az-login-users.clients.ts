import type { World } from '../action/world.ts';
import { compareLogins, ofUser, withoutSubscriptions } from './az-login.ts';
import { addTenant, tenantId } from './tenants.ts';

const ALLOWED = { inputs: { 'allow-no-subscriptions': 'true' }, args: ['--allow-no-subscriptions'] };

compareLogins([
  ofUser('user of several tenants', { prepare: withTenants }),
  ofUser('user of several tenants without subscriptions', {
    ...ALLOWED,
    prepare: (world) => {
      withoutSubscriptions(world);
      withTenants(world);
    },
  }),
  ofUser('user whose home tenant is the last of several, with a subscription that two tenants manage', {
    prepare: (world) => {
      const { directory } = world.simulator;
      withTenants(world);
      directory.tenants.push(...directory.tenants.splice(0, 1));
      const [{ managedByTenants, roleAssignments }] = world.contoso.subscriptions;
      managedByTenants.push(tenantId(1));
      roleAssignments.push(...world.contoso.user.guestIn.map(({ objectId }) => objectId));
    },
  }),
  ofUser('user without subscriptions', {
    ...ALLOWED,
    prepare: (world) => {
      withoutSubscriptions(world);
      addTenant(world, 1, []);
    },
  }),
  ofUser('guest of the requested tenant', {
    prepare: withTenants,
    inputs: { 'tenant-id': tenantId(1) },
    args: ['--tenant', tenantId(1)],
  }),
  ofUser('user of a tenant in the form of its domain', {
    inputs: { 'tenant-id': 'contoso.com' },
    args: ['--tenant', 'contoso.com'],
  }),
  ofUser('user, in a shared folder', { prepare: withTenants, inputs: { 'config-dir': 'shared' } }),
]);

/** Four more tenants: one without subscriptions, and one that requires multifactor authentication. */
function withTenants(world: World): void {
  world.contoso.user.userPrincipalName = 'Ada@Contoso.com';
  addTenant(world, 1, ['Guest A', 'Guest B']);
  addTenant(world, 2, []);
  addTenant(world, 3, ['Guest C']);
  addTenant(world, 4, ['Guest D'], 'required');
}
