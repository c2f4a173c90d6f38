import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the endpoint of a session in memory answered. */
export interface EndpointAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request, as a client of managed identities sends it. */
export async function send(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<EndpointAnswer> {
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  const json = await text(incoming);
  return { status: incoming.statusCode, headers: incoming.headers, body: json === '' ? {} : JSON.parse(json) };
}

/** By the protocol of App Service, with the variables that later steps have. */
export function askForToken(
  env: Readonly<Record<string, string>>,
  resource: string,
  more: Readonly<Record<string, string>> = {},
): Promise<EndpointAnswer> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource, ...more });
  const headers = { 'X-IDENTITY-HEADER': env['IDENTITY_HEADER'] ?? '' };
  return send(`${env['IDENTITY_ENDPOINT']}?${query}`, { headers });
}

/** Writes octets to the endpoint, and gives what comes back until it closes the connection. */
export async function sendRaw(env: Readonly<Record<string, string>>, octets: string): Promise<string> {
  const { port, hostname } = new URL(env['IDENTITY_ENDPOINT'] ?? '');
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(octets);
  return text(socket).catch(() => '');
}
