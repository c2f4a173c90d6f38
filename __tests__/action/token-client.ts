import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** A response of the endpoint of a session in memory. */
export interface EndpointResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, string>>;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function send(
  url: string,
  { method = 'GET', headers = {}, body }: RequestOptions = {},
): Promise<EndpointResponse> {
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  const json = await text(incoming);
  return { status: incoming.statusCode, headers: incoming.headers, body: json === '' ? {} : JSON.parse(json) };
}

/** Sends a request by the App Service protocol, with the variables of a later step. */
export function requestToken(
  env: Readonly<Record<string, string>>,
  resource: string,
  more: Readonly<Record<string, string>> = {},
): Promise<EndpointResponse> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource, ...more });
  const headers = { 'X-IDENTITY-HEADER': env['IDENTITY_HEADER'] ?? '' };
  return send(`${env['IDENTITY_ENDPOINT']}?${query}`, { headers });
}

/** @returns everything that the endpoint sends until it closes the connection */
export async function sendRaw(env: Readonly<Record<string, string>>, octets: string): Promise<string> {
  const { port, hostname } = new URL(env['IDENTITY_ENDPOINT'] ?? '');
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(octets);
  return text(socket).catch(() => '');
}
