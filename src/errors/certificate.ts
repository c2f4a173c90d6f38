import { utcMinute } from '../core/forms.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import { CHECK_PATH, LET_READ, type NamedFile } from './files.ts';
import { COMPARE_CLOCK } from './steps.ts';

/*
 * Errors for a certificate, its key or its file. The texts fit both `client-certificate` and `publish-settings`. None
 * quotes the input, not even a path: it may be a private key.
 */

/** Selects the steps that fix the error; they differ by input. */
type Remediation =
  | 'store whole'
  | 'add key'
  | 'convert key'
  | 're-encrypt'
  | 'correct password'
  | 'choose one'
  | 'new RSA key'
  | 'renew'
  | 'set clock';

type Reason = readonly [predicate: string, why: string, remediation: Remediation];

const REASONS = {
  notACertificate: () => [
    'is not a certificate',
    'It is neither PEM nor a base64-encoded PEM or PFX (PKCS#12) file. It may be truncated. A certificate without its private key (.cer) is not enough.',
    'store whole',
  ],
  notACertificateFile: () => [
    'names a file that is not a certificate',
    'The file contains neither PEM nor PFX data, plain or base64-encoded. Check that the path names the file with the certificate and its private key.',
    'add key',
  ],
  noCertificate: () => [
    'contains no certificate',
    'It has neither a CERTIFICATE block nor a certificate bag. A certificate request or a public key is not a certificate.',
    'add key',
  ],
  noPrivateKey: () => [
    'contains no private key',
    'It contains the certificate, but signing in also requires the private key.',
    'add key',
  ],
  damaged: (part: 'certificate' | 'private key' | 'file') => [
    'is damaged',
    `${part === 'file' ? 'It' : `Its ${part}`} is truncated, has missing or changed characters, or has another format, such as P7B.`,
    'store whole',
  ],
  foreignKeyFormat: () => [
    'has a private key in a format that is not supported',
    'PKCS#8 (PRIVATE KEY, ENCRYPTED PRIVATE KEY) and PKCS#1 (RSA PRIVATE KEY) are supported; the OpenSSH format is not.',
    'convert key',
  ],
  unsupportedEncryption: () => [
    'is encrypted or signed in a way that is not supported',
    'PBES2 with AES or 3DES and PKCS#12 with 3DES or RC2-40 are supported, with SHA-1 or with SHA-2 except SHA-224; RC2-128, RC4, scrypt, MD5 and public-key protection are not.',
    're-encrypt',
  ],
  costlyEncryption: () => [
    'requires too many iterations to derive its key',
    'Opening it would take far longer than an ordinary file, so the action does not try. If you did not create the file, someone may have tampered with it.',
    're-encrypt',
  ],
  /** The password, which may be empty, does not open it. `CertificateSource` has the explanation. */
  passwordRefused: () => ['is encrypted, and the password does not open it', '', 'correct password'],
  keyOfAnotherCertificate: () => [
    'contains a private key that does not match its certificate',
    'None of its private keys belongs to any of its certificates.',
    'add key',
  ],
  severalIdentities: (count: number) => [
    `contains ${count} certificates, each with its own private key`,
    'This action cannot tell which one is registered.',
    'choose one',
  ],
  notRsa: (keyType: string) => [
    `has ${KEY_TYPE_NAMES[keyType] ?? 'another kind of'} key, not an RSA key`,
    'Entra ID and the Azure clients accept only RSA signatures.',
    'new RSA key',
  ],
  shortKey: (bits: number) => [
    `has an RSA key that is too short: ${bits} bits`,
    'Entra ID, the classic service and the Azure clients require 2048 bits or more.',
    'new RSA key',
  ],
  longKey: (bits: number) => [
    `has an RSA key that is too long: ${bits} bits`,
    'OpenSSL verifies signatures only up to 16384 bits, and no client uses a longer key.',
    'new RSA key',
  ],
  expired: (notAfter: Date, at: Date) => [
    `expired on ${utcMinute(notAfter)}`,
    `The runner's clock shows ${utcMinute(at)}. The action does not send an expired certificate.`,
    'renew',
  ],
  notYetValid: (notBefore: Date, at: Date) => [
    `is not valid before ${utcMinute(notBefore)}`,
    `The runner's clock shows ${utcMinute(at)}. The action did not send the certificate.`,
    'set clock',
  ],
} satisfies Readonly<Record<string, (...args: never[]) => Reason>>;

/** Common names of key types, by `asymmetricKeyType` of node:crypto. */
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
  /** Arguments of the text in `REASONS`. */
  readonly args: readonly unknown[];
}

/** The input that a certificate came from. */
export interface CertificateSource {
  /** The subject of the first sentence. */
  readonly name: string;
  /** Why the password does not open the certificate. */
  readonly passwordRefused: string;
  readonly steps: Readonly<Partial<Record<Remediation, readonly string[]>>>;
  /** Steps for a remediation that `steps` lacks. */
  readonly otherwise: readonly string[];
}

export function certificateError({ reason, args }: CertificateFault, source: CertificateSource): SessionError {
  const text = REASONS[reason] as (...args: readonly unknown[]) => Reason;
  const [predicate, why, remediation] = text(...args);
  const steps = source.steps[remediation] ?? source.otherwise;
  return errorOf([`${source.name} ${predicate}.`, why || source.passwordRefused, ...steps]);
}

const STORE_WHOLE_FILE = [
  'Store the whole file as base64, for example:',
  '$ base64 cert.pfx | gh secret set AZURE_CLIENT_CERTIFICATE',
];

function registration(clientId: string): string {
  return `az ad app credential reset --id ${clientId} --cert @cert.pem --append`;
}

export function clientCertificateInput(clientId: string, password: 'given' | 'empty'): CertificateSource {
  return {
    name: '`client-certificate`',
    passwordRefused:
      password === 'empty'
        ? '`client-certificate-password` is empty. GitHub leaves a secret empty if the job has no access to it.'
        : 'Either `client-certificate-password` is wrong, or the PFX or the private key is damaged.',
    steps: {
      'store whole': [...STORE_WHOLE_FILE, ACCEPTED],
      'add key': [
        'Put the certificate and its private key into one file:',
        '$ cat cert.pem key.pem > client-certificate.pem',
        'If the certificate is in a Windows certificate store or in Key Vault, export it as a PFX with its private key.',
      ],
      'convert key': ['Convert a copy of the key:', '$ ssh-keygen -p -m PKCS8 -f key'],
      're-encrypt': [
        'Re-encrypt the file with the defaults of OpenSSL 3:',
        '$ openssl pkcs12 -legacy -in old.pfx -out all.pem && openssl pkcs12 -export -in all.pem -out new.pfx',
        'Or, if it is a PEM private key:',
        '$ openssl pkey -in old.key -aes256 -out new.key',
      ],
      'correct password': [
        'Set `client-certificate-password` to the password of this file, and check the name of the secret. The action removes leading and trailing white space.',
        ...STORE_WHOLE_FILE,
      ],
      'choose one': ['Keep only the certificate that is registered with the application, and its chain.'],
      'set clock': [...COMPARE_CLOCK, 'Or use a certificate that is valid now.'],
    },
    otherwise: [
      'Create a new certificate. If the application may use a self-signed one, run:',
      // `-nodes` and not `-noenc`, which LibreSSL (the `openssl` of macOS) does not support.
      '$ openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=github-actions -keyout key.pem -out cert.pem',
      'Register it alongside the old one; cert.pem contains no private key:',
      `$ ${registration(clientId)}`,
      'Then store the new certificate, with its private key, in the secret for `client-certificate`:',
      '$ cat cert.pem key.pem | gh secret set AZURE_CLIENT_CERTIFICATE',
    ],
  };
}

/** The warning for a client certificate that expires soon, on one line. */
export function expiryWarning(notAfter: Date, at: Date, clientId: string): string {
  return `The certificate ${expiryInBrief(notAfter, at)} Create a new certificate and register it alongside the old one; cert.pem contains no private key: ${registration(clientId)} Then set \`client-certificate\` to the new certificate with its private key.`;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** `expires on …, in 3 days.` */
export function expiryInBrief(notAfter: Date, at: Date): string {
  const days = Math.floor((notAfter.getTime() - at.getTime()) / DAY_MS);
  return `expires on ${utcMinute(notAfter)}, in ${days < 1 ? 'less than a day' : days === 1 ? '1 day' : `${days} days`}.`;
}

const ACCEPTED =
  'Set `client-certificate` to a path, PEM text, or a base64-encoded PEM or PFX file that contains the certificate and its private key.';

export const CERTIFICATE_FILE: NamedFile = {
  subject: 'The certificate file that `client-certificate` names',
  whyAbsent: 'The value looks like a path, but no file exists there when this step runs.',
  largest: '1 MB',
  usualSize: 'A certificate with its key and chain is a few kilobytes',
  access: LET_READ,
  steps: [CHECK_PATH, ACCEPTED],
};
