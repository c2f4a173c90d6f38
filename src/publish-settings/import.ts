import { realpathSync } from 'node:fs';
import { wantedAmong } from '../arm/choose-subscription.ts';
import { KNOWN_CLOUDS } from '../core/clouds.ts';
import { isStill } from '../core/file-identity.ts';
import { quotable, quotableId } from '../core/foreign-text.ts';
import { homeFolder } from '../core/home-folder.ts';
import type { PublishSettingsRequest, SubscriptionRequest } from '../core/request.ts';
import type { ImportedCertificates, ManagedSubscription, PublishSettingsSource } from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { codeOf } from '../http/connections.ts';
import { removeFile } from '../profile/removal.ts';
import { parsePublishSettings } from './parse.ts';
import { publishSettingsFiles, readPublishSettings } from './source.ts';
import {
  changedFileWarning,
  expiryWarnings,
  keptFileWarning,
  retirementWarning,
  undeletedFileWarning,
} from './warnings.ts';

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
