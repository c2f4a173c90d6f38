import { realpathSync } from 'node:fs';
import { wantedAmong } from '../arm/subscriptions.ts';
import { fileProblem, located, MAX_FILE_SIZE } from '../certificate/files.ts';
import { CertificateProblem } from '../certificate/problem.ts';
import { momentOf } from '../certificate/refusals.ts';
import { KNOWN_CLOUDS } from '../core/clouds.ts';
import { identityOfName, identityOfOpenFile, isStill, readOpenFile, withRegularFile } from '../core/files.ts';
import { quotable, quotableId } from '../core/foreign-text.ts';
import { homeFolder } from '../core/machine.ts';
import type { PublishSettingsRequest, SubscriptionRequest } from '../core/request.ts';
import type {
  ImportedCertificates,
  ImportedSubscription,
  ManagedSubscription,
  PublishSettingsFile,
  PublishSettingsSource,
} from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { fileRefusal, isFileProblem } from '../errors/files.ts';
import { codeOf } from '../http/http.ts';
import { removeFile } from '../profile/removal.ts';
import { parsePublishSettings } from './parse.ts';
import { STORE_AGAIN, WHOLE_FILE } from './problems.ts';
import { SETTINGS_FILE } from './refusals.ts';

/**
 * Reads a publish settings file and chooses the default subscription. Nothing is sent: the only service that could say
 * more about a certificate, or about the state of a subscription, is retired.
 * @throws {SessionError} when the file or a certificate in it is no good, or no subscription can be the default
 */
export async function importPublishSettings(
  request: PublishSettingsRequest,
  wanted: SubscriptionRequest['wanted'],
  context: SignInContext,
): Promise<ImportedCertificates> {
  const { cloud, env } = context;
  const now = new Date();
  const folders = { workspace: env['GITHUB_WORKSPACE'] || process.cwd(), home: homeFolder() };
  const source = await readPublishSettings(request.publishSettings, publishSettingsFiles(folders));
  const clouds = Object.values(KNOWN_CLOUDS);
  const imported = await parsePublishSettings(source.xml, { clouds, now, mask: context.mask });
  for (const { id } of imported) context.maskId(id);
  const [first] = imported;
  if (first === undefined) throw noSubscription();
  if (first.cloudName !== cloud.name) throw otherCloud(first.cloudName, cloud.name);
  for (const warning of expiryWarnings(imported, now)) context.warn(warning);
  context.warn(retirementWarning());
  const subscriptions = imported.map((each) => ({ ...each, state: 'Unknown' as const }));
  return {
    kind: 'management-certificates',
    cloud,
    subscriptions,
    selected: choose(subscriptions, wanted, context),
    source,
  };
}

function choose(
  subscriptions: readonly ManagedSubscription[],
  wanted: string | undefined,
  { warn }: SignInContext,
): ManagedSubscription {
  const found = wanted === undefined ? subscriptions[0] : wantedAmong(wanted, subscriptions);
  if (found === undefined) throw notInFile(wanted ?? '', subscriptions);
  if (wanted === undefined && subscriptions.length > 1) {
    warn(
      `The file holds ${subscriptions.length} subscriptions; the first, ${quotableId(found.name)} (${found.id}), is the default. Name the one you mean in the input \`subscription\`.`,
    );
  }
  return found;
}

const MOST_NAMED = 20;

function notInFile(wanted: string, subscriptions: readonly ManagedSubscription[]): SessionError {
  const shown = subscriptions
    .slice(0, MOST_NAMED)
    .map(({ id, name }) => `    ${quotable(name, 64)} (${quotableId(id)})`);
  const more = subscriptions.length - shown.length;
  return new SessionError(`The publish settings file holds no subscription "${quotableId(wanted)}".`, {
    why: ['It holds:', ...shown, ...(more > 0 ? [`    and ${more} more`] : [])].join('\n'),
    next: ['Give the name or the id of one of these in `subscription`, or the file that has the one you mean.'],
  });
}

function noSubscription(): SessionError {
  return new SessionError('The publish settings file holds no subscription.', {
    why: 'It is well-formed, but its profile lists none.',
    next: ['Give the file as it was downloaded, with its `Subscription` elements.'],
  });
}

function otherCloud(found: string, asked: string): SessionError {
  return new SessionError(`The publish settings file belongs to ${found}, not to ${asked}.`, {
    why: 'Its management endpoints are those of the other cloud.',
    next: [{ say: 'Name the cloud of the file:', yaml: `environment: ${found}` }],
  });
}

/**
 * Deletes the file that was imported, if that is wanted: it is a key to the subscription. A link to it would leave the key
 * where it is, so what the link names is deleted too. Seconds have passed since the file was read, so nothing else that has
 * its path by now is deleted.
 * @returns a warning when the key may still be on disk
 */
export function disposeOfSource(source: PublishSettingsSource, afterImport: 'keep' | 'delete'): string[] {
  if (source.kind === 'text') return [];
  if (afterImport === 'keep') return [keptFileWarning()];
  const { path, identity, name } = source;
  try {
    const target = realpathSync(path);
    if (!isStill(target, identity)) return [changedFileWarning()];
    removeFile(target);
    if (isStill(path, name)) removeFile(path);
    return [];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [changedFileWarning()];
    return [
      undeletedFileWarning(error instanceof SessionError ? error.message : `The system answered ${codeOf(error)}.`),
    ];
  }
}

/** Reads the file that the input names. */
export interface PublishSettingsFiles {
  /** The absolute path that a value stands for. */
  locate(value: string): string;
  /** @throws {CertificateProblem} when it is no regular file, may not be read, or is larger than 1 MB */
  read(path: string): Promise<PublishSettingsFile>;
}

/** @param folders where a relative path and a leading `~` start: `GITHUB_WORKSPACE` and the user's home */
export function publishSettingsFiles(folders: {
  readonly workspace: string;
  readonly home: string;
}): PublishSettingsFiles {
  return {
    locate: (value) => located(value, folders),
    read: async (path) => {
      try {
        const name = identityOfName(path);
        return withRegularFile(path, 'follow', (file) => ({
          xml: readOpenFile(file, MAX_FILE_SIZE),
          identity: identityOfOpenFile(file),
          name,
        }));
      } catch (error) {
        throw fileProblem(error);
      }
    },
  };
}

/**
 * Tells the XML text from a path: text begins with `<`, after a byte order mark and white space at most, a path does
 * not.
 *
 * @param value the `publish-settings` input
 * @throws {SessionError} that quotes neither the value nor the file
 */
export async function readPublishSettings(value: string, files: PublishSettingsFiles): Promise<PublishSettingsSource> {
  if (value.trimStart().startsWith('<')) return { kind: 'text', xml: value };
  if (!mayBePath(value.trim())) throw neitherPathNorText();
  const path = files.locate(value.trim());
  try {
    return { kind: 'file', path, ...(await files.read(path)) };
  } catch (error) {
    if (!(error instanceof CertificateProblem) || !isFileProblem(error.problem)) throw error;
    throw fileRefusal(error.problem, SETTINGS_FILE);
  }
}

const MAX_PATH_LENGTH = 4096;

/** A file's content that lost its `<`, or went through base64 on its way, is no path: no file is looked for. */
function mayBePath(value: string): boolean {
  const isBase64 = /^[A-Za-z0-9+/]{200,}={0,2}$/.test(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no path that a workflow names can hold
  return value !== '' && value.length <= MAX_PATH_LENGTH && !/[\u0000-\u001f\u007f]/.test(value) && !isBase64;
}

function neitherPathNorText(): SessionError {
  return new SessionError('publish-settings is neither a path nor the text of a publish settings file.', {
    why: 'The text begins with `<`, and a path is one short line. GitHub leaves a secret empty that the job may not see.',
    next: [WHOLE_FILE, STORE_AGAIN],
  });
}

const DAY_MS = 24 * 60 * 60 * 1000;
const WARNING_DAYS = 30;

/** One warning for each certificate that ends within 30 days, however many subscriptions share it. */
export function expiryWarnings(subscriptions: readonly ImportedSubscription[], now: Date): string[] {
  const certificates = new Map(subscriptions.map(({ certificate }) => [certificate.thumbprint, certificate]));
  return [...certificates.values()].flatMap(({ thumbprint, notAfter }) => {
    const daysLeft = Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
    if (daysLeft >= WARNING_DAYS) return [];
    const left = daysLeft < 1 ? 'less than a day' : daysLeft === 1 ? '1 day' : `${daysLeft} days`;
    return [
      `The management certificate with thumbprint ${thumbprint} expires on ${momentOf(notAfter)}, in ${left}. ` +
        'There are no new ones: move what it is used for to Resource Manager, for example with `auth-type: oidc`.',
    ];
  });
}

/** For a file that stays where it is after its import. The path is not quoted: the log is read by more people than the disk. */
export function keptFileWarning(): string {
  return `The publish settings file was kept. ${A_KEY} Set \`delete-publish-settings: true\` to delete it once it is imported.`;
}

/** For a file that `delete-publish-settings` was to delete. @param reason a sentence */
function undeletedFileWarning(reason: string): string {
  return (
    `The publish settings file could not be deleted. ${reason} ${A_KEY} Delete it by hand, and let the user of the ` +
    'runner delete files in its folder.'
  );
}

/** For a path that names something else than what was read. */
function changedFileWarning(): string {
  return (
    'The publish settings file was not deleted: it was moved, replaced or changed after it was read. Delete every copy ' +
    'of it by hand: it is a key to its subscriptions.'
  );
}

const A_KEY =
  'It is a key to its subscriptions for everybody who can read it, later steps and later jobs of this runner included.';

/** For every import: whether the classic service still answers, and takes these certificates, is not known. */
export function retirementWarning(): string {
  return (
    'Microsoft retired the classic service (Azure Service Management) on 31 August 2024. The import does not contact it, so ' +
    'it does not show whether the service still accepts the certificates: commands in asm mode may fail. Move to Resource ' +
    'Manager, for example with `auth-type: oidc`.'
  );
}
