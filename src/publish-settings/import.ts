import { realpathSync } from 'node:fs';
import { findSubscription } from '../arm/subscriptions.ts';
import { expiresSoon } from '../certificate/identity.ts';
import {
  codeOf,
  identityOfName,
  identityOfOpenFile,
  isStill,
  LARGEST_INPUT_FILE,
  readOpenFile,
  withRegularFile,
} from '../core/files.ts';
import { quotable, quotableId } from '../core/foreign-text.ts';
import { located, mayBePath, type StartFolders, startFolders } from '../core/machine.ts';
import type { PublishSettingsRequest, SubscriptionRequest } from '../core/request.ts';
import type { ImportedCertificates, ManagedSubscription, PublishSettingsSource } from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { expiryInBrief } from '../errors/certificate.ts';
import { fileError } from '../errors/files.ts';
import { SETTINGS_FILE, SETTINGS_WARNINGS, settingsError } from '../errors/publish-settings.ts';
import { removeFile } from '../profile/removal.ts';
import { parsePublishSettings } from './parse.ts';

/**
 * Reads a publish settings file and chooses the default subscription. Nothing is sent: the only service that could say
 * more about a certificate, or about the state of a subscription, is retired.
 * @throws {SessionError} when the file or a certificate in it cannot be used, or no subscription can be the default
 */
export async function importPublishSettings(
  request: PublishSettingsRequest,
  wanted: SubscriptionRequest['wanted'],
  { cloud, env, mask, maskId, warn }: SignInContext,
): Promise<ImportedCertificates> {
  const now = new Date();
  const { xml, source } = readPublishSettings(request.publishSettings, startFolders(env));
  const imported = await parsePublishSettings(xml, now, mask);
  for (const { id } of imported) maskId(id);
  const subscriptions = imported.map((each) => ({ ...each, state: 'Unknown' as const }));
  const [first, ...others] = subscriptions;
  if (first === undefined) throw settingsError('noSubscription');
  if (first.cloudName !== cloud.name) throw settingsError('otherCloud', first.cloudName, cloud.name);
  for (const warning of expiryWarnings(subscriptions, now)) warn(warning);
  warn(SETTINGS_WARNINGS.retired);
  if (wanted === undefined && others.length > 0) {
    warn(
      `The file holds ${subscriptions.length} subscriptions; the first, ${quotableId(first.name)} (${first.id}), is the default. Name the one you mean in the input \`subscription\`.`,
    );
  }
  const selected = wanted === undefined ? first : await findSubscription(wanted, subscriptions);
  if (selected === undefined) throw notInFile(wanted ?? '', subscriptions);
  return { kind: 'management-certificates', cloud, subscriptions, selected, source };
}

/**
 * Tells the XML text from a path: text begins with `<`, after a byte order mark and white space at most. A file's
 * content that lost its `<`, or went through base64 on its way, is no path: no file is looked for.
 * @param value the `publish-settings` input
 * @throws {SessionError} that quotes neither the value nor the file
 */
export function readPublishSettings(
  value: string,
  folders: StartFolders,
): { readonly xml: string | Buffer; readonly source: PublishSettingsSource } {
  if (value.trimStart().startsWith('<')) return { xml: value, source: { kind: 'text' } };
  const given = value.trim();
  if (!mayBePath(given) || /^[A-Za-z0-9+/]{200,}={0,2}$/.test(given)) throw settingsError('neitherPathNorText');
  const path = located(given, folders);
  try {
    const name = identityOfName(path);
    return withRegularFile(path, 'follow', (file) => ({
      xml: readOpenFile(file, LARGEST_INPUT_FILE),
      source: { kind: 'file', path, identity: identityOfOpenFile(file), name },
    }));
  } catch (error) {
    throw fileError(error, SETTINGS_FILE);
  }
}

const MOST_NAMED = 20;

function notInFile(wanted: string, subscriptions: readonly ManagedSubscription[]): SessionError {
  const lines = subscriptions.map(({ id, name }) => `    ${quotable(name, 64)} (${quotableId(id)})`);
  const more = lines.length - MOST_NAMED;
  if (more > 0) lines.splice(MOST_NAMED, more, `    and ${more} more`);
  return settingsError('notInFile', quotableId(wanted), lines);
}

/** One warning for each certificate that ends within 30 days, however many subscriptions share it. */
export function expiryWarnings(
  subscriptions: readonly Pick<ManagedSubscription, 'certificate'>[],
  now: Date,
): string[] {
  const certificates = new Map(subscriptions.map(({ certificate }) => [certificate.thumbprint, certificate]));
  return [...certificates.values()].flatMap(({ thumbprint, notAfter }) => {
    if (!expiresSoon(notAfter, now)) return [];
    return `The management certificate with thumbprint ${thumbprint} ${expiryInBrief(notAfter, now)} There are no new ones: move what it is used for to Resource Manager, for example with \`auth-type: oidc\`.`;
  });
}

/**
 * Deletes the file that was imported, if the workflow asked for it: it is a key to the subscription. A link to it would
 * leave the key where it is, so what the link names is deleted too. Seconds have passed since the file was read, so
 * nothing else that has its path by now is deleted.
 * @returns a warning when the key may still be on disk
 */
export function disposeOfSource(source: PublishSettingsSource, afterImport: 'keep' | 'delete'): string[] {
  if (source.kind === 'text') return [];
  if (afterImport === 'keep') return [SETTINGS_WARNINGS.kept];
  const { path, identity, name } = source;
  try {
    const target = realpathSync(path);
    if (!isStill(target, identity)) return [SETTINGS_WARNINGS.changed];
    removeFile(target);
    if (isStill(path, name)) removeFile(path);
    return [];
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return [SETTINGS_WARNINGS.changed];
    const answer = `The system answered ${code || 'an unknown error'}.`;
    return [SETTINGS_WARNINGS.undeleted(error instanceof SessionError ? error.message : answer)];
  }
}
