import { errorFactory } from '../core/session-error.ts';

/* Errors of connections and deadlines. Every run loads this module, so it is small. */

export const networkError = errorFactory({
  /** @param remediation steps for the user; empty if the user is not at fault */
  attemptsFailed: (what: string, attempts: number, last: string, remediation: readonly string[]) => [
    `${what} failed.`,
    `${failedAttempts(attempts)} ${last}.`,
    ...(remediation.length > 0 ? remediation : [CHECK_STATUS]),
  ],
  /** For a `Retry-After` beyond the deadline. */
  retryAfterTooLong: (what: string, last: string, waitMs: number) => [
    `${what} failed.`,
    `${last}, and asks to wait ${duration(waitMs)} before the next attempt. The sign-in has less time left than that.`,
    'Run the job again after that time, or raise `timeout-seconds` so that the sign-in can wait.',
  ],
  /** @param earlier the failure of the previous attempt; `''` if there was none */
  timedOut: (seconds: number, what: string, earlier: string) => [
    notFinished(seconds),
    `${what} was still in progress${earlier === '' ? '' : `; the previous attempt failed: ${earlier}`}.`,
    'If the network is slow or goes through a proxy, raise `timeout-seconds`. If a host does not respond at all, let the runner connect to it.',
  ],
  /** @param server the host, or the proxy @param words the message of OpenSSL; `''` if the code suffices */
  untrusted: (server: string, code: string, words = '') => {
    const [cause, ...next] = UNTRUSTED[code] ?? UNKNOWN_AUTHORITY;
    const report = `Node.js reports ${code}${words === '' ? '' : ` (${words})`}.`;
    return [`The TLS certificate of ${server} is not trusted.`, `${report} ${cause}`, ...next];
  },
  refusedByProxy: (authority: string, status: number) => [
    `The proxy does not let this job connect to ${authority}.`,
    `It answered HTTP ${status}.`,
    `Allow ${authority} on the proxy, or add the host to NO_PROXY if the runner can reach it directly.`,
  ],
  /** @param schemes the `Proxy-Authenticate` of the response */
  passwordForProxy: (authority: string, schemes: string) => [
    `The proxy does not let this job connect to ${authority}.`,
    'It answered HTTP 407: it requires a user name and password.',
    schemes === '' || /(?:^|,\s*)basic\b/i.test(schemes)
      ? 'Set the proxy variable to http://USER:PASSWORD@HOST:PORT, with the credentials from a secret.'
      : 'The proxy does not offer Basic authentication, the only scheme that the action supports. Configure the proxy to offer it or to accept the runner without a password, or run a local proxy that signs in to this one, such as Px or Cntlm, and set the proxy variable to its address.',
  ],
  malformedProxy: (variable: string) => [
    `The environment variable ${variable} is not the URL of a proxy.`,
    'It must look like http://proxy.example.com:8080. Only http and https proxies are supported.',
    `Correct ${variable}, or remove it if the runner can reach Azure directly.`,
  ],
});

const CHECK_STATUS =
  'The network or the service is at fault, not your inputs. Run the job again. If it fails again, check https://azure.status.microsoft and https://www.githubstatus.com, and on a self-hosted runner, that it can reach the host.';

const EXPIRED = [
  'Either the certificate is not valid at this time, or the clock of the runner is wrong.',
  'Compare the clock of the runner with the actual time (UTC), and correct it if it is wrong:',
  '$ date -u',
  'If the clock is right, ask the operator of the host, or of a proxy that intercepts TLS connections, to renew the certificate.',
] as const;
const OTHER_HOST = [
  'The certificate belongs to another host. The usual cause is a proxy, a firewall or a DNS server that redirects the connection to a host of its own.',
  'Let the runner connect to the real host, and check to which address the name resolves on the runner.',
] as const;
const UNSUITABLE = [
  'The certificate, or one of its issuers, breaks the rules for servers: for example, it has a key of less than 2048 bits, or a signature with SHA-1.',
  'Ask the operator of the host, or of a proxy that intercepts TLS connections, for a certificate that meets them.',
] as const;
const UNKNOWN_AUTHORITY = [
  'The usual cause is a proxy that intercepts TLS connections, or a private certificate authority.',
  'Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of that authority, in the environment of the runner or in the `env:` of the step. If it is already set, check that the file exists and contains the certificate: Node.js only warns about a file that it cannot read.',
] as const;

/** Codes of Node and OpenSSL whose cause is not an unknown authority. */
const UNTRUSTED: Readonly<Record<string, readonly [cause: string, ...next: string[]]>> = {
  CERT_HAS_EXPIRED: EXPIRED,
  CERT_NOT_YET_VALID: EXPIRED,
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_HOST,
  INVALID_CA: UNSUITABLE,
  INVALID_PURPOSE: UNSUITABLE,
  UNSPECIFIED: UNSUITABLE,
};

export function notFinished(seconds: number): string {
  return `The sign-in did not finish within ${seconds === 1 ? 'one second' : `${seconds} seconds`}.`;
}

function failedAttempts(attempts: number): string {
  if (attempts === 1) return 'The only attempt failed:';
  return attempts === 2 ? 'Both attempts failed; the last one:' : `All ${attempts} attempts failed; the last one:`;
}

function duration(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes <= 2) return `${Math.ceil(ms / 1000)} seconds`;
  if (minutes <= 120) return `${minutes} minutes`;
  return minutes <= 48 * 60 ? `${Math.ceil(minutes / 60)} hours` : 'more than two days';
}
