import type { Account } from './azure/account.ts';
import type { Cloud } from './azure/clouds.ts';
import type { Handover, TenantToken } from './credential.ts';
import type { ImportedSubscription } from './credentials/publish-settings/parse.ts';
import type { PublishSettingsSource } from './credentials/publish-settings/source.ts';

/** What was acquired and verified, before anything of it is written or exported. */
export type Session = SignedIn | ImportedCertificates;

/** An account of Entra ID with its tokens. */
export interface SignedIn {
  readonly kind: 'account';
  readonly account: Account;
  readonly handover: Handover;
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

export function cloudOfSession(session: Session): Cloud {
  return session.kind === 'account' ? session.account.cloud : session.cloud;
}
