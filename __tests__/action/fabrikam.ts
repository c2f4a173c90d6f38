import { application, subscription, tenant } from '../../simulator/directory.ts';
import type { World } from './world.ts';

/** A second company, whose application trusts the same workflow. */
export interface Fabrikam {
  readonly identity: Readonly<Record<'client-id' | 'tenant-id', string>>;
  readonly principalId: string;
  readonly clientSecret: string;
  readonly subscriptionId: string;
}

export function addFabrikam({ simulator, contoso }: World): Fabrikam {
  const { directory } = simulator;
  const home = tenant({
    id: 'f1111111-1111-4111-8111-111111111111',
    domains: ['fabrikam.onmicrosoft.com'],
    displayName: 'Fabrikam',
    cloud: 'AzureCloud',
  });
  const deploy = application({
    clientId: 'f2222222-2222-4222-8222-222222222222',
    displayName: 'fabrikam-deploy',
    tenantId: home.id,
  });
  const principalId = 'f3333333-3333-4333-8333-333333333333';
  const clientSecret = 'Sim8Q~another.secret-of.the_second-company';
  const stores = subscription({
    id: 'faaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
    displayName: 'Stores',
    tenantId: home.id,
    cloud: 'AzureCloud',
  });
  deploy.secrets.push({ value: clientSecret, expiresOn: new Date(Date.now() + 24 * 3600 * 1000) });
  deploy.federatedCredentials.push(...contoso.application.federatedCredentials);
  deploy.servicePrincipals.push({ tenantId: home.id, objectId: principalId, enabled: true });
  stores.roleAssignments.push(principalId);
  stores.resourceGroups.push({ name: 'stores-web', location: 'northeurope', tags: {} });
  directory.tenants.push(home);
  directory.applications.push(deploy);
  directory.subscriptions.push(stores);
  return {
    identity: { 'client-id': deploy.clientId, 'tenant-id': home.id },
    principalId,
    clientSecret,
    subscriptionId: stores.id,
  };
}
