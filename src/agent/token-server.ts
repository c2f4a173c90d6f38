import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientKind, clientKind } from './client-kind.ts';

/** What a client of the job asks for, by whichever of the protocols. */
export interface TokenQuestion {
  readonly resource: string;
  /** The identity it names, by parameter, such as `client_id`; none where it takes the only one. */
  readonly identity: ReadonlyMap<string, string>;
  /** SHA-256 in hex of a token that a service refused, so that a cached one is not given again; `''` without. */
  readonly refused: string;
  readonly client: ClientKind;
  readonly userAgent: string;
}

/** An answer in the words of the protocols: `error` is for programs, `message` for people. */
export type TokenAnswer =
  | { readonly status: 200; readonly body: Readonly<Record<string, string>> }
  | {
      readonly status: 400 | 401 | 403 | 503;
      readonly error: string;
      readonly message: string;
      /** The message without what differs from request to request; absent where nothing does. */
      readonly reason?: string;
      readonly correlationId?: string;
    };

/** What to do with those that ask. */
interface TokenService {
  readonly secret: string;
  answer(question: TokenQuestion): Promise<TokenAnswer>;
  /** Takes note of a request that no client of the job sends as it was sent. */
  turnedAway(reason: string): void;
}

/** In octets. A request has some hundred. */
const LARGEST = 8 * 1024;
/** More clients than a job has at one time; each connection serves one request. */
const MOST_CONNECTIONS = 128;
const PATIENCE_MS = 10_000;

/**
 * Listens on loopback, at a port that the system chooses. Until somebody serves there, everybody is turned away.
 */
export class TokenServer {
  readonly #server: Server;
  #service: TokenService | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#handle(request, response));
  }

  static listen(): Promise<TokenServer> {
    const server = createServer({
      maxHeaderSize: LARGEST,
      headersTimeout: PATIENCE_MS,
      requestTimeout: PATIENCE_MS,
      connectionsCheckingInterval: 1000,
    });
    server.maxConnections = MOST_CONNECTIONS;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(new TokenServer(server)));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  serve(service: TokenService): void {
    this.#service = service;
  }

  close(): void {
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Connection', 'close');
    const answer = await this.#answer(request).catch(
      (): TokenAnswer => ({ status: 503, error: 'temporarily_unavailable', message: 'The session gave no answer.' }),
    );
    if (answer.status === 503) response.setHeader('Retry-After', '1');
    const body = Buffer.from(JSON.stringify(answer.status === 200 ? answer.body : errorBody(answer)));
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length, 'Cache-Control': 'no-store' };
    response.writeHead(answer.status, headers).end(body);
  }

  async #answer(request: IncomingMessage): Promise<TokenAnswer> {
    const service = this.#service;
    if (service === undefined) return refusal(403, 'access_denied', 'The session has not begun.');
    if (isFromBrowser(request, this.port)) {
      service.turnedAway('not sent by a client of managed identities');
      return refusal(403, 'access_denied', 'This endpoint is for programs of the job that ask 127.0.0.1 directly.');
    }
    // Resolved against a base, the two slashes that Java sends would begin the name of a host.
    const url = URL.parse(`http://127.0.0.1${request.url}`);
    if (url === null) return refusal(400, 'invalid_request', 'The request names no path.');
    if (!isProven(request, url, service.secret)) {
      service.turnedAway('without the secret of the session');
      return refusal(401, 'invalid_client', 'The request does not show the secret of the session.');
    }
    const fields = await fieldsOf(request, url);
    const resource = fields.get('resource') ?? '';
    if (!RESOURCE.test(resource)) {
      return refusal(400, 'invalid_request', 'The request names no resource.');
    }
    const identity = new Map(IDENTITY_FIELDS.map((name): [string, string] => [name, fields.get(name) ?? '']));
    for (const [name, value] of identity) if (value === '') identity.delete(name);
    const userAgent = request.headers['user-agent'] ?? '';
    const refused = (fields.get('token_sha256_to_refresh') ?? '').toLowerCase();
    return service.answer({ resource, identity, refused, userAgent, client: clientKind(userAgent, request.method) });
  }
}

/** A URI or the id of an application. A blank would make two scopes of one. */
const RESOURCE = /^[\w.:/~%@+-]{1,512}$/;

/** Of App Service in 2019 and 2017, and of the Instance Metadata Service. */
const IDENTITY_FIELDS = ['client_id', 'clientid', 'object_id', 'principal_id', 'mi_res_id', 'msi_res_id'];

export function refusal(status: 400 | 401 | 403 | 503, error: string, message: string): TokenAnswer {
  return { status, error, message };
}

function errorBody({ error, message, correlationId }: Exclude<TokenAnswer, { status: 200 }>): object {
  return { error, error_description: message, message, ...(correlationId === undefined ? {} : { correlationId }) };
}

/**
 * A page that a browser of the machine shows can reach loopback, under a name of its own that it lets resolve to it. All
 * clients name the address itself.
 */
function isFromBrowser({ headers, method }: IncomingMessage, port: number): boolean {
  const isOfBrowser = (name: string): boolean => name === 'origin' || name.startsWith('sec-fetch-');
  if (headers.host !== `127.0.0.1:${port}` || Object.keys(headers).some(isOfBrowser)) return true;
  return method !== 'GET' && method !== 'POST';
}

/**
 * The proof: a header of App Service, or the path for clients of the metadata service, which know no secret. Java makes
 * two slashes of one.
 */
function isProven({ headers }: IncomingMessage, url: URL, secret: string): boolean {
  const header = headers['x-identity-header'] ?? headers['secret'];
  if (typeof header === 'string') return isSame(header, secret);
  const inPath = url.pathname.split('/').some((part) => isSame(part, secret));
  return inPath && headers['metadata']?.toString().toLowerCase() === 'true';
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

async function fieldsOf(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  if (request.method === 'GET') return url.searchParams;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST) return new URLSearchParams();
    chunks.push(chunk);
  }
  return new URLSearchParams([...url.searchParams, ...new URLSearchParams(Buffer.concat(chunks).toString())]);
}
