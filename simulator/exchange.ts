import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { SigningKey } from './json-web-token.ts';

/** A complete request to a simulated service. */
export interface Call {
  readonly scheme: 'https' | 'http';
  /** Lower case, without a port. */
  readonly host: string;
  /** The simulator's port that received it. */
  readonly port: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Empty if the body is not a form. */
  readonly form: URLSearchParams;
  /** The same for all requests of a TCP connection. */
  readonly connectionId: number;
  /** The client certificate of the TLS handshake. */
  readonly clientCertificate: X509Certificate | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ServiceContext {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Entra ID's signing key. */
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
