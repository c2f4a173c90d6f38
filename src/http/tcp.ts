import 'node:dns';
import { connect, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { KNOWN_CLOUDS } from '../core/clouds.ts';
import type { Environment } from '../core/machine.ts';
import type { SignInRequest } from '../core/request.ts';
import { proxyFor, type TcpTarget, targetOf } from './proxy.ts';

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
 * the name is resolved and the first packet travels. So nothing is imported here but `node:net` and what it uses.
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
