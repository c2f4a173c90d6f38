import type { Cloud } from './clouds.ts';
import type { CredentialMaterial, TenantToken } from './credential.ts';
import type { FileIdentity } from './files.ts';

/** What was acquired and verified, before anything of it is written or exported. */
export type Session = SignedIn | ImportedCertificates;

/** An account of Entra ID with its tokens. */
export interface SignedIn {
  readonly kind: 'account';
  readonly account: Account;
  readonly material: CredentialMaterial;
  /** Tokens of Resource Manager, one a tenant, that of the account's own tenant first. */
  readonly managementTokens: readonly [TenantToken, ...TenantToken[]];
  /** Further tokens that the workflow asked for. */
  readonly furtherTokens: readonly TenantToken[];
}

/** What a publish settings file brings: no account and no token, but a management certificate for each subscription. */
export interface ImportedCertificates {
  readonly kind: 'management-certificates';
  readonly cloud: Cloud;
  readonly subscriptions: readonly ManagedSubscription[];
  /** One of `subscriptions`. */
  readonly selected: ManagedSubscription;
  readonly source: PublishSettingsSource;
}

export interface ManagedSubscription extends ImportedSubscription {
  /** There is no service left that could tell it. */
  readonly state: 'Unknown';
}

/** A subscription of a publish settings file, with everything the classic CLI needs to manage it. */
export interface ImportedSubscription {
  /** A GUID in lower case, as Resource Manager writes it. */
  readonly id: string;
  /** The id where the file gives no name. */
  readonly name: string;
  /** The cloud's own address of its classic service, without a trailing slash; never the file's text. */
  readonly managementEndpoint: string;
  readonly cloudName: string;
  readonly certificate: ManagementCertificate;
}

/**
 * A certificate that classic subscriptions know, with its key, as the classic CLI keeps them. Checked: RSA, at least
 * 2048 bits, valid now.
 */
export interface ManagementCertificate {
  /** Unencrypted PEM, PKCS#1: `RSA PRIVATE KEY`. */
  readonly key: string;
  /** PEM of the certificate alone, without a chain. */
  readonly cert: string;
  /** SHA-1 of the DER certificate, upper-case hex, as the portal showed it. */
  readonly thumbprint: string;
  readonly notAfter: Date;
}

/** Where publish settings came from, and what `delete-publish-settings` may delete: no other file that has the path by then. */
export type PublishSettingsSource =
  | { readonly kind: 'text' }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly identity: FileIdentity;
      /** The link itself, where the path is one. */
      readonly name: FileIdentity;
    };

/** @returns `undefined` for a tenant-level account, which has none */
export function defaultSubscription(session: Session): Subscription | ManagedSubscription | undefined {
  if (session.kind !== 'account') return session.selected;
  const { selected } = session.account;
  return selected.kind === 'subscription' ? selected.subscription : undefined;
}

export function cloudOfSession(session: Session): Cloud {
  return session.kind === 'account' ? session.account.cloud : session.cloud;
}

/** Who signed in, where, and to what: what every consumer is told. */
export interface Account {
  readonly principal: Principal;
  /** Tenant of the access token: a GUID, also where the workflow named a domain. */
  readonly tenantId: string;
  readonly cloud: Cloud;
  /** Every subscription the identity sees, in any state; empty for a tenant-level account. */
  readonly subscriptions: readonly Subscription[];
  /** The default one; a tenant-level account has none. */
  readonly selected: Selection;
  /** Tenants in which the identity has no subscription, where each counts as an account of its own. */
  readonly bareTenants?: readonly string[];
}

export type Selection =
  | { readonly kind: 'subscription'; readonly subscription: Subscription }
  | { readonly kind: 'tenant-level' };

export type Principal = ServicePrincipal | ManagedIdentity | User;

interface ServicePrincipal {
  readonly kind: 'service-principal';
  /** Application id, or identifier URI, as the workflow gave it: `az` compares it letter by letter. */
  readonly clientId: string;
  /** Object id in the tenant; `''` when the token does not tell. */
  readonly objectId: string;
}

interface ManagedIdentity {
  readonly kind: 'managed-identity';
  readonly assigned: 'system' | 'user';
  /** Client id of the identity: as the workflow gave it, or as the token tells; `''` when neither does. */
  readonly clientId: string;
  readonly objectId: string;
}

export interface User {
  readonly kind: 'user';
  /** User principal name, as the token spells it: clients compare it without regard to case. */
  readonly username: string;
  /** Object id in the account's tenant: a guest has another one than at home. */
  readonly objectId: string;
}

export interface Subscription {
  readonly id: string;
  readonly name: string;
  /** `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`. */
  readonly state: string;
  /** Tenant whose tokens reach it: the one signed in to. */
  readonly tenantId: string;
  /** Tenant that owns it; another one under Azure Lighthouse. */
  readonly homeTenantId: string;
  readonly managedByTenants: readonly string[];
  /** Of the tenant that reaches it, where a user did not name that. */
  readonly tenantNames?: TenantNames;
}

/** What Resource Manager calls a tenant; each `''` where it does not tell. */
export interface TenantNames {
  readonly defaultDomain: string;
  readonly displayName: string;
}

/** An account with the Resource Manager tokens for all of its subscriptions. */
export type AccountWithTokens = Pick<SignedIn, 'account' | 'managementTokens'>;

/** The name of the signed-in identity, as both CLIs show it. */
export function accountName(principal: Principal): string {
  switch (principal.kind) {
    case 'service-principal':
      return principal.clientId;
    case 'managed-identity':
      return principal.assigned === 'system' ? 'systemAssignedIdentity' : 'userAssignedIdentity';
    case 'user':
      return principal.username;
  }
}
