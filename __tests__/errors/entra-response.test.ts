import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isTransient, readEntraError } from '../../src/entra/token-response.ts';
import type { EntraErrorResponse } from '../../src/errors/entra.ts';

const TRACE = '55555555-eeee-4eee-8eee-555555555555';
const CORRELATION = '66666666-ffff-4fff-8fff-666666666666';
const DESCRIPTION = 'AADSTS7000215: Invalid client secret provided.';

function read(body: unknown, headers: Readonly<Record<string, string>> = {}): EntraErrorResponse | undefined {
  return readEntraError(401, headers, typeof body === 'string' ? body : JSON.stringify(body));
}

function readDescription(error_description: string): string | undefined {
  return read({ error: 'invalid_client', error_description })?.description;
}

const COMPLETE = {
  status: 401,
  error: 'invalid_client',
  code: '7000215',
  description: DESCRIPTION,
  correlationId: CORRELATION,
  traceId: TRACE,
  timestamp: '2026-11-22 08:00:00Z',
};

suite('An error response of Entra ID', () => {
  test('is read in the formats of older and newer servers, with the ids in fields or the description, without a challenge', () => {
    for (const separator of ['\r\n', ' ']) {
      const tail = ['', `Trace ID: ${TRACE}`, `Correlation ID: ${CORRELATION}`, 'Timestamp: 2026-11-22 08:00:00Z'];
      const body = { error: 'invalid_client', error_description: DESCRIPTION + tail.join(separator), claims: '{}' };
      const ids = { timestamp: '2026-11-22 08:00:00Z', trace_id: TRACE, correlation_id: CORRELATION };
      assert.deepEqual(read({ ...body, error_codes: [7000215], ...ids }), COMPLETE);
      assert.deepEqual(read(body), COMPLETE);
    }
  });

  test('has a code with all of its digits', () => {
    for (const [error_description, error_codes, code] of [
      ['AADSTS7002381: The enterprise claim is missing.', undefined, '7002381'],
      ['AADSTS700238: Blocked.', undefined, '700238'],
      ['AADSTS700213: No match for AADSTS7002138.', [7002138], '700213'],
      ['No code here.', [700016, 50012], '700016'],
      ['No code here.', undefined, ''],
      [`AADSTS${'1'.repeat(40)}: More digits than any code.`, undefined, ''],
      ['No code here.', ['700016'], ''],
      ['No code here.', [-1], ''],
    ] as const) {
      assert.equal(read({ error: 'invalid_request', error_description, error_codes })?.code, code, error_description);
    }
  });

  test('has the trace id of the header if the body has none', () => {
    assert.equal(read({ error: 'invalid_grant' }, { 'x-ms-request-id': TRACE })?.traceId, TRACE);
    assert.equal(read({ error: 'invalid_grant' }, { 'x-ms-request-id': '<script>' })?.traceId, '');
  });

  for (const body of [
    ...['', 'null', '[]', '"invalid_client"', '42', '<html>', '{', '{}', '{"access_token":"secret"}'],
    ...['{"__proto__":{"error":"invalid_client"}}', '{"constructor":{"error":"invalid_client"}}'],
    ...['{"error":{"code":"AuthorizationFailed"}}', '{"error":"two words"}', '['.repeat(60_000)],
    `{"error":"invalid_client","x":${'{"y":'.repeat(10_000)}`,
    JSON.stringify({ error: 'invalid_client', error_description: 'x'.repeat(10_000_000) }),
  ]) {
    test(`is not recognized in ${body.slice(0, 50)}`, () => assert.equal(read(body), undefined));
  }

  test('has no field of a wrong type', () => {
    const wrongTypes = { error_description: {}, error_codes: {}, trace_id: [], correlation_id: 1, timestamp: true };
    const empty = { code: '', description: '', correlationId: '', traceId: '', timestamp: '' };
    assert.deepEqual(read({ error: 'invalid_client', ...wrongTypes }), { ...COMPLETE, ...empty });
  });

  test('has a description on one line, without invisible characters or tokens, of limited length', () => {
    const long = readDescription(`AADSTS1: ${'word '.repeat(400)}`) ?? '';
    assert.equal(long.length, 799);
    assert.match(long, /^AADSTS1: word .*word…$/);
    const odd = 'AADSTS1: a\u0000b\u001b[31mc\n::error::d\u202ee\u200bf\ud800g\u2028h';
    assert.equal(readDescription(odd), 'AADSTS1: a b [31mc ::error::def\ufffdg h');
    assert.equal(readDescription(`AADSTS1: ${' '.repeat(60_000)}Trace`), 'AADSTS1: Trace');
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOm8vciJ9.c2lnbmF0dXJl';
    assert.equal(readDescription(`AADSTS50027: ${jwt} is bad.`), 'AADSTS50027: (token removed) is bad.');
  });
});

test('An error is transient if the service has a problem, but not if it is final or a retry makes it worse', () => {
  for (const [error, codes, transient] of [
    ['invalid_request', '90033 90055 90006 90012 90024 90090 50033', true],
    ['temporarily_unavailable', '', true],
    ['server_error', '12345', true],
    ['invalid_grant', '7000215 700016 700213 70021 50126 50053 90002 900331 9003', false],
    ['invalid_grant', '', false],
    ['toString', 'constructor', false],
    ['temporarily_unavailable', '50196 50053 50126', false],
  ] as const) {
    for (const code of codes.split(' ')) assert.equal(isTransient({ error, code }), transient, `${error} ${code}`);
  }
});
