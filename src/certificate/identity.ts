import { createPublicKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { ignoreErrors } from '../core/ignore-errors.ts';
import type { CertificateFault, CertificateReasons } from '../errors/certificate.ts';

/**
 * Thrown when a certificate cannot be read or used. The caller knows the input and adds the error text. Has no `cause`,
 * since the message of OpenSSL or a parser may quote the input.
 */
export class UnusableCertificate extends Error implements CertificateFault {
  override readonly name = 'UnusableCertificate';
  readonly reason: keyof CertificateReasons;
  readonly args: readonly unknown[];

  constructor(reason: keyof CertificateReasons, args: readonly unknown[]) {
    super(reason);
    this.reason = reason;
    this.args = args;
  }
}

export function unusable<Name extends keyof CertificateReasons>(
  reason: Name,
  ...args: Parameters<CertificateReasons[Name]>
): UnusableCertificate {
  return new UnusableCertificate(reason, args);
}

/** The content of a PEM or PFX file, not yet checked. */
export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  readonly privateKeys: readonly KeyObject[];
}

/** @throws {UnusableCertificate} `damaged` */
export function parseCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw unusable('damaged', 'certificate');
  }
}

/** A certificate, its private key, and its chain with the nearest issuer first. */
export interface Identity {
  readonly leaf: X509Certificate;
  readonly privateKey: KeyObject;
  readonly chain: readonly X509Certificate[];
  /** The number of other usable certificates with the same key, such as older ones from before a renewal. */
  readonly skipped: number;
}

/**
 * Selects the certificate that matches the private key. Prefers usable certificates over unusable ones (expired, not
 * RSA), and the newest of several with the same key.
 * @throws {UnusableCertificate} also when certificates with different keys remain, since only Entra ID knows which one
 *   is registered
 */
export function pickIdentity(bundle: Bundle, now: Date): Identity {
  if (bundle.certificates.length === 0) throw unusable('noCertificate');
  if (bundle.privateKeys.length === 0) throw unusable('noPrivateKey');
  const byThumbprint = new Map(bundle.certificates.map((certificate) => [certificate.fingerprint256, certificate]));
  const certificates = [...byThumbprint.values()];
  const byPublicKey = new Map(bundle.privateKeys.map((key) => [publicKeyOf(() => createPublicKey(key)), key]));
  const pairs = certificates.flatMap((leaf) => {
    const publicKey = publicKeyOf(() => leaf.publicKey);
    const privateKey = byPublicKey.get(publicKey);
    return publicKey === undefined || privateKey === undefined ? [] : [{ leaf, privateKey, publicKey }];
  });
  const rsa = filterOrAll(pairs, ({ privateKey }) => privateKey.asymmetricKeyType === 'rsa');
  const usable = filterOrAll(rsa, ({ leaf }) => isValid(leaf, now));
  const [newest] = usable.toSorted((a, b) => b.leaf.validFromDate.getTime() - a.leaf.validFromDate.getTime());
  if (newest === undefined) throw unusable('keyOfAnotherCertificate');
  const keys = new Set(usable.map(({ publicKey }) => publicKey));
  if (keys.size > 1) throw unusable('severalIdentities', keys.size);
  const { leaf, privateKey } = newest;
  return { leaf, privateKey, chain: buildChain(leaf, certificates, now), skipped: usable.length - 1 };
}

/** SubjectPublicKeyInfo in base64; `undefined` for a key type that Node does not support. */
function publicKeyOf(load: () => KeyObject): string | undefined {
  return ignoreErrors(() => load().export({ type: 'spki', format: 'der' }).toString('base64'));
}

/** Returns the preferred values, or all values if none is preferred. */
function filterOrAll<T>(values: readonly T[], isPreferred: (value: T) => boolean): readonly T[] {
  const preferred = values.filter(isPreferred);
  return preferred.length === 0 ? values : preferred;
}

/** Real chains have up to 4 certificates, but an attacker's chain may have thousands. */
const MAX_CHAIN_LENGTH = 10;

function buildChain(leaf: X509Certificate, certificates: readonly X509Certificate[], now: Date): X509Certificate[] {
  const rest = new Set(certificates);
  const chain: X509Certificate[] = [];
  let top = leaf;
  while (chain.length < MAX_CHAIN_LENGTH && !top.checkIssued(top)) {
    rest.delete(top);
    const issuer = issuerOf(top, [...rest], now);
    if (issuer === undefined) break;
    chain.push(issuer);
    top = issuer;
  }
  return chain;
}

/** Prefers a valid issuer, since cross-signing and renewal give an authority several certificates. */
function issuerOf(child: X509Certificate, others: readonly X509Certificate[], now: Date): X509Certificate | undefined {
  const issuers = others.filter(
    (other) => child.checkIssued(other) && publicKeyOf(() => other.publicKey) !== undefined,
  );
  const verified = filterOrAll(issuers, (issuer) => child.verify(issuer.publicKey));
  return filterOrAll(verified, (issuer) => isValid(issuer, now))[0];
}

const MIN_KEY_BITS = 2048;
/** OpenSSL does not verify longer keys, and one signature with such a key takes most of a second. */
const MAX_KEY_BITS = 16384;

/**
 * Checks the requirements of Entra ID and the clients: an RSA key of at least 2048 bits that matches the certificate,
 * and a certificate that is currently valid.
 * @throws {UnusableCertificate}
 */
export function checkIdentity({ leaf, privateKey }: Identity, now: Date): void {
  const keyType = privateKey.asymmetricKeyType ?? 'unknown';
  if (keyType !== 'rsa') throw unusable('notRsa', keyType);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_KEY_BITS) throw unusable('shortKey', bits);
  if (bits > MAX_KEY_BITS) throw unusable('longKey', bits);
  if (!canSign(privateKey, leaf)) throw unusable('damaged', 'private key');
  if (leaf.validToDate <= now) throw unusable('expired', leaf.validToDate, now);
  if (!isValid(leaf, now)) throw unusable('notYetValid', leaf.validFromDate, now);
}

/** Tests a signature, since the private part of a key may be damaged while its public part matches. */
function canSign(privateKey: KeyObject, certificate: X509Certificate): boolean {
  const probe = Buffer.from('azure-session');
  return ignoreErrors(() => verify('sha256', probe, certificate.publicKey, sign('sha256', probe, privateKey))) ?? false;
}

/** Entra ID's tolerance. A certificate may come from a machine whose clock is ahead. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

function isValid({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  if (Number.isNaN(from + to)) throw unusable('damaged', 'certificate');
  return from <= now.getTime() + CLOCK_SKEW_MS && now.getTime() < to;
}

/** SHA-1, upper-case hex. */
export function thumbprintOf({ fingerprint }: X509Certificate): string {
  return fingerprint.replaceAll(':', '');
}

const WARNING_MS = 30 * 24 * 60 * 60 * 1000;

export function expiresSoon(notAfter: Date, now: Date): boolean {
  return notAfter.getTime() - now.getTime() < WARNING_MS;
}
