import { checkIdentity, notAfterOf, pickIdentity, thumbprintOf } from '../certificate/identity.ts';
import type { Cloud } from '../core/clouds.ts';
import { httpsOrigin, isGuid } from '../core/forms.ts';
import { startsAsSequence } from '../core/key-material.ts';
import type { ImportedSubscription, ManagementCertificate } from '../core/session.ts';
import { managementCertificateError, type Position, settingsError } from '../errors/publish-settings.ts';
import { UnusableCertificate, unusable } from '../errors/unusable-certificate.ts';
import { readXml, type XmlElement } from './xml.ts';

/** What has to be known of a cloud to import a file into it. */
type ClassicCloud = Pick<Cloud, 'name' | 'serviceManagement'>;

interface ImportContext {
  /** Whose classic endpoints a file may name. */
  readonly clouds: readonly ClassicCloud[];
  readonly now: Date;
  /** Hides a secret in the log; called with each key before it is used for anything. */
  readonly mask: (secret: string) => void;
}

/** More than anybody had, and few enough to check each. */
const MOST_SUBSCRIPTIONS = 250;

/**
 * Reads publish settings of schema 1.0 (one certificate and endpoint, on the profile) or 2.0 (on each subscription), as
 * the classic CLI does (azure-cli 0.10.20, `lib/util/profile/publishSettings.js`). What that would import and could
 * never use is an error here: a file without subscriptions, and a subscription without id, endpoint or certificate.
 * Nothing is read, sent or loaded besides the text.
 *
 * @param xml the text, or the bytes of the file in UTF-8 or UTF-16
 * @returns at least one subscription, all of one cloud, each id once
 * @throws {SessionError} that says what is wrong and never quotes the file
 */
export async function parsePublishSettings(
  xml: string | Uint8Array,
  context: ImportContext,
): Promise<readonly ImportedSubscription[]> {
  const entries = entriesOf(await readXml(xml));
  const declared = entries.map((entry) => declarationOf(entry, context));
  ofOneCloud(declared.map(({ cloud }) => cloud));
  return openCertificates(declared, context);
}

/** A `Subscription` element and the `PublishProfile` it stands in, which may hold its certificate and endpoint. */
interface Entry {
  readonly profile: XmlElement;
  readonly subscription: XmlElement;
  readonly position: Position;
}

/** A subscription as the file describes it, complete and plausible, its certificate still closed. */
interface Declaration {
  readonly id: string;
  readonly name: string;
  readonly cloud: ClassicCloud;
  /** Base64, without white space. */
  readonly certificate: string;
  readonly position: Position;
}

function entriesOf(elements: readonly [root: XmlElement, ...XmlElement[]]): Entry[] {
  if (isWebAppProfile(elements)) throw settingsError('webAppPublishProfile');
  const isProfile = ({ name, depth }: XmlElement): boolean => depth === 1 && name === 'PublishProfile';
  if (elements[0].name !== 'PublishData' || !elements.some(isProfile)) throw settingsError('otherDocument');
  let profile: XmlElement | undefined;
  const pairs: Omit<Entry, 'position'>[] = [];
  for (const element of elements) {
    if (element.depth === 1) profile = isProfile(element) ? element : undefined;
    const isSubscription = element.depth === 2 && element.name === 'Subscription';
    if (isSubscription && profile !== undefined) pairs.push({ profile, subscription: element });
  }
  if (pairs.length === 0) throw settingsError('noSubscription');
  if (pairs.length > MOST_SUBSCRIPTIONS) throw settingsError('tooManySubscriptions', MOST_SUBSCRIPTIONS);
  return pairs.map((pair, index) => ({ ...pair, position: { number: index + 1, of: pairs.length } }));
}

/** A web app's file has the same names with a small first letter, and the password of a deployment user in them. */
function isWebAppProfile(elements: readonly [root: XmlElement, ...XmlElement[]]): boolean {
  const isProfile = ({ name, depth, attributes }: XmlElement): boolean =>
    depth < 2 && (name === 'publishProfile' || (attributes.get('publishMethod') ?? '') !== '');
  return elements[0].name === 'publishData' || elements.some(isProfile);
}

function declarationOf({ profile, subscription, position }: Entry, { clouds }: ImportContext): Declaration {
  const id = attribute(subscription, 'Id').toLowerCase();
  if (!isGuid(id)) throw settingsError('noSubscriptionId', position);
  // Two endpoints must agree: the classic CLI would take the profile's, other readers the subscription's.
  const urls = [attribute(subscription, 'ServiceManagementUrl'), attribute(profile, 'Url')].filter((url) => url !== '');
  const [cloud] = ofOneCloud(urls.map((url) => cloudAt(url, clouds, position)));
  if (cloud === undefined) throw settingsError('noEndpoint', position);
  const written = attribute(subscription, 'ManagementCertificate') || attribute(profile, 'ManagementCertificate');
  const certificate = written.replaceAll(/\s/g, '');
  if (certificate === '') throw settingsError('noCertificate', position);
  return { id, name: oneLine(attribute(subscription, 'Name')) || id, cloud, certificate, position };
}

function ofOneCloud(clouds: readonly ClassicCloud[]): readonly ClassicCloud[] {
  const names = new Set(clouds.map(({ name }) => name));
  if (names.size > 1) throw settingsError('severalClouds', [...names]);
  return clouds;
}

function attribute(element: XmlElement, name: string): string {
  return (element.attributes.get(name) ?? '').trim();
}

/** A name from a file is printed and written into outputs: it stays on one line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Opens each certificate once, however many subscriptions share it: that takes a few milliseconds each. */
async function openCertificates(
  declared: readonly Declaration[],
  { now, mask }: ImportContext,
): Promise<readonly ImportedSubscription[]> {
  const opened = new Map<string, ManagementCertificate>();
  const imported = new Map<string, ImportedSubscription>();
  for (const { id, name, cloud, certificate: closed, position } of declared) {
    if (!opened.has(closed)) mask(closed);
    const certificate = opened.get(closed) ?? (await readManagementCertificate(closed, position, now));
    if (!opened.has(closed)) mask(certificate.key);
    opened.set(closed, certificate);
    const earlier = imported.get(id)?.certificate ?? certificate;
    if (earlier.thumbprint !== certificate.thumbprint) throw settingsError('contradictorySubscription', position);
    const managementEndpoint = cloud.serviceManagement.replace(/\/+$/, '');
    if (!imported.has(id)) imported.set(id, { id, name, managementEndpoint, cloudName: cloud.name, certificate });
  }
  return [...imported.values()];
}

/**
 * The cloud whose classic endpoint a file names. A certificate from the file authenticates to that host alone, so anything
 * but exactly its https origin is refused, and what is used later is the cloud's own address, never the file's text.
 * Case, a default port and slashes at the end make no difference, as for the classic CLI (azure-cli 0.10.20,
 * `lib/util/profile/profile.js`).
 */
function cloudAt(written: string, clouds: readonly ClassicCloud[], position: Position): ClassicCloud {
  if (/^http:/i.test(written)) throw settingsError('insecureEndpoint', position);
  const origin = httpsOrigin(written.replace(/\/+$/, ''));
  const known = clouds.filter(({ serviceManagement }) => serviceManagement !== '');
  const cloud = known.find(({ serviceManagement }) => new URL(serviceManagement).origin === origin);
  if (cloud !== undefined) return cloud;
  throw settingsError(
    'unknownEndpoint',
    position,
    known.map(({ serviceManagement }) => serviceManagement),
  );
}

/**
 * Opens a `ManagementCertificate`: the base64, without white space, of a PKCS#12 file with an empty password or with
 * none. Windows writes the one; the classic CLI reads the other alone (azure-cli 0.10.20, `lib/util/certificates`).
 *
 * An expired certificate is refused, as everywhere in this program. The classic service was once seen to accept one
 * (tech.trailmax.info, "Azure Management Certificates expiration", 2016), but never promised to.
 *
 * @throws {SessionError} that counts the subscription and never quotes the attribute
 */
async function readManagementCertificate(
  base64: string,
  position: Position,
  now: Date,
): Promise<ManagementCertificate> {
  try {
    const octets = Buffer.from(base64, 'base64');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || !startsAsSequence(octets)) throw unusable('notACertificate');
    const { readPfx } = await import('../certificate/pfx.ts');
    const identity = pickIdentity(readPfx(octets, ''), now);
    checkIdentity(identity, now);
    const { leaf, privateKey } = identity;
    return {
      key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      cert: leaf.toString(),
      thumbprint: thumbprintOf(leaf),
      notAfter: notAfterOf(leaf),
    };
  } catch (error) {
    throw error instanceof UnusableCertificate ? managementCertificateError(error, position) : error;
  }
}
