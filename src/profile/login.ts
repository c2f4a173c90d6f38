import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { ClientCertificate, CredentialMaterial } from '../core/credential.ts';
import type { JsonObject } from '../core/json.ts';
import type { CommandMode } from '../core/request.ts';
import type { ImportedCertificates, Session, SignedIn } from '../core/session.ts';
import {
  type MsalTokenCache,
  msalHttpCache,
  msalTokenCache,
  type ServicePrincipalEntry,
  servicePrincipalEntries,
} from './az-profile.ts';
import {
  certificateSubscription,
  type ProfileSubscription,
  profileSubscriptions,
  profileUser,
} from './azure-profile.ts';
import { CLASSIC_TELEMETRY, classicTokens } from './classic-profile.ts';
import { type ClientCloud, clientCloud } from './cloud-definition.ts';
import {
  applyChanges,
  changesBetween,
  classicKey,
  DEFAULT_KEY,
  type Documents,
  type Entries,
  type Entry,
  entryKey,
  type FileChange,
  msalEntries,
  principalKey,
  subscriptionEntries,
  withEntries,
} from './documents.ts';
import type { ProfileFolder } from './folder.ts';
import { rawValue } from './ini.ts';
import { type InstalledAz, linkBicep, NEWEST_AZ, type RunnerImage } from './runner-image.ts';
import { type LoginFiles, MARKER_FILE } from './saved-session.ts';

/** The data of one login, by file. Logout removes exactly this. */
export interface LoginData {
  readonly cloudName: string;
  /** For a cloud that some clients do not know by its name. */
  readonly clientCloud?: ClientCloud | undefined;
  readonly subscriptions: readonly ProfileSubscription[];
  readonly servicePrincipals: readonly ServicePrincipalEntry[];
  readonly msalTokens?: MsalTokenCache | undefined;
  /** Saves `az` a request to the issuer of these tokens. Only private folders get it. */
  readonly msalHttpCache?: Buffer | undefined;
  readonly classicTokens: readonly JsonObject[];
  /** Files to which the profile or a variable refers, such as the PEM of a certificate or a federated token. */
  readonly files: readonly { readonly name: string; readonly content: string | Buffer }[];
}

type SessionFiles = Pick<LoginFiles, 'certificate' | 'federatedToken' | 'tokenUsage'>;

/** @param az the version that will read the profile: it gets only fields that it would write itself */
export function loginDataOf(session: Session, files: SessionFiles, now: Date, az: InstalledAz = NEWEST_AZ): LoginData {
  return session.kind === 'account' ? accountLogin(session, files, now, az) : certificateLogin(session);
}

function accountLogin(
  { account, material, managementTokens, additionalTokens }: SignedIn,
  files: SessionFiles,
  now: Date,
  az: InstalledAz,
): LoginData {
  const tokens = [...managementTokens, ...additionalTokens];
  const tenantIds = tokens.map(({ tenantId }) => tenantId);
  const msalTokens = msalTokenCache(account, material, tokens, now, az);
  return {
    cloudName: account.cloud.name,
    clientCloud: clientCloud(account.cloud),
    subscriptions: profileSubscriptions(account, profileUser(account, material), az),
    servicePrincipals: servicePrincipalEntries(account, material, files.certificate.path),
    msalTokens,
    msalHttpCache: msalTokens && msalHttpCache(account.cloud, tenantIds, now),
    classicTokens: classicTokens(account, material, tokens, files.certificate.path, now),
    files: credentialFiles(material, files),
  };
}

/** For the classic CLI in command mode `asm`, which needs only the profile. */
function certificateLogin({ cloud, subscriptions, selected }: ImportedCertificates): LoginData {
  return {
    cloudName: cloud.name,
    subscriptions: subscriptions.map((subscription) => certificateSubscription(subscription, cloud, selected)),
    servicePrincipals: [],
    classicTokens: [],
    files: [],
  };
}

function credentialFiles(
  material: CredentialMaterial,
  { certificate, federatedToken, tokenUsage }: SessionFiles,
): LoginData['files'] {
  // The agent overwrites this file, but may be killed before it does.
  if (material.kind === 'token-endpoint') return [{ name: tokenUsage.name, content: '{}' }];
  if (material.kind === 'client-certificate') {
    return [{ name: certificate.name, content: toPem(material.certificate, material.chain) }];
  }
  const isGitHub = material.kind === 'assertion' && material.source.kind === 'github';
  return isGitHub ? [{ name: federatedToken.name, content: material.assertion }] : [];
}

/** A client that runs as root in a container would create these folders, and the runner could not empty them. */
const CLIENT_FOLDERS = ['commands', 'logs', 'telemetry', 'cliextensions', 'bin', 'object_cache', 'ssh'];

interface NewLogin {
  readonly loginData: LoginData;
  readonly mode: CommandMode;
}

export interface NewProfile extends NewLogin {
  readonly image: RunnerImage;
  /** How long to wait for the locks of a shared folder. */
  readonly lockTimeoutMs: number;
}

/**
 * Writes the profile of a private folder, for `az` 2.45 and later and for the classic `azure`.
 * @throws {SessionError} when a file cannot be written
 */
export function writeProfile(folder: ProfileFolder, login: NewProfile): void {
  const { loginData, image } = login;
  const { files, msalHttpCache } = loginData;
  const cache = msalHttpCache === undefined ? [] : [{ name: 'msal_http_cache.bin', content: msalHttpCache }];
  const changes = changesBetween({}, newDocuments(login, image.defaults, randomUUID()));
  writeLogin(folder, { version: 1 }, [...files, ...cache], changes);
  addClientFolders(folder, image);
}

/**
 * Writes a login to a private or a shared folder. The marker, from which the login can be removed, comes first. The
 * profile, which makes the login visible to clients, comes last. So a killed process leaves a folder that is usable and
 * can be cleaned up.
 * @param marker in a shared folder the ledger
 */
export function writeLogin(
  folder: ProfileFolder,
  marker: object,
  files: LoginData['files'],
  changes: readonly FileChange[],
): void {
  folder.write(MARKER_FILE, `${JSON.stringify(marker)}\n`);
  for (const { name, content } of files) folder.write(name, content);
  applyChanges(folder, changes);
}

/** Adds the files of the image's folder that clients need, and the folders that they would create as another user. */
export function addClientFolders(folder: ProfileFolder, image: RunnerImage): void {
  for (const [name, content] of image.indexes) folder.write(name, content);
  for (const name of CLIENT_FOLDERS) folder.addFolder(name);
  if (image.bicep !== '') linkBicep(image.bicep, folder.pathOf(join('bin', basename(image.bicep))));
}

/** The documents of a new private folder. */
export function newDocuments(login: NewLogin, defaults: readonly string[], installationId: string): Documents {
  // Subscriptions bypass the entries: to split and join ten thousand would take most of the time and memory.
  const profile = { installationId, subscriptions: login.loginData.subscriptions };
  const entries = [...folderEntries(login.loginData, defaults), ...accountEntries(login)];
  return withEntries({ profile }, new Map(entries));
}

/** The entries of a login, including the default subscription. */
export function loginEntries(login: NewLogin): Entries {
  const subscriptions = login.loginData.subscriptions.flatMap((one) => subscriptionEntries({ ...one }));
  return new Map([...subscriptions, ...accountEntries(login)]);
}

/** The entries of a login, without its subscriptions. */
function accountEntries({ loginData, mode }: NewLogin): Entry[] {
  const { subscriptions, servicePrincipals, msalTokens, classicTokens, cloudName } = loginData;
  const selected = subscriptions.find(({ isDefault }) => isDefault)?.id;
  return [
    ...servicePrincipals.map((entry): Entry => [principalKey({ ...entry }), { ...entry }]),
    ...msalEntries(msalTokens),
    ...classicTokens.map((token): Entry => [classicKey(token), token]),
    ...cloudEntries(loginData),
    [entryKey('mode'), mode],
    ...(selected === undefined
      ? []
      : ([
          [entryKey('clouds', cloudName, 'subscription'), selected],
          [DEFAULT_KEY, selected],
        ] as Entry[])),
  ];
}

/**
 * The configuration of a folder that a login creates. It stays until the folder is removed, because all accounts in the
 * folder need it.
 *
 * `encrypt_token_cache` is off because `az` on Windows, and soon everywhere, would look for an encrypted store and
 * ignore this one. Telemetry is off because it rewrites the profile in a read-only command and leaves an uploader
 * running when the job ends.
 * @param defaults lines `name = value` of the section `[defaults]` of the runner image's profile
 */
export function folderEntries(loginData: LoginData, defaults: readonly string[]): Entries {
  return new Map<string, Entry[1]>([
    [entryKey('config', 'cloud', 'name'), rawValue(loginData.cloudName)],
    [entryKey('config', 'core', 'collect_telemetry'), 'no'],
    [entryKey('config', 'core', 'encrypt_token_cache'), 'false'],
    ...cloudEntries(loginData),
    ...defaults.flatMap((line): Entry[] => {
      const [, name = '', value = ''] = /^([\w.-]+)\s*=\s*([^\r\n]*)$/.exec(line.trim()) ?? [];
      return name === '' ? [] : [[entryKey('config', 'defaults', name), value]];
    }),
    telemetryEntry(),
  ]);
}

export function telemetryEntry(): Entry {
  return [entryKey('telemetry'), CLASSIC_TELEMETRY];
}

/** The active cloud, and its endpoints if some clients do not know them. */
function cloudEntries({ cloudName, clientCloud }: LoginData): Entry[] {
  const active: Entry = [entryKey('config', 'cloud', 'name'), rawValue(cloudName)];
  if (clientCloud === undefined) return [active];
  const { azCloud, azCore, classicEnvironment } = clientCloud;
  return [
    active,
    ...azCore.map(([name, value]): Entry => [entryKey('config', 'core', name), rawValue(value)]),
    ...azCloud.map(([name, value]): Entry => [entryKey('clouds', cloudName, name), rawValue(value)]),
    [entryKey('environment', cloudName), { ...classicEnvironment }],
  ];
}

/**
 * Returns the unencrypted key, the leaf, and, if the chain is sent, its issuers, nearest first. Lines end in LF.
 *
 * `az` uses the first CERTIFICATE block as the leaf, and cannot open an encrypted key (azure-cli-core,
 * `auth/identity.py`). `@azure/identity` needs certificate and key in one file.
 */
export function toPem(certificate: ClientCertificate, chain: 'send' | 'omit'): string {
  const issuers = chain === 'send' ? certificate.chain : [];
  return [certificate.privateKey, certificate.certificate, ...issuers].map((pem) => `${pem.trimEnd()}\n`).join('');
}
