import { type Multifactor, subscription, tenant } from '../../simulator/directory.ts';
import type { World } from '../action/world.ts';

/** Another tenant of the world's user, who reads the subscriptions in it. */
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
  for (const displayName of subscriptions) addSubscription(world, id, objectId, displayName);
}

export function addSubscription({ simulator }: World, tenantId: string, reader: string, displayName: string): void {
  simulator.directory.subscriptions.push({
    ...subscription({ id: crypto.randomUUID(), displayName, tenantId, cloud: 'AzureCloud' }),
    roleAssignments: [reader],
    resourceGroups: [groupOf(displayName)].map((name) => ({ name, location: 'westeurope', tags: {} })),
  });
}

/** The one resource group of a subscription. */
export function groupOf(subscriptionName: string): string {
  return `${subscriptionName.toLowerCase().replace(' ', '-')}-web`;
}

export function tenantId(number: number): string {
  return `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
}
