import { checkIdentity, pickIdentity, thumbprintOf, UnusableCertificate, unusable } from '../certificate/identity.ts';
import { type Cloud, KNOWN_CLOUDS } from '../core/clouds.ts';
import { httpsOrigin, isGuid } from '../core/forms.ts';
import { type JsonObject, stringField } from '../core/json.ts';
import { startsAsSequence } from '../core/key-material.ts';
import type { ManagedSubscription, ManagementCertificate } from '../core/session.ts';
import { managementCertificateError, type Position, settingsError } from '../errors/publish-settings.ts';

/** More than any real file has, and few enough to check every certificate. */
const MAX_SUBSCRIPTIONS = 250;

/**
 * Reads publish settings of schema 1.0 (certificate and endpoint on the profile) or 2.0 (on each subscription), as the
 * classic CLI does (azure-cli 0.10.20, `lib/util/profile/publishSettings.js`). Unlike the classic CLI, rejects a file
 * without subscriptions, and a subscription without id, endpoint or certificate, since the CLI could not use them.
 * @param xml the text, or the bytes of the file in UTF-8 or UTF-16
 * @param mask receives each key before any other use
 * @returns at least one subscription, all in one cloud, with unique ids
 * @throws {SessionError} which never quotes the file
 */
export async function parsePublishSettings(
  xml: string | Uint8Array,
  now: Date,
  mask: (secret: string) => void,
): Promise<readonly ManagedSubscription[]> {
  const declarations = readDeclarations(await readXml(xml));
  assertOneCloud(declarations.map(({ subscription }) => subscription.cloudName));
  const certificates = new Map<string, ManagementCertificate>();
  const imported = new Map<string, ManagedSubscription>();
  for (const { subscription, base64, position } of declarations) {
    // Subscriptions often share a certificate, and reading one takes a few milliseconds.
    const certificate = certificates.get(base64) ?? (await readManagementCertificate(base64, position, now, mask));
    certificates.set(base64, certificate);
    const earlier = imported.get(subscription.id) ?? { ...subscription, certificate };
    if (earlier.certificate.thumbprint !== certificate.thumbprint) {
      throw settingsError('contradictorySubscription', position);
    }
    imported.set(subscription.id, earlier);
  }
  return [...imported.values()];
}

/** Reads the subscriptions of the file, and validates them except for their certificates. */
function readDeclarations(elements: readonly XmlElement[]) {
  // A web app's publish profile uses the same names with a lower-case first letter, and contains a deployment password.
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
  if (pairs.length > MAX_SUBSCRIPTIONS) throw settingsError('tooManySubscriptions', MAX_SUBSCRIPTIONS);
  return pairs.map((pair, index) => readDeclaration(...pair, { number: index + 1, of: pairs.length }));
}

function readDeclaration(element: XmlElement, profile: XmlElement, position: Position) {
  const id = attribute(element, 'Id').toLowerCase();
  if (!isGuid(id)) throw settingsError('noSubscriptionId', position);
  // Both endpoints must be in one cloud: the classic CLI uses the profile's, but other readers the subscription's.
  const urls = [attribute(element, 'ServiceManagementUrl'), attribute(profile, 'Url')].filter((url) => url !== '');
  const clouds = urls.map((url) => cloudOfEndpoint(url, position));
  assertOneCloud(clouds.map(({ name }) => name));
  const [cloud] = clouds;
  if (cloud === undefined) throw settingsError('noEndpoint', position);
  const certificate = attribute(element, 'ManagementCertificate') || attribute(profile, 'ManagementCertificate');
  const base64 = certificate.replaceAll(/\s/g, '');
  if (base64 === '') throw settingsError('noCertificate', position);
  // The name must stay on one line, since it is printed and written to outputs.
  const name =
    attribute(element, 'Name')
      .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .trim() || id;
  const { serviceManagement: managementEndpoint, name: cloudName } = cloud;
  return { subscription: { id, name, managementEndpoint, cloudName, state: 'Unknown' as const }, base64, position };
}

function attribute({ attributes }: XmlElement, name: string): string {
  return stringField(attributes, name).trim();
}

function assertOneCloud(cloudNames: readonly string[]): void {
  const names = new Set(cloudNames);
  if (names.size > 1) throw settingsError('severalClouds', [...names]);
}

/**
 * Finds the cloud by its classic endpoint. Accepts only the exact https origin, since the certificate authenticates to
 * that host. Later requests use the known address of the cloud, never the text of the file. Ignores case, a default
 * port and trailing slashes, as the classic CLI does (azure-cli 0.10.20, `lib/util/profile/profile.js`).
 */
function cloudOfEndpoint(url: string, position: Position): Cloud {
  if (/^http:/i.test(url)) throw settingsError('insecureEndpoint', position);
  const origin = httpsOrigin(url.replace(/\/+$/, ''));
  const known = Object.values(KNOWN_CLOUDS);
  const cloud = known.find(({ serviceManagement }) => serviceManagement === origin);
  if (cloud !== undefined) return cloud;
  const endpoints = known.map(({ serviceManagement }) => serviceManagement);
  throw settingsError('unknownEndpoint', position, endpoints);
}

/**
 * Reads a `ManagementCertificate`: a PKCS#12 file in base64, with an empty password, as Windows writes it, or without a
 * password, the only form that the classic CLI reads (azure-cli 0.10.20, `lib/util/certificates`).
 *
 * Rejects an expired certificate, like the rest of this action. The classic service has accepted one
 * (tech.trailmax.info, "Azure Management Certificates expiration", 2016), but this was never documented.
 * @param base64 without white space
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
    return { key, cert: leaf.toString(), thumbprint: thumbprintOf(leaf), notAfter: leaf.validToDate };
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

/** In bytes or characters. A publish settings file has about 4 KB for each subscription. */
const MAX_SIZE = 1024 * 1024;
/** Publish settings have three levels. */
const MAX_DEPTH = 16;
const MAX_ELEMENTS = 10_000;

/**
 * Reads XML strictly. Rejects malformed XML, and any document type declaration before its entities can be used. Reads
 * nothing but `xml`. Discards the parser's messages, which may quote the document.
 * Source: Extensible Markup Language (XML) 1.0, fifth edition.
 * @returns the elements in document order, the root first
 */
async function readXml(xml: string | Uint8Array): Promise<readonly XmlElement[]> {
  if (xml.length > MAX_SIZE) throw settingsError('tooLarge');
  const text = typeof xml === 'string' ? xml : decodeXml(xml);
  if (text.trim() === '') throw settingsError('empty');
  // Imported dynamically, since it takes 5 ms to load.
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const elements: XmlElement[] = [];
  let depth = 0;
  const reject = (reason: 'malformed' | 'documentType' | 'tooLarge'): never => {
    throw settingsError(reason);
  };
  parser.on('error', () => reject('malformed'));
  parser.on('doctype', () => reject('documentType'));
  parser.on('opentag', ({ name, attributes }) => {
    if (elements.length >= MAX_ELEMENTS || depth >= MAX_DEPTH) reject('tooLarge');
    elements.push({ name: name.slice(name.indexOf(':') + 1), depth: depth++, attributes });
  });
  parser.on('closetag', () => depth--);
  parser.write(text.trimStart()).close();
  return elements;
}

/**
 * Decodes UTF-8 and UTF-16, since Windows tools write both. Detects UTF-16 by its byte order mark, or by the bytes of
 * the first `<`. Source: XML 1.0, appendix F.
 */
function decodeXml(bytes: Uint8Array): string {
  const prefix = Buffer.from(bytes.subarray(0, 2)).toString('hex');
  const encoding = { fffe: 'utf-16le', '3c00': 'utf-16le', feff: 'utf-16be', '003c': 'utf-16be' }[prefix];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw settingsError('unknownEncoding');
  }
}
