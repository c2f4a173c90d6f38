import type { ClientRequest, IncomingMessage } from 'node:http';
import { quotable } from '../core/foreign-text.ts';
import { parseJson } from '../core/json.ts';
import { SessionError } from '../core/session-error.ts';
import { codeOf, type Deadline, type Reached, TransientFailure } from './retry.ts';
import type { HttpRequest, HttpResponse } from './traffic.ts';

/** Tokens have some thousand characters, and the description of all of Microsoft's clouds some ten thousand. */
const LARGEST_ANSWER = 1024 * 1024;

/**
 * Sends one request and reads its whole answer. It settles in any case: when the answer is read, at the deadline, after
 * the silence, or when the connection closes, whatever was said on it.
 *
 * @param begin makes the request, without its body
 * @param silenceMs a server that takes longer is given up for a new try
 * @throws {TransientFailure} when the connection failed, or the answer broke off, is too long or did not come
 */
export function exchange(
  request: HttpRequest,
  deadline: Deadline,
  silenceMs: number,
  begin: (url: URL, headers: Readonly<Record<string, string>>) => ClientRequest,
): Promise<HttpResponse> {
  const url = new URL(request.url);
  const silence = AbortSignal.timeout(silenceMs);
  const signal = AbortSignal.any([deadline.signal, silence]);
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const outgoing = begin(url, {
      ...(body === undefined ? {} : { 'Content-Length': String(body.length) }),
      ...request.headers,
    });
    const fail = (cause: unknown): void => {
      const isTold = cause instanceof TransientFailure || cause instanceof SessionError;
      // A request gets its connection when that is ready to take it.
      const reached: Reached = outgoing.socket === null ? 'nobody' : 'perhaps-the-server';
      const reason = silence.aborted
        ? `${url.host} did not answer within ${silenceMs / 1000} s`
        : `the connection to ${url.host} failed (${codeOf(cause)})`;
      reject(isTold ? cause : new TransientFailure(reason, { reached, cause }));
    };
    // The signal is watched here: Node's requests take no notice of one while their connection is being made.
    const giveUp = (): void => {
      fail(withCode('ETIMEDOUT'));
      outgoing.destroy();
    };
    let isAnswered = false;
    signal.addEventListener('abort', giveUp);
    outgoing.once('response', (incoming) => {
      isAnswered = true;
      read(incoming, url.host, request.largestAnswer ?? LARGEST_ANSWER).then(resolve, fail);
    });
    outgoing.once('upgrade', (incoming, socket) => {
      socket.destroy();
      fail(new TransientFailure(`${url.host} answered HTTP ${incoming.statusCode} and switched the protocol`));
    });
    outgoing.on('error', fail);
    outgoing.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      if (!isAnswered) fail(withCode('ECONNRESET'));
    });
    if (signal.aborted) giveUp();
    else outgoing.end(body);
  });
}

/** Each piece takes time of its own, however short it is. */
const SHORTEST_PIECE = 64;

async function read(incoming: IncomingMessage, host: string, largest: number): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += Math.max(chunk.length, SHORTEST_PIECE);
      if (size > largest) throw tooLong(host, largest);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof TransientFailure) throw cause;
    throw new TransientFailure(`the answer of ${host} broke off`, { reached: 'perhaps-the-server', cause });
  }
  return responseOf(incoming, host, Buffer.concat(chunks).toString('utf8'));
}

function responseOf(incoming: IncomingMessage, host: string, text: string): HttpResponse {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
  const requestId = headers['x-ms-request-id'] ?? headers['x-vss-e2eid'] ?? headers['x-github-request-id'] ?? '';
  return {
    host,
    status: incoming.statusCode ?? 0,
    headers,
    body: text.replace(/^\ufeff/, ''),
    requestId: quotable(requestId, 80).replaceAll(/[^\w.:-]/g, ''),
  };
}

function tooLong(host: string, largest: number): TransientFailure {
  return new TransientFailure(`${host} sent an answer of more than ${largest / 1024 / 1024} MB`, {
    mend: 'No answer of Azure or GitHub is that long, so it was not read. Check that no proxy or firewall answers in the place of the real host.',
  });
}

function withCode(code: string): Error {
  return Object.assign(new Error('no answer'), { code });
}

/** A token can stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Reads the JSON of an answer by the shape that was asked for. Anything else is no answer: overloaded services, proxies
 * and captive portals send it with a status of 200, and a later try may reach the real host.
 *
 * @param what was asked for, as a noun with its article: "a token"
 * @param read gives `undefined` for JSON of another shape
 * @throws {TransientFailure} that names the host
 */
export function parseAnswer<T>(response: HttpResponse, what: string, read: (body: unknown) => T | undefined): T {
  const { host, body, requestId } = response;
  const found = read(parseJson(body));
  if (found !== undefined) return found;
  throw new TransientFailure(`${host} answered without ${what}`, { requestId });
}
