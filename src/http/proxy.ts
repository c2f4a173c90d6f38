import type { Environment } from '../core/machine.ts';
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
    const url = parsed(env[name] ?? '');
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
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
