import { errorFactory } from '../core/session-error.ts';

/* Failures of connections, and of the time for them. Every run loads them: they are few. */

export const networkError = errorFactory({
  /** @param mend what the user can do; `''` where the fault is not theirs */
  outOfTries: (what: string, tries: number, last: string, mend: string) => [
    `${what} failed.`,
    `${triesFailed(tries)} ${last}.`,
    mend ||
      'The network or the service is at fault, not your inputs. Run the job again. If it fails again, look at https://azure.status.microsoft and https://www.githubstatus.com.',
  ],
  /** Neither the network nor the time for the sign-in is to blame then. */
  toldToWait: (what: string, last: string, waitMs: number) => [
    `${what} failed.`,
    `${last}, and asks to wait ${duration(waitMs)} before the next try. The sign-in has less time than that left.`,
    'Run the job again after that time. A larger `timeout-seconds` lets the sign-in wait for it.',
  ],
  /** @param earlier what the last try ended with; `''` where there was none */
  outOfTime: (seconds: number, what: string, earlier: string) => [
    notFinished(seconds),
    `${what} was still under way${earlier === '' ? '' : `; before that: ${earlier}`}.`,
    'If the network is slow or goes through a proxy, raise `timeout-seconds`. If a host does not answer at all, let the runner reach it.',
  ],
  untrusted: (host: string, code: string) => [
    `The TLS certificate of ${host} is not trusted.`,
    `Node's check ended with ${code}. The usual cause is a proxy that opens TLS connections, or a private certificate authority.`,
    'Set NODE_EXTRA_CA_CERTS to a PEM file with that authority, in the environment of the runner or in the `env:` of the step. If it is set, check that the file exists and holds the authority: Node only warns of a file that it cannot read.',
  ],
  refusedByProxy: (authority: string, status: number) => [
    `The proxy does not let this job connect to ${authority}.`,
    `It answered HTTP ${status}${status === 407 ? ': it asks for a user name and password' : ''}.`,
    status === 407
      ? 'Put the credentials into the proxy variable, as http://USER:PASSWORD@HOST:PORT, from a secret.'
      : `Let the proxy pass ${authority}, or exempt the host in NO_PROXY if the runner reaches it directly.`,
  ],
  malformedProxy: (variable: string) => [
    `The environment variable ${variable} does not hold the URL of a proxy.`,
    'It must look like http://proxy.example.com:8080. Only http and https proxies are supported.',
    `Correct ${variable}, or remove it if the runner reaches Azure directly.`,
  ],
});

/** What failed when the time is over, as a sentence. */
export function notFinished(seconds: number): string {
  return `The sign-in did not finish within ${seconds === 1 ? 'one second' : `${seconds} seconds`}.`;
}

function triesFailed(tries: number): string {
  if (tries === 1) return 'The only try failed:';
  return tries === 2 ? 'Both tries failed; the last one:' : `All ${tries} tries failed; the last one:`;
}

function duration(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes <= 2) return `${Math.ceil(ms / 1000)} seconds`;
  if (minutes <= 120) return `${minutes} minutes`;
  return minutes <= 48 * 60 ? `${Math.ceil(minutes / 60)} hours` : 'more than two days';
}
