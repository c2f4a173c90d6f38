import type { X509Certificate } from 'node:crypto';
import type { Bundle } from '../certificate/bundle.ts';
import { checkIdentity, type Identity, notAfterOf, pickIdentity } from '../certificate/identity.ts';
import { CertificateProblem } from '../certificate/problem.ts';
import type { ManagementCertificate } from '../core/session.ts';
import { certificateNotBase64, type Position } from './problems.ts';
import { certificateRefusal, isPkcs12Problem } from './refusals.ts';

/**
 * Opens a `ManagementCertificate`: the base64, without white space, of a PKCS#12 file with an empty password or with
 * none. Windows writes the one; the classic CLI reads the other alone (azure-cli 0.10.20, `lib/util/certificates`).
 *
 * An expired certificate is refused, as everywhere in this program. The classic service was once seen to accept one
 * (tech.trailmax.info, "Azure Management Certificates expiration", 2016), but never promised to.
 *
 * @throws {SessionError} that counts the subscription and never quotes the attribute
 */
export async function readManagementCertificate(
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
