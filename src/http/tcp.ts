import 'node:dns';
import { connect, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { KNOWN_CLOUDS } from '../core/clouds.ts';
import type { Environment } from '../core/machine.ts';
import type { SignInRequest } from '../core/request.ts';
import { networkError } from '../errors/network.ts';

/** Where a TCP connection goes: the server itself, or the proxy before it. */
export interface TcpTarget {
  /** Host name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A proxy that tunnels by CONNECT. */
export interface HttpProxy extends TcpTarget {
  readonly protocol: 'http:' | 'https:';
  /** Value of `Proxy-Authorization`; `''` when the proxy asks for nobody. */
  readonly authorization: string;
}

/**
 * The proxy the environment names for an https URL, or `undefined` for a direct connection. Lower-case variables win over
 * upper-case ones, as with curl; loopback is never proxied.
 * @throws {SessionError} when the variable holds no proxy URL; its value is not quoted, since it may hold a password
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const name = HTTPS_VARIABLES.find((candidate) => (env[candidate] ?? '') !== '');
  if (name === undefined || isBypassed(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  const proxy = parsed(env[name] ?? '');
  if (proxy === null || proxy.hostname === '' || (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')) {
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
/** For other programs of the job: nothing here asks anybody over http by a proxy. */
const HTTP_VARIABLES = ['http_proxy', 'HTTP_PROXY'];

/** The passwords in the proxy variables, for masking: as they are written there, as they are, and as they are sent. */
export function proxySecrets(env: Environment): string[] {
  return [...HTTPS_VARIABLES, ...HTTP_VARIABLES].flatMap((name) => {
    // A blank before it makes the variable no proxy, and the password in it no less a password.
    const url = parsed((env[name] ?? '').trim());
    if (url === null || url.password === '') return [];
    return [url.password, decode(url.password), Buffer.from(credentialsOf(url)).toString('base64')];
  });
}

function parsed(proxy: string): URL | null {
  return URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`);
}

function credentialsOf({ username, password }: URL): string {
  return `${decode(username)}:${decode(password)}`;
}

/** A literal `%` in a password is common and no reason to fail. */
function decode(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch {
    return component;
  }
}

/**
 * Whether `NO_PROXY` exempts an https URL: `*`, a host with its subdomains (with or without a leading dot), an address, each
 * with an optional port. IPv6 addresses may stand in brackets.
 */
export function isBypassed(url: URL, noProxy: string): boolean {
  const host = bareHost(url.hostname).toLowerCase();
  const isLoopback = /(?:^|\.)localhost$|^::1$|^127(\.\d{1,3}){3}$/.test(host);
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return isLoopback || entries.some((entry) => matches(entry, host, url.port || '443'));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain, wantedPort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

/** The server of an https URL. */
export function targetOf(url: URL): TcpTarget {
  return { host: bareHost(url.hostname), port: Number(url.port) || 443 };
}

/** A host name as sockets want it: `[::1]` without its brackets. */
function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * How long to wait for one of several addresses of a host, in milliseconds. Node's default of 250 ms is shorter than a
 * round trip around the world: it gives up every address but the last, and fails where that is an IPv6 address and the
 * machine has no IPv6 route. Within two seconds even a lost first packet is sent again. The cost: where IPv6 packets
 * are dropped, the sign-in waits these two seconds.
 * Source: Node.js, `net.connect`, `autoSelectFamilyAttemptTimeout`; RFC 6298, 2.
 */
const ADDRESS_MS = 2_000;

/** Connections that are made before somebody wants them: one for each target, for one taker. */
export class Preconnected<S extends Socket> {
  readonly #connect: (target: TcpTarget) => Promise<S>;
  readonly #made = new Map<string, Promise<S>>();

  constructor(connect: (target: TcpTarget) => Promise<S>) {
    this.#connect = connect;
  }

  /** Never fails: `take` replaces a connection that failed, and reports why it cannot be made. */
  begin(target: TcpTarget): void {
    const key = `${target.host}:${target.port}`;
    if (this.#made.has(key)) return;
    const socket = this.#connect(target);
    const forget = (): void => {
      if (this.#made.get(key) === socket) this.#made.delete(key);
    };
    this.#made.set(key, socket);
    socket.then((ready) => ready.once('close', forget), forget);
  }

  /** @returns a connection of its own: a preconnected one, else a new one */
  async take(target: TcpTarget): Promise<S> {
    const key = `${target.host}:${target.port}`;
    const made = this.#made.get(key);
    this.#made.delete(key);
    const socket = await made;
    return socket === undefined || socket.destroyed ? this.#connect(target) : socket;
  }
}

/**
 * TCP connections, which can be opened long before they are used: the program's other modules, TLS among them, load while
 * the name is resolved and the first packet travels. So little is imported here beside `node:net`.
 */
export class TcpConnections extends Preconnected<Socket> {
  /** Sockets, and requests that ask a proxy for one. */
  readonly #parts = new Set<Writable>();
  #closed = false;
  /** Those that were preconnected to. */
  origins: readonly string[] = [];

  constructor() {
    super((target) => this.#dial(target));
  }

  /**
   * Starts to connect to https origins, each at its proxy where there is one.
   * @throws {SessionError} when a proxy variable holds no URL
   */
  async preconnect(origins: readonly string[], env: Environment): Promise<void> {
    this.origins = origins;
    const targets = origins.map((origin) => new URL(origin)).map((url) => proxyFor(url, env) ?? targetOf(url));
    withQuickExpressions(() => {
      for (const target of targets) this.begin(target);
    });
    await yieldToNetwork();
  }

  /** Has it closed with all others, from its beginning on: a peer that never answers holds none of it. */
  add<P extends Writable>(part: P): P {
    this.#parts.add(part);
    part.once('close', () => this.#parts.delete(part));
    if (this.#closed) part.destroy();
    return part;
  }

  /** Closes every connection, come about or still waited for, so that the process can end at once. */
  close(): void {
    this.#closed = true;
    for (const part of this.#parts) part.destroy();
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
 * Node tells an address from a name by a regular expression that becomes 100 KB of code, twice, for the sake of the three
 * names of a sign-in: 1.1 ms. Without V8's optimization both are a tenth of that. While a flag of V8 is set Node refuses its
 * own compiled code, so no module may load in here: hence `node:dns`, which Node's `connect` would load.
 */
function withQuickExpressions(use: () => void): void {
  setFlagsFromString('--no-regexp-optimization');
  try {
    use();
  } finally {
    setFlagsFromString('--regexp-optimization');
  }
}

/**
 * Lets what waits at the network go on, before work that holds the thread for milliseconds: a name that was resolved, a
 * connection that came about. Loading a module does not: it is synchronous to its end.
 */
export function yieldToNetwork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The hosts of a sign-in, in the order in which they are asked; these are known before the first, so all are connected to
 * at once.
 */
export function originsOf({ credential, cloud }: SignInRequest, env: Environment): string[] {
  if (credential.method === 'publish-settings') return [];
  const github = credential.method === 'oidc' ? gitHubOrigin(env) : [];
  if (cloud.kind === 'discovered') return [new URL(cloud.resourceManagerUrl).origin, ...github];
  const { authority, resourceManager } = KNOWN_CLOUDS[cloud.name];
  return [...github, ...(credential.method === 'managed-identity' ? [] : [authority]), resourceManager];
}

/** None when the job may not ask for an ID token at all. */
function gitHubOrigin(env: Environment): string[] {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  return url?.protocol === 'https:' ? [url.origin] : [];
}
