import type { X509Certificate } from 'node:crypto';
import { checkIdentity, type Identity, notAfterOf, pickIdentity } from '../certificate/identity.ts';
import type { Bundle } from '../certificate/pem.ts';
import { CertificateProblem } from '../certificate/problem.ts';
import type { Cloud } from '../core/clouds.ts';
import type { ImportedSubscription, ManagementCertificate } from '../core/session.ts';
import * as problems from './problems.ts';
import { certificateNotBase64, type Position } from './problems.ts';
import { certificateRefusal, isPkcs12Problem } from './refusals.ts';
import { LARGEST_XML, localName, readXml, type XmlElement } from './xml.ts';

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
  readonly position: problems.Position;
}

/** A subscription as the file describes it, complete and plausible, its certificate still closed. */
interface Declaration {
  readonly id: string;
  readonly name: string;
  readonly cloud: ClassicCloud;
  /** Base64, without white space. */
  readonly certificate: string;
  readonly position: problems.Position;
}

function textOf(xml: string | Uint8Array): string {
  if (xml.length > LARGEST_XML) throw problems.tooLarge();
  const text = typeof xml === 'string' ? xml : decodeXml(xml);
  if (text === undefined) throw problems.unknownEncoding();
  if (text.trim() === '') throw problems.empty();
  return text;
}

async function readPublishData(text: string): Promise<XmlElement> {
  const reading = await readXml(text);
  if (reading.kind === 'refused') throw problems.unreadableXml(reading.problem);
  const { root } = reading;
  if (isWebAppProfile(root)) throw problems.webAppPublishProfile();
  if (localName(root) !== 'PublishData') throw problems.otherDocument();
  return root;
}

/** A web app's file has the same names with a small first letter, and the password of a deployment user in them. */
function isWebAppProfile(root: XmlElement): boolean {
  const isProfile = (element: XmlElement): boolean =>
    localName(element) === 'publishProfile' || (element.attributes.get('publishMethod') ?? '') !== '';
  return localName(root) === 'publishData' || isProfile(root) || root.children.some(isProfile);
}

function entriesOf(root: XmlElement): Entry[] {
  const profiles = root.children.filter((child) => localName(child) === 'PublishProfile');
  if (profiles.length === 0) throw problems.otherDocument();
  const pairs = profiles.flatMap((profile) =>
    profile.children
      .filter((child) => localName(child) === 'Subscription')
      .map((subscription) => ({ profile, subscription })),
  );
  if (pairs.length === 0) throw problems.noSubscription();
  if (pairs.length > MOST_SUBSCRIPTIONS) throw problems.tooManySubscriptions(MOST_SUBSCRIPTIONS);
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
  const id = attribute(subscription, 'Id').toLowerCase();
  if (id === '') throw problems.noSubscriptionId(position);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw problems.malformedSubscriptionId(position);
  return id;
}

/** Two endpoints must agree: the classic CLI would take the profile's, other readers the subscription's. */
function cloudOf({ profile, subscription, position }: Entry, known: readonly ClassicCloud[]): ClassicCloud {
  const written = [attribute(subscription, 'ServiceManagementUrl'), attribute(profile, 'Url')];
  const clouds = written
    .filter((url) => url !== '')
    .map((url) => {
      const reading = readEndpoint(url, known);
      if (reading.kind === 'refused') throw ENDPOINT_ERRORS[reading.problem](position, known);
      return reading.cloud;
    });
  const [cloud] = clouds;
  if (cloud === undefined) throw problems.noEndpoint(position);
  checkOneCloud(clouds);
  return cloud;
}

type EndpointError = (position: problems.Position, clouds: readonly ClassicCloud[]) => Error;

const ENDPOINT_ERRORS: Readonly<Record<EndpointProblem, EndpointError>> = {
  insecure: problems.insecureEndpoint,
  unknown: problems.unknownEndpoint,
};

function certificateOf({ profile, subscription, position }: Entry): string {
  const written = attribute(subscription, 'ManagementCertificate') || attribute(profile, 'ManagementCertificate');
  const compact = written.replaceAll(/\s/g, '');
  if (compact === '') throw problems.noCertificate(position);
  return compact;
}

function checkOneCloud(clouds: readonly ClassicCloud[]): void {
  const names = new Set(clouds.map(({ name }) => name));
  if (names.size > 1) throw problems.severalClouds([...names]);
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
      throw problems.contradictorySubscription(declaration.position);
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

/** What has to be known of a cloud to import a file into it. */
export type ClassicCloud = Pick<Cloud, 'name' | 'serviceManagement'>;

type EndpointReading =
  | { readonly kind: 'known'; readonly cloud: ClassicCloud }
  | { readonly kind: 'refused'; readonly problem: EndpointProblem };

type EndpointProblem = 'insecure' | 'unknown';

/**
 * Finds the cloud whose classic endpoint a file names. A certificate from the file authenticates to that host alone,
 * so anything but exactly its https origin is refused, and what is used later is the cloud's own address, never the
 * file's text. Case, a default port and slashes at the end make no difference, as for the classic CLI
 * (azure-cli 0.10.20, `lib/util/profile/profile.js`).
 */
function readEndpoint(written: string, clouds: readonly ClassicCloud[]): EndpointReading {
  const url = URL.parse(written);
  if (url === null) return { kind: 'refused', problem: 'unknown' };
  if (url.protocol === 'http:') return { kind: 'refused', problem: 'insecure' };
  const bare = /^\/*$/.test(url.pathname) && `${url.username}${url.password}${url.search}${url.hash}` === '';
  const cloud = bare ? clouds.find(({ serviceManagement }) => originOf(serviceManagement) === url.origin) : undefined;
  if (cloud === undefined || url.protocol !== 'https:') return { kind: 'refused', problem: 'unknown' };
  return { kind: 'known', cloud };
}

/** The URL's origin; `undefined` where a cloud has no classic endpoint, which must match nothing. */
function originOf(url: string): string | undefined {
  const { protocol, origin } = URL.parse(url) ?? {};
  return protocol === 'https:' ? origin : undefined;
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
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw certificateNotBase64(position);
  try {
    return managementCertificate(identityOf(await pkcs12Of(base64), now));
  } catch (error) {
    if (!(error instanceof CertificateProblem) || !isPkcs12Problem(error.problem)) throw error;
    throw certificateRefusal(error.problem, position, now);
  }
}

async function pkcs12Of(base64: string): Promise<Bundle> {
  const { isPfx, readPfx } = await import('../certificate/pfx.ts');
  const octets = Buffer.from(base64, 'base64');
  if (!isPfx(octets)) throw new CertificateProblem({ kind: 'not-a-certificate' });
  return readPfx(octets, '');
}

function identityOf(bundle: Bundle, now: Date): Identity {
  const identity = pickIdentity(bundle, now);
  checkIdentity(identity, now);
  return identity;
}

function managementCertificate({ leaf, privateKey }: Identity): ManagementCertificate {
  return {
    key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    cert: leaf.toString(),
    thumbprint: thumbprintOf(leaf),
    notAfter: notAfterOf(leaf),
  };
}

function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '');
}
