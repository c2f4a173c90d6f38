import { checkIdentity, notAfterOf, pickIdentity, thumbprintOf } from '../certificate/identity.ts';
import type { Bundle } from '../certificate/pem.ts';
import type { Cloud } from '../core/clouds.ts';
import { isGuid } from '../core/forms.ts';
import { startsAsSequence } from '../core/key-material.ts';
import type { ImportedSubscription, ManagementCertificate } from '../core/session.ts';
import { UnusableCertificate, unusable } from '../errors/certificate.ts';
import { managementCertificateError, type Position, settingsError } from '../errors/publish-settings.ts';
import { LARGEST_XML, readXml, type XmlElement } from './xml.ts';

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
  const entries = entriesOf(await readPublishData(textOf(xml)));
  const declared = entries.map((entry) => declarationOf(entry, context));
  checkOneCloud(declared.map(({ cloud }) => cloud));
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

function textOf(xml: string | Uint8Array): string {
  if (xml.length > LARGEST_XML) throw settingsError('tooLarge');
  const text = typeof xml === 'string' ? xml : decodeXml(xml);
  if (text === undefined) throw settingsError('unknownEncoding');
  if (text.trim() === '') throw settingsError('empty');
  return text;
}

async function readPublishData(text: string): Promise<XmlElement> {
  const root = await readXml(text);
  if (isWebAppProfile(root)) throw settingsError('webAppPublishProfile');
  if (root.name !== 'PublishData') throw settingsError('otherDocument');
  return root;
}

/** A web app's file has the same names with a small first letter, and the password of a deployment user in them. */
function isWebAppProfile(root: XmlElement): boolean {
  const isProfile = (element: XmlElement): boolean =>
    element.name === 'publishProfile' || (element.attributes.get('publishMethod') ?? '') !== '';
  return root.name === 'publishData' || isProfile(root) || root.children.some(isProfile);
}

function entriesOf(root: XmlElement): Entry[] {
  const profiles = root.children.filter((child) => child.name === 'PublishProfile');
  if (profiles.length === 0) throw settingsError('otherDocument');
  const pairs = profiles.flatMap((profile) =>
    profile.children
      .filter((child) => child.name === 'Subscription')
      .map((subscription) => ({ profile, subscription })),
  );
  if (pairs.length === 0) throw settingsError('noSubscription');
  if (pairs.length > MOST_SUBSCRIPTIONS) throw settingsError('tooManySubscriptions', MOST_SUBSCRIPTIONS);
  return pairs.map((pair, index) => ({ ...pair, position: { number: index + 1, of: pairs.length } }));
}

function declarationOf(entry: Entry, { clouds }: ImportContext): Declaration {
  const id = idOf(entry);
  return {
    id,
    name: oneLine(attribute(entry.subscription, 'Name')) || id,
    cloud: cloudOf(entry, clouds),
    certificate: certificateOf(entry),
    position: entry.position,
  };
}

function idOf({ subscription, position }: Entry): string {
  const id = attribute(subscription, 'Id');
  if (!isGuid(id)) throw settingsError('noSubscriptionId', position);
  return id.toLowerCase();
}

/** Two endpoints must agree: the classic CLI would take the profile's, other readers the subscription's. */
function cloudOf({ profile, subscription, position }: Entry, known: readonly ClassicCloud[]): ClassicCloud {
  const written = [attribute(subscription, 'ServiceManagementUrl'), attribute(profile, 'Url')];
  const clouds = written.filter((url) => url !== '').map((url) => cloudAt(url, known, position));
  const [cloud] = clouds;
  if (cloud === undefined) throw settingsError('noEndpoint', position);
  checkOneCloud(clouds);
  return cloud;
}

function certificateOf({ profile, subscription, position }: Entry): string {
  const written = attribute(subscription, 'ManagementCertificate') || attribute(profile, 'ManagementCertificate');
  const compact = written.replaceAll(/\s/g, '');
  if (compact === '') throw settingsError('noCertificate', position);
  return compact;
}

function checkOneCloud(clouds: readonly ClassicCloud[]): void {
  const names = new Set(clouds.map(({ name }) => name));
  if (names.size > 1) throw settingsError('severalClouds', [...names]);
}

/** Opens each certificate once, however many subscriptions share it: that takes a few milliseconds each. */
async function openCertificates(
  declared: readonly Declaration[],
  context: ImportContext,
): Promise<readonly ImportedSubscription[]> {
  const opened = new Map<string, ManagementCertificate>();
  const imported = new Map<string, ImportedSubscription>();
  for (const declaration of declared) {
    const certificate = opened.get(declaration.certificate) ?? (await openCertificate(declaration, context));
    opened.set(declaration.certificate, certificate);
    const earlier = imported.get(declaration.id);
    if (earlier === undefined) imported.set(declaration.id, importedSubscription(declaration, certificate));
    else if (earlier.certificate.thumbprint !== certificate.thumbprint) {
      throw settingsError('contradictorySubscription', declaration.position);
    }
  }
  return [...imported.values()];
}

async function openCertificate(declaration: Declaration, context: ImportContext): Promise<ManagementCertificate> {
  context.mask(declaration.certificate);
  const certificate = await readManagementCertificate(declaration.certificate, declaration.position, context.now);
  context.mask(certificate.key);
  return certificate;
}

function importedSubscription(
  { id, name, cloud }: Declaration,
  certificate: ManagementCertificate,
): ImportedSubscription {
  return {
    id,
    name,
    managementEndpoint: cloud.serviceManagement.replace(/\/+$/, ''),
    cloudName: cloud.name,
    certificate,
  };
}

function attribute(element: XmlElement, name: string): string {
  return (element.attributes.get(name) ?? '').trim();
}

/** A name from a file is printed and written into outputs: it stays on one line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/**
 * Decodes XML in the encodings that every XML processor must know: UTF-8 and UTF-16, the latter by its byte order mark
 * or, without one, by how `<` is written in it. Tools on Windows save publish settings in any of these.
 * Source: XML 1.0, appendix F.
 *
 * @returns the text without a byte order mark; `undefined` when the bytes are in none of these encodings
 */
function decodeXml(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  return 'utf-8';
}

/**
 * The cloud whose classic endpoint a file names. A certificate from the file authenticates to that host alone, so anything
 * but exactly its https origin is refused, and what is used later is the cloud's own address, never the file's text.
 * Case, a default port and slashes at the end make no difference, as for the classic CLI (azure-cli 0.10.20,
 * `lib/util/profile/profile.js`).
 */
function cloudAt(written: string, clouds: readonly ClassicCloud[], position: Position): ClassicCloud {
  const url = URL.parse(written);
  if (url?.protocol === 'http:') throw settingsError('insecureEndpoint', position);
  const { origin, protocol, pathname, username, password, search, hash } = url ?? {};
  const isBare = protocol === 'https:' && /^\/*$/.test(pathname ?? '') && !`${username}${password}${search}${hash}`;
  const known = clouds.filter(({ serviceManagement }) => serviceManagement !== '');
  const cloud = known.find(({ serviceManagement }) => isBare && new URL(serviceManagement).origin === origin);
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
    const identity = pickIdentity(await pkcs12Of(base64), now);
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

async function pkcs12Of(base64: string): Promise<Bundle> {
  const octets = Buffer.from(base64, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || !startsAsSequence(octets)) throw unusable('notACertificate');
  return (await import('../certificate/pfx.ts')).readPfx(octets, '');
}
