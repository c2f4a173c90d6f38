import type { Cloud } from './clouds.ts';
import type { CredentialMaterial, TenantToken } from './credential.ts';

/** The result of a sign-in, acquired and verified but not yet written or exported. */
export type Session = SignedIn | ImportedCertificates;

/** An account of Entra ID with its tokens. */
export interface SignedIn {
  readonly kind: 'account';
  readonly account: Account;
  readonly material: CredentialMaterial;
  /** Tokens for Resource Manager, one for each tenant, the account's tenant first. */
  readonly managementTokens: readonly [TenantToken, ...TenantToken[]];
  /** Tokens for the input `token-scopes`. */
  readonly additionalTokens: readonly TenantToken[];
}

/** The content of a publish settings file: management certificates for subscriptions, without an account or a token. */
export interface ImportedCertificates {
  readonly kind: 'management-certificates';
  readonly cloud: Cloud;
  readonly subscriptions: readonly ManagedSubscription[];
  /** One of `subscriptions`. */
  readonly selected: ManagedSubscription;
  readonly source: PublishSettingsSource;
}

/** A subscription of a publish settings file, as the classic CLI needs it. */
export interface ManagedSubscription {
  /** A GUID in lower case, as in Resource Manager. */
  readonly id: string;
  /** The id if the file contains no name. */
  readonly name: string;
  /** The cloud's built-in URL, without a trailing slash. The URL in the file is not used. */
  readonly managementEndpoint: string;
  readonly cloudName: string;
  /** No service reports the state any more. */
  readonly state: 'Unknown';
  readonly certificate: ManagementCertificate;
}

/**
 * A certificate for classic subscriptions, with its key, in the classic CLI's format. Validated: RSA, at least 2048
 * bits, valid now.
 */
export interface ManagementCertificate {
  /** Unencrypted PEM, PKCS#1: `RSA PRIVATE KEY`. */
  readonly key: string;
  /** PEM of the certificate, without a chain. */
  readonly cert: string;
  /** SHA-1 of the DER certificate, upper-case hex, as the portal showed it. */
  readonly thumbprint: string;
  readonly notAfter: Date;
}

/** The origin of publish settings. `delete-publish-settings` deletes the file only if it is still the same one. */
export type PublishSettingsSource =
  | { readonly kind: 'text' }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly identity: string;
      /** Identity of the path itself, which differs from `identity` if it is a link. */
      readonly pathIdentity: string;
    };

/** @returns `undefined` for a tenant-level account */
export function defaultSubscription(session: Session): Subscription | ManagedSubscription | undefined {
  return session.kind === 'account' ? session.account.selected : session.selected;
}

export function cloudOfSession(session: Session): Cloud {
  return session.kind === 'account' ? session.account.cloud : session.cloud;
}

export interface Account {
  readonly principal: Principal;
  /** Tenant of the access token: a GUID, even if the workflow specifies a domain. */
  readonly tenantId: string;
  readonly cloud: Cloud;
  /** Every subscription that the identity can access, in any state; empty for a tenant-level account. */
  readonly subscriptions: readonly Subscription[];
  /** The default subscription; `undefined` for a tenant-level account. */
  readonly selected: Subscription | undefined;
  /** Tenants in which the identity has no subscription, if each of them is to get an account. */
  readonly tenantsWithoutSubscription?: readonly string[];
}

export type Principal = ServicePrincipal | ManagedIdentity | User;

interface ServicePrincipal {
  readonly kind: 'service-principal';
  /** Application id or identifier URI, as in the input: `az` compares it case-sensitively. */
  readonly clientId: string;
  /** Object id in the tenant; `''` if the token has no such claim. */
  readonly objectId: string;
}

interface ManagedIdentity {
  readonly kind: 'managed-identity';
  readonly assigned: 'system' | 'user';
  /** Client id of the identity, from the input or the token; `''` if neither contains it. */
  readonly clientId: string;
  readonly objectId: string;
}

export interface User {
  readonly kind: 'user';
  /** User principal name, as in the token. Clients compare it case-insensitively. */
  readonly username: string;
  /** Object id in the account's tenant. A guest has a different one in the home tenant. */
  readonly objectId: string;
}

export interface Subscription {
  readonly id: string;
  readonly name: string;
  /** `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`. */
  readonly state: string;
  /** The tenant signed in to, whose tokens give access. */
  readonly tenantId: string;
  /** The tenant that owns the subscription. Differs from `tenantId` under Azure Lighthouse. */
  readonly homeTenantId: string;
  readonly managedByTenants: readonly string[];
  /** Names of `tenantId`, for a user who did not specify a tenant. */
  readonly tenantNames?: TenantNames;
}

/** A tenant's names in Resource Manager; each `''` if unknown. */
export interface TenantNames {
  readonly defaultDomain: string;
  readonly displayName: string;
}

export type AccountWithTokens = Pick<SignedIn, 'account' | 'managementTokens'>;

/** The name of the identity as both CLIs show it. */
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
