import { request as secureRequest } from 'node:https';
import type { Environment } from '../core/environment.ts';
import { SessionError } from '../core/session-error.ts';
import { Connections, codeOf, isUntrusted } from './connections.ts';
import { exchange, type HttpRequest, type HttpResponse } from './exchange.ts';
import type { Deadline } from './retry.ts';
import { TcpConnections } from './tcp.ts';
import { isTransientStatus, retryAfterMs, TransientFailure } from './transient.ts';
import { yieldToNetwork } from './yield.ts';

export type { HttpRequest, HttpResponse };

/** The one way out of the program to https servers. */
export interface HttpClient {
  /**
   * One try of one request. An answer of any status that is not transient is returned, redirects included: a token
   * must not follow one.
   * @throws {TransientFailure} on connection errors, time-outs, truncated answers, 408, 429 and 5xx
   * @throws {SessionError} when the server's certificate is not trusted or the proxy refuses
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Starts to connect to origins that will be asked soon. */
  preconnect(origins: readonly string[]): Promise<void>;
  /** Closes every connection. */
  close(): void;
}

/** A peer that says nothing for so long is given up, within the deadline, for a new try. */
const SILENCE_MS = 30_000;

/**
 * @param env where the proxy variables are
 * @param tcp connections that were begun already; they belong to the client from now on
 */
export function httpClient(env: Environment, deadline: Deadline, tcp = new TcpConnections()): HttpClient {
  const connections = new Connections(env, tcp);
  return {
    send: (request) => send(request, connections, deadline),
    preconnect: (origins) => {
      for (const origin of origins) connections.preconnect(origin);
      return yieldToNetwork();
    },
    close: () => connections.destroy(),
  };
}

async function send(request: HttpRequest, agent: Connections, deadline: Deadline): Promise<HttpResponse> {
  const { origin, protocol, host } = new URL(request.url);
  if (protocol !== 'https:') throw new Error(`Not an https URL: ${origin}`);
  const response = await exchange(request, deadline, SILENCE_MS, (url, headers) =>
    secureRequest(url, {
      method: request.method,
      agent,
      headers: { 'User-Agent': 'azure-session/1', Accept: 'application/json', ...headers },
    }),
  ).catch((error: unknown) => {
    throw error instanceof TransientFailure && isUntrusted(error.cause) ? untrusted(host, error.cause) : error;
  });
  if (!isTransientStatus(response.status)) return response;
  throw new TransientFailure(`${host} answered HTTP ${response.status}`, {
    requestId: response.requestId,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], new Date()),
    reached: OF_GATEWAYS.has(response.status) ? 'perhaps-the-server' : 'the-server',
  });
}

/** Whoever stands before the server had no answer of it, or none in time. Source: RFC 9110, 15.6.3 and 15.6.5. */
const OF_GATEWAYS: ReadonlySet<number> = new Set([502, 504]);

function untrusted(host: string, cause: unknown): SessionError {
  return new SessionError(`The TLS certificate of ${host} is not trusted.`, {
    why: `Node's check ended with ${codeOf(cause)}. A proxy that opens TLS connections, or a private certificate authority, is the usual cause.`,
    next: [
      'Set NODE_EXTRA_CA_CERTS to a PEM file with that authority, in the environment of the runner or in the `env:` of the step. If it is set, see that the file is there and has it: Node only warns of a file that it cannot read.',
    ],
    cause,
  });
}
