import 'node:dns';
import { connect, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { KNOWN_CLOUDS } from '../core/clouds.ts';
import { ignoreErrors } from '../core/ignore-errors.ts';
import type { Environment } from '../core/machine.ts';
import type { SignInRequest } from '../core/request.ts';
import { networkError } from '../errors/network.ts';

/** The server or the proxy to connect to. */
export interface TcpTarget {
  /** Host name or address. IPv6 addresses have no brackets. */
  readonly host: string;
  readonly port: number;
}

/** A proxy that tunnels by CONNECT. */
export interface HttpProxy extends TcpTarget {
  readonly protocol: 'http:' | 'https:';
  /** Value of `Proxy-Authorization`; `''` if the proxy URL has no credentials. */
  readonly authorization: string;
}

/**
 * The proxy for an https URL, from the environment. Lower-case variables take precedence, as in curl.
 * @returns `undefined` for a direct connection; always for loopback
 * @throws {SessionError} if the variable is not a proxy URL. The value may contain a password, so it is not quoted
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const name = HTTPS_VARIABLES.find((candidate) => (env[candidate] ?? '') !== '');
  if (name === undefined || isBypassed(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  const proxy = parseProxy(env[name] ?? '');
  if (
    proxy === null ||
    !/^[\w.-]+$|^\[/.test(proxy.hostname) ||
    (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
  ) {
    throw networkError('malformedProxy', name);
  }
  const credentials = credentialsOf(proxy);
  return {
    protocol: proxy.protocol,
    host: bareHost(proxy.hostname),
    port: Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80),
    authorization: credentials === ':' ? '' : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

const HTTPS_VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
/** Used by other programs of the job. Only their passwords matter here. */
const HTTP_VARIABLES = ['http_proxy', 'HTTP_PROXY'];

/** The passwords in the proxy variables, for masking: encoded, decoded, and in base64 as in the header. */
export function proxySecrets(env: Environment): string[] {
  return [...HTTPS_VARIABLES, ...HTTP_VARIABLES].flatMap((name) => {
    // White space and quotation marks make the proxy URL invalid, but its password must be masked anyway.
    const url = parseProxy((env[name] ?? '').replaceAll(/^[\s"']+|[\s"']+$/g, ''));
    if (url === null || url.password === '') return [];
    return [url.password, decode(url.password), Buffer.from(credentialsOf(url)).toString('base64')];
  });
}

function parseProxy(proxy: string): URL | null {
  return URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`);
}

function credentialsOf({ username, password }: URL): string {
  return `${decode(username)}:${decode(password)}`;
}

/** Accepts a literal `%`, which is common in passwords. */
function decode(component: string): string {
  return ignoreErrors(() => decodeURIComponent(component)) ?? component;
}

/**
 * Whether `NO_PROXY` exempts an https URL. Entries are `*`, a host, which includes its subdomains and may have a
 * leading dot, or an address, each with an optional port. IPv6 addresses may be in brackets.
 */
export function isBypassed(url: URL, noProxy: string): boolean {
  const host = bareHost(url.hostname).toLowerCase();
  const isLoopback = /(?:^|\.)localhost$|^::1$|^127(\.\d{1,3}){3}$/.test(host);
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return isLoopback || entries.some((entry) => matches(entry, host, url.port || '443'));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain, entryPort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

export function targetOf(url: URL): TcpTarget {
  return { host: bareHost(url.hostname), port: Number(url.port) || 443 };
}

/** Removes the brackets of an IPv6 address, which sockets do not accept. */
function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * Timeout for each address of a host, in milliseconds. Node's default of 250 ms is shorter than a long round trip: Node
 * then tries only the last address to the end, and fails if that is an IPv6 address and the machine has no IPv6 route.
 * In two seconds, even a lost first packet is retransmitted. The cost: if IPv6 packets are dropped, the sign-in waits
 * two seconds.
 * Source: Node.js, `net.connect`, `autoSelectFamilyAttemptTimeout`; RFC 6298, 2.
 */
const ADDRESS_MS = 2_000;

/** Opens connections before they are needed. Holds at most one for each target. */
export class PreconnectPool<S extends Socket> {
  readonly #connect: (target: TcpTarget) => Promise<S>;
  readonly #pool = new Map<string, Promise<S>>();

  constructor(connect: (target: TcpTarget) => Promise<S>) {
    this.#connect = connect;
  }

  /** Ignores failures: `take` then makes a new connection, and reports why that fails. */
  open(target: TcpTarget): void {
    const key = `${target.host}:${target.port}`;
    if (this.#pool.has(key)) return;
    const connection = this.#connect(target);
    const remove = (): void => {
      if (this.#pool.get(key) === connection) this.#pool.delete(key);
    };
    this.#pool.set(key, connection);
    connection.then((socket) => socket.once('close', remove), remove);
  }

  /** Removes a connection from the pool, or makes a new one. */
  async take(target: TcpTarget): Promise<S> {
    const key = `${target.host}:${target.port}`;
    const connection = this.#pool.get(key);
    this.#pool.delete(key);
    const socket = await connection;
    return socket === undefined || socket.destroyed ? this.#connect(target) : socket;
  }
}

/**
 * TCP connections that are opened long before they are used. The other modules, including TLS, load while the host name
 * is resolved and the first packet travels, so this module imports little.
 */
export class TcpConnections extends PreconnectPool<Socket> {
  /** Sockets, and CONNECT requests to a proxy. */
  readonly #streams = new Set<Writable>();
  #closed = false;

  constructor() {
    super((target) => this.#dial(target));
  }

  /**
   * Starts to connect to https origins, or to their proxies.
   * @throws {SessionError} if a proxy variable is not a URL
   */
  async preconnect(origins: readonly string[], env: Environment): Promise<void> {
    const targets = origins.map((origin) => new URL(origin)).map((url) => proxyFor(url, env) ?? targetOf(url));
    withoutRegExpOptimization(() => {
      for (const target of targets) this.open(target);
    });
    await yieldToNetwork();
  }

  /** Makes `close` destroy this stream, too. Add it before its connection is made, since the peer may never respond. */
  add<W extends Writable>(stream: W): W {
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    if (this.#closed) stream.destroy();
    return stream;
  }

  /** Closes every connection, even one that is still being made, so that the process can end. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.destroy();
  }

  #dial({ host, port }: TcpTarget): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_MS });
      socket.on('error', reject);
      socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
      socket.once('connect', () => resolve(socket));
      this.add(socket);
    });
  }
}

/**
 * Node distinguishes addresses from host names by a regular expression, which V8 compiles twice, to 100 KB of code
 * each. For the three hosts of a sign-in, that takes 1.1 ms. Without V8's optimization, size and time are a tenth of
 * that. While a V8 flag is changed, Node rejects its code cache, so no module may load in here. That is why `node:dns`
 * is imported above.
 */
function withoutRegExpOptimization(use: () => void): void {
  setFlagsFromString('--no-regexp-optimization');
  try {
    use();
  } finally {
    setFlagsFromString('--regexp-optimization');
  }
}

/**
 * Lets pending network events run before work that blocks the thread for milliseconds, such as loading a module. A
 * resolved name or an open connection is then processed first.
 */
export function yieldToNetwork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The hosts of a sign-in that are known before the first request, in the order of their requests. */
export function originsOf({ credential, cloud }: SignInRequest, env: Environment): string[] {
  if (credential.method === 'publish-settings') return [];
  const github = credential.method === 'oidc' ? gitHubOrigin(env) : [];
  if (cloud.kind === 'discovered') return [new URL(cloud.resourceManagerUrl).origin, ...github];
  const { authority, resourceManager } = KNOWN_CLOUDS[cloud.name];
  return [...github, ...(credential.method === 'managed-identity' ? [] : [authority]), resourceManager];
}

/** Empty if the job has no permission to request ID tokens. */
function gitHubOrigin(env: Environment): string[] {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  return url?.protocol === 'https:' ? [url.origin] : [];
}
