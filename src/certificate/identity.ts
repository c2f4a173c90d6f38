import { createPublicKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import type { CertificateFault, CertificateReasons } from '../errors/certificate.ts';

/**
 * Thrown by whatever reads or checks a certificate. What catches it knows the input, and loads the text. It has no
 * `cause`: what OpenSSL or a parser says may quote the input.
 */
export class UnusableCertificate extends Error implements CertificateFault {
  override readonly name = 'UnusableCertificate';
  readonly reason: keyof CertificateReasons;
  readonly about: readonly unknown[];

  constructor(reason: keyof CertificateReasons, about: readonly unknown[]) {
    super(reason);
    this.reason = reason;
    this.about = about;
  }
}

export function unusable<Name extends keyof CertificateReasons>(
  reason: Name,
  ...about: Parameters<CertificateReasons[Name]>
): UnusableCertificate {
  return new UnusableCertificate(reason, about);
}

/** What a PEM or PFX file held. Nothing is checked yet. */
export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  readonly privateKeys: readonly KeyObject[];
}

/** @throws {UnusableCertificate} `damaged` */
export function certificateOf(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw unusable('damaged', 'certificate');
  }
}

/** A certificate, the private key that belongs to it, and the chain above it, nearest first. */
export interface Identity {
  readonly leaf: X509Certificate;
  readonly privateKey: KeyObject;
  readonly chain: readonly X509Certificate[];
  /**
   * How many more certificates of the bundle have the same key: a renewal that kept it leaves the earlier one behind.
   */
  readonly passedOver: number;
}

/**
 * Picks the certificate whose public key is the private key's. Among several, one that can be used is taken over one
 * that cannot (expired, not RSA), and the newest of those that share a key. Two that are left with keys of their own
 * are refused: which one Entra knows cannot be told here.
 *
 * Certificates that are not in the line from the leaf upwards are left out of the chain.
 * @throws {UnusableCertificate}
 */
export function pickIdentity(bundle: Bundle, at: Date): Identity {
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
  const rsa = narrowed(pairs, ({ privateKey }) => privateKey.asymmetricKeyType === 'rsa');
  const usable = narrowed(rsa, ({ leaf }) => isValid(leaf, at));
  const [newest] = usable.toSorted((a, b) => notBeforeOf(b.leaf).getTime() - notBeforeOf(a.leaf).getTime());
  if (newest === undefined) throw unusable('keyOfAnotherCertificate');
  const keys = new Set(usable.map(({ publicKey }) => publicKey));
  if (keys.size > 1) throw unusable('severalIdentities', keys.size);
  const { leaf, privateKey } = newest;
  return { leaf, privateKey, chain: chainAbove(leaf, certificates, at), passedOver: usable.length - 1 };
}

/** SubjectPublicKeyInfo in base64. A key of a kind that this Node does not know belongs to nothing. */
function publicKeyOf(load: () => KeyObject): string | undefined {
  try {
    return load().export({ type: 'spki', format: 'der' }).toString('base64');
  } catch {
    return undefined;
  }
}

/** The values that are preferred, or all of them where none is. */
function narrowed<T>(values: readonly T[], preferred: (value: T) => boolean): readonly T[] {
  const kept = values.filter(preferred);
  return kept.length === 0 ? values : kept;
}

/** Real chains have up to 4; an attacker's may have thousands. */
const MAX_CHAIN_LENGTH = 10;

function chainAbove(leaf: X509Certificate, certificates: readonly X509Certificate[], at: Date): X509Certificate[] {
  const rest = new Set(certificates);
  const chain: X509Certificate[] = [];
  let top = leaf;
  while (chain.length < MAX_CHAIN_LENGTH && !top.checkIssued(top)) {
    rest.delete(top);
    const issuer = issuerOf(top, [...rest], at);
    if (issuer === undefined) break;
    chain.push(issuer);
    top = issuer;
  }
  return chain;
}

/** Cross-signing and renewal give an authority several certificates: a valid one is taken over an expired one. */
function issuerOf(child: X509Certificate, others: readonly X509Certificate[], at: Date): X509Certificate | undefined {
  const issuers = others.filter(
    (other) => child.checkIssued(other) && publicKeyOf(() => other.publicKey) !== undefined,
  );
  const verified = narrowed(issuers, (issuer) => child.verify(issuer.publicKey));
  return narrowed(verified, (issuer) => isValid(issuer, at))[0];
}

const MIN_KEY_BITS = 2048;
/** OpenSSL verifies no longer ones, and one signature with such a key takes most of a second. */
const MAX_KEY_BITS = 16384;

/**
 * Checks what Entra and the clients will: RSA of at least 2048 bits, a key that signs, and a certificate that is valid
 * now.
 * @throws {UnusableCertificate}
 */
export function checkIdentity({ leaf, privateKey }: Identity, at: Date): void {
  const keyType = privateKey.asymmetricKeyType ?? 'unknown';
  if (keyType !== 'rsa') throw unusable('notRsa', keyType);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_KEY_BITS) throw unusable('shortKey', bits);
  if (bits > MAX_KEY_BITS) throw unusable('longKey', bits);
  if (!signs(privateKey, leaf)) throw unusable('damaged', 'private key');
  if (notAfterOf(leaf) <= at) throw unusable('expired', notAfterOf(leaf), at);
  if (!isValid(leaf, at)) throw unusable('notYetValid', notBeforeOf(leaf), at);
}

/** Whether the key signs what the certificate verifies: the public half can be right and the private half damaged. */
function signs(privateKey: KeyObject, certificate: X509Certificate): boolean {
  const probe = Buffer.from('azure-session');
  try {
    return verify('sha256', probe, certificate.publicKey, sign('sha256', probe, privateKey));
  } catch {
    return false;
  }
}

/** A certificate made a moment ago by a machine whose clock is ahead: Entra allows its clients 5 minutes. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

function isValid(certificate: X509Certificate, at: Date): boolean {
  return notBeforeOf(certificate).getTime() <= at.getTime() + CLOCK_SKEW_MS && at < notAfterOf(certificate);
}

function notBeforeOf({ validFrom }: X509Certificate): Date {
  return dateOf(validFrom);
}

/** The end of a certificate's validity. `validToDate` says the same, but Node 20 does not have it. */
export function notAfterOf({ validTo }: X509Certificate): Date {
  return dateOf(validTo);
}

function dateOf(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw unusable('damaged', 'certificate');
  return date;
}

/** SHA-1, upper-case hex. */
export function thumbprintOf({ fingerprint }: X509Certificate): string {
  return fingerprint.replaceAll(':', '');
}

const WARNING_MS = 30 * 24 * 60 * 60 * 1000;

/** Whether a certificate expires within 30 days, which is a warning. */
export function expiresSoon(notAfter: Date, at: Date): boolean {
  return notAfter.getTime() - at.getTime() < WARNING_MS;
}
