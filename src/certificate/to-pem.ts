import type { ClientCertificate } from '../core/credential.ts';

/**
 * Writes the unencrypted key, then the leaf, then, when it is to be sent, the chain, nearest first. Lines end in LF.
 *
 * az takes the first CERTIFICATE block for the leaf and cannot open an encrypted key (azure-cli-core, `auth/identity.py`);
 * @azure/identity wants certificate and key in one file.
 */
export function toPem(certificate: ClientCertificate, chain: 'send' | 'omit'): string {
  const above = chain === 'send' ? certificate.chain : [];
  return [certificate.privateKey, certificate.certificate, ...above].map((pem) => `${pem.trimEnd()}\n`).join('');
}
