import type { ClientRequest, IncomingMessage } from 'node:http';
import { quotable } from '../core/foreign-text.ts';
import { parseJson } from '../core/json.ts';
import { SessionError } from '../core/session-error.ts';
import { codeOf, type Deadline, TransientFailure, traffic } from './retry.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the longest answer that is read; 1 MB unless told. It bounds what the parsing of an answer can cost. */
  readonly largestAnswer?: number;
}

export interface HttpResponse {
  /** Host that answered, with its port if that is not the scheme's own. */
  readonly host: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8, without a byte order mark. */
  readonly body: string;
  /** The server's own id of the request; `''` when it gave none. */
  readonly requestId: string;
}

/** Tokens have some thousand characters, and the description of all of Microsoft's clouds some ten thousand. */
const LARGEST_ANSWER = 1024 * 1024;

/**
 * Sends one request and reads its whole answer. It settles in any case: when the answer is read, at the deadline, after
 * the silence, or when the connection closes, whatever was said on it.
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
    const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
    const outgoing = begin(url, { ...length, ...request.headers });
    const fail = (cause: unknown): void => {
      const isTold = cause instanceof TransientFailure || cause instanceof SessionError;
      const reason = silence.aborted
        ? `${url.host} did not answer within ${silenceMs / 1000} s`
        : `the connection to ${url.host} failed (${codeOf(cause)})`;
      // A request gets its connection when that is ready to take it.
      const reached = outgoing.socket === null ? 'nobody' : 'perhaps-the-server';
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

function withCode(code: string): Error {
  return Object.assign(new Error('no answer'), { code });
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
    requestId: quotable(requestId, 80).replaceAll(/[^\w.:-]/g, ''),
  };
}

function tooLong(host: string, largest: number): TransientFailure {
  return new TransientFailure(`${host} sent an answer of more than ${largest / 1024 / 1024} MB`, {
    mend: 'No answer of Azure or GitHub is that long, so it was not read. Check that no proxy or firewall answers in the place of the real host.',
  });
}

/** Sends one try of a request. Its path, query, headers and body are not shown: any of them may hold a secret. */
export async function watched({ method, url }: HttpRequest, send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  traffic.requests++;
  const { log } = traffic;
  if (log === undefined) return send();
  const begun = performance.now();
  const tell = (outcome: string, ...more: readonly string[]): void => {
    const facts = [
      outcome,
      `${Math.round(performance.now() - begun)} ms`,
      log.tries.getStore() ?? 'the only try',
      ...more,
    ];
    log.write(`${method} ${new URL(url).host}: ${facts.join(', ')}`);
  };
  try {
    const response = await send();
    const { status, requestId } = response;
    tell(`HTTP ${status}`, ...(requestId === '' ? [] : [`request id ${requestId}`]));
    return response;
  } catch (error) {
    const isTold = error instanceof Error && ['TransientFailure', 'NobodyThere'].includes(error.name);
    tell(isTold ? error.message : 'failed');
    throw error;
  }
}

/** Whether a token can stand in a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * Reads the JSON of an answer by the shape that was asked for. Anything else is no answer: overloaded services, proxies
 * and captive portals send it with a status of 200, and a later try may reach the real host.
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
