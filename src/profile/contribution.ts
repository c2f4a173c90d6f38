import { toPem } from '../certificate/to-pem.ts';
import type { Handover } from '../core/credential.ts';
import type { ImportedCertificates, Session, SignedIn } from '../core/session.ts';
import {
  type MsalTokenCache,
  msalTokenCache,
  type ServicePrincipalEntry,
  servicePrincipalEntries,
} from './az-profile.ts';
import { type InstalledAz, NEWEST_AZ } from './az-version.ts';
import { certificateEntry, type ProfileSubscription, profileEntries, profileUser } from './azure-profile.ts';
import { type ClassicToken, classicTokens } from './classic-profile.ts';
import { type ClientCloud, clientCloud } from './cloud-definition.ts';
import type { LoginFiles } from './login-files.ts';
import { msalHttpCache } from './msal-http-cache.ts';

/** What one login brings to a profile folder, by the file it goes to; logging out takes away exactly this. */
export interface Contribution {
  readonly cloudName: string;
  /** There for a cloud that not every client knows by that name. */
  readonly clientCloud?: ClientCloud;
  readonly subscriptions: readonly ProfileSubscription[];
  readonly servicePrincipals: readonly ServicePrincipalEntry[];
  readonly msalTokens?: MsalTokenCache;
  /** What `az` would ask of the issuers of these tokens first; in a shared folder it asks. */
  readonly msalHttpCache?: Buffer;
  readonly classicTokens: readonly ClassicToken[];
  /** Files that clients are pointed to: the PEM of a certificate sign-in, the federated token of a kept-alive one. */
  readonly files: readonly { readonly name: string; readonly content: string | Buffer }[];
}

type PointedTo = Pick<LoginFiles, 'certificate' | 'federatedToken'>;

/** @param az the one that will read it: what it does not write itself is left out for it */
export function contributionOf(
  session: Session,
  files: PointedTo,
  now: Date,
  az: InstalledAz = NEWEST_AZ,
): Contribution {
  return session.kind === 'account' ? ofAccount(session, files, now, az) : ofCertificates(session);
}

function ofAccount(
  { account, handover, managementTokens, furtherTokens }: SignedIn,
  files: PointedTo,
  now: Date,
  az: InstalledAz,
): Contribution {
  const tokens = [...managementTokens, ...furtherTokens];
  const told = clientCloud(account.cloud);
  const msalTokens = msalTokenCache(account, handover, tokens, now, az);
  const httpCache =
    msalTokens === undefined
      ? undefined
      : msalHttpCache(
          account.cloud,
          tokens.map(({ tenantId }) => tenantId),
          now,
        );
  return {
    cloudName: account.cloud.name,
    ...(told === undefined ? {} : { clientCloud: told }),
    subscriptions: profileEntries(account, profileUser(account, handover), az),
    servicePrincipals: servicePrincipalEntries(account, handover, files.certificate.path),
    ...(msalTokens === undefined ? {} : { msalTokens }),
    ...(httpCache === undefined ? {} : { msalHttpCache: httpCache }),
    classicTokens: classicTokens(account, handover, tokens, files.certificate.path, now),
    files: filesOf(handover, files),
  };
}

/** Only the classic CLI reads it, in the command mode `asm`; it needs nothing beside the profile. */
function ofCertificates({ cloud, subscriptions, selected }: ImportedCertificates): Contribution {
  return {
    cloudName: cloud.name,
    subscriptions: subscriptions.map((subscription) => certificateEntry(subscription, cloud, selected)),
    servicePrincipals: [],
    classicTokens: [],
    files: [],
  };
}

function filesOf(handover: Handover, { certificate, federatedToken }: PointedTo): Contribution['files'] {
  if (handover.kind === 'client-certificate') {
    return [{ name: certificate.name, content: toPem(handover.certificate, handover.chain) }];
  }
  const isGitHub = handover.kind === 'assertion' && handover.source.kind === 'github';
  return isGitHub ? [{ name: federatedToken.name, content: handover.assertion }] : [];
}
