import { errorFactory } from '../core/session-error.ts';

/* Errors of connections and deadlines. Every run loads this module, so it is small. */

export const networkError = errorFactory({
  /** @param remediation a step for the user; `''` if the user is not at fault */
  attemptsFailed: (what: string, attempts: number, last: string, remediation: string) => [
    `${what} failed.`,
    `${failedAttempts(attempts)} ${last}.`,
    remediation ||
      'The network or the service is at fault, not your inputs. Run the job again. If it fails again, check https://azure.status.microsoft and https://www.githubstatus.com.',
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
  untrusted: (host: string, code: string) => [
    `The TLS certificate of ${host} is not trusted.`,
    `Node.js reports ${code}. The usual cause is a proxy that intercepts TLS connections, or a private certificate authority.`,
    'Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of that authority, in the environment of the runner or in the `env:` of the step. If it is already set, check that the file exists and contains the certificate: Node.js only warns about a file that it cannot read.',
  ],
  refusedByProxy: (authority: string, status: number) => [
    `The proxy does not let this job connect to ${authority}.`,
    `It answered HTTP ${status}${status === 407 ? ': it requires a user name and password' : ''}.`,
    status === 407
      ? 'Set the proxy variable to http://USER:PASSWORD@HOST:PORT, with the credentials from a secret.'
      : `Allow ${authority} on the proxy, or add the host to NO_PROXY if the runner can reach it directly.`,
  ],
  malformedProxy: (variable: string) => [
    `The environment variable ${variable} is not the URL of a proxy.`,
    'It must look like http://proxy.example.com:8080. Only http and https proxies are supported.',
    `Correct ${variable}, or remove it if the runner can reach Azure directly.`,
  ],
});

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
