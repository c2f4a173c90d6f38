import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { SigningKey } from './json-web-token.ts';

/** A request as the simulated services see it: read to its end, with its form decoded. */
export interface Call {
  readonly scheme: 'https' | 'http';
  /** Lower-case host name without a port. */
  readonly host: string;
  /** The simulator's own port that it came in at. */
  readonly port: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body's fields; empty when it is no form. */
  readonly form: URLSearchParams;
  /** The same number for all requests that share a TCP connection. */
  readonly connectionId: number;
  /** The certificate that the client proved to own in the TLS handshake. */
  readonly clientCertificate: X509Certificate | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the services have in common. */
export interface ServiceContext {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Entra's own signing key. */
  readonly key: () => Promise<SigningKey>;
}

export type Service = (call: Call) => Reply | Promise<Reply>;

export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

export function textReply(status: number, type: string, body: string): Reply {
  return { status, headers: { 'Content-Type': type }, body };
}
