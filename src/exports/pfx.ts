import { randomBytes } from 'node:crypto';
import type { ClientCertificate } from '../core/credential.ts';

/** The certificate of a session for clients that read no PEM. */
export interface SessionPfx {
  readonly path: string;
  /** Random, one a session. */
  readonly password: string;
  readonly content: Buffer;
}

/** @param mask called with the password before anything else is done with it */
export async function sessionPfx(
  certificate: ClientCertificate,
  path: string,
  mask: (secret: string) => void,
): Promise<SessionPfx> {
  const password = randomBytes(24).toString('base64url');
  mask(password);
  const { writePfx } = await import('../certificate/write-pfx.ts');
  return { path, password, content: writePfx(certificate, password) };
}
