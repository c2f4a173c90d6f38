import { type BigIntStats, fstatSync, lstatSync, realpathSync } from 'node:fs';
import { findSubscription } from '../arm/subscriptions.ts';
import { expiresSoon } from '../certificate/identity.ts';
import { codeOf, MAX_INPUT_FILE_BYTES, readOpenFile, withRegularFile } from '../core/files.ts';
import { type BaseFolders, baseFolders, isPlausiblePath, resolveInputPath } from '../core/machine.ts';
import type { PublishSettingsRequest, SubscriptionRequest } from '../core/request.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import type { ImportedCertificates, ManagedSubscription, PublishSettingsSource } from '../core/session.ts';
import { SessionError, shortList } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { expiryInBrief } from '../errors/certificate.ts';
import { fileError } from '../errors/files.ts';
import { SETTINGS_FILE, SETTINGS_WARNINGS, settingsError } from '../errors/publish-settings.ts';
import { removeFile } from '../profile/removal.ts';
import { parsePublishSettings } from './parse.ts';

/**
 * Reads a publish settings file and selects the default subscription. Sends nothing: the service that could verify a
 * certificate, or report the state of a subscription, is retired.
 * @throws {SessionError} when the file or a certificate in it is unusable, or no subscription can be the default
 */
export async function importPublishSettings(
  request: PublishSettingsRequest,
  idOrName: SubscriptionRequest['idOrName'],
  { cloud, env, mask, maskId, warn }: SignInContext,
): Promise<ImportedCertificates> {
  const now = new Date();
  const { xml, source } = readPublishSettings(request.publishSettings, baseFolders(env));
  const subscriptions = await parsePublishSettings(xml, now, mask);
  for (const { id } of subscriptions) maskId(id);
  const [first, ...others] = subscriptions;
  if (first === undefined) throw settingsError('noSubscription');
  if (first.cloudName !== cloud.name) throw settingsError('otherCloud', first.cloudName, cloud.name);
  for (const warning of expiryWarnings(subscriptions, now)) warn(warning);
  warn(SETTINGS_WARNINGS.retired);
  if (idOrName === undefined && others.length > 0) {
    warn(
      `The file holds ${subscriptions.length} subscriptions; the first, ${sanitizeId(first.name)} (${first.id}), is the default. Set the input \`subscription\` to the one you mean.`,
    );
  }
  const selected = idOrName === undefined ? first : await findSubscription(idOrName, subscriptions);
  if (selected === undefined) throw notInFile(idOrName ?? '', subscriptions);
  return { kind: 'management-certificates', cloud, subscriptions, selected, source };
}

/**
 * Distinguishes XML text from a path: XML starts with `<`, possibly after a byte order mark and white space. Content
 * that lost its `<` or is base64 is an error and not a path.
 * @param value the `publish-settings` input
 * @throws {SessionError} which never quotes the value or the file
 */
export function readPublishSettings(
  value: string,
  folders: BaseFolders,
): { readonly xml: string | Buffer; readonly source: PublishSettingsSource } {
  if (value.trimStart().startsWith('<')) return { xml: value, source: { kind: 'text' } };
  const trimmed = value.trim();
  if (!isPlausiblePath(trimmed) || /^[A-Za-z0-9+/]{200,}={0,2}$/.test(trimmed))
    throw settingsError('neitherPathNorText');
  const path = resolveInputPath(trimmed, folders);
  try {
    const pathIdentity = identityOf(lstatSync(path, { bigint: true }));
    return withRegularFile(path, 'follow', (file) => ({
      xml: readOpenFile(file, MAX_INPUT_FILE_BYTES),
      source: { kind: 'file', path, identity: identityOf(fstatSync(file, { bigint: true })), pathIdentity },
    }));
  } catch (error) {
    throw fileError(error, SETTINGS_FILE);
  }
}

/** Inodes are reused, and some file systems of Windows have none, so size and modification time are included. */
function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].join();
}

/** Whether a path still names the same file or link. */
function isUnchanged(path: string, identity: string): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && identityOf(stats) === identity;
}

const MAX_LISTED = 20;

function notInFile(idOrName: string, subscriptions: readonly ManagedSubscription[]): SessionError {
  const lines = subscriptions.map(({ id, name }) => `${sanitize(name, 64)} (${sanitizeId(id)})`);
  return settingsError('notInFile', sanitizeId(idOrName), shortList(lines, MAX_LISTED));
}

/** Returns one warning for each certificate that expires within 30 days, even if several subscriptions share it. */
export function expiryWarnings(
  subscriptions: readonly Pick<ManagedSubscription, 'certificate'>[],
  now: Date,
): string[] {
  const certificates = new Map(subscriptions.map(({ certificate }) => [certificate.thumbprint, certificate]));
  return [...certificates.values()].flatMap(({ thumbprint, notAfter }) => {
    if (!expiresSoon(notAfter, now)) return [];
    return `The management certificate with thumbprint ${thumbprint} ${expiryInBrief(notAfter, now)} It cannot be renewed: move the workloads that use it to Resource Manager, for example with \`auth-type: oidc\`.`;
  });
}

/**
 * Deletes the imported file, which contains a key to the subscription, if the workflow requested it. Also deletes the
 * target of a link, since the key is in the target. Does not delete a different file that has replaced it since it was
 * read.
 * @returns a warning when the key may still be on disk
 */
export function disposeOfSource(source: PublishSettingsSource, afterImport: 'keep' | 'delete'): string[] {
  if (source.kind === 'text') return [];
  if (afterImport === 'keep') return [SETTINGS_WARNINGS.kept];
  const { path, identity, pathIdentity } = source;
  try {
    const target = realpathSync(path);
    if (!isUnchanged(target, identity)) return [SETTINGS_WARNINGS.changed];
    removeFile(target);
    if (isUnchanged(path, pathIdentity)) removeFile(path);
    return [];
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return [SETTINGS_WARNINGS.changed];
    const reason = `The operating system reported ${code || 'an unknown error'}.`;
    return [SETTINGS_WARNINGS.undeleted(error instanceof SessionError ? error.message : reason)];
  }
}
