import type { IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Environment } from '../runner/runner.ts';
import { SessionError } from '../session-error.ts';
import { Connections, codeOf, isUntrusted } from './connections.ts';
import type { Deadline } from './retry.ts';
import { TcpConnections } from './tcp.ts';
import { isTransientStatus, type Reached, retryAfterMs, TransientFailure } from './transient.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** An https URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For mutual TLS: PEMs. */
  readonly clientCertificate?: { readonly key: string; readonly cert: string };
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8, without a byte order mark. */
  readonly body: string;
  /** The server's own id of the request; `''` when it gave none. */
  readonly requestId: string;
}

/** The one way out of the program to https servers. */
export interface HttpClient {
  /**
   * One try of one request. An answer of any status that is not transient is returned, redirects included: a token
   * must not follow one.
   * @throws {TransientFailure} on connection errors, time-outs, truncated answers, 408, 429 and 5xx
   * @throws {SessionError} when the server's certificate is not trusted or the proxy refuses
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Starts connecting to an origin that will be asked soon. */
  openAhead(origin: string): void;
  /** Closes every connection. */
  close(): void;
}

/** A peer that says nothing for so long is given up, within the deadline, for a new try. */
const SILENCE_MS = 30_000;
/** No answer that is read here is larger; 10,000 subscriptions are 6 MB. */
const LARGEST_BODY = 64 * 1024 * 1024;

/**
 * @param env where the proxy variables are
 * @param tcp connections that were begun already; they belong to the client from now on
 */
export function httpClient(env: Environment, deadline: Deadline, tcp = new TcpConnections()): HttpClient {
  const connections = new Connections(env, tcp);
  return {
    send: (request) => send(request, connections, deadline),
    openAhead: (origin) => connections.openAhead(origin),
    close: () => connections.destroy(),
  };
}

async function send(request: HttpRequest, agent: Connections, deadline: Deadline): Promise<HttpResponse> {
  const url = new URL(request.url);
  if (url.protocol !== 'https:') throw new Error(`Not an https URL: ${url.origin}`);
  const silence = AbortSignal.timeout(SILENCE_MS);
  try {
    const response = await exchange(request, url, agent, AbortSignal.any([deadline.signal, silence]));
    if (!isTransientStatus(response.status)) return response;
    throw new TransientFailure(`${url.host} answered HTTP ${response.status}`, {
      requestId: response.requestId,
      retryAfterMs: retryAfterMs(response.headers['retry-after'], new Date()),
      reached: OF_GATEWAYS.has(response.status) ? 'perhaps-the-server' : 'the-server',
    });
  } catch (error) {
    if (error instanceof TransientFailure || error instanceof SessionError) throw error;
    const failure = error instanceof Unanswered ? error : new Unanswered('nobody', error);
    const { reached, cause } = failure;
    if (silence.aborted) {
      throw new TransientFailure(`${url.host} did not answer within ${SILENCE_MS / 1000} s`, { reached, cause });
    }
    throw connectionFailure(url.host, failure);
  }
}

/** Whoever stands before the server had no answer of it, or none in time. Source: RFC 9110, 15.6.3 and 15.6.5. */
const OF_GATEWAYS: ReadonlySet<number> = new Set([502, 504]);

/** The connection failed, or nothing came for too long. */
class Unanswered extends Error {
  readonly reached: Reached;

  constructor(reached: Reached, cause: unknown) {
    super('no answer', { cause });
    this.reached = reached;
  }
}

/** The signal is watched here: Node's requests take no notice of one while their connection is being made. */
function exchange(request: HttpRequest, url: URL, agent: Connections, signal: AbortSignal): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const outgoing = secureRequest(url, {
      method: request.method,
      agent,
      headers: {
        'User-Agent': 'azure-session/1',
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Length': String(body.length) }),
        ...request.headers,
      },
      ...request.clientCertificate,
    });
    const fail = (cause: unknown): void => {
      const isTold = cause instanceof TransientFailure || cause instanceof SessionError;
      // A request gets its connection when that is ready to take it.
      reject(isTold ? cause : new Unanswered(outgoing.socket === null ? 'nobody' : 'perhaps-the-server', cause));
    };
    const giveUp = (): void => {
      fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
      outgoing.destroy();
    };
    signal.addEventListener('abort', giveUp);
    outgoing.once('response', (incoming) => {
      readBody(incoming, url.host).then((text) => resolve(responseOf(incoming, text)), fail);
    });
    outgoing.on('error', fail);
    outgoing.once('close', () => signal.removeEventListener('abort', giveUp));
    if (signal.aborted) giveUp();
    else outgoing.end(body);
  });
}

function readBody(incoming: IncomingMessage, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > LARGEST_BODY) incoming.destroy(tooLarge(host));
    });
    incoming.once('end', () =>
      resolve(
        Buffer.concat(chunks)
          .toString('utf8')
          .replace(/^\ufeff/, ''),
      ),
    );
    incoming.once('error', reject);
    incoming.once('aborted', () => reject(brokenOff(host)));
  });
}

function responseOf(incoming: IncomingMessage, body: string): HttpResponse {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  const requestId = headers['x-ms-request-id'] ?? headers['x-vss-e2eid'] ?? headers['x-github-request-id'] ?? '';
  return {
    status: incoming.statusCode ?? 0,
    headers,
    body,
    requestId: requestId.replaceAll(/[^\w.:-]/g, '').slice(0, 80),
  };
}

function brokenOff(host: string): TransientFailure {
  const cause = Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
  return new TransientFailure(`the answer of ${host} broke off`, { reached: 'perhaps-the-server', cause });
}

function tooLarge(host: string): SessionError {
  return new SessionError(`${host} sent an answer of more than ${LARGEST_BODY / 1024 / 1024} MB.`, {
    why: 'No answer of Azure or GitHub is that large, so it was not read.',
    next: ['Check that no proxy or firewall answers in the place of the real host.'],
  });
}

function connectionFailure(host: string, { reached, cause }: Unanswered): Error {
  const code = codeOf(cause);
  if (!isUntrusted(cause)) {
    return new TransientFailure(`the connection to ${host} failed (${code})`, { reached, cause });
  }
  return new SessionError(`The TLS certificate of ${host} is not trusted.`, {
    why: `Node's check ended with ${code}. A proxy that opens TLS connections, or a private certificate authority, is the usual cause.`,
    next: [
      'Set NODE_EXTRA_CA_CERTS to a PEM file with that authority, in the environment of the runner or in the `env:` of the step. If it is set, see that the file is there and has it: Node only warns of a file that it cannot read.',
    ],
    cause,
  });
}
