import type { Cloud } from '../core/clouds.ts';
import type { CredentialMaterial } from '../core/credential.ts';
import { type Account, accountName, type ManagedSubscription, type Subscription } from '../core/session.ts';
import { type InstalledAz, isBefore } from './runner-image.ts';

/**
 * A subscription in `azureProfile.json`, which both CLIs read. `az` compares `environmentName` and `user.name`
 * case-sensitively, expects exactly one default, and rewrites the file to add a missing `installationId`.
 * Source: azure-cli, `azure/cli/core/_profile.py`; azure-xplat-cli, `lib/util/profile/subscription.js`.
 */
export interface ProfileSubscription {
  readonly id: string;
  readonly name: string;
  /** Absent for a subscription from a publish settings file: `az account list` hides an entry without a state. */
  readonly state?: string;
  readonly user?: ProfileUser;
  readonly isDefault: boolean;
  readonly tenantId?: string;
  readonly environmentName: string;
  /** Absent for a tenant-level account and on Azure Stack Hub, as in `az`. */
  readonly homeTenantId?: string;
  readonly managedByTenants?: readonly { readonly tenantId: string }[];
  /** `az` 2.61 and later write it for a user who named no tenant; `null` if Resource Manager does not return it. */
  readonly tenantDefaultDomain?: string | null;
  readonly tenantDisplayName?: string | null;
  /** PEMs of a management certificate: the classic CLI's credential in the command mode `asm`. */
  readonly managementCertificate?: { readonly key: string; readonly cert: string };
  readonly managementEndpointUrl?: string;
}

interface ProfileUser {
  readonly name: string;
  readonly type: 'servicePrincipal' | 'user';
  /** Informational: `az` uses the flag of the service principal's entry. */
  readonly useCertSNIssuerAuth?: true;
  /** Which managed identity: `MSI`, `MSIClient-` with the client id, or `MSIObject-` with the object id. */
  readonly assignedIdentityInfo?: string;
}

/** The name that `az` writes for the placeholder subscription of a tenant-level account. */
const TENANT_LEVEL_NAME = 'N/A(tenant level account)';

/** The subscriptions of an account, as the installed `az` writes them. */
export function profileSubscriptions(account: Account, user: ProfileUser, az: InstalledAz): ProfileSubscription[] {
  const {
    selected,
    subscriptions,
    tenantId,
    tenantsWithoutSubscription = selected === undefined ? [tenantId] : [],
  } = account;
  const names = isBefore(az.version, '2.61') ? 'omit' : 'include';
  return [
    ...subscriptions.map((subscription) => accountSubscription(subscription, account, user, names)),
    ...tenantsWithoutSubscription.map((tenant) => tenantLevelSubscription(tenant, account, user)),
  ];
}

function accountSubscription(
  subscription: Subscription,
  account: Account,
  user: ProfileUser,
  names: 'include' | 'omit',
): ProfileSubscription {
  const { tenantNames } = names === 'include' ? subscription : {};
  return {
    id: subscription.id,
    name: subscription.name,
    state: subscription.state,
    user,
    isDefault: subscription.id === account.selected?.id,
    tenantId: subscription.tenantId,
    environmentName: account.cloud.name,
    ...owningTenants(subscription, account.cloud),
    ...(tenantNames === undefined
      ? {}
      : {
          tenantDefaultDomain: tenantNames.defaultDomain || null,
          tenantDisplayName: tenantNames.displayName || null,
        }),
  };
}

/** Omitted on Azure Stack Hub, where `az` uses API versions that do not have these fields. */
function owningTenants(
  { homeTenantId, managedByTenants }: Subscription,
  { definition }: Cloud,
): Pick<ProfileSubscription, 'homeTenantId' | 'managedByTenants'> {
  if (definition.kind === 'written' && definition.apiProfile !== 'latest') return {};
  return { homeTenantId, managedByTenants: managedByTenants.map((tenantId) => ({ tenantId })) };
}

/** A subscription as `azure account import` writes it, without user, tenant and state. */
export function certificateSubscription(
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

function tenantLevelSubscription(tenantId: string, account: Account, user: ProfileUser): ProfileSubscription {
  return {
    id: tenantId,
    name: TENANT_LEVEL_NAME,
    state: 'Enabled',
    user,
    isDefault: account.selected === undefined && tenantId === account.tenantId,
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
 * `az` requests tokens from the endpoint only for a managed identity, so the user is written as one. The object id
 * identifies it, because it differs between two tenants of one application.
 */
function endpointUser(principal: Account['principal']): ProfileUser {
  const { objectId } = principal;
  const byClientId = principal.kind === 'user' ? 'MSI' : `MSIClient-${principal.clientId}`;
  const assignedIdentityInfo = objectId === '' ? byClientId : `MSIObject-${objectId}`;
  return { name: 'userAssignedIdentity', type: 'servicePrincipal', assignedIdentityInfo };
}
