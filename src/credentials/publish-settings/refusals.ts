import { SessionError, type Step } from '../../session-error.ts';
import type { Problem, ProblemKind } from '../certificate/problem.ts';
import { momentOf } from '../certificate/refusals.ts';
import { certificateOf, OTHER_COPY, type Position, STORE_AGAIN, WHOLE_FILE } from './problems.ts';

type FileProblemKind =
  | 'no-such-file'
  | 'file-denied'
  | 'file-failed'
  | 'directory'
  | 'not-a-regular-file'
  | 'too-large';

export function isFileProblem(problem: Problem): problem is Problem<FileProblemKind> {
  return Object.hasOwn(FILE_WORDING, problem.kind);
}

/** Words a problem with the file that `publish-settings` names. The path is not quoted: it may be no path but a key. */
export function fileRefusal<Kind extends FileProblemKind>(problem: Problem<Kind>): SessionError {
  const word: FileWording[Kind] = FILE_WORDING[problem.kind];
  const { what, why, next } = word(problem);
  return new SessionError(what, { why, next });
}

/** The rest is what files of `client-certificate` may hold instead of a PKCS#12 file. */
type Pkcs12ProblemKind = Exclude<ProblemKind, FileProblemKind | 'not-a-certificate-file' | 'foreign-key-format'>;

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
  /** For certificates without their subject and the full stop. */
  readonly what: string;
  readonly why: string;
  readonly next: readonly (string | Step)[];
}

type FileWording = { readonly [Kind in FileProblemKind]: (problem: Problem<Kind>) => Words };
type Pkcs12Wording = { readonly [Kind in Pkcs12ProblemKind]: (problem: Problem<Kind>, at: Date) => Words };

const CHECK_PATH =
  'A relative path starts at the workspace (GITHUB_WORKSPACE), ~ at the home folder of the runner’s user.';

const FILE_WORDING: FileWording = {
  'no-such-file': () => ({
    what: 'publish-settings names a file that does not exist.',
    why: 'It does not begin with `<`, as XML does, so it is taken for a path, and there is no file at it when this step runs.',
    next: [CHECK_PATH, 'Is the file checked out, or made, by a step before this one?', WHOLE_FILE],
  }),
  'file-denied': () => ({
    what: 'publish-settings names a file that may not be read.',
    why: 'The operating system denies the runner’s user access to it.',
    next: ['Give the user that the runner works as the right to read the file and to enter its folder.'],
  }),
  'file-failed': ({ code }) => ({
    what: 'The file that publish-settings names could not be read.',
    why: `The operating system reported ${code}.`,
    next: ['Check the file and the disk it is on, then run the job again.'],
  }),
  directory: () => ({
    what: 'publish-settings names a folder, not a file.',
    why: WHOLE_FILE,
    next: [CHECK_PATH, 'Add the name of the file in the folder.'],
  }),
  'not-a-regular-file': () => ({
    what: 'publish-settings names something that is not a regular file.',
    why: 'Devices, pipes and sockets are not read.',
    next: ['Write the publish settings to a file, or give their text as the input.'],
  }),
  'too-large': () => ({
    what: 'The file that publish-settings names is larger than 1 MB.',
    why: 'A publish settings file has about 4 KB for each subscription, so this is something else. It was not read.',
    next: [CHECK_PATH, WHOLE_FILE],
  }),
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
