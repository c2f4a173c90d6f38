import type { FileProblemDetails } from '../errors/files.ts';

/**
 * What can be wrong with a certificate, its key or the file they came in, and what is known of it. Readers of PEM and
 * PFX say it in these terms; whoever knows the input's name turns it into words (`refusals.ts` for `client-certificate`).
 */
interface ProblemDetails extends FileProblemDetails {
  /** Neither content that could be a certificate, nor a path. */
  'not-a-certificate': unknown;
  'not-a-certificate-file': unknown;
  'no-certificate': unknown;
  'no-private-key': unknown;
  damaged: { readonly part: 'certificate' | 'private key' | 'file' };
  /** A private key in the form of another world, OpenSSH's for example. */
  'foreign-key-format': unknown;
  'unsupported-encryption': unknown;
  /** To derive the key would take longer than any honest file does. */
  'costly-encryption': unknown;
  /** The password that was given, perhaps the empty one, does not open the PFX or the key. */
  'password-refused': unknown;
  'key-of-another-certificate': unknown;
  'several-identities': { readonly count: number };
  'not-rsa': { readonly keyType: string };
  'short-key': { readonly bits: number };
  'long-key': { readonly bits: number };
  expired: { readonly notAfter: Date };
  'not-yet-valid': { readonly notBefore: Date };
}

export type ProblemKind = keyof ProblemDetails;

export type Problem<Kind extends ProblemKind = ProblemKind> = {
  [Each in Kind]: { readonly kind: Each } & ProblemDetails[Each];
}[Kind];

/**
 * Carries a `Problem` to whoever words it. It has no `cause`: what OpenSSL or a parser says may quote the input, and
 * the input is a private key.
 */
export class CertificateProblem extends Error {
  override readonly name: string = 'CertificateProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.kind);
    this.problem = problem;
  }
}
