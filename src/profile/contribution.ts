import type { Account } from '../azure/account.ts';
import { toPem } from '../credentials/certificate/pem.ts';
import type { Handover, TenantToken } from '../credentials/credential.ts';
import {
  type MsalTokenCache,
  msalTokenCache,
  type ServicePrincipalEntry,
  servicePrincipalEntries,
} from './az-profile.ts';
import { type ProfileSubscription, profileEntries, profileUser } from './azure-profile.ts';
import { type ClassicToken, classicTokens } from './classic-profile.ts';

/** What a sign-in hands over to the clients of later steps. */
export interface SignedIn {
  readonly account: Account;
  readonly handover: Handover;
  /** Tokens of Resource Manager, one a tenant, that of the account's own tenant first. */
  readonly managementTokens: readonly [TenantToken, ...TenantToken[]];
  /** Further tokens that the workflow asked for. */
  readonly furtherTokens: readonly TenantToken[];
}

/** What one login brings to a profile folder, by the file it goes to; logging out takes away exactly this. */
export interface Contribution {
  readonly cloudName: string;
  readonly subscriptions: readonly ProfileSubscription[];
  readonly servicePrincipals: readonly ServicePrincipalEntry[];
  readonly msalTokens?: MsalTokenCache;
  readonly classicTokens: readonly ClassicToken[];
  /** Files that clients are pointed to: the PEM of a certificate sign-in, the federated token of a kept-alive one. */
  readonly files: readonly { readonly name: string; readonly content: string }[];
}

/** Where the files of one login will be: by name in the folder, by path for clients. */
export interface SessionFiles {
  readonly certificate: { readonly name: string; readonly path: string };
  readonly federatedToken: { readonly name: string; readonly path: string };
}

export function contributionOf(
  { account, handover, managementTokens, furtherTokens }: SignedIn,
  files: SessionFiles,
  now: Date,
): Contribution {
  const msalTokens = msalTokenCache(account, handover, [...managementTokens, ...furtherTokens], now);
  return {
    cloudName: account.cloud.name,
    subscriptions: profileEntries(account, profileUser(account, handover)),
    servicePrincipals: servicePrincipalEntries(account, handover, files.certificate.path),
    ...(msalTokens === undefined ? {} : { msalTokens }),
    classicTokens: classicTokens(account, handover, managementTokens, files.certificate.path, now),
    files: filesOf(handover, files),
  };
}

function filesOf(handover: Handover, { certificate, federatedToken }: SessionFiles): Contribution['files'] {
  if (handover.kind === 'client-certificate') {
    return [{ name: certificate.name, content: toPem(handover.certificate, handover.chain) }];
  }
  const isGitHub = handover.kind === 'assertion' && handover.source.kind === 'github';
  return isGitHub ? [{ name: federatedToken.name, content: handover.assertion }] : [];
}
