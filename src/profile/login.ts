import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { ClientCertificate, CredentialMaterial } from '../core/credential.ts';
import type { CommandMode } from '../core/request.ts';
import type { ImportedCertificates, Session, SignedIn } from '../core/session.ts';
import {
  type MsalTokenCache,
  msalHttpCache,
  msalTokenCache,
  type ServicePrincipalEntry,
  servicePrincipalEntries,
} from './az-profile.ts';
import { certificateEntry, type ProfileSubscription, profileEntries, profileUser } from './azure-profile.ts';
import { CLASSIC_TELEMETRY, type ClassicToken, classicTokens } from './classic-profile.ts';
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

/** What one login brings to a profile folder, by the file it goes to; logging out takes away exactly this. */
export interface LoginData {
  readonly cloudName: string;
  /** There for a cloud that not every client knows by that name. */
  readonly clientCloud?: ClientCloud | undefined;
  readonly subscriptions: readonly ProfileSubscription[];
  readonly servicePrincipals: readonly ServicePrincipalEntry[];
  readonly msalTokens?: MsalTokenCache | undefined;
  /** What `az` would ask of the issuers of these tokens first; in a shared folder it asks. */
  readonly msalHttpCache?: Buffer | undefined;
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
  const tenantIds = tokens.map(({ tenantId }) => tenantId);
  const msalTokens = msalTokenCache(account, material, tokens, now, az);
  return {
    cloudName: account.cloud.name,
    clientCloud: clientCloud(account.cloud),
    subscriptions: profileEntries(account, profileUser(account, material), az),
    servicePrincipals: servicePrincipalEntries(account, material, files.certificate.path),
    msalTokens,
    msalHttpCache: msalTokens && msalHttpCache(account.cloud, tenantIds, now),
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

/** A client that runs as root in a container would make these as root, and the runner could not remove what is in them. */
const CLIENT_FOLDERS = ['commands', 'logs', 'telemetry', 'cliextensions', 'bin', 'object_cache', 'ssh'];

/** What a login brings to a profile. */
interface NewLogin {
  readonly loginData: LoginData;
  readonly mode: CommandMode;
}

/** A login that is to be written to a folder. */
export interface NewProfile extends NewLogin {
  readonly image: RunnerImage;
  /** Names of files that are written later, and go with the login. */
  readonly laterFiles: readonly string[];
  /** How long to wait for others who write there, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Fills a new folder so that `az` (2.45 to the newest) and the classic `azure` find themselves signed in.
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
 * Writes a login, to a folder of its own as to one that it shares. What is needed to undo it comes first, and the profile,
 * by which clients see the login, last: a process that is killed in between leaves something usable that can be undone.
 * @param mark says whose the folder is: in a shared one the ledger
 */
export function writeLogin(
  folder: ProfileFolder,
  mark: object,
  files: LoginData['files'],
  changes: readonly FileChange[],
): void {
  folder.write(MARKER_FILE, `${JSON.stringify(mark)}\n`);
  for (const { name, content } of files) folder.write(name, content);
  applyChanges(folder, changes);
}

/** What clients would look for in the image's folder, or would make as another user. */
export function addClientFolders(folder: ProfileFolder, image: RunnerImage): void {
  for (const [name, content] of image.indexes) folder.write(name, content);
  for (const name of CLIENT_FOLDERS) folder.addFolder(name);
  if (image.bicep !== '') linkBicep(image.bicep, folder.pathOf(join('bin', basename(image.bicep))));
}

/** The documents of a folder that is made for one login. */
export function newDocuments(login: NewLogin, defaults: readonly string[], installationId: string): Documents {
  // As they are: each as three entries and joined again would be most of the work, and of the memory, for ten thousand.
  const profile = { installationId, subscriptions: login.loginData.subscriptions };
  const entries = [...folderEntries(login.loginData, defaults), ...accountEntries(login)];
  return withEntries({ profile }, new Map(entries));
}

/** What a login writes into the documents of a profile, the default subscription included. */
export function loginEntries(login: NewLogin): Entries {
  const subscriptions = login.loginData.subscriptions.flatMap((one) => subscriptionEntries({ ...one }));
  return new Map([...subscriptions, ...accountEntries(login)]);
}

/** All but the subscriptions themselves. */
function accountEntries({ loginData, mode }: NewLogin): Entry[] {
  const { subscriptions, servicePrincipals, msalTokens, classicTokens, cloudName } = loginData;
  const selected = subscriptions.find(({ isDefault }) => isDefault)?.id;
  return [
    ...servicePrincipals.map((entry): Entry => [principalKey({ ...entry }), { ...entry }]),
    ...msalEntries(msalTokens),
    ...classicTokens.map((token): Entry => [classicKey({ ...token }), { ...token }]),
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
 * The configuration of a folder that is made for a login. It goes with the folder, and stays as long as any account is
 * in there: all of them need it.
 *
 * `encrypt_token_cache` is off because `az` on Windows, and soon everywhere, would look for an encrypted store instead
 * and ignore this one. Telemetry is off because it rewrites the profile in a read-only command and leaves an uploader
 * running when the job ends.
 * @param defaults lines `name = value` of the section `[defaults]` of the runner's own profile
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

/** Which cloud is the active one, and where it is if not every client knows that. */
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
 * Writes the unencrypted key, then the leaf, then, when it is to be sent, the chain, nearest first. Lines end in LF.
 *
 * az takes the first CERTIFICATE block for the leaf and cannot open an encrypted key (azure-cli-core, `auth/identity.py`);
 * @azure/identity wants certificate and key in one file.
 */
export function toPem(certificate: ClientCertificate, chain: 'send' | 'omit'): string {
  const above = chain === 'send' ? certificate.chain : [];
  return [certificate.privateKey, certificate.certificate, ...above].map((pem) => `${pem.trimEnd()}\n`).join('');
}
