import { randomUUID } from 'node:crypto';
import { type Call, jsonReply, type Reply } from '../exchange.ts';

export interface ErrorDetails {
  /** The OAuth 2.0 error. */
  readonly error: string;
  /** Begins with `AADSTS` and the code, if the error has one. */
  readonly description: string;
  readonly suberror?: string;
  /** The claims challenge, as JSON. */
  readonly claims?: string;
}

/** Thrown by the checks, and sent as the response to the request. */
export class EntraError extends Error {
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(details.description);
    this.details = details;
  }
}

/** The ids of a response. */
export interface Trace {
  readonly traceId: string;
  /** The client's `client-request-id`, or a new one. */
  readonly correlationId: string;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}

export function traceOf({ headers, query, form }: Call): Trace {
  const ids = [headers['client-request-id'], query.get('client-request-id'), form.get('client-request-id')];
  return { traceId: randomUUID(), correlationId: ids.map(String).find(isGuid) ?? randomUUID() };
}

/** The headers of every response of the token service. */
export function traceHeaders(call: Call, trace: Trace): Record<string, string> {
  const returnsId = call.headers['return-client-request-id'] === 'true';
  return {
    'Cache-Control': 'no-store, no-cache',
    Pragma: 'no-cache',
    Expires: '-1',
    'x-ms-request-id': trace.traceId,
    'x-ms-ests-server': '2.1.19343.5 - SIM ProdSlices',
    'x-ms-srs': '1.P',
    ...(returnsId ? { 'client-request-id': trace.correlationId } : {}),
  };
}

/**
 * Source: Microsoft identity platform, "Authentication and authorization error codes" and "OAuth 2.0 client
 * credentials flow".
 */
export function errorReply(call: Call, trace: Trace, details: ErrorDetails, now: number): Reply {
  const { error, description, suberror, claims } = details;
  const [, code] = /^AADSTS(\d+): /.exec(description) ?? [];
  const { traceId: trace_id, correlationId: correlation_id } = trace;
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const body = {
    error,
    error_description: `${description} Trace ID: ${trace_id} Correlation ID: ${correlation_id} Timestamp: ${timestamp}`,
    error_codes: code && [Number(code)],
    timestamp,
    trace_id,
    correlation_id,
    error_uri: code && `https://${call.host}/error?code=${code}`,
    suberror,
    claims,
  };
  return jsonReply(error === 'invalid_client' ? 401 : 400, body, traceHeaders(call, trace));
}
