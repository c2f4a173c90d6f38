import type { Environment } from '../core/environment.ts';
import { quotable } from '../core/foreign-text.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { expiryOf, LATEST_SECONDS } from '../core/jwt-claims.ts';
import type { ManagedIdentityRequest } from '../core/request.ts';
import { isTransient, readEntraRefusal } from '../errors/entra-answer.ts';
import { endpointRefused, identityNotAssigned, severalIdentities } from '../errors/managed-identity.ts';
import { isToken, parseAnswer } from '../http/answer.ts';
import type { HttpResponse } from '../http/http.ts';
import { NobodyThere } from '../http/plain-http.ts';
import { isTransientStatus, retryAfterMs, TransientFailure } from '../http/transient.ts';
import { EntraRefused } from './token-answer.ts';

/** What the reading of an answer depends on. */
export interface IdentityQuestion {
  readonly identity: ManagedIdentityRequest['identity'];
  /** Host that answered. */
  readonly host: string;
  readonly env: Environment;
}

/**
 * Reads the answer of an identity endpoint. They differ: numbers come as strings, times in three forms, errors in four.
 * Sources: Microsoft Learn, "How to use managed identities on an Azure VM to acquire an access token", "How to use
 * managed identities for App Service and Azure Functions"; MSAL Node, `BaseManagedIdentitySource.ts`.
 *
 * @returns the body with a non-empty `access_token`, and `expires_on` in epoch seconds
 * @throws {TransientFailure} when the endpoint is not ready, or its answer is no answer
 * @throws {NobodyThere} when the metadata service of another cloud answers
 * @throws {EntraRefused} when Entra refuses behind the endpoint
 * @throws {SessionError} when there is no such identity, or the endpoint refuses
 */
export function readIdentityAnswer(response: HttpResponse, question: IdentityQuestion): JsonObject {
  if (response.status !== 200) throw refusalOf(response, parseJsonObject(response.body), question);
  return parseAnswer(response, 'an access token', (answer) => {
    const body = asObject(answer);
    if (body === undefined || !isToken(stringField(body, 'access_token'))) return undefined;
    return { ...body, expires_on: Math.floor(expiryOfAnswer(body, new Date()).getTime() / 1000) };
  });
}

function refusalOf(response: HttpResponse, body: JsonObject | undefined, question: IdentityQuestion): Error {
  const { status, headers, requestId } = response;
  const { host, identity, env } = question;
  if (isOfAnotherCloud(headers)) return new NobodyThere(host, 'the metadata service of another cloud is there');
  const words = wordsOf(body);
  if (SEVERAL.test(words)) return severalIdentities(words);
  if (NOT_ASSIGNED.test(words)) return identityNotAssigned(identity, words, env);
  if (isPassing(status)) {
    const waitMs = status === 410 ? UPGRADE_WAIT_MS : retryAfterMs(headers['retry-after'], new Date());
    return new TransientFailure(`${host} answered HTTP ${status}`, { requestId, retryAfterMs: waitMs });
  }
  const refusal = readEntraRefusal(status, headers, response.body);
  if (refusal === undefined || refusal.code === '') return endpointRefused(host, status, words);
  if (isTransient(refusal)) return new TransientFailure(`Entra ID answered AADSTS${refusal.code}`, { requestId });
  return new EntraRefused(refusal);
}

const NOT_ASSIGNED =
  /\bidentity not found\b|\bno (?:msi|managed identity|user[- ]assigned)\b|\bno .{0,40}managed identity found\b/i;
const SEVERAL = /\bmultiple user[- ]assigned identities\b/i;

/** While the service is upgraded it answers 410, for at most 70 s; then four waits of 18 s outlast it. */
const UPGRADE_WAIT_MS = 18_000;

/** 404 too: the endpoint's path is fixed, and a machine that starts up does not serve it yet. */
function isPassing(status: number): boolean {
  return isTransientStatus(status) || status === 404 || status === 410;
}

/** Amazon's and Google's machines have a metadata service at the same address. */
function isOfAnotherCloud(headers: Readonly<Record<string, string>>): boolean {
  return /^(?:EC2ws|Metadata Server)/i.test(headers['server'] ?? '') || headers['metadata-flavor'] === 'Google';
}

const LONGEST_WORDS = 500;

function wordsOf(body: JsonObject | undefined): string {
  const error = asObject(body?.['error']);
  const words =
    stringField(body, 'error_description') ||
    stringField(body, 'message') ||
    stringField(body, 'Message') ||
    stringField(error, 'message') ||
    stringField(body, 'error');
  return quotable(words, LONGEST_WORDS);
}

/**
 * When the token of an answer ends: `expires_on` in epoch seconds, as ISO 8601, or as `11/22/2026 08:00:00 +00:00` (the
 * API version 2017-09-01); else `expires_in` in seconds; else what the token says of itself.
 */
export function expiryOfAnswer(body: JsonObject, now: Date): Date {
  const on = body['expires_on'];
  const epochSeconds = numberOf(on);
  if (epochSeconds !== undefined) return new Date(epochSeconds * 1000);
  const date = typeof on === 'string' ? Date.parse(on) : Number.NaN;
  if (!Number.isNaN(date)) return new Date(date);
  const seconds = numberOf(body['expires_in']);
  return seconds === undefined ? expiryOf(stringField(body, 'access_token')) : new Date(now.getTime() + seconds * 1000);
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number > 0 && number <= LATEST_SECONDS ? number : undefined;
}
