import { randomUUID } from 'node:crypto';
import { type Answer, type Call, jsonAnswer } from '../exchange.ts';

export interface RefusalDetails {
  /** The number after AADSTS; 0 for a refusal that has none. */
  readonly code: number;
  /** The OAuth 2.0 error. */
  readonly error: string;
  readonly description: string;
  /** 401 for `invalid_client`, else 400, unless told. */
  readonly status?: number;
  readonly suberror?: string;
  /** The claims challenge, as JSON. */
  readonly claims?: string;
}

/** Entra says no. Thrown by the checks, caught where the request came in. */
export class Refusal extends Error {
  readonly details: RefusalDetails;

  constructor(details: RefusalDetails) {
    super(details.description);
    this.details = details;
  }
}

/** The ids that an answer carries. */
export interface Trace {
  readonly traceId: string;
  /** The client's `client-request-id`, or a new one. */
  readonly correlationId: string;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}

export function traceOf(call: Call): Trace {
  const header = call.headers['client-request-id'];
  const asked = [header, call.query.get('client-request-id'), call.form.get('client-request-id')];
  const given = asked.find((value) => typeof value === 'string' && isGuid(value));
  return { traceId: randomUUID(), correlationId: typeof given === 'string' ? given : randomUUID() };
}

/** The headers of every answer of the token service. */
export function traceHeaders(call: Call, trace: Trace): Record<string, string> {
  const asked = call.headers['return-client-request-id'];
  return {
    'Cache-Control': 'no-store, no-cache',
    Pragma: 'no-cache',
    Expires: '-1',
    'x-ms-request-id': trace.traceId,
    'x-ms-ests-server': '2.1.19343.5 - SIM ProdSlices',
    'x-ms-srs': '1.P',
    ...(asked === 'true' ? { 'client-request-id': trace.correlationId } : {}),
  };
}

/**
 * An error as the token endpoints send it.
 * Source: Microsoft identity platform, "Authentication and authorization error codes" and "OAuth 2.0 client
 * credentials flow".
 */
export function refusalAnswer(call: Call, trace: Trace, refusal: RefusalDetails, now: number): Answer {
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const prefix = refusal.code === 0 ? '' : `AADSTS${refusal.code}: `;
  const status = refusal.status ?? (refusal.error === 'invalid_client' ? 401 : 400);
  const details = [
    `${prefix}${refusal.description}`,
    `Trace ID: ${trace.traceId}`,
    `Correlation ID: ${trace.correlationId}`,
    `Timestamp: ${timestamp}`,
  ];
  const body = {
    error: refusal.error,
    error_description: details.join(' '),
    ...(refusal.code === 0 ? {} : { error_codes: [refusal.code] }),
    timestamp,
    trace_id: trace.traceId,
    correlation_id: trace.correlationId,
    ...(refusal.code === 0 ? {} : { error_uri: `https://${call.host}/error?code=${refusal.code}` }),
    ...(refusal.suberror === undefined ? {} : { suberror: refusal.suberror }),
    ...(refusal.claims === undefined ? {} : { claims: refusal.claims }),
  };
  return jsonAnswer(status, body, traceHeaders(call, trace));
}
