import { type Application, application, subscription, tenant } from '../../simulator/directory.ts';
import type { World } from './world.ts';

export type Fabrikam = ReturnType<typeof addFabrikam>;

const IN_PUBLIC_CLOUD = { cloud: 'AzureCloud' } as const;

/** Adds a second tenant, whose application trusts the same workflow. */
export function addFabrikam({ simulator: { directory }, contoso }: World) {
  const tenantId = 'f1111111-1111-4111-8111-111111111111';
  const clientId = 'f2222222-2222-4222-8222-222222222222';
  const principalId = 'f3333333-3333-4333-8333-333333333333';
  const clientSecret = 'Sim8Q~another.secret-of.the_second-company';
  const subscriptionId = 'faaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
  const names = { domains: ['fabrikam.onmicrosoft.com'], displayName: 'Fabrikam' };
  directory.tenants.push(tenant({ id: tenantId, ...names, ...IN_PUBLIC_CLOUD }));
  const basics = { clientId, displayName: 'fabrikam-deploy', tenantId };
  const added = addApplication(directory.applications, basics, principalId, clientSecret);
  added.federatedCredentials.push(...contoso.application.federatedCredentials);
  const stores = subscription({ id: subscriptionId, displayName: 'Stores', tenantId, ...IN_PUBLIC_CLOUD });
  stores.roleAssignments.push(principalId);
  stores.resourceGroups.push({ name: 'stores-web', location: 'northeurope', tags: {} });
  directory.subscriptions.push(stores);
  return { identity: { 'client-id': clientId, 'tenant-id': tenantId }, principalId, clientSecret, subscriptionId };
}

export function addApplication(
  applications: Application[],
  basics: Parameters<typeof application>[0],
  objectId: string,
  secret: string,
): Application {
  const added = application(basics);
  added.secrets.push({ value: secret, expiresOn: new Date(Date.now() + 24 * 3600 * 1000) });
  added.servicePrincipals.push({ tenantId: basics.tenantId, objectId, enabled: true });
  applications.push(added);
  return added;
}

/** Adds a tenant with one subscription, in which the user is a guest. */
export function addGuestTenant({ simulator: { directory }, contoso }: World, number: number) {
  const idOf = (kind: string) => `${String(number).padStart(8, '0')}-0000-4000-8000-${kind.padStart(12, '0')}`;
  const [tenantId, objectId, subscriptionId] = [idOf('a'), idOf('b'), idOf('c')];
  const names = { domains: [`t${number}.example`], displayName: `Tenant ${number}` };
  directory.tenants.push(tenant({ id: tenantId, ...names, ...IN_PUBLIC_CLOUD }));
  contoso.user.guestIn.push({ tenantId, objectId, multifactor: 'none' });
  const own = subscription({ id: subscriptionId, displayName: `Guest ${number}`, tenantId, ...IN_PUBLIC_CLOUD });
  directory.subscriptions.push({ ...own, roleAssignments: [objectId] });
  return { tenantId, objectId, subscriptionId };
}
