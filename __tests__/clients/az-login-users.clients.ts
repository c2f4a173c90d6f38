import type { World } from '../action/world.ts';
import { compareLogins, ofUser, withoutSubscriptions } from './az-login.ts';
import { addTenant, tenantId } from './tenants.ts';

const ALLOWED = { inputs: { 'allow-no-subscriptions': 'true' }, args: ['--allow-no-subscriptions'] };

compareLogins([
  ofUser('user of several tenants', { prepare: withTenants }),
  ofUser('user of several tenants without subscriptions, allowed', {
    ...ALLOWED,
    prepare: (world) => {
      withoutSubscriptions(world);
      withTenants(world);
    },
  }),
  ofUser('user of several tenants, at home in the last of them, with a subscription that two of them see', {
    prepare: (world) => {
      const { directory } = world.simulator;
      withTenants(world);
      directory.tenants.push(...directory.tenants.splice(0, 1));
      const [{ managedByTenants, roleAssignments }] = world.contoso.subscriptions;
      managedByTenants.push(tenantId(1));
      roleAssignments.push(...world.contoso.user.guestIn.map(({ objectId }) => objectId));
    },
  }),
  ofUser('user without any subscription, allowed', {
    ...ALLOWED,
    prepare: (world) => {
      withoutSubscriptions(world);
      addTenant(world, 1, []);
    },
  }),
  ofUser('guest of the tenant that is named', {
    prepare: withTenants,
    inputs: { 'tenant-id': tenantId(1) },
    args: ['--tenant', tenantId(1)],
  }),
  ofUser('user of one tenant, named by its domain', {
    inputs: { 'tenant-id': 'contoso.com' },
    args: ['--tenant', 'contoso.com'],
  }),
  ofUser('user, in a folder that logins share', { prepare: withTenants, inputs: { 'config-dir': 'shared' } }),
]);

/** Of the others, one owns two subscriptions, one has none, and one demands a second factor. */
function withTenants(world: World): void {
  world.contoso.user.userPrincipalName = 'Ada@Contoso.com';
  addTenant(world, 1, ['Guest A', 'Guest B']);
  addTenant(world, 2, []);
  addTenant(world, 3, ['Guest C']);
  addTenant(world, 4, ['Guest D'], 'required');
}
