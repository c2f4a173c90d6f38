import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isTransient, readEntraError } from '../../src/entra/token-response.ts';
import type { EntraErrorResponse } from '../../src/errors/entra.ts';

const TRACE = '55555555-eeee-4eee-8eee-555555555555';
const CORRELATION = '66666666-ffff-4fff-8fff-666666666666';
const WORDS = 'AADSTS7000215: Invalid client secret provided.';

function read(body: unknown, headers: Readonly<Record<string, string>> = {}): EntraErrorResponse | undefined {
  return readEntraError(401, headers, typeof body === 'string' ? body : JSON.stringify(body));
}

const COMPLETE = {
  status: 401,
  error: 'invalid_client',
  code: '7000215',
  description: WORDS,
  correlationId: CORRELATION,
  traceId: TRACE,
  timestamp: '2026-11-22 08:00:00Z',
};

suite("Entra ID's refusals", () => {
  test('are read as older and newer servers write them, with the ids beside the description or in it alone', () => {
    for (const separator of ['\r\n', ' ']) {
      const tail = ['', `Trace ID: ${TRACE}`, `Correlation ID: ${CORRELATION}`, 'Timestamp: 2026-11-22 08:00:00Z'];
      const body = { error: 'invalid_client', error_description: WORDS + tail.join(separator) };
      const ids = { timestamp: '2026-11-22 08:00:00Z', trace_id: TRACE, correlation_id: CORRELATION };
      assert.deepEqual(read({ ...body, error_codes: [7000215], ...ids }), COMPLETE);
      assert.deepEqual(read(body), COMPLETE);
    }
  });

  test('give the code with all of its digits', () => {
    const of = (error_description: string, error_codes?: unknown): string | undefined =>
      read({ error: 'invalid_request', error_description, error_codes })?.code;
    assert.equal(of('AADSTS7002381: The enterprise claim is missing.'), '7002381');
    assert.equal(of('AADSTS700238: Blocked.'), '700238');
    assert.equal(of('AADSTS700213: No match for AADSTS7002138.', [7002138]), '700213');
    assert.equal(of('No code here.', [700016, 50012]), '700016');
    assert.equal(of('No code here.'), '');
    assert.equal(of(`AADSTS${'1'.repeat(40)}: More digits than any code.`), '');
    assert.equal(of('No code here.', ['700016']), '');
    assert.equal(of('No code here.', [-1]), '');
  });

  test('never keep their claims', () => {
    const refusal = read({
      error: 'interaction_required',
      error_description: 'AADSTS50076: Second factor.',
      claims: '{"access_token":{"polids":{"essential":true}}}',
    });
    assert.doesNotMatch(JSON.stringify(refusal), /polids|claims/);
  });

  test('take the trace id from the header when the body has none', () => {
    const refusal = read({ error: 'invalid_grant' }, { 'x-ms-request-id': TRACE });
    assert.equal(refusal?.traceId, TRACE);
    assert.equal(read({ error: 'invalid_grant' }, { 'x-ms-request-id': '<script>' })?.traceId, '');
  });

  test('are not seen in bodies that are none', () => {
    const none = ['', 'null', '[]', '"invalid_client"', '42', '<html>', '{', '{}', '{"access_token":"secret"}'];
    for (const body of none) assert.equal(read(body), undefined, body);
    assert.equal(read({ error: { code: 'AuthorizationFailed' } }), undefined);
    assert.equal(read({ error: 'two words' }), undefined);
    assert.equal(read('{"__proto__":{"error":"invalid_client"}}'), undefined);
    assert.equal(read('{"constructor":{"error":"invalid_client"}}'), undefined);
  });

  test('survive hostile bodies', () => {
    assert.equal(read('['.repeat(60_000)), undefined);
    assert.equal(read(`{"error":"invalid_client","x":${'{"y":'.repeat(10_000)}`), undefined);
    assert.equal(read({ error: 'invalid_client', error_description: 'x'.repeat(10_000_000) }), undefined);
    const wrongTypes = { error_description: {}, error_codes: {}, trace_id: [], correlation_id: 1, timestamp: true };
    assert.deepEqual(read({ error: 'invalid_client', ...wrongTypes }), {
      ...COMPLETE,
      code: '',
      description: '',
      correlationId: '',
      traceId: '',
      timestamp: '',
    });
    const blanks = `AADSTS1: ${' '.repeat(60_000)}Trace`;
    assert.equal(read({ error: 'invalid_client', error_description: blanks })?.description, 'AADSTS1: Trace');
  });

  test('are cut, kept to one line and cleared of what cannot be seen', () => {
    const long = read({ error: 'invalid_client', error_description: `AADSTS1: ${'word '.repeat(400)}` });
    assert.equal(long?.description.length, 799);
    assert.match(long?.description ?? '', /^AADSTS1: word .*word…$/);
    const odd = 'AADSTS1: a\u0000b\u001b[31mc\n::error::d\u202ee\u200bf\ud800g\u2028h';
    assert.equal(
      read({ error: 'invalid_client', error_description: odd })?.description,
      'AADSTS1: a b [31mc ::error::def\ufffdg h',
    );
  });

  test('never repeat a token that the server echoes', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOm8vciJ9.c2lnbmF0dXJl';
    const refusal = read({ error: 'invalid_client', error_description: `AADSTS50027: The token ${jwt} is invalid.` });
    assert.equal(refusal?.description, 'AADSTS50027: The token (token removed) is invalid.');
  });
});

test('A refusal is transient when the service itself is in trouble, and neither where it is definite nor where trying again makes it worse', () => {
  const transient = '90033 90055 90006 90012 90024 90090 50033'.split(' ');
  for (const code of transient) assert.ok(isTransient({ error: 'invalid_request', code }), code);
  assert.ok(isTransient({ error: 'temporarily_unavailable', code: '' }));
  assert.ok(isTransient({ error: 'server_error', code: '12345' }));
  const definite = ['7000215', '700016', '700213', '70021', '50126', '50053', '90002', '900331', '9003', ''];
  for (const code of definite) assert.ok(!isTransient({ error: 'invalid_grant', code }), code);
  assert.ok(!isTransient({ error: 'toString', code: 'constructor' }));
  for (const code of ['50196', '50053', '50126']) {
    assert.ok(!isTransient({ error: 'temporarily_unavailable', code }), code);
  }
});
