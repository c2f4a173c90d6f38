import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as secure, TLSSocket } from 'node:tls';
import { exchange, type HttpRequest, type HttpResponse, watched } from './exchange.ts';
import { codeOf, type Deadline } from './retry.ts';

/** A server of the machine itself: on loopback or a link-local address, never behind a proxy. */
export interface LocalEndpoint {
  /** For example `http://169.254.169.254`. */
  readonly origin: string;
  /** For https: SHA-1 of the certificate it must show, hex. It replaces the check of name and authority. */
  readonly thumbprint?: string;
}

/** There is no such server, or it is not what it should be. */
export class NobodyThere extends Error {
  override readonly name = 'NobodyThere';
  readonly host: string;

  /** @param reason a system's code or a few words, fit to be shown */
  constructor(host: string, reason: string) {
    super(reason);
    this.host = host;
  }
}

/** A server of the machine itself accepts in microseconds; a firewall that drops packets never does. */
const CONNECT_MS = 2_000;
/** The identity service of a machine that starts up takes seconds to get its first token. */
const SILENCE_MS = 20_000;

/**
 * The way to servers of the machine itself: no proxy, no redirects, and no host but those it was made for. It sends one try
 * of one request, and gives an answer of any status.
 * @throws {NobodyThere} when no connection came about: nothing was sent then
 * @throws {TransientFailure} when the connection failed, or the answer broke off, is too long or did not come
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
      return watched(request, async () => {
        const socket = await open(url, endpoint, deadline);
        try {
          return await exchange(request, deadline, SILENCE_MS, (to, headers) =>
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
  // What breaks once its certificate is refused is nobody's failure.
  socket.on('error', () => {});
  const signal = AbortSignal.timeout(Math.ceil(Math.min(CONNECT_MS, deadline.remainingMs())));
  try {
    await once(socket, url.protocol === 'https:' ? 'secureConnect' : 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw new NobodyThere(url.host, signal.aborted ? `no answer in ${CONNECT_MS / 1000} s` : codeOf(error));
  }
  if (!(socket instanceof TLSSocket)) return socket;
  const plain = (hex: string): string => hex.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
  const shown = plain(socket.getPeerCertificate().fingerprint ?? '');
  if (shown !== '' && shown === plain(thumbprint)) return socket;
  socket.destroy();
  throw new NobodyThere(url.host, 'it shows another certificate than it should');
}

function dial(url: URL): Socket {
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  if (url.protocol !== 'https:') return connect({ host, port: Number(url.port) || 80 });
  // Its certificate is self-signed: the thumbprint, compared before a byte is sent, says whose it is.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return secure({ host, port: Number(url.port) || 443, rejectUnauthorized: false, ...name });
}
