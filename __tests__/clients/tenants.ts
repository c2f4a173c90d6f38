import { type Multifactor, type Subscription, subscription, tenant } from '../../simulator/directory.ts';
import type { World } from '../action/world.ts';

/** Adds a tenant in which the world's user is a guest with access to these subscriptions. */
export function addTenant(
  world: World,
  number: number,
  subscriptions: readonly string[],
  multifactor: Multifactor = 'none',
): void {
  const [id, objectId] = [tenantId(number), crypto.randomUUID()];
  const name = { displayName: `Tenant ${number}`, domains: [`tenant-${number}.example`] };
  world.simulator.directory.tenants.push(tenant({ id, ...name, cloud: 'AzureCloud' }));
  world.contoso.user.guestIn.push({ tenantId: id, objectId, multifactor });
  for (const displayName of subscriptions) addSubscription(world, displayName, [objectId], id);
}

/** Adds a subscription with one resource group, by default to the world's tenant. */
export function addSubscription(
  { simulator, contoso }: World,
  displayName: string,
  roleAssignments: string[] = [],
  tenantId = contoso.tenant.id,
): Subscription {
  const added: Subscription = {
    ...subscription({ id: crypto.randomUUID(), displayName, tenantId, cloud: 'AzureCloud' }),
    roleAssignments,
    resourceGroups: [{ name: groupOf(displayName), location: 'westeurope', tags: {} }],
  };
  simulator.directory.subscriptions.push(added);
  return added;
}

export function groupOf(subscriptionName: string): string {
  return `${subscriptionName.toLowerCase().replace(' ', '-')}-web`;
}

export function tenantId(number: number): string {
  return `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
}
