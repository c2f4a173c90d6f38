import type { Directory, ResourceGroup, Subscription, Tenant, User } from '../directory.ts';
import type { Caller } from './caller.ts';

type Document = Record<string, unknown>;

/** Source: Azure REST API, "Subscriptions - List" (2022-12-01). */
export function subscriptionDocument(subscription: Subscription): Document {
  return {
    id: `/subscriptions/${subscription.id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: subscription.managedByTenants.map((tenantId) => ({ tenantId })),
    subscriptionId: subscription.id,
    tenantId: subscription.tenantId,
    displayName: subscription.displayName,
    state: subscription.state,
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}

/** Source: Azure REST API, "Tenants - List". An application sees its token's tenant alone, without its names. */
export function tenantDocuments(directory: Directory, caller: Caller): Document[] {
  const { user } = caller;
  if (user === undefined)
    return [{ id: `/tenants/${caller.tenantId}`, tenantId: caller.tenantId, tenantCategory: 'Home' }];
  return userTenants(directory, user).map((tenant) => ({
    id: `/tenants/${tenant.id}`,
    tenantId: tenant.id,
    countryCode: 'NL',
    displayName: tenant.displayName,
    domains: tenant.domains,
    defaultDomain: tenant.domains[0],
    tenantType: 'AAD',
    tenantCategory: 'Home',
  }));
}

function userTenants(directory: Directory, user: User): Tenant[] {
  const ids = [user.tenantId, ...user.guestIn.map((guest) => guest.tenantId)];
  return directory.tenants.filter((tenant) => ids.includes(tenant.id));
}

export function groupDocument(subscription: Subscription, group: ResourceGroup): Document {
  return {
    id: `/subscriptions/${subscription.id}/resourceGroups/${group.name}`,
    name: group.name,
    type: 'Microsoft.Resources/resourceGroups',
    location: group.location,
    tags: group.tags,
    properties: { provisioningState: 'Succeeded' },
  };
}

export function providerDocument(subscription: Subscription, namespace: string): Document {
  const isRegistered = subscription.registeredProviders.some(
    (registered) => registered.toLowerCase() === namespace.toLowerCase(),
  );
  return {
    id: `/subscriptions/${subscription.id}/providers/${namespace}`,
    namespace,
    registrationState: isRegistered ? 'Registered' : 'NotRegistered',
    registrationPolicy: 'RegistrationRequired',
    resourceTypes: [],
  };
}

export function locationDocuments(subscription: Subscription): Document[] {
  return [
    { name: 'westeurope', displayName: 'West Europe' },
    { name: 'northeurope', displayName: 'North Europe' },
  ].map((location) => ({
    id: `/subscriptions/${subscription.id}/locations/${location.name}`,
    type: 'Region',
    ...location,
    regionalDisplayName: location.displayName,
    metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
  }));
}
