import type { Account } from './account.ts';
import type { Cloud } from './clouds.ts';
import type { Handover, TenantToken } from './credential.ts';
import type { FileIdentity } from './file-identity.ts';

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

/** Where publish settings came from. */
export type PublishSettingsSource =
  | { readonly kind: 'text'; readonly xml: string }
  | ({ readonly kind: 'file'; readonly path: string } & PublishSettingsFile);

/** What was read, and what `delete-publish-settings` may delete: no other file that has the path by then. */
export interface PublishSettingsFile {
  readonly xml: Buffer;
  readonly identity: FileIdentity;
  /** Of what has the path: of the link, where the path is one. */
  readonly name: FileIdentity;
}

export function cloudOfSession(session: Session): Cloud {
  return session.kind === 'account' ? session.account.cloud : session.cloud;
}
