import type { ClientRequest, IncomingMessage } from 'node:http';
import { codeOf } from '../core/files.ts';
import { parseJson } from '../core/json.ts';
import { sanitize } from '../core/sanitize.ts';
import { SessionError } from '../core/session-error.ts';
import { type Deadline, TransientFailure, traffic } from './retry.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Limits the cost of parsing; 1 MB by default. */
  readonly maxResponseBytes?: number;
}

export interface HttpResponse {
  /** Host of the server, with any port other than the scheme's default. */
  readonly host: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8, without a byte order mark. */
  readonly body: string;
  /** The server's id for the request; `''` if it sent none. */
  readonly requestId: string;
}

/** Tokens have a few thousand characters, and the metadata of Microsoft's clouds has some ten thousand. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * Sends one request and reads the response. Always settles: when the response is complete, at the deadline, after the
 * timeout, or when the connection closes.
 * @param begin creates the request, without its body
 * @param timeoutMs limit for this attempt
 * @throws {TransientFailure} if the connection fails, or the response is truncated, too large or late
 */
export function exchange(
  request: HttpRequest,
  deadline: Deadline,
  timeoutMs: number,
  begin: (url: URL, headers: Readonly<Record<string, string>>) => ClientRequest,
): Promise<HttpResponse> {
  const url = new URL(request.url);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline.signal, timeout]);
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
    const outgoing = begin(url, { ...length, ...request.headers });
    const fail = (cause: unknown): void => {
      const isClassified = cause instanceof TransientFailure || cause instanceof SessionError;
      // Node assigns the socket once the connection is ready, so before that nothing was sent.
      const isConnected = outgoing.socket !== null;
      const delivery = isConnected ? 'unknown' : 'not-sent';
      const late = isConnected
        ? `${url.host} did not answer within`
        : `no connection to ${url.host} could be made within`;
      const reason = timeout.aborted
        ? `${late} ${timeoutMs / 1000} s`
        : `the connection to ${url.host} failed (${codeOf(cause) || 'unknown error'})`;
      reject(isClassified ? cause : new TransientFailure(reason, { delivery, cause }));
    };
    // Node's own `signal` option has no effect while the connection is being made.
    const giveUp = (): void => {
      fail(withCode('ETIMEDOUT'));
      outgoing.destroy();
    };
    let hasResponse = false;
    signal.addEventListener('abort', giveUp);
    outgoing.once('response', (incoming) => {
      hasResponse = true;
      read(incoming, url.host, request.maxResponseBytes ?? MAX_RESPONSE_BYTES).then(resolve, fail);
    });
    outgoing.once('upgrade', (incoming, socket) => {
      socket.destroy();
      fail(new TransientFailure(`${url.host} answered HTTP ${incoming.statusCode} and switched the protocol`));
    });
    outgoing.on('error', fail);
    outgoing.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      if (!hasResponse) fail(withCode('ECONNRESET'));
    });
    if (signal.aborted) giveUp();
    else outgoing.end(body);
  });
}

function withCode(code: string): Error {
  return Object.assign(new Error('no response'), { code });
}

/** Counts a shorter chunk as this many bytes, since each chunk costs time. */
const MIN_CHUNK_BYTES = 64;

async function read(incoming: IncomingMessage, host: string, maxBytes: number): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += Math.max(chunk.length, MIN_CHUNK_BYTES);
      if (size > maxBytes) {
        throw new TransientFailure(`${host} sent a response of more than ${maxBytes / 1024 / 1024} MB`, {
          remediation:
            'Azure and GitHub never send such a large response, so it was discarded. Check that no proxy or firewall responds in place of the real host.',
        });
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof TransientFailure) throw cause;
    throw new TransientFailure(`the response of ${host} was cut off`, { delivery: 'unknown', cause });
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
  const requestId = headers['x-ms-request-id'] ?? headers['x-vss-e2eid'] ?? headers['x-github-request-id'] ?? '';
  return {
    host,
    status: incoming.statusCode ?? 0,
    headers,
    body: Buffer.concat(chunks)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
    requestId: sanitize(requestId, 80).replaceAll(/[^\w.:-]/g, ''),
  };
}

/** Counts and logs one attempt. Omits path, query, headers and body, any of which may contain a secret. */
export async function logged({ method, url }: HttpRequest, send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  traffic.requests++;
  const { log } = traffic;
  if (log === undefined) return send();
  const start = performance.now();
  const write = (outcome: string, ...details: readonly string[]): void => {
    const duration = `${Math.round(performance.now() - start)} ms`;
    const facts = [outcome, duration, log.tries.getStore() ?? 'the only try', ...details];
    log.write(`${method} ${new URL(url).host}: ${facts.join(', ')}`);
  };
  try {
    const response = await send();
    const { status, requestId } = response;
    write(`HTTP ${status}`, ...(requestId === '' ? [] : [`request id ${requestId}`]));
    return response;
  } catch (error) {
    const isSafe = error instanceof Error && ['TransientFailure', 'EndpointUnavailable'].includes(error.name);
    write(isSafe ? error.message : 'failed');
    throw error;
  }
}

/** Whether a token is valid in a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * Parses a JSON response. Any other content is a transient failure: overloaded services, proxies and captive portals
 * send it with status 200, and the next attempt may get through to the real host.
 * @param what the expected content, as a noun with its article: "a token"
 * @param read returns `undefined` for JSON of another shape
 * @throws {TransientFailure}
 */
export function parseResponse<T>(response: HttpResponse, what: string, read: (body: unknown) => T | undefined): T {
  const { host, body, requestId } = response;
  const content = read(parseJson(body));
  if (content !== undefined) return content;
  throw new TransientFailure(`${host} answered without ${what}`, { requestId, remediation: FOREIGN_RESPONSE });
}

/** For an error response without the fields that the errors of the service have: something in between sent it. */
export function foreignResponse({ host, status, requestId }: HttpResponse): TransientFailure {
  const reason = `${host} answered HTTP ${status} with an unexpected body`;
  return new TransientFailure(reason, { requestId, remediation: FOREIGN_RESPONSE });
}

const FOREIGN_RESPONSE =
  'Run the job again. If it fails again, check that no proxy or firewall responds in place of the real host.';
