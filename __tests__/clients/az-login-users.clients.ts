import type { World } from '../action/world.ts';
import { asUser, compareLogins, person, withoutSubscriptions } from './az-login.ts';
import { addTenant, tenantId } from './tenants.ts';

compareLogins([
  {
    title: 'user of several tenants',
    prepare: withTenants,
    inputs: person,
    login: asUser,
  },
  {
    title: 'user of several tenants without subscriptions, allowed',
    prepare: (world) => {
      withoutSubscriptions(world);
      withTenants(world);
    },
    inputs: (world) => ({ ...person(world), 'allow-no-subscriptions': 'true' }),
    login: (world) => [...asUser(world), '--allow-no-subscriptions'],
  },
  {
    title: 'user of several tenants, at home in the last of them, with a subscription that two of them see',
    prepare: (world) => {
      const { directory } = world.simulator;
      withTenants(world);
      directory.tenants.push(...directory.tenants.splice(0, 1));
      for (const { displayName, managedByTenants, roleAssignments } of directory.subscriptions) {
        if (displayName !== 'Production') continue;
        managedByTenants.push(tenantId(1));
        roleAssignments.push(...world.contoso.user.guestIn.map(({ objectId }) => objectId));
      }
    },
    inputs: person,
    login: asUser,
  },
  {
    title: 'user without any subscription, allowed',
    prepare: (world) => {
      withoutSubscriptions(world);
      addTenant(world, 1, []);
    },
    inputs: (world) => ({ ...person(world), 'allow-no-subscriptions': 'true' }),
    login: (world) => [...asUser(world), '--allow-no-subscriptions'],
  },
  {
    title: 'guest of the tenant that is named',
    prepare: withTenants,
    inputs: (world) => ({ ...person(world), 'tenant-id': tenantId(1) }),
    login: (world) => [...asUser(world), '--tenant', tenantId(1)],
  },
  {
    title: 'user of one tenant, named by its domain',
    inputs: (world) => ({ ...person(world), 'tenant-id': 'contoso.com' }),
    login: (world) => [...asUser(world), '--tenant', 'contoso.com'],
  },
  {
    title: 'user, in a folder that logins share',
    prepare: withTenants,
    inputs: (world) => ({ ...person(world), 'config-dir': 'shared' }),
    login: asUser,
  },
]);

/** Of the others, one owns two subscriptions, one has none, and one demands a second factor. */
function withTenants(world: World): void {
  world.contoso.user.userPrincipalName = 'Ada@Contoso.com';
  addTenant(world, 1, ['Guest A', 'Guest B']);
  addTenant(world, 2, []);
  addTenant(world, 3, ['Guest C']);
  addTenant(world, 4, ['Guest D'], 'required');
}
