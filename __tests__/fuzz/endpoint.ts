import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { type EndpointRequest, type EndpointResponse, listen } from '../../src/agent/token-server.ts';
import { type Property, property } from './harness.ts';

const SECRET = '0123456789abcdef'.repeat(4);
const TOKEN = 'header.claims.signature';
const HOST = 'Host: 127.0.0.1:PORT';
const PROOF = `X-IDENTITY-HEADER: ${SECRET}`;

/** Parts of requests, as clients send them or not. */
const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'GE T', '', 'GET', 'POST'];
const PATHS = `/ /azure-session/token /azure-session/${SECRET}/token //${SECRET}// // http://evil/ *`.split(' ');
const VAULT = 'resource=https://vault.azure.net';
const QUERIES = ['', `?${VAULT}`, '?resource=a b', '?resource=%00', '?resource=x&client_id=y', '?%'];
const HEADERS = `${HOST}|Host: evil.example|${PROOF}|x-identity-header: ${SECRET.slice(1)}|secret: ${SECRET}
|secret: ${SECRET.toUpperCase()}|Metadata: true|Origin: null|Sec-Fetch-Site: none|Content-Length: 40
|Content-Length: 99999999999999999999|Transfer-Encoding: chunked|Expect: 100-continue|Connection: upgrade
|Upgrade: websocket|: `.split(/\n?\|/);

const request = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom(...QUERIES)).map((parts) => parts.join('')),
  headers: fc
    .array(fc.oneof(fc.constantFrom(...HEADERS), fc.string({ unit: 'binary', maxLength: 40 })), { maxLength: 6 })
    .chain((headers) => fc.constantFrom(headers, [HOST, ...headers], [HOST, PROOF, ...headers], [HOST, PROOF])),
  body: fc.oneof(fc.constantFrom('', VAULT, 'resource=x&'.repeat(1000)), fc.string()),
  noise: fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.string({ unit: 'binary', maxLength: 20 })),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** The statuses that are allowed: never 500, which clients retry many times. */
const STATUSES = [100, 200, 400, 401, 403, 408, 413, 417, 431];

export const endpointProperty: Property = property('requests to the token endpoint', 4000, request, async (sent) => {
  const recorded: string[] = [];
  const session = {
    secret: SECRET,
    respond: async (request: EndpointRequest | EndpointResponse, client: string) => {
      recorded.push(client, 'status' in request ? JSON.stringify(request.body) : '');
      if ('status' in request) return request;
      return { status: 200, body: { access_token: TOKEN, resource: request.resource } };
    },
  };
  const server = await listen({ host: '127.0.0.1', port: 0 }, Promise.resolve(session));
  const { port } = server.address() as AddressInfo;
  try {
    const response = await exchange(sent, port);
    const status = response === '' ? 0 : Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1] ?? 500);
    if (status !== 0 && !STATUSES.includes(status)) throw new Error(`status ${status}`);
    const hasSecret = `${sent.path}\n${sent.headers.join('\n')}\n${sent.noise}`.includes(SECRET);
    if (response.includes(TOKEN) && !(hasSecret && sent.headers.includes(HOST)))
      throw new Error('a token without the secret');
    const body = response.split('\r\n\r\n').at(-1) ?? '';
    return { outcome: status === 200 ? 'accepted' : 'refused', shown: [body, ...recorded], secrets: [SECRET] };
  } finally {
    server.close();
  }
});

async function exchange({ method, path, headers, body, noise }: Request, port: number): Promise<string> {
  const head = [`${method} ${path} HTTP/1.1`, ...headers].join('\r\n').replaceAll('PORT', String(port));
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.end(Buffer.from(`${head}${noise}\r\n\r\n${body}`, 'latin1'));
  return text(socket).catch(() => '');
}
