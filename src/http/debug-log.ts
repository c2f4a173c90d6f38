import { AsyncLocalStorage } from 'node:async_hooks';
import { NobodyThere } from './plain-http.ts';
import { TransientFailure } from './retry.ts';
import { traffic } from './traffic.ts';

/**
 * Writes a line for every try of a request, without its path, query, headers and body, any of which may hold a secret.
 * Loaded only for a job with debug logging, since to follow a try through MSAL has its price.
 */
export function logTraffic(debug: (line: string) => void): void {
  const tries = new AsyncLocalStorage<string>();
  traffic.watcher = {
    duringTry: (number, of, attempt) => tries.run(`try ${number} of ${of}`, attempt),
    async watch({ method, url }, answer) {
      const begun = performance.now();
      const end = (outcome: string, requestId = ''): void => {
        const facts = [outcome, `${Math.round(performance.now() - begun)} ms`, tries.getStore() ?? 'the only try'];
        debug(
          `${method} ${new URL(url).host}: ${[...facts, ...(requestId === '' ? [] : [`request id ${requestId}`])].join(', ')}`,
        );
      };
      try {
        const { status, requestId } = await answer;
        end(`HTTP ${status}`, requestId);
      } catch (error) {
        end(error instanceof TransientFailure || error instanceof NobodyThere ? error.message : 'failed');
      }
      return answer;
    },
    proxied: (host, { protocol, host: proxy, port }) =>
      debug(`${host} is reached through the proxy ${protocol}//${proxy}:${port}`),
  };
}
