import { hash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';

/** A request for a token, the same for every managed-identity protocol. */
export interface EndpointRequest {
  readonly resource: string;
  /** The requested identity by parameter, such as `client_id`; empty where the client accepts the only one. */
  readonly identity: Readonly<Record<string, string>>;
  /** SHA-256 in hex of a token that a service rejected, so that the cache does not return it again; `''` for none. */
  readonly rejected: string;
  readonly userAgent: string;
}

/** A response in the format that all of the protocols share. */
export interface EndpointResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
  /** For the usage record: the error message without parts that differ by request. Defaults to the message. */
  readonly reason?: string;
}

export interface TokenService {
  readonly secret: string;
  /**
   * @param request or the error response, for a request that is not valid
   * @param client the kind of client, as the usage record names it
   */
  respond(request: EndpointRequest | EndpointResponse, client: string): Promise<EndpointResponse>;
}

/**
 * Every client gives up after 400, 401 and 403, and retries soon after 503. A 500 is never sent: some clients retry it
 * 15 times.
 * @param error for programs
 * @param message for people
 */
export function errorResponse(
  status: 400 | 401 | 403 | 503,
  error: string,
  message: string,
  more: Readonly<Record<string, string>> = {},
): EndpointResponse {
  return { status, body: { error, error_description: message, message, ...more } };
}

/** In bytes. A request has a few hundred. */
const MAX_REQUEST_BYTES = 8 * 1024;
/** More than a job has clients at one time; each connection serves one request. */
const MAX_CONNECTIONS = 128;
const TIMEOUT_MS = 10_000;

/**
 * @param at the descriptor of a listening socket, or an address
 * @param service pending until the agent has its plan; earlier requests wait for it
 */
export async function listen(at: ListenOptions & { fd?: number }, service: Promise<TokenService>): Promise<Server> {
  const limits = {
    maxHeaderSize: MAX_REQUEST_BYTES,
    headersTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    connectionsCheckingInterval: 1000,
  };
  const server = createServer(limits, async (request, response) => {
    const responding = service.then(async ({ respond, secret }) =>
      respond(await parseRequest(request, secret), clientKind(request)),
    );
    const failed = () => errorResponse(503, 'temporarily_unavailable', 'The session did not respond.');
    send(response, await responding.catch(failed));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await once(server.listen(at), 'listening');
  return server;
}

function send(response: ServerResponse, { status, body }: EndpointResponse): void {
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

async function parseRequest(request: IncomingMessage, secret: string): Promise<EndpointRequest | EndpointResponse> {
  if (isFromBrowser(request)) {
    return errorResponse(
      403,
      'access_denied',
      'This endpoint serves only programs of the job that address 127.0.0.1 directly.',
    );
  }
  // Not resolved against a base URL: the SDK for Java sends a path with two slashes, which would begin a host name.
  const url = URL.parse(`http://127.0.0.1${request.url}`);
  if (url === null) return errorResponse(400, 'invalid_request', 'The path of the request is not valid.');
  if (!isAuthorized(request, url, secret)) {
    return errorResponse(401, 'invalid_client', 'The request does not contain the secret of the session.');
  }
  const form = request.method === 'POST' ? await readForm(request) : [];
  const fields = new URLSearchParams([...url.searchParams, ...form]);
  const text = (name: string): string => fields.get(name) ?? '';
  const resource = text('resource');
  if (!RESOURCE.test(resource)) return errorResponse(400, 'invalid_request', 'The request has no valid resource.');
  return {
    resource,
    identity: Object.fromEntries(IDENTITY_FIELDS.map((name) => [name, text(name)]).filter(([, value]) => value !== '')),
    rejected: text('token_sha256_to_refresh').toLowerCase(),
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** App Service 2019-08-01 and 2017-09-01, and the Instance Metadata Service. */
const IDENTITY_FIELDS = ['client_id', 'clientid', 'object_id', 'principal_id', 'mi_res_id', 'msi_res_id'];

/** A URI or an application id. A blank would turn one scope into two. */
const RESOURCE = /^[\w.:/~%@+-]{1,512}$/;

/**
 * A web page in a browser of this machine can reach loopback, also under a host name of its own that resolves there.
 * Clients always use the address itself.
 */
function isFromBrowser({ headers, method, socket }: IncomingMessage): boolean {
  const isBrowserHeader = (name: string): boolean => name === 'origin' || name.startsWith('sec-fetch-');
  if (headers.host !== `127.0.0.1:${socket.localPort}` || Object.keys(headers).some(isBrowserHeader)) return true;
  return method !== 'GET' && method !== 'POST';
}

/**
 * The secret is in a header of App Service, or in the path for clients of the metadata service, which send no secret of
 * their own. The SDK for Java doubles a slash of the path.
 */
function isAuthorized({ headers }: IncomingMessage, url: URL, secret: string): boolean {
  const header = headers['x-identity-header'] ?? headers['secret'];
  if (typeof header === 'string') return isEqual(header, secret);
  const inPath = url.pathname.split('/').some((part) => isEqual(part, secret));
  return inPath && headers['metadata']?.toString().toLowerCase() === 'true';
}

/** In constant time. */
function isEqual(value: string, secret: string): boolean {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(value), digest(secret));
}

function clientKind({ method, headers }: IncomingMessage): string {
  // Only `az` before 2.69 sends a form.
  if (method === 'POST') return 'az';
  return CLIENTS.find(([userAgent]) => userAgent.test(headers['user-agent'] ?? ''))?.[1] ?? 'other';
}

/** Source: the user agents of the clients that the tests run. */
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

/** @returns no fields for a form that is too large */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let form = '';
  for await (const chunk of request.setEncoding('latin1') as AsyncIterable<string>) {
    form += chunk;
    if (form.length > MAX_REQUEST_BYTES) return new URLSearchParams();
  }
  return new URLSearchParams(form);
}
