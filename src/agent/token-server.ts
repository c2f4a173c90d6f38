import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';

/** What a client of the job asks for, by whichever of the protocols. */
export interface TokenQuestion {
  readonly resource: string;
  /** The identity it names, by parameter, such as `client_id`; none where it takes the only one. */
  readonly identity: Readonly<Record<string, string>>;
  /** SHA-256 in hex of a token that a service refused, so that a cached one is not given again; `''` without. */
  readonly refused: string;
  readonly userAgent: string;
}

/** A token in the words of the protocols, or why there is none. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
  /** Of a refusal: its message without what differs from request to request; absent where nothing does. */
  readonly reason?: string;
}

/** What to do with those that ask. */
export interface TokenService {
  readonly secret: string;
  /**
   * @param question or why it is refused already
   * @param client the program or library that asks, as the account of a session names it
   */
  answer(question: TokenQuestion | TokenAnswer, client: string): Promise<TokenAnswer>;
}

/**
 * 400, 401 and 403 end the asking of every client, 503 lets it ask again soon. 500 is never sent: some ask 15 times then.
 * @param error for programs
 * @param message for people
 */
export function refusal(
  status: 400 | 401 | 403 | 503,
  error: string,
  message: string,
  more: Readonly<Record<string, string>> = {},
): TokenAnswer {
  return { status, body: { error, error_description: message, message, ...more } };
}

/** In octets. A request has some hundred. */
const LARGEST = 8 * 1024;
/** More clients than a job has at one time; each connection serves one request. */
const MOST_CONNECTIONS = 128;
const PATIENCE_MS = 10_000;

/**
 * @param at the descriptor of a socket that listens, or an address
 * @param session once it has begun; whoever asks before waits for it
 */
export async function listen(at: ListenOptions & { fd?: number }, session: Promise<TokenService>): Promise<Server> {
  const limits = {
    maxHeaderSize: LARGEST,
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: 1000,
  };
  const server = createServer(limits, async (request, response) => {
    const answer = session.then(async (service) =>
      service.answer(await questionOf(request, service.secret), clientOf(request)),
    );
    send(response, await answer.catch(() => refusal(503, 'temporarily_unavailable', 'The session gave no answer.')));
  });
  server.maxConnections = MOST_CONNECTIONS;
  await once(server.listen(at), 'listening');
  return server;
}

function send(response: ServerResponse, { status, body }: TokenAnswer): void {
  const json = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': json.length,
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...(status === 503 ? { 'Retry-After': '1' } : {}),
  });
  response.end(json);
}

async function questionOf(request: IncomingMessage, secret: string): Promise<TokenQuestion | TokenAnswer> {
  if (isFromBrowser(request)) {
    return refusal(403, 'access_denied', 'This endpoint is for programs of the job that ask 127.0.0.1 directly.');
  }
  // Resolved against a base, the two slashes that Java sends would begin the name of a host.
  const url = URL.parse(`http://127.0.0.1${request.url}`);
  if (url === null) return refusal(400, 'invalid_request', 'The request names no path.');
  if (!isProven(request, url, secret)) {
    return refusal(401, 'invalid_client', 'The request does not show the secret of the session.');
  }
  const form = request.method === 'POST' ? await formOf(request) : [];
  const fields = new URLSearchParams([...url.searchParams, ...form]);
  const text = (name: string): string => fields.get(name) ?? '';
  const resource = text('resource');
  if (!RESOURCE.test(resource)) return refusal(400, 'invalid_request', 'The request names no resource.');
  return {
    resource,
    identity: Object.fromEntries(IDENTITY_FIELDS.map((name) => [name, text(name)]).filter(([, value]) => value !== '')),
    refused: text('token_sha256_to_refresh').toLowerCase(),
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** Of App Service in 2019 and 2017, and of the Instance Metadata Service. */
const IDENTITY_FIELDS = ['client_id', 'clientid', 'object_id', 'principal_id', 'mi_res_id', 'msi_res_id'];

/** A URI or the id of an application. A blank would make two scopes of one. */
const RESOURCE = /^[\w.:/~%@+-]{1,512}$/;

/**
 * A page that a browser of the machine shows can reach loopback, under a name of its own that it lets resolve to it. All
 * clients name the address itself.
 */
function isFromBrowser({ headers, method, socket }: IncomingMessage): boolean {
  const isOfBrowser = (name: string): boolean => name === 'origin' || name.startsWith('sec-fetch-');
  if (headers.host !== `127.0.0.1:${socket.localPort}` || Object.keys(headers).some(isOfBrowser)) return true;
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

function clientOf({ method, headers }: IncomingMessage): string {
  // Of all clients `az` before 2.69 alone sends a form.
  if (method === 'POST') return 'az';
  return CLIENTS.find(([begin]) => begin.test(headers['user-agent'] ?? ''))?.[1] ?? 'other';
}

/** By how the user agent begins. Source: what each of them sent, in the versions that the tests run. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/^azsdk-python/i, 'Python'],
  [/^azsdk-js|^@azure|msal\.js/i, 'JavaScript'],
  [/^azsdk-go/i, 'Go'],
  [/^azsdk-java/i, 'Java'],
  [/^azsdk-rust/i, 'Rust'],
  [/powershell/i, 'PowerShell'],
  [/^azsdk-net/i, '.NET'],
  [/terraform|^hashicorp|^go-http-client/i, 'Terraform'],
  [/^python-requests|^azurecli/i, 'az'],
];

/** @returns no fields of one that is too large */
async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let form = '';
  for await (const chunk of request.setEncoding('latin1') as AsyncIterable<string>) {
    form += chunk;
    if (form.length > LARGEST) return new URLSearchParams();
  }
  return new URLSearchParams(form);
}
