import { utcMinute } from '../core/forms.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import { CHECK_PATH, LET_READ, type NamedFile } from './files.ts';
import { COMPARE_CLOCK } from './steps.ts';

/*
 * Why a certificate, its key, or what they came in cannot be used. The texts fit both inputs that hold one. None quotes
 * anything of the input, not even a path: it may be a private key.
 */

/** Which steps mend it: they differ by input. */
type Remediation =
  | 'store whole'
  | 'add key'
  | 'convert key'
  | 'encrypt anew'
  | 'correct password'
  | 'choose one'
  | 'new RSA key'
  | 'renew'
  | 'set clock';

/** The reason as a predicate, the explanation, and what mends it. */
type Reason = readonly [predicate: string, why: string, remediation: Remediation];

const REASONS = {
  notACertificate: () => [
    'is not a certificate',
    'It is neither PEM nor base64 of a PEM or PFX (PKCS#12) file. It may have been cut off. A certificate without its private key (.cer) is not enough.',
    'store whole',
  ],
  notACertificateFile: () => [
    'names a file that is not a certificate',
    'The file holds neither PEM nor a PFX, nor base64 of one. Check that the path names the file with the certificate and its private key.',
    'add key',
  ],
  noCertificate: () => [
    'holds no certificate',
    'It has no CERTIFICATE block and no certificate bag. A certificate request or a public key is not a certificate.',
    'add key',
  ],
  noPrivateKey: () => [
    'holds no private key',
    'The certificate is there, but the sign-in needs its private key to sign with.',
    'add key',
  ],
  damaged: (part: 'certificate' | 'private key' | 'file') => [
    'is damaged',
    `${part === 'file' ? 'It' : `Its ${part}`} is cut off, has lost or changed characters, or is of another kind, such as P7B.`,
    'store whole',
  ],
  foreignKeyFormat: () => [
    'has a private key in a format that is not supported',
    'PKCS#8 (PRIVATE KEY, ENCRYPTED PRIVATE KEY) and PKCS#1 (RSA PRIVATE KEY) are supported; the format of OpenSSH is not.',
    'convert key',
  ],
  unsupportedEncryption: () => [
    'is encrypted or signed in a way that is not supported',
    'PBES2 with AES or 3DES and PKCS#12 with 3DES or RC2-40 are supported; RC2-128, RC4, scrypt and public-key protection are not.',
    'encrypt anew',
  ],
  costlyEncryption: () => [
    'asks for too many iterations to derive its key',
    'Opening it would take longer than any ordinary file does, so the action did not try. If you did not make the file, someone may have changed it.',
    'encrypt anew',
  ],
  /** The password that was given, perhaps the empty one, does not open it. The explanation depends on the input. */
  passwordRefused: () => ['is encrypted, and the password does not open it', '', 'correct password'],
  keyOfAnotherCertificate: () => [
    'holds the private key of another certificate',
    'None of its certificates has the public key of one of its private keys.',
    'add key',
  ],
  severalIdentities: (count: number) => [
    `holds ${count} certificates, each with a private key of its own`,
    'This action cannot tell which one is registered.',
    'choose one',
  ],
  notRsa: (keyType: string) => [
    `has ${KEY_TYPE_NAMES[keyType] ?? 'another kind of'} key, not an RSA one`,
    'Entra ID and the Azure clients accept only RSA signatures.',
    'new RSA key',
  ],
  shortKey: (bits: number) => [
    `has an RSA key that is too short: ${bits} bits`,
    'Entra ID, the classic service and the Azure clients need 2048 bits or more.',
    'new RSA key',
  ],
  longKey: (bits: number) => [
    `has an RSA key that is too long: ${bits} bits`,
    'OpenSSL verifies nothing above 16384 bits, and no client uses such a key.',
    'new RSA key',
  ],
  expired: (notAfter: Date, at: Date) => [
    `expired on ${utcMinute(notAfter)}`,
    `The clock of the runner says ${utcMinute(at)}. Nothing was sent with an expired certificate.`,
    'renew',
  ],
  notYetValid: (notBefore: Date, at: Date) => [
    `is not valid before ${utcMinute(notBefore)}`,
    `The clock of the runner says ${utcMinute(at)}. Nothing was sent with the certificate.`,
    'set clock',
  ],
} satisfies Readonly<Record<string, (...about: never[]) => Reason>>;

/** Names of key types that people know, by what node:crypto calls them. */
const KEY_TYPE_NAMES: Readonly<Record<string, string>> = {
  ec: 'an elliptic-curve (EC)',
  ed25519: 'an Ed25519',
  ed448: 'an Ed448',
  'rsa-pss': 'an RSA-PSS',
  dsa: 'a DSA',
};

export type CertificateReasons = typeof REASONS;

export interface CertificateFault {
  readonly reason: keyof CertificateReasons;
  /** What the text of the reason names. */
  readonly about: readonly unknown[];
}

/** What a certificate came in. */
export interface CertificateHolder {
  /** The subject of a sentence. */
  readonly name: string;
  /** Why the password does not open it. */
  readonly passwordRefused: string;
  readonly steps: Readonly<Partial<Record<Remediation, readonly string[]>>>;
  /** Where `steps` has none. */
  readonly otherwise: readonly string[];
}

export function certificateError({ reason, about }: CertificateFault, holder: CertificateHolder): SessionError {
  const text = REASONS[reason] as (...about: readonly unknown[]) => Reason;
  const [predicate, why, remediation] = text(...about);
  const steps = holder.steps[remediation] ?? holder.otherwise;
  return errorOf([`${holder.name} ${predicate}.`, why || holder.passwordRefused, ...steps]);
}

const STORE_WHOLE_FILE = [
  'Store the whole file in base64, for example:',
  '$ base64 cert.pfx | gh secret set AZURE_CLIENT_CERTIFICATE',
];

function registration(clientId: string): string {
  return `az ad app credential reset --id ${clientId} --cert @cert.pem --append`;
}

/** The input `client-certificate`. */
export function clientCertificateInput(clientId: string, password: 'given' | 'empty'): CertificateHolder {
  return {
    name: '`client-certificate`',
    passwordRefused:
      password === 'empty'
        ? '`client-certificate-password` is empty. GitHub leaves a secret empty if the job has no access to it.'
        : 'Either `client-certificate-password` is not its password, or the PFX or the private key is damaged.',
    steps: {
      'store whole': [...STORE_WHOLE_FILE, ACCEPTED],
      'add key': [
        'Put the certificate and its own private key into one file:',
        '$ cat cert.pem key.pem > client-certificate.pem',
        'From a Windows certificate store or Key Vault, export the PFX with its private key.',
      ],
      'convert key': ['Convert a copy of the key:', '$ ssh-keygen -p -m PKCS8 -f key'],
      'encrypt anew': [
        'Encrypt it again with OpenSSL 3 and its defaults:',
        '$ openssl pkcs12 -legacy -in old.pfx -out all.pem && openssl pkcs12 -export -in all.pem -out new.pfx',
        'Or, for a private key in PEM:',
        '$ openssl pkey -in old.key -aes256 -out new.key',
      ],
      'correct password': [
        'Set `client-certificate-password` to the password of this file, and check the name of the secret. White space at its ends is removed.',
        ...STORE_WHOLE_FILE,
      ],
      'choose one': ['Leave only the one that is registered with the application, and its chain.'],
      'set clock': [...COMPARE_CLOCK, 'Or use a certificate that is valid now.'],
    },
    otherwise: [
      'Make a new certificate. Where the application trusts a self-signed one, this does it:',
      // `-nodes`, since LibreSSL, which macOS has for OpenSSL, does not know `-noenc`.
      '$ openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=github-actions -keyout key.pem -out cert.pem',
      'Register it beside the old one; cert.pem holds it without its key:',
      `$ ${registration(clientId)}`,
      'Then put the new certificate, with its private key, into `client-certificate`:',
      '$ cat cert.pem key.pem | gh secret set AZURE_CLIENT_CERTIFICATE',
    ],
  };
}

/** For a client certificate that expires soon, on one line. */
export function expiryWarning(notAfter: Date, at: Date, clientId: string): string {
  return `The certificate ${expiryInBrief(notAfter, at)} Make a new certificate and register it beside the old one; cert.pem holds it without its key: ${registration(clientId)} Then put the new certificate, with its private key, into \`client-certificate\`.`;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** For the warning: `expires on …, in 3 days.` */
export function expiryInBrief(notAfter: Date, at: Date): string {
  const days = Math.floor((notAfter.getTime() - at.getTime()) / DAY_MS);
  return `expires on ${utcMinute(notAfter)}, in ${days < 1 ? 'less than a day' : days === 1 ? '1 day' : `${days} days`}.`;
}

const ACCEPTED =
  '`client-certificate` takes a path, PEM text, or base64 of a PEM or PFX file: each with the certificate and its private key.';

/** The file that `client-certificate` names. */
export const CERTIFICATE_FILE: NamedFile = {
  subject: 'The certificate file that `client-certificate` names',
  whyAbsent: 'The value reads as a path, and there is no file at it when this step runs.',
  largest: '1 MB',
  usualSize: 'A certificate with its key and chain has a few kilobytes',
  access: LET_READ,
  steps: [CHECK_PATH, ACCEPTED],
};
