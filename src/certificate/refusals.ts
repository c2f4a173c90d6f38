import { SessionError, type Step } from '../core/session-error.ts';
import { type FileProblemDetails, fileRefusal, isFileProblem, type NamedFile } from '../errors/files.ts';
import type { Problem, ProblemKind } from './problem.ts';

/** What the words of a refusal depend on beside the problem. */
interface RefusalContext {
  /** The application whose certificate is to be renewed; a placeholder where it is not known. */
  readonly clientId: string;
  readonly password: 'given' | 'empty';
  readonly at: Date;
}

/** Words a problem for the person who set `client-certificate`. Nothing of the input is quoted, not even a path. */
export function refusalOf(problem: Problem, context: RefusalContext): SessionError {
  return isFileProblem(problem) ? fileRefusal(problem, FILE) : contentRefusal(problem, context);
}

type ContentProblemKind = Exclude<ProblemKind, keyof FileProblemDetails>;

function contentRefusal<Kind extends ContentProblemKind>(
  problem: Problem<Kind>,
  context: RefusalContext,
): SessionError {
  const word: Wording[Kind] = WORDING[problem.kind];
  const { what, why, next } = word(problem, context);
  return new SessionError(what, { why, next });
}

/** `-nodes`, since LibreSSL, which macOS has for OpenSSL, does not know `-noenc`. */
const SELF_SIGNED =
  'openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=github-actions -keyout key.pem -out cert.pem';

/** The steps that put a new certificate in the old one's place. */
function renewal(clientId: string): readonly Step[] {
  return [
    {
      say: 'Make a new certificate. Where the application trusts one that signs itself, this does:',
      command: SELF_SIGNED,
    },
    {
      say: 'Register it beside the old one; cert.pem holds it without its key:',
      command: registration(clientId),
    },
    {
      say: 'Then put the new certificate, with its private key, into client-certificate:',
      command: 'cat cert.pem key.pem | gh secret set AZURE_CLIENT_CERTIFICATE',
    },
  ];
}

/** The same on the one line of a warning. */
export function renewalInBrief(clientId: string): string {
  return `Make a new certificate and register it beside the old one; cert.pem holds it without its key: ${registration(clientId)} Then put the new certificate, with its private key, into client-certificate.`;
}

function registration(clientId: string): string {
  return `az ad app credential reset --id ${clientId} --cert @cert.pem --append`;
}

/** A moment in UTC, to the minute, for example `2026-03-01 09:30 UTC`. */
export function momentOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

interface Words {
  readonly what: string;
  readonly why: string;
  readonly next: readonly (string | Step)[];
}

type Wording = { readonly [Kind in ContentProblemKind]: (problem: Problem<Kind>, context: RefusalContext) => Words };

const ACCEPTED =
  'It takes a path, PEM text, or base64 of a PEM or PFX file: each with the certificate and its private key.';

const FILE: NamedFile = {
  input: 'client-certificate',
  isPath: 'It reads as a path',
  accepted: ACCEPTED,
  usualSize: 'A certificate with its key and chain has a few kilobytes',
  instead: 'Write the certificate to a file, or give its content as the input.',
};

const STORE_WHOLE_FILE: Step = {
  say: 'Store the whole file in base64, for example:',
  command: 'base64 cert.pfx | gh secret set AZURE_CLIENT_CERTIFICATE',
};

const ONE_FILE: Step = {
  say: 'Put the certificate and its own private key into one file:',
  command: 'cat cert.pem key.pem > client-certificate.pem',
};

const NEW_RSA_CERTIFICATE: Step = {
  say: 'Make a certificate with an RSA key, for example:',
  command: SELF_SIGNED,
};

const ENCRYPT_ANEW: Step = {
  say: 'Encrypt it anew with OpenSSL 3 and its defaults:',
  command: 'openssl pkcs12 -legacy -in old.pfx -out all.pem && openssl pkcs12 -export -in all.pem -out new.pfx',
};

/** The names of key types that people know, for what node:crypto calls them. */
const KEY_TYPE_NAMES: Readonly<Record<string, string>> = {
  ec: 'an elliptic-curve (EC)',
  ed25519: 'an Ed25519',
  ed448: 'an Ed448',
  'rsa-pss': 'an RSA-PSS',
  dsa: 'a DSA',
};

const WORDING: Wording = {
  'not-a-certificate': () => ({
    what: 'client-certificate is not a certificate.',
    why: `What it holds is neither the path of a file nor PEM, nor base64 of a PEM or PFX file. Perhaps it was cut off. ${ACCEPTED}`,
    next: [STORE_WHOLE_FILE],
  }),
  'not-a-certificate-file': () => ({
    what: 'The file that client-certificate names is not a certificate.',
    why: 'It holds neither PEM nor a PFX, nor base64 of one.',
    next: ['Check that the path names the file with the certificate and its private key.'],
  }),
  'no-certificate': () => ({
    what: 'client-certificate holds no certificate.',
    why: 'There is no CERTIFICATE block or certificate bag in it. A certificate request or a public key is none.',
    next: [ONE_FILE],
  }),
  'no-private-key': () => ({
    what: 'client-certificate holds no private key.',
    why: 'The certificate is there, but the sign-in is signed with its private key.',
    next: [ONE_FILE, 'From a Windows certificate store or Key Vault, export the PFX with its private key.'],
  }),
  damaged: ({ part }) => ({
    what: `The ${part} in client-certificate is damaged.`,
    why: 'It is cut off, characters of it are lost or changed, or it is of another kind, P7B for example.',
    next: [STORE_WHOLE_FILE],
  }),
  'foreign-key-format': () => ({
    what: 'The private key in client-certificate is in a format that is not supported.',
    why: 'PKCS#8 (PRIVATE KEY, ENCRYPTED PRIVATE KEY) and PKCS#1 (RSA PRIVATE KEY) are; the format of OpenSSH is not.',
    next: [{ say: 'Convert a copy of the key:', command: 'ssh-keygen -p -m PKCS8 -f key' }],
  }),
  'unsupported-encryption': () => ({
    what: 'client-certificate is encrypted or signed in a way that is not supported.',
    why: 'PBES2 with AES or 3DES and PKCS#12 with 3DES or RC2 are; single DES, RC4 and public-key protection are not.',
    next: [ENCRYPT_ANEW],
  }),
  'costly-encryption': () => ({
    what: 'client-certificate asks for too many iterations to derive its key.',
    why: 'To open it would take longer than any ordinary file does, so it was not tried.',
    next: [ENCRYPT_ANEW],
  }),
  'password-refused': (_, { password }) =>
    password === 'empty'
      ? {
          what: 'client-certificate needs a password, and client-certificate-password is empty.',
          why: 'The PFX or the private key is encrypted. GitHub leaves a secret empty that the job may not see.',
          next: ['Set client-certificate-password, and check the name of the secret that it takes.'],
        }
      : {
          what: 'client-certificate-password is not the password of client-certificate.',
          why: 'It does not open the PFX or the private key, or these are damaged.',
          next: [
            'Check that the password belongs to this file; white space at its ends is removed from the input.',
            STORE_WHOLE_FILE,
          ],
        },
  'key-of-another-certificate': () => ({
    what: 'The private key in client-certificate belongs to another certificate.',
    why: 'No certificate in it has the public key of a private key in it.',
    next: [ONE_FILE],
  }),
  'several-identities': ({ count }) => ({
    what: `client-certificate holds ${count} certificates, each with a private key of its own.`,
    why: 'Which of them the application knows cannot be told from here.',
    next: ['Leave only the one that is registered with the application, and its chain.'],
  }),
  'not-rsa': ({ keyType }) => ({
    what: `The certificate in client-certificate has ${KEY_TYPE_NAMES[keyType] ?? 'another kind of'} key, not an RSA one.`,
    why: 'Entra and the Azure clients accept signatures of RSA keys alone.',
    next: [NEW_RSA_CERTIFICATE],
  }),
  'short-key': ({ bits }) => ({
    what: `The RSA key in client-certificate is too short: ${bits} bits.`,
    why: 'Entra and the Azure clients want 2048 bits or more.',
    next: [NEW_RSA_CERTIFICATE],
  }),
  'long-key': ({ bits }) => ({
    what: `The RSA key in client-certificate is too long: ${bits} bits.`,
    why: 'OpenSSL verifies nothing above 16384 bits, and no client uses such a key.',
    next: [NEW_RSA_CERTIFICATE],
  }),
  expired: ({ notAfter }, { at, clientId }) => ({
    what: `The certificate in client-certificate has been expired since ${momentOf(notAfter)}.`,
    why: `The clock of the runner says ${momentOf(at)}. Entra refuses an expired certificate, so it was not asked.`,
    next: renewal(clientId),
  }),
  'not-yet-valid': ({ notBefore }, { at }) => ({
    what: `The certificate in client-certificate is not valid before ${momentOf(notBefore)}.`,
    why: `The clock of the runner says ${momentOf(at)}. Is it right? Entra refuses the certificate until then, so it was not asked.`,
    next: [
      'On a self-hosted runner, check the clock and its time synchronisation.',
      'Or use a certificate that is valid now.',
    ],
  }),
};
