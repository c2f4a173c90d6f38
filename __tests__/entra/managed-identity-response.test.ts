import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../../src/core/machine.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { identityEndpoints, readExpiry, readIdentityResponse } from '../../src/entra/managed-identity.ts';
import { EntraError } from '../../src/entra/token-response.ts';
import { EndpointUnavailable } from '../../src/http/plain-http.ts';
import { TransientFailure } from '../../src/http/retry.ts';

interface Facts {
  readonly clientId: string;
  readonly env: Environment;
}

const CLIENT_ID = '77777777-7777-4777-8777-777777777777';
const SYSTEM: Facts = { clientId: '', env: {} };
const USER: Facts = { ...SYSTEM, clientId: CLIENT_ID };

function read(status: number, body: unknown, facts = SYSTEM, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = { host: 'imds.example', status, headers, body: text, requestId: 'id' };
  return readIdentityResponse(response, facts.clientId, facts.env);
}

test('the expiry of a token is read in every format of the endpoints', () => {
  const now = new Date('2026-11-22T08:00:00Z');
  const claims = Buffer.from(JSON.stringify({ exp: now.getTime() / 1000 + 5 })).toString('base64url');
  const cases: [body: Record<string, unknown>, expiry: string][] = [
    [{ expires_on: '1795338000' }, '2026-11-22T09:00:00.000Z'],
    [{ expires_on: 1795338000 }, '2026-11-22T09:00:00.000Z'],
    [{ expires_on: '2026-11-22T09:00:00Z' }, '2026-11-22T09:00:00.000Z'],
    [{ expires_on: '2026-11-22T10:00:00.1234567+01:00' }, '2026-11-22T09:00:00.123Z'],
    [{ expires_on: '11/22/2026 09:00:00 +00:00' }, '2026-11-22T09:00:00.000Z'],
    [{ expires_on: '', expires_in: '3600' }, '2026-11-22T09:00:00.000Z'],
    [{ expires_on: 'soon', expires_in: 3600 }, '2026-11-22T09:00:00.000Z'],
    [{ expires_in: 'soon', access_token: `a.${claims}.c` }, '2026-11-22T08:00:05.000Z'],
    [{ access_token: 'opaque' }, '1970-01-01T00:00:00.000Z'],
  ];
  for (const [body, expiry] of cases) assert.equal(readExpiry(body, now).toISOString(), expiry, JSON.stringify(body));
});

test('transient responses are retried, after the wait of the service', () => {
  const cases: [status: number, body: unknown, wait: number][] = [
    [200, '', 0],
    [200, '<html>', 0],
    [200, { access_token: '' }, 0],
    [404, '', 0],
    [408, '', 0],
    [410, '', 18_000],
    [429, { error: 'too many' }, 7_000],
    [500, { error: 'unknown', error_description: 'Failed to retrieve token from the Active directory.' }, 0],
    [400, { error: 'temporarily_unavailable', error_description: 'AADSTS90033: A transient error.' }, 0],
  ];
  for (const [status, body, wait] of cases) {
    const headers: Record<string, string> = status === 429 ? { 'retry-after': '7' } : {};
    assert.throws(
      () => read(status, body, SYSTEM, headers),
      (error) => error instanceof TransientFailure && error.retryAfterMs === wait,
      `${status} ${JSON.stringify(body)}`,
    );
  }
});

test('the error for a missing identity is recognized in the format of each service', () => {
  const bodies = [
    { error: 'invalid_request', error_description: 'Identity not found' },
    { statusCode: 400, message: 'No User Assigned or Delegated Managed Identity found for specified ClientId.' },
    { StatusCode: 404, Message: 'No MSI found for specified ClientId/ResourceId.' },
    { error: { code: 'NotFound', message: 'No managed identity was found.' } },
  ];
  for (const body of bodies) {
    assert.throws(() => read(400, body), /no system-assigned managed identity/);
    assert.throws(() => read(404, body, USER), new RegExp(`The managed identity ${CLIENT_ID} is not assigned`));
  }
});

test('every other error is one of Entra ID, or has the message of the endpoint, on one line and without tokens', () => {
  const assertError = (status: number, body: unknown, expected: (error: unknown) => boolean) =>
    assert.throws(() => read(status, body, USER), expected);
  const body = { error: 'invalid_resource', error_description: 'AADSTS500011: The resource principal named x …' };
  assertError(400, body, (error) => error instanceof EntraError && error.response.code === '500011');
  const message = `no\n::error::x eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln`;
  const why = 'It says: no ::error::x (token removed)';
  assertError(403, { message }, (error) => error instanceof SessionError && error.why === why);
  assertError(401, 'nothing', (error) => error instanceof SessionError);
});

test('metadata services of other clouds count as unavailable', () => {
  assert.throws(() => read(403, '', SYSTEM, { server: 'Metadata Server for VM' }), EndpointUnavailable);
  assert.throws(() => read(404, '', SYSTEM, { 'metadata-flavor': 'Google' }), EndpointUnavailable);
  assert.throws(() => read(404, '', SYSTEM, { server: 'IMDS/150.870.65.1324' }), TransientFailure);
});

test('only endpoints in the environment, and the fixed ones of Azure, get requests', () => {
  const origins = (env: Record<string, string>): string[] => identityEndpoints(env).map(({ origin }) => origin);
  const known = ['http://169.254.169.254', 'http://127.0.0.1:40342'];
  assert.deepEqual(origins({}), known);
  assert.deepEqual(origins({ MSI_ENDPOINT: 'http://10.0.0.1:42/x', IDENTITY_ENDPOINT: 'http://localhost:7/y' }), [
    'http://localhost:7',
    'http://127.0.0.1:7',
    'http://10.0.0.1:42',
    'http://10.0.0.1:42',
    ...known,
  ]);
  for (const url of ['nonsense', 'file:///etc/passwd', 'ftp://x']) {
    assert.throws(() => identityEndpoints({ MSI_ENDPOINT: url }), /MSI_ENDPOINT/);
  }
});
