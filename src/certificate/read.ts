import { createPrivateKey, type X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../core/credential.ts';
import type { Bundle } from './bundle.ts';
import { type Content, loadContent } from './content.ts';
import type { CertificateFiles } from './files.ts';
import { checkIdentity, type Identity, notAfterOf, pickIdentity } from './identity.ts';
import { certificateOf, readPem } from './pem.ts';
import { CertificateProblem } from './problem.ts';
import { momentOf, refusalOf, renewalInBrief } from './refusals.ts';

interface CertificateSource {
  /** A path, PEM text, or base64 of a PEM or PFX file. */
  readonly value: string;
  /** Of the PFX or of the private key; `''` for none. */
  readonly password: string;
  /** Whose certificate it is, for the commands of a remedy. */
  readonly clientId: string;
}

/**
 * Reads `client-certificate` and refuses, before anything is sent, what Entra or a client would: no RSA key, one under
 * 2048 bits, another certificate's key, an expired or not yet valid certificate. One that expires within 30 days is a
 * warning, and so is a choice among several certificates of one key.
 *
 * @param at now
 * @throws {SessionError} that quotes nothing of the value or the password
 */
export async function readClientCertificate(
  source: CertificateSource,
  at: Date,
  files: CertificateFiles,
): Promise<{ certificate: ClientCertificate; warnings: string[] }> {
  try {
    const bundle = await bundleOf(await loadContent(source.value.trim(), files), source.password);
    const identity = pickIdentity(bundle, at);
    checkIdentity(identity, at);
    return { certificate: clientCertificateOf(identity), warnings: warningsOf(identity, source.clientId, at) };
  } catch (error) {
    if (!(error instanceof CertificateProblem)) throw error;
    const password = source.password === '' ? 'empty' : 'given';
    throw refusalOf(error.problem, { clientId: source.clientId, password, at });
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;
const WARNING_DAYS = 30;

async function bundleOf(content: Content, password: string): Promise<Bundle> {
  if (content.kind === 'pem') return readPem(content.text, password);
  return bareBundleOf(content.octets) ?? pfxBundleOf(content.octets, password);
}

async function pfxBundleOf(octets: Buffer, password: string): Promise<Bundle> {
  const { isPfx, readPfx } = await import('./pfx.ts');
  if (!isPfx(octets)) throw new CertificateProblem({ kind: 'damaged', part: 'file' });
  return readPfx(octets, password);
}

/** A certificate or a key by itself, in DER: not enough, but what is missing can be said. */
function bareBundleOf(octets: Buffer): Bundle | undefined {
  for (const read of [bareKey, bareCertificate]) {
    try {
      return read(octets);
    } catch {}
  }
  return undefined;
}

function bareKey(octets: Buffer): Bundle {
  return { certificates: [], privateKeys: [createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' })] };
}

function bareCertificate(octets: Buffer): Bundle {
  return { certificates: [certificateOf(octets)], privateKeys: [] };
}

function clientCertificateOf({ leaf, privateKey, chain }: Identity): ClientCertificate {
  return {
    certificate: leaf.toString(),
    chain: chain.map((certificate) => certificate.toString()),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: thumbprintOf(leaf),
    thumbprintSha256: leaf.fingerprint256.replaceAll(':', ''),
    notAfter: notAfterOf(leaf),
  };
}

function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '');
}

function warningsOf({ leaf, passedOver }: Identity, clientId: string, at: Date): string[] {
  const warnings: string[] = [];
  const notAfter = notAfterOf(leaf);
  const daysLeft = Math.floor((notAfter.getTime() - at.getTime()) / DAY_MS);
  if (daysLeft < WARNING_DAYS) {
    const left = daysLeft < 1 ? 'less than a day' : daysLeft === 1 ? '1 day' : `${daysLeft} days`;
    warnings.push(`The certificate expires on ${momentOf(notAfter)}, in ${left}. ${renewalInBrief(clientId)}`);
  }
  if (passedOver > 0) {
    warnings.push(
      `client-certificate holds ${passedOver + 1} certificates for its private key. The newest is used, thumbprint ` +
        `${thumbprintOf(leaf)}: it must be registered with the application.`,
    );
  }
  return warnings;
}
