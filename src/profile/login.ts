import type { ClientCertificate, CredentialMaterial } from '../core/credential.ts';
import type { CommandMode } from '../core/request.ts';
import type { ImportedCertificates, Session, SignedIn } from '../core/session.ts';
import {
  type MsalTokenCache,
  msalTokenCache,
  type ServicePrincipalEntry,
  servicePrincipalEntries,
} from './az-profile.ts';
import { type InstalledAz, NEWEST_AZ } from './az-version.ts';
import { certificateEntry, type ProfileSubscription, profileEntries, profileUser } from './azure-profile.ts';
import { CLASSIC_TELEMETRY, type ClassicToken, classicTokens } from './classic-profile.ts';
import { type ClientCloud, clientCloud } from './cloud-definition.ts';
import { type Documents, NO_DOCUMENTS } from './documents.ts';
import {
  classicKey,
  DEFAULT_KEY,
  type Entries,
  type EntryKey,
  type EntryValue,
  entryKey,
  msalEntries,
  principalKey,
  subscriptionEntries,
  withEntries,
} from './entries.ts';
import { rawValue } from './ini.ts';
import type { LoginFiles } from './login-files.ts';
import { msalHttpCache } from './msal-http-cache.ts';

/** What one login brings to a profile folder, by the file it goes to; logging out takes away exactly this. */
export interface LoginData {
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

type PointedTo = Pick<LoginFiles, 'certificate' | 'federatedToken' | 'tokenAccount'>;

/** @param az the one that will read it: what it does not write itself is left out for it */
export function loginDataOf(session: Session, files: PointedTo, now: Date, az: InstalledAz = NEWEST_AZ): LoginData {
  return session.kind === 'account' ? ofAccount(session, files, now, az) : ofCertificates(session);
}

function ofAccount(
  { account, material, managementTokens, furtherTokens }: SignedIn,
  files: PointedTo,
  now: Date,
  az: InstalledAz,
): LoginData {
  const tokens = [...managementTokens, ...furtherTokens];
  const told = clientCloud(account.cloud);
  const msalTokens = msalTokenCache(account, material, tokens, now, az);
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
    subscriptions: profileEntries(account, profileUser(account, material), az),
    servicePrincipals: servicePrincipalEntries(account, material, files.certificate.path),
    ...(msalTokens === undefined ? {} : { msalTokens }),
    ...(httpCache === undefined ? {} : { msalHttpCache: httpCache }),
    classicTokens: classicTokens(account, material, tokens, files.certificate.path, now),
    files: filesOf(material, files),
  };
}

/** Only the classic CLI reads it, in the command mode `asm`; it needs nothing beside the profile. */
function ofCertificates({ cloud, subscriptions, selected }: ImportedCertificates): LoginData {
  return {
    cloudName: cloud.name,
    subscriptions: subscriptions.map((subscription) => certificateEntry(subscription, cloud, selected)),
    servicePrincipals: [],
    classicTokens: [],
    files: [],
  };
}

function filesOf(
  material: CredentialMaterial,
  { certificate, federatedToken, tokenAccount }: PointedTo,
): LoginData['files'] {
  // The agent writes it, but may be killed before it does.
  if (material.kind === 'token-endpoint') return [{ name: tokenAccount.name, content: '{}' }];
  if (material.kind === 'client-certificate') {
    return [{ name: certificate.name, content: toPem(material.certificate, material.chain) }];
  }
  const isGitHub = material.kind === 'assertion' && material.source.kind === 'github';
  return isGitHub ? [{ name: federatedToken.name, content: material.assertion }] : [];
}

/** What a login brings to a profile. */
interface NewLogin {
  readonly loginData: LoginData;
  readonly mode: CommandMode;
}

/** The documents of a folder that is made for one login. */
export function newDocuments(
  login: NewLogin & { readonly defaults: readonly string[] },
  installationId: string,
): Documents {
  // As they are: each as three entries and joined again would be most of the work, and of the memory, for ten thousand.
  const profile = { installationId, subscriptions: login.loginData.subscriptions };
  const entries = [...folderEntries(login.loginData, login.defaults), ...accountEntries(login)];
  return withEntries({ ...NO_DOCUMENTS, profile }, new Map(entries));
}

/** What a login writes into the documents of a profile, the default subscription included. */
export function loginEntries(login: NewLogin): Entries {
  const subscriptions = login.loginData.subscriptions.flatMap((one) => subscriptionEntries({ ...one }));
  return new Map([...subscriptions, ...accountEntries(login)]);
}

/** All but the subscriptions themselves. */
function accountEntries({ loginData, mode }: NewLogin): [EntryKey, EntryValue][] {
  const { subscriptions, servicePrincipals, msalTokens, classicTokens, cloudName } = loginData;
  const selected = subscriptions.find(({ isDefault }) => isDefault)?.id;
  return [
    ...servicePrincipals.map((entry): [EntryKey, EntryValue] => [principalKey({ ...entry }), { ...entry }]),
    ...msalEntries(msalTokens && { ...msalTokens }),
    ...classicTokens.map((token): [EntryKey, EntryValue] => [classicKey({ ...token }), { ...token }]),
    ...cloudEntries(loginData),
    [entryKey('mode'), mode],
    ...(selected === undefined
      ? []
      : ([
          [entryKey('clouds', cloudName, 'subscription'), selected],
          [DEFAULT_KEY, selected],
        ] as [EntryKey, EntryValue][])),
  ];
}

/**
 * The configuration of a folder that is made for a login. It goes with the folder, and stays as long as any account is
 * in there: all of them need it.
 *
 * `encrypt_token_cache` is off because `az` on Windows, and soon everywhere, would look for an encrypted store instead
 * and ignore this one. Telemetry is off because it rewrites the profile in a read-only command and leaves an uploader
 * running when the job ends.
 * @param defaults lines `name = value` of the section `[defaults]` of the runner's own profile
 */
export function folderEntries(loginData: LoginData, defaults: readonly string[]): Entries {
  return new Map<EntryKey, EntryValue>([
    [entryKey('config', 'cloud', 'name'), rawValue(loginData.cloudName)],
    [entryKey('config', 'core', 'collect_telemetry'), 'no'],
    [entryKey('config', 'core', 'encrypt_token_cache'), 'false'],
    ...cloudEntries(loginData),
    ...defaults.flatMap((line): [EntryKey, EntryValue][] => {
      const [, name = '', value = ''] = /^([\w.-]+)\s*=\s*([^\r\n]*)$/.exec(line.trim()) ?? [];
      return name === '' ? [] : [[entryKey('config', 'defaults', name), value]];
    }),
    [entryKey('telemetry'), CLASSIC_TELEMETRY],
  ]);
}

/** Which cloud is the active one, and where it is if not every client knows that. */
function cloudEntries({ cloudName, clientCloud }: LoginData): [EntryKey, EntryValue][] {
  const active: [EntryKey, EntryValue] = [entryKey('config', 'cloud', 'name'), rawValue(cloudName)];
  if (clientCloud === undefined) return [active];
  const { azCloud, azCore, classicEnvironment } = clientCloud;
  return [
    active,
    ...azCore.map(([name, value]): [EntryKey, EntryValue] => [entryKey('config', 'core', name), rawValue(value)]),
    ...azCloud.map(([name, value]): [EntryKey, EntryValue] => [entryKey('clouds', cloudName, name), rawValue(value)]),
    [entryKey('environment', cloudName), { ...classicEnvironment }],
  ];
}

/**
 * Writes the unencrypted key, then the leaf, then, when it is to be sent, the chain, nearest first. Lines end in LF.
 *
 * az takes the first CERTIFICATE block for the leaf and cannot open an encrypted key (azure-cli-core, `auth/identity.py`);
 * @azure/identity wants certificate and key in one file.
 */
export function toPem(certificate: ClientCertificate, chain: 'send' | 'omit'): string {
  const above = chain === 'send' ? certificate.chain : [];
  return [certificate.privateKey, certificate.certificate, ...above].map((pem) => `${pem.trimEnd()}\n`).join('');
}
