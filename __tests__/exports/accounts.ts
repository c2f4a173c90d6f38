import { type Cloud, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { Account, Principal } from '../../src/core/session.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const CLIENT = '22222222-2222-4222-8222-222222222222';
export const SUBSCRIPTION = '33333333-3333-4333-8333-333333333333';

export const APPLICATION: Principal = { kind: 'service-principal', clientId: CLIENT, objectId: '' };
export const SYSTEM_ASSIGNED: Principal = { ...APPLICATION, kind: 'managed-identity', assigned: 'system' };
export const USER_ASSIGNED: Principal = { ...SYSTEM_ASSIGNED, assigned: 'user' };
export const USER: Principal = { kind: 'user', username: 'dev@contoso.com', objectId: '' };

export const PRIVATE_CLOUD: Cloud = {
  ...KNOWN_CLOUDS.AzureCloud,
  name: 'AzureStack',
  resourceManager: 'https://management.local.azurestack.external:8443',
  metadataHost: 'management.local.azurestack.external:8443',
  terraformName: '',
};

export function accountOf(principal: Principal, cloud: Cloud = KNOWN_CLOUDS.AzureCloud): Account {
  const tenants = { tenantId: TENANT, homeTenantId: TENANT, managedByTenants: [] };
  const subscription = { id: SUBSCRIPTION, name: 'Production', state: 'Enabled', ...tenants };
  const selected = { kind: 'subscription', subscription } as const;
  return { principal, tenantId: TENANT, cloud, subscriptions: [subscription], selected };
}

export const USER_MATERIAL = {
  kind: 'user',
  grant: {
    source: 'password',
    refreshToken: 'refresh',
    idToken: '',
    realm: 'organizations',
    homeObjectId: 'o',
    homeTenantId: TENANT,
  },
} as const;
