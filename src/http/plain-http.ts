import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as secure, type TLSSocket } from 'node:tls';
import { exchange } from './exchange.ts';
import { bareHost } from './proxy.ts';
import type { Deadline } from './retry.ts';
import { codeOf } from './retry.ts';
import type { HttpRequest, HttpResponse } from './traffic.ts';
import { watched } from './traffic.ts';

/** A server of the machine itself: on loopback or a link-local address, never behind a proxy. */
export interface LocalEndpoint {
  /** For example `http://169.254.169.254`. */
  readonly origin: string;
  /** For https: SHA-1 of the certificate it must show, hex. It replaces the check of name and authority. */
  readonly thumbprint?: string;
}

/** The way to servers of the machine itself: no proxy, no redirects, and no host but those it was made for. */
interface PlainHttpClient {
  /**
   * One try of one request. An answer of any status is returned.
   * @throws {NobodyThere} when no connection came about: nothing was sent then
   * @throws {TransientFailure} when the connection failed, or the answer broke off, is too long or did not come
   */
  send(request: HttpRequest): Promise<HttpResponse>;
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

export function plainHttpClient(endpoints: readonly LocalEndpoint[], deadline: Deadline): PlainHttpClient {
  return {
    async send(request) {
      const url = new URL(request.url);
      const endpoint = endpoints.find(({ origin }) => origin === url.origin);
      if (endpoint === undefined) throw new Error(`Not a server of this machine: ${url.origin}`);
      return watched(request, () => sendTo(endpoint, url, request, deadline));
    },
  };
}

async function sendTo(
  endpoint: LocalEndpoint,
  url: URL,
  request: HttpRequest,
  deadline: Deadline,
): Promise<HttpResponse> {
  const socket = await open(url, endpoint, deadline);
  try {
    return await exchange(request, deadline, SILENCE_MS, (to, headers) =>
      plainRequest(to, { protocol: 'http:', method: request.method, headers, createConnection: () => socket }),
    );
  } finally {
    socket.destroy();
  }
}

async function open(url: URL, { thumbprint }: LocalEndpoint, deadline: Deadline): Promise<Socket> {
  const socket = dial(url);
  const signal = AbortSignal.timeout(Math.min(CONNECT_MS, deadline.remainingMs()));
  try {
    await once(socket, url.protocol === 'https:' ? 'secureConnect' : 'connect', { signal });
    if (shows(socket, thumbprint)) return socket;
  } catch (error) {
    socket.destroy();
    throw new NobodyThere(url.host, signal.aborted ? `no answer in ${CONNECT_MS / 1000} s` : codeOf(error));
  }
  socket.destroy();
  throw new NobodyThere(url.host, 'it shows another certificate than it should');
}

function dial(url: URL): Socket {
  const host = bareHost(url.hostname);
  if (url.protocol !== 'https:') return connect({ host, port: Number(url.port) || 80 });
  // Its certificate is self-signed: the thumbprint, compared before a byte is sent, says whose it is.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return secure({ host, port: Number(url.port) || 443, rejectUnauthorized: false, ...name });
}

function shows(socket: Socket | TLSSocket, thumbprint: string | undefined): boolean {
  if (!('encrypted' in socket)) return true;
  const plain = (hex: string): string => hex.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
  return thumbprint !== undefined && plain(socket.getPeerCertificate().fingerprint ?? '') === plain(thumbprint);
}
