import type { Cloud } from './clouds.ts';

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
