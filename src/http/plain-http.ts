import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as secure, TLSSocket } from 'node:tls';
import { codeOf } from '../core/files.ts';
import { exchange, type HttpRequest, type HttpResponse, logged } from './exchange.ts';
import type { Deadline } from './retry.ts';

/** A server on loopback or a link-local address, which is never behind a proxy. */
export interface LocalEndpoint {
  /** For example `http://169.254.169.254`. */
  readonly origin: string;
  /** For https: hex SHA-1 of the server's certificate. It replaces the check of name and authority. */
  readonly thumbprint?: string;
}

/** The server does not exist, or it has an unexpected certificate. */
export class EndpointUnavailable extends Error {
  override readonly name = 'EndpointUnavailable';
  readonly host: string;

  /** @param reason an error code or a few words; must not contain secrets */
  constructor(host: string, reason: string) {
    super(reason);
    this.host = host;
  }
}

/** A local server accepts a connection within microseconds. A firewall that drops packets never does. */
const CONNECT_MS = 2_000;
/** While a machine starts, its identity service takes seconds to get the first token. */
const TIMEOUT_MS = 20_000;

/**
 * A client for local servers, without proxies and redirects. It connects only to these endpoints. `send` makes one
 * attempt and returns a response of any status.
 * @throws {EndpointUnavailable} if the connection cannot be made, so that nothing was sent
 * @throws {TransientFailure} if the connection fails later, or the response is truncated, too large or late
 */
export function plainHttpClient(
  endpoints: readonly LocalEndpoint[],
  deadline: Deadline,
): { send(request: HttpRequest): Promise<HttpResponse> } {
  return {
    async send(request) {
      const url = new URL(request.url);
      const endpoint = endpoints.find(({ origin }) => origin === url.origin);
      if (endpoint === undefined) throw new Error(`Not a server of this machine: ${url.origin}`);
      return logged(request, async () => {
        const socket = await open(url, endpoint, deadline);
        try {
          return await exchange(request, deadline, TIMEOUT_MS, (to, headers) =>
            plainRequest(to, { protocol: 'http:', method: request.method, headers, createConnection: () => socket }),
          );
        } finally {
          socket.destroy();
        }
      });
    },
  };
}

async function open(url: URL, { thumbprint = '' }: LocalEndpoint, deadline: Deadline): Promise<Socket> {
  const socket = dial(url);
  // An error after the certificate was rejected must not become an uncaught error.
  socket.on('error', () => {});
  const signal = AbortSignal.timeout(Math.ceil(Math.min(CONNECT_MS, deadline.remainingMs())));
  try {
    await once(socket, url.protocol === 'https:' ? 'secureConnect' : 'connect', { signal });
  } catch (error) {
    socket.destroy();
    const code = codeOf(error) || 'unknown error';
    throw new EndpointUnavailable(url.host, signal.aborted ? `no answer in ${CONNECT_MS / 1000} s` : code);
  }
  if (!(socket instanceof TLSSocket)) return socket;
  const normalized = (hex: string): string => hex.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
  const actual = normalized(socket.getPeerCertificate().fingerprint ?? '');
  if (actual !== '' && actual === normalized(thumbprint)) return socket;
  socket.destroy();
  throw new EndpointUnavailable(url.host, 'it has an unexpected certificate');
}

function dial(url: URL): Socket {
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  if (url.protocol !== 'https:') return connect({ host, port: Number(url.port) || 80 });
  // The certificate is self-signed. The caller compares its thumbprint before it sends anything.
  const serverName = isIP(host) === 0 ? { servername: host } : {};
  return secure({ host, port: Number(url.port) || 443, rejectUnauthorized: false, ...serverName });
}
