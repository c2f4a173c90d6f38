import type { Cloud } from '../core/clouds.ts';
import type { CredentialMaterial } from '../core/credential.ts';
import { type Account, accountName, type ManagedSubscription, type Subscription } from '../core/session.ts';
import { type InstalledAz, isBefore } from './runner-image.ts';

/**
 * `azureProfile.json`: the one file that both CLIs read. `az` matches `environmentName` and `user.name` letter by
 * letter, wants exactly one default, and would rewrite the file to add a missing `installationId`.
 * Source: azure-cli, `azure/cli/core/_profile.py`; azure-xplat-cli, `lib/util/profile/subscription.js`.
 */
export interface ProfileSubscription {
  readonly id: string;
  readonly name: string;
  /** `az account list` hides an entry without it; one from a publish settings file has none. */
  readonly state?: string;
  readonly user?: ProfileUser;
  readonly isDefault: boolean;
  readonly tenantId?: string;
  readonly environmentName: string;
  /** Absent on a tenant-level account and in a Stack Hub, as `az` writes it. */
  readonly homeTenantId?: string;
  readonly managedByTenants?: readonly { readonly tenantId: string }[];
  /** From `az` 2.61, of a user who named no tenant; `null` where Resource Manager does not tell. */
  readonly tenantDefaultDomain?: string | null;
  readonly tenantDisplayName?: string | null;
  /** PEMs of a management certificate: the classic CLI's credential in the command mode `asm`. */
  readonly managementCertificate?: { readonly key: string; readonly cert: string };
  readonly managementEndpointUrl?: string;
}

interface ProfileUser {
  readonly name: string;
  readonly type: 'servicePrincipal' | 'user';
  /** Informational: the switch that counts is in the service principal's entry. */
  readonly useCertSNIssuerAuth?: true;
  /** Which managed identity: `MSI`, `MSIClient-` with the client id, or `MSIObject-` with the object id. */
  readonly assignedIdentityInfo?: string;
}

/** The name `az` gives the stand-in for a subscription that a tenant-level account does not have. */
const TENANT_LEVEL_NAME = 'N/A(tenant level account)';

/** The entries an account brings to the profile, as the `az` that is there writes them; the default one is marked. */
export function profileEntries(account: Account, user: ProfileUser, az: InstalledAz): ProfileSubscription[] {
  const {
    selected,
    subscriptions,
    tenantId,
    bareTenants = selected.kind === 'tenant-level' ? [tenantId] : [],
  } = account;
  const names = isBefore(az.version, '2.61') ? 'omit' : 'tell';
  return [
    ...subscriptions.map((subscription) => entry(subscription, account, user, names)),
    ...bareTenants.map((bare) => tenantLevelEntry(bare, account, user)),
  ];
}

function entry(
  subscription: Subscription,
  account: Account,
  user: ProfileUser,
  names: 'tell' | 'omit',
): ProfileSubscription {
  const { selected } = account;
  const { tenantNames } = names === 'tell' ? subscription : {};
  return {
    id: subscription.id,
    name: subscription.name,
    state: subscription.state,
    user,
    isDefault: selected.kind === 'subscription' && subscription.id === selected.subscription.id,
    tenantId: subscription.tenantId,
    environmentName: account.cloud.name,
    ...owners(subscription, account.cloud),
    ...(tenantNames === undefined
      ? {}
      : {
          tenantDefaultDomain: tenantNames.defaultDomain || null,
          tenantDisplayName: tenantNames.displayName || null,
        }),
  };
}

/** The interfaces of a Stack Hub that `az` uses are older than these. */
function owners(
  { homeTenantId, managedByTenants }: Subscription,
  { definition }: Cloud,
): Pick<ProfileSubscription, 'homeTenantId' | 'managedByTenants'> {
  if (definition.kind === 'written' && definition.apiProfile !== 'latest') return {};
  return { homeTenantId, managedByTenants: managedByTenants.map((tenantId) => ({ tenantId })) };
}

/** An entry as `azure account import` makes it: it has no user, no tenant and no state. */
export function certificateEntry(
  { id, name, certificate, managementEndpoint }: ManagedSubscription,
  cloud: Cloud,
  selected: ManagedSubscription,
): ProfileSubscription {
  return {
    id,
    name,
    managementCertificate: { key: certificate.key, cert: certificate.cert },
    isDefault: id === selected.id,
    environmentName: cloud.name,
    managementEndpointUrl: managementEndpoint,
  };
}

function tenantLevelEntry(tenantId: string, account: Account, user: ProfileUser): ProfileSubscription {
  return {
    id: tenantId,
    name: TENANT_LEVEL_NAME,
    state: 'Enabled',
    user,
    isDefault: account.selected.kind === 'tenant-level' && tenantId === account.tenantId,
    tenantId,
    environmentName: account.cloud.name,
  };
}

export function profileUser({ principal }: Account, material: CredentialMaterial): ProfileUser {
  if (material.kind === 'token-endpoint') return endpointUser(principal);
  const name = accountName(principal);
  if (principal.kind === 'user') return { name, type: 'user' };
  if (principal.kind === 'managed-identity') {
    const assignedIdentityInfo = principal.assigned === 'system' ? 'MSI' : `MSIClient-${principal.clientId}`;
    return { name, type: 'servicePrincipal', assignedIdentityInfo };
  }
  const sendsChain = material.kind === 'client-certificate' && material.chain === 'send';
  return { name, type: 'servicePrincipal', ...(sendsChain ? { useCertSNIssuerAuth: true as const } : {}) };
}

/**
 * `az` asks the endpoint only for what it takes for a managed identity. It names it by its object id: of one application in
 * two tenants that tells which.
 */
function endpointUser(principal: Account['principal']): ProfileUser {
  const { objectId } = principal;
  const ofClient = principal.kind === 'user' ? 'MSI' : `MSIClient-${principal.clientId}`;
  const assignedIdentityInfo = objectId === '' ? ofClient : `MSIObject-${objectId}`;
  return { name: 'userAssignedIdentity', type: 'servicePrincipal', assignedIdentityInfo };
}
