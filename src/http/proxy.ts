import type { Environment } from '../core/machine.ts';
import { networkError } from '../errors/network.ts';

/** Where a TCP connection goes: the server itself, or the proxy before it. */
export interface TcpTarget {
  /** Host name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A proxy that tunnels by CONNECT. */
export interface HttpProxy {
  readonly protocol: 'http:' | 'https:';
  /** Host name or address, without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly port: number;
  /** Value of `Proxy-Authorization`; `''` when the proxy asks for nobody. */
  readonly authorization: string;
}

/**
 * The proxy the environment names for an https URL, or `undefined` for a direct connection. Lower-case variables win over
 * upper-case ones, as with curl; loopback is never proxied.
 *
 * @throws {SessionError} when the variable holds no proxy URL; its value is not quoted, since it may hold a password
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const name = HTTPS_VARIABLES.find((candidate) => (env[candidate] ?? '') !== '');
  if (name === undefined || isBypassed(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return parseProxy(name, env[name] ?? '');
}

const HTTPS_VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
/** For other programs of the job: nothing here asks anybody over http by a proxy. */
const HTTP_VARIABLES = ['http_proxy', 'HTTP_PROXY'];

/** The passwords in the proxy variables, for masking: as they are written there, as they are, and as they are sent. */
export function proxySecrets(env: Environment): string[] {
  return [...HTTPS_VARIABLES, ...HTTP_VARIABLES].flatMap((name) => {
    const value = env[name] ?? '';
    const url = URL.parse(value.includes('://') ? value : `http://${value}`);
    if (url === null || url.password === '') return [];
    const [username, password] = [decode(url.username), decode(url.password)];
    return [url.password, password, Buffer.from(`${username}:${password}`).toString('base64')];
  });
}

function parseProxy(variable: string, value: string): HttpProxy {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null || url.hostname === '' || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw networkError('malformedProxy', variable);
  }
  const credentials = `${decode(url.username)}:${decode(url.password)}`;
  return {
    protocol: url.protocol,
    host: bareHost(url.hostname),
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    authorization: credentials === ':' ? '' : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
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
  if (isLoopback(host)) return true;
  const port = url.port || '443';
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain, wantedPort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Where the connection to a URL begins: at the proxy, where there is one, else at the server itself.
 * @throws {SessionError} as `proxyFor` does
 */
export function connectTarget(url: URL, env: Environment): TcpTarget {
  return proxyFor(url, env) ?? targetOf(url);
}

/** The server of an https URL. */
export function targetOf(url: URL): TcpTarget {
  return { host: bareHost(url.hostname), port: Number(url.port) || 443 };
}

/** A host name as sockets want it: `[::1]` without its brackets. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
