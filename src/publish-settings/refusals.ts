import type { Problem, ProblemKind } from '../certificate/problem.ts';
import { momentOf } from '../certificate/refusals.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import type { FileProblemDetails, NamedFile } from '../errors/files.ts';
import { certificateOf, OTHER_COPY, type Position, STORE_AGAIN, WHOLE_FILE } from './problems.ts';

/** The rest is what files of `client-certificate` may hold instead of a PKCS#12 file. */
type Pkcs12ProblemKind = Exclude<
  ProblemKind,
  keyof FileProblemDetails | 'not-a-certificate-file' | 'foreign-key-format'
>;

export function isPkcs12Problem(problem: Problem): problem is Problem<Pkcs12ProblemKind> {
  return Object.hasOwn(PKCS12_WORDING, problem.kind);
}

/**
 * Words a problem with the certificate of one subscription. Nothing of it is quoted.
 * @param at the moment it was checked for
 */
export function certificateRefusal<Kind extends Pkcs12ProblemKind>(
  problem: Problem<Kind>,
  position: Position,
  at: Date,
): SessionError {
  const word: Pkcs12Wording[Kind] = PKCS12_WORDING[problem.kind];
  const { what, why, next } = word(problem, at);
  return new SessionError(`${certificateOf(position)} ${what}.`, { why, next });
}

interface Words {
  /** Without its subject and the full stop. */
  readonly what: string;
  readonly why: string;
  readonly next: readonly (string | Step)[];
}

type Pkcs12Wording = { readonly [Kind in Pkcs12ProblemKind]: (problem: Problem<Kind>, at: Date) => Words };

/** The file that `publish-settings` names. */
export const SETTINGS_FILE: NamedFile = {
  input: 'publish-settings',
  isPath: 'It does not begin with `<`, as XML does, so it is taken for a path',
  accepted: WHOLE_FILE,
  usualSize: 'A publish settings file has about 4 KB for each subscription',
  instead: 'Write the publish settings to a file, or give their text as the input.',
};

const PKCS12_WORDING: Pkcs12Wording = {
  'not-a-certificate': () => ({
    what: 'is no PKCS#12 file',
    why: '`ManagementCertificate` has to be the base64 of a certificate with its private key (PFX). A certificate alone (`.cer`) has no key, and of a cut file nothing can be read.',
    next: [STORE_AGAIN, OTHER_COPY],
  }),
  'no-certificate': () => ({
    what: 'holds no certificate',
    why: 'There is a PKCS#12 file, but no certificate in it.',
    next: [OTHER_COPY],
  }),
  'no-private-key': () => ({
    what: 'holds no private key',
    why: 'There is a PKCS#12 file, but it was exported without the key, and only the key can sign in.',
    next: [OTHER_COPY],
  }),
  damaged: ({ part }) => ({
    what: 'is damaged',
    why: `Its ${part === 'file' ? 'PKCS#12 file' : part} is cut off, or characters of it are lost or changed.`,
    next: [STORE_AGAIN, OTHER_COPY],
  }),
  'unsupported-encryption': () => ({
    what: 'is encrypted in a way that is not supported',
    why: 'PKCS#12 with RC2, 3DES or AES is read; single DES, RC4 and public-key protection are not.',
    next: [OTHER_COPY],
  }),
  'costly-encryption': () => ({
    what: 'asks for too many iterations to be opened',
    why: 'To open it would take longer than any real one does, so it was not tried.',
    next: ['If you did not make the file yourself, do not use it: somebody changed it.', OTHER_COPY],
  }),
  'password-refused': () => ({
    what: 'is protected with a password, or damaged',
    why: 'The certificate in publish settings has an empty password or none. Neither opens this one.',
    next: ['If you made the file yourself, export the PKCS#12 without a password.', STORE_AGAIN],
  }),
  'key-of-another-certificate': () => ({
    what: 'holds the private key of another certificate',
    why: 'No certificate in its PKCS#12 file has the public key of the private key in it.',
    next: [OTHER_COPY],
  }),
  'several-identities': ({ count }) => ({
    what: `holds ${count} certificates, each with a private key of its own`,
    why: 'Which of them the subscription knows cannot be told from here.',
    next: ['Leave only the one that is a management certificate of the subscription.'],
  }),
  'not-rsa': () => ({
    what: 'has no RSA key',
    why: 'Management certificates are RSA certificates of 2048 bits or more.',
    next: [OTHER_COPY],
  }),
  'short-key': ({ bits }) => ({
    what: `has an RSA key that is too short: ${bits} bits`,
    why: 'Management certificates need 2048 bits or more, and TLS libraries refuse shorter keys.',
    next: [OTHER_COPY],
  }),
  'long-key': ({ bits }) => ({
    what: `has an RSA key that is too long: ${bits} bits`,
    why: 'OpenSSL verifies nothing above 16384 bits, and no client uses such a key.',
    next: [OTHER_COPY],
  }),
  expired: ({ notAfter }, at) => ({
    what: `has been expired since ${momentOf(notAfter)}`,
    why: `The runner’s clock says ${momentOf(at)}. Nothing was sent with an expired certificate.`,
    next: [OTHER_COPY, 'On a self-hosted runner, check the clock and its time synchronisation.'],
  }),
  'not-yet-valid': ({ notBefore }, at) => ({
    what: `is not valid before ${momentOf(notBefore)}`,
    why: `The runner’s clock says ${momentOf(at)}. Is it right? Nothing was sent with the certificate.`,
    next: ['On a self-hosted runner, check the clock and its time synchronisation.', OTHER_COPY],
  }),
};
