import { request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  connect as secure,
  type TLSSocket,
} from 'node:tls';
import type { Environment } from '../core/machine.ts';
import { SessionError } from '../core/session-error.ts';
import { networkError } from '../errors/network.ts';
import { exchange, type HttpRequest, type HttpResponse, watched } from './exchange.ts';
import { codeOf, type Deadline, isTransientStatus, retryAfterMs, TransientFailure, traffic } from './retry.ts';
import {
  type HttpProxy,
  Preconnected,
  proxyFor,
  TcpConnections,
  type TcpTarget,
  targetOf,
  yieldToNetwork,
} from './tcp.ts';

/** The one way out of the program to https servers. */
export interface HttpClient {
  /**
   * One try of one request. An answer of any status that is not transient is returned, redirects included: a token
   * must not follow one.
   * @throws {TransientFailure} on connection errors, time-outs, truncated answers, 408, 429 and 5xx
   * @throws {SessionError} when the server's certificate is not trusted or the proxy refuses
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Starts to connect to origins that will be asked soon. */
  preconnect(origins: readonly string[]): Promise<void>;
  /** Closes every connection. */
  close(): void;
}

/** In milliseconds. A server that is silent for longer gets a new try, within the deadline. */
const SILENCE_MS = 30_000;

/** What Node's agent passes to `createConnection`, as far as it is used here. */
type Target = ConnectionOptions & { host?: string; port?: number | string };
type OnSocket = (error: Error | null, socket?: Duplex) => void;

/**
 * Connections are kept open between requests. One can be opened before its first request is known, so that DNS, TCP, TLS
 * and the proxy's CONNECT cost no time of their own. A preconnected one that does not come about, or breaks before it is
 * used, is simply made again by the request that needs it, which then reports why it cannot.
 * @param env where the proxy variables are
 * @param tcp connections that were preconnected; they belong to the client from now on
 */
export function httpClient(env: Environment, deadline: Deadline, tcp = new TcpConnections()): HttpClient {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const connections = new Preconnected(connector(env, tcp));
  // For a request that finds no idle connection.
  agent.createConnection = ({ host = '', port }: Target, onSocket: OnSocket): undefined => {
    connections.take({ host, port: Number(port) }).then((socket) => onSocket(null, socket), onSocket);
  };
  return {
    send: (request) => send(request, agent, deadline),
    preconnect(origins) {
      for (const origin of origins) connections.begin(targetOf(new URL(origin)));
      return yieldToNetwork();
    },
    // Used or not, come about or still waited for: so the process can end at once.
    close() {
      tcp.close();
      agent.destroy();
    },
  };
}

async function send(request: HttpRequest, agent: Agent, deadline: Deadline): Promise<HttpResponse> {
  const { method, url } = request;
  const { origin, protocol, host } = new URL(url);
  if (protocol !== 'https:') throw new Error(`Not an https URL: ${origin}`);
  const answer = watched(request, () =>
    exchange(request, deadline, SILENCE_MS, (to, given) => {
      const headers = { 'User-Agent': 'azure-session/1', Accept: 'application/json', ...given };
      return secureRequest(to, { method, agent, headers });
    }),
  );
  const response = await answer.catch((error: unknown) => {
    if (!(error instanceof TransientFailure) || !isUntrusted(error.cause)) throw error;
    throw networkError('untrusted', host, codeOf(error.cause)).causedBy(error.cause);
  });
  if (!isTransientStatus(response.status)) return response;
  throw new TransientFailure(`${host} answered HTTP ${response.status}`, {
    requestId: response.requestId,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], new Date()),
    // A gateway got no answer from the server, or not in time. Source: RFC 9110, 15.6.3 and 15.6.5.
    reached: [502, 504].includes(response.status) ? 'perhaps-the-server' : 'the-server',
  });
}

/** Makes connections to https servers, directly or through a proxy. */
function connector(env: Environment, tcp: TcpConnections): (target: TcpTarget) => Promise<TLSSocket> {
  let context: SecureContext | undefined;
  return async (target) => {
    const { host } = target;
    const proxy = proxyFor(new URL(`https://${authorityOf(target)}`), env);
    if (proxy)
      traffic.log?.write(`${host} is reached through the proxy ${proxy.protocol}//${proxy.host}:${proxy.port}`);
    const entry = tcp.take(proxy ?? target);
    // Made while the connection is: it reads the trusted authorities.
    context ??= createSecureContext();
    const secureContext = context;
    const socket = proxy === undefined ? await entry : await tunnel(proxy, entry, target, tcp);
    return secured({ socket, host, ...serverName(host), secureContext, ALPNProtocols: ['http/1.1'] }, tcp);
  };
}

function authorityOf({ host, port }: TcpTarget): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** TLS names servers by host name only. Source: RFC 6066, 3. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function secured(options: ConnectionOptions, tcp: TcpConnections): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED, which any step can set, would otherwise send secrets to any host.
    const socket = tcp.add(secure({ ...options, rejectUnauthorized: true }));
    socket.setNoDelay(true);
    socket.once('close', () => reject(notMade('the connection was closed before it was made')));
    socket.once('secureConnect', () => resolve(socket));
    // For as long as it lives: one that breaks while nobody uses it is simply made again.
    socket.on('error', reject);
  });
}

const MEND_PROXY =
  'The proxy is the one that HTTPS_PROXY or https_proxy names, in the environment of the runner, the job or the step. See that it runs and that the address is right. If the runner reaches Azure without it, remove the variable, or name the hosts in NO_PROXY.';

/** Asks a proxy for a tunnel. Source: RFC 9110, 9.3.6. */
async function tunnel(
  { host, port, protocol, authorization }: HttpProxy,
  connecting: Promise<Socket>,
  target: TcpTarget,
  tcp: TcpConnections,
): Promise<Socket> {
  try {
    const socket = await connecting;
    const entry = protocol === 'https:' ? await secured({ socket, host, ...serverName(host) }, tcp) : socket;
    return await connectThrough(entry, authorization, authorityOf(target), tcp);
  } catch (cause) {
    // That its certificate is not trusted is told as of any other server.
    if (cause instanceof TransientFailure || cause instanceof SessionError || isUntrusted(cause)) throw cause;
    throw new TransientFailure(`the proxy ${host}:${port} cannot be reached (${codeOf(cause)})`, {
      reached: 'nobody',
      mend: MEND_PROXY,
      cause,
    });
  }
}

function connectThrough(entry: Socket, authorization: string, path: string, tcp: TcpConnections): Promise<Socket> {
  const credentials = authorization === '' ? {} : { 'Proxy-Authorization': authorization };
  const headers = { Host: path, ...credentials };
  return new Promise((resolve, reject) => {
    const ask = tcp.add(plainRequest({ method: 'CONNECT', path, headers, createConnection: () => entry }));
    // Node takes every answer to CONNECT for the beginning of a tunnel.
    ask.once('connect', ({ statusCode: status = 0 }, socket) => {
      if (status >= 200 && status < 300) return resolve(tcp.add(socket as Socket));
      socket.destroy();
      if (isTransientStatus(status) || status < 200) reject(notMade(`the proxy answered HTTP ${status} for ${path}`));
      else reject(networkError('refusedByProxy', path, status));
    });
    ask.once('error', reject);
    ask.once('close', () => reject(notMade('the proxy closed the connection')));
    ask.end();
  });
}

function notMade(reason: string): TransientFailure {
  return new TransientFailure(reason, { reached: 'nobody' });
}

/** Codes of Node and OpenSSL that mean "this is not the host it claims to be": trying again will not change that. */
const UNTRUSTED =
  /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;

function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.test(codeOf(error));
}
