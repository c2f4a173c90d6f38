import type { Method } from '../inputs/request.ts';

/** An access token as Entra or a managed identity endpoint issued it. */
export interface AccessToken {
  readonly token: string;
  readonly expiresOn: Date;
  /** The scope it was asked for, for example `https://management.core.windows.net//.default`. */
  readonly scope: string;
}

/**
 * One way to sign in. A new method is one file beside this one that returns a `Credential`, and one line in the map of
 * `credentials.ts`.
 */
export interface Credential {
  readonly method: Method;
  /**
   * @param scope one resource with `/.default`, for example `https://vault.azure.net/.default`
   * @throws {SessionError} when the sign-in is refused, or the tries or the time are used up
   */
  getToken(scope: string): Promise<AccessToken>;
  /** What later clients need to sign in by themselves. Known once the first token was got. */
  handover(): Handover;
}

/** What is handed to later steps, beside tokens, so that their clients can get tokens of their own. */
export type Handover =
  | { readonly kind: 'client-secret'; readonly clientSecret: string }
  | { readonly kind: 'client-certificate'; readonly certificate: ClientCertificate; readonly chain: 'send' | 'omit' }
  | { readonly kind: 'assertion'; readonly assertion: string };

/** A certificate with its own private key, checked: RSA, at least 2048 bits, valid now. */
export interface ClientCertificate {
  /** PEM of the leaf certificate. */
  readonly certificate: string;
  /** PEMs of the chain above the leaf, nearest first; empty when the source held none. */
  readonly chain: readonly string[];
  /** Unencrypted PKCS#8 PEM. */
  readonly privateKey: string;
  /** SHA-1 of the DER certificate, upper-case hex: what the classic CLI and the portal show. */
  readonly thumbprint: string;
  /** SHA-256 of the DER certificate, upper-case hex: what a PS256 assertion names. */
  readonly thumbprintSha256: string;
  readonly notAfter: Date;
}
