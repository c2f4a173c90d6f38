import {
  checkIdentity,
  notAfterOf,
  pickIdentity,
  thumbprintOf,
  UnusableCertificate,
  unusable,
} from '../certificate/identity.ts';
import { type Cloud, KNOWN_CLOUDS } from '../core/clouds.ts';
import { httpsOrigin, isGuid } from '../core/forms.ts';
import { type JsonObject, stringField } from '../core/json.ts';
import { startsAsSequence } from '../core/key-material.ts';
import type { ImportedSubscription, ManagementCertificate } from '../core/session.ts';
import { managementCertificateError, type Position, settingsError } from '../errors/publish-settings.ts';

/** More than anybody had, and few enough to check each. */
const MOST_SUBSCRIPTIONS = 250;

/**
 * Reads publish settings of schema 1.0 (one certificate and endpoint, on the profile) or 2.0 (on each subscription), as
 * the classic CLI does (azure-cli 0.10.20, `lib/util/profile/publishSettings.js`). What that would import and could
 * never use is an error here: a file without subscriptions, and a subscription without id, endpoint or certificate.
 * @param xml the text, or the bytes of the file in UTF-8 or UTF-16
 * @param mask called with each key before it is used for anything
 * @returns at least one subscription, all of one cloud, each id once
 * @throws {SessionError} that says what is wrong and never quotes the file
 */
export async function parsePublishSettings(
  xml: string | Uint8Array,
  now: Date,
  mask: (secret: string) => void,
): Promise<readonly ImportedSubscription[]> {
  const declared = declarationsIn(await readXml(xml));
  assertOneCloud(declared.map(({ subscription }) => subscription.cloudName));
  const opened = new Map<string, ManagementCertificate>();
  const imported = new Map<string, ImportedSubscription>();
  for (const { subscription, base64, position } of declared) {
    // Once, however many subscriptions share it: that takes a few milliseconds each.
    const certificate = opened.get(base64) ?? (await readManagementCertificate(base64, position, now, mask));
    opened.set(base64, certificate);
    const earlier = imported.get(subscription.id) ?? { ...subscription, certificate };
    if (earlier.certificate.thumbprint !== certificate.thumbprint) {
      throw settingsError('contradictorySubscription', position);
    }
    imported.set(subscription.id, earlier);
  }
  return [...imported.values()];
}

/** A subscription as the file describes it, complete and plausible, its certificate still closed. */
interface Declaration {
  readonly subscription: Omit<ImportedSubscription, 'certificate'>;
  /** Of the certificate, without white space. */
  readonly base64: string;
  readonly position: Position;
}

function declarationsIn(elements: readonly XmlElement[]): Declaration[] {
  // A web app's file has the same names with a small first letter, and the password of a deployment user in them.
  if (elements.some(({ name, depth }) => depth < 2 && /^publish(Data|Profile)$/.test(name))) {
    throw settingsError('webAppPublishProfile');
  }
  const isProfile = ({ name, depth }: XmlElement): boolean => depth === 1 && name === 'PublishProfile';
  if (elements[0]?.name !== 'PublishData' || !elements.some(isProfile)) throw settingsError('otherDocument');
  let profile: XmlElement | undefined;
  const pairs: (readonly [subscription: XmlElement, profile: XmlElement])[] = [];
  for (const element of elements) {
    if (element.depth === 1) profile = isProfile(element) ? element : undefined;
    const isSubscription = element.depth === 2 && element.name === 'Subscription';
    if (isSubscription && profile !== undefined) pairs.push([element, profile]);
  }
  if (pairs.length === 0) throw settingsError('noSubscription');
  if (pairs.length > MOST_SUBSCRIPTIONS) throw settingsError('tooManySubscriptions', MOST_SUBSCRIPTIONS);
  return pairs.map((pair, index) => declarationOf(...pair, { number: index + 1, of: pairs.length }));
}

function declarationOf(element: XmlElement, profile: XmlElement, position: Position): Declaration {
  const id = attribute(element, 'Id').toLowerCase();
  if (!isGuid(id)) throw settingsError('noSubscriptionId', position);
  // Two endpoints must agree: the classic CLI would take the profile's, other readers the subscription's.
  const urls = [attribute(element, 'ServiceManagementUrl'), attribute(profile, 'Url')].filter((url) => url !== '');
  const clouds = urls.map((url) => cloudAt(url, position));
  assertOneCloud(clouds.map(({ name }) => name));
  const [cloud] = clouds;
  if (cloud === undefined) throw settingsError('noEndpoint', position);
  const written = attribute(element, 'ManagementCertificate') || attribute(profile, 'ManagementCertificate');
  const base64 = written.replaceAll(/\s/g, '');
  if (base64 === '') throw settingsError('noCertificate', position);
  // A name from a file is printed and written into outputs: it stays on one line.
  const name =
    attribute(element, 'Name')
      .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .trim() || id;
  const { serviceManagement: managementEndpoint, name: cloudName } = cloud;
  return { subscription: { id, name, managementEndpoint, cloudName }, base64, position };
}

function attribute({ attributes }: XmlElement, name: string): string {
  return stringField(attributes, name).trim();
}

function assertOneCloud(cloudNames: readonly string[]): void {
  const names = new Set(cloudNames);
  if (names.size > 1) throw settingsError('severalClouds', [...names]);
}

/**
 * The cloud whose classic endpoint a file names. A certificate from the file authenticates to that host alone, so
 * anything but exactly its https origin is refused, and what is used later is the cloud's own address, never the file's
 * text. Case, a default port and slashes at the end make no difference, as for the classic CLI (azure-cli 0.10.20,
 * `lib/util/profile/profile.js`).
 */
function cloudAt(written: string, position: Position): Cloud {
  if (/^http:/i.test(written)) throw settingsError('insecureEndpoint', position);
  const origin = httpsOrigin(written.replace(/\/+$/, ''));
  const known = Object.values(KNOWN_CLOUDS);
  const cloud = known.find(({ serviceManagement }) => serviceManagement === origin);
  if (cloud !== undefined) return cloud;
  const endpoints = known.map(({ serviceManagement }) => serviceManagement);
  throw settingsError('unknownEndpoint', position, endpoints);
}

/**
 * Opens a `ManagementCertificate`: the base64, without white space, of a PKCS#12 file with an empty password or with
 * none. Windows writes the one; the classic CLI reads the other alone (azure-cli 0.10.20, `lib/util/certificates`).
 *
 * An expired certificate is refused, as everywhere in this program. The classic service was once seen to accept one
 * (tech.trailmax.info, "Azure Management Certificates expiration", 2016), but never promised to.
 */
async function readManagementCertificate(
  base64: string,
  position: Position,
  now: Date,
  mask: (secret: string) => void,
): Promise<ManagementCertificate> {
  mask(base64);
  try {
    const octets = Buffer.from(base64, 'base64');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || !startsAsSequence(octets)) throw unusable('notACertificate');
    const { readPfx } = await import('../certificate/pfx.ts');
    const identity = pickIdentity(readPfx(octets, ''), now);
    checkIdentity(identity, now);
    const { leaf, privateKey } = identity;
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    mask(key);
    return { key, cert: leaf.toString(), thumbprint: thumbprintOf(leaf), notAfter: notAfterOf(leaf) };
  } catch (error) {
    throw error instanceof UnusableCertificate ? managementCertificateError(error, position) : error;
  }
}

interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  /** 0 for the root. */
  readonly depth: number;
  readonly attributes: JsonObject;
}

/** Largest document, in bytes or in characters. A publish settings file has about 4 KB for each subscription. */
const LARGEST = 1024 * 1024;
/** Publish settings have three levels. */
const DEEPEST = 16;
const MOST_ELEMENTS = 10_000;

/**
 * Reads XML strictly: malformed XML is refused, and so is every document type declaration, before any of its entities
 * could be used. Nothing is fetched or read besides `xml`. The parser's own words are dropped, since they may quote the
 * document. Source: Extensible Markup Language (XML) 1.0, fifth edition.
 * @returns the elements in the document's order, the root first
 */
async function readXml(xml: string | Uint8Array): Promise<readonly XmlElement[]> {
  if (xml.length > LARGEST) throw settingsError('tooLarge');
  const text = typeof xml === 'string' ? xml : decoded(xml);
  if (text.trim() === '') throw settingsError('empty');
  // It takes 5 ms to load.
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const elements: XmlElement[] = [];
  let depth = 0;
  const refuse = (reason: 'malformed' | 'documentType' | 'tooLarge'): never => {
    throw settingsError(reason);
  };
  parser.on('error', () => refuse('malformed'));
  parser.on('doctype', () => refuse('documentType'));
  parser.on('opentag', ({ name, attributes }) => {
    if (elements.length >= MOST_ELEMENTS || depth >= DEEPEST) refuse('tooLarge');
    elements.push({ name: name.slice(name.indexOf(':') + 1), depth: depth++, attributes });
  });
  parser.on('closetag', () => depth--);
  parser.write(text.trimStart()).close();
  return elements;
}

/**
 * Tools on Windows save publish settings in any encoding that every XML processor must know: UTF-8, and UTF-16 by its
 * byte order mark or, without one, by how `<` is written in it. Source: XML 1.0, appendix F.
 */
function decoded(bytes: Uint8Array): string {
  const beginning = Buffer.from(bytes.subarray(0, 2)).toString('hex');
  const encoding = { fffe: 'utf-16le', '3c00': 'utf-16le', feff: 'utf-16be', '003c': 'utf-16be' }[beginning];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw settingsError('unknownEncoding');
  }
}
