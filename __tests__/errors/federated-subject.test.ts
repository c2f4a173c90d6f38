import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { credentialName, FEDERATED_MISMATCHES, presentedClaims, signInError } from '../../src/errors/entra.ts';

const encoded = (payload: string): string => `e30.${Buffer.from(payload).toString('base64url')}.c2ln`;
const jwt = (payload: unknown): string => encoded(JSON.stringify(payload));

suite('The claims of a federated token', () => {
  test('are its issuer, subject and audience, unchanged', () => {
    const [issuer, subject, audience] = ['https://issuer.test', 'repo:o/r:environment:Münster 1', 'api://a'];
    const token = jwt({ iss: issuer, sub: subject, aud: audience, exp: 1 });
    assert.deepEqual(presentedClaims(token), { issuer, subject, audience });
    assert.equal(presentedClaims(jwt({ aud: ['api://a'] })).audience, 'api://a');
    assert.equal(presentedClaims(jwt({ aud: ['api://a', 'api://b'] })).audience, '');
  });

  test('are empty if the token cannot be read', () => {
    const payloads = ['null', '[]', '{', '{"iss":{}}', '{"__proto__":{"sub":"x"}}', `{"sub":"${'x'.repeat(20_000)}"}`];
    for (const token of ['', '.', 'a.b.c', ...payloads.map(encoded)]) {
      assert.deepEqual(presentedClaims(token), { issuer: '', subject: '', audience: '' }, token);
    }
  });

  test('are empty if they cannot be shown unchanged', () => {
    for (const sub of ['two\nlines', 'right\u202eleft', 'x'.repeat(601), 7, null]) {
      assert.equal(presentedClaims(jwt({ sub })).subject, '', JSON.stringify(sub));
    }
  });
});

test('The name of a credential is one that Graph accepts', () => {
  for (const odd of ['', ':', 'repo:o/r:environment:ß', `repo:o/r:environment:${'x'.repeat(300)}`, '---']) {
    assert.match(credentialName(odd), /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/, odd);
  }
  const long = (ref: string): string => credentialName(`repo:o/r:job_workflow_ref:${'x'.repeat(100)}@refs/tags/${ref}`);
  assert.notEqual(long('v1'), long('v2'), 'a client cannot have two credentials with the same name');
});

test('A merge queue is explained wherever a command has another subject than the one presented', () => {
  const subject = 'repo:o/r:ref:refs/heads/gh-readonly-queue/main/pr-1-a';
  const presented = { issuer: 'https://token.actions.githubusercontent.com', subject, audience: 'api://a' };
  const ids = { correlationId: '', traceId: '', timestamp: '' };
  for (const code of FEDERATED_MISMATCHES) {
    const response = { status: 401, error: 'invalid_client', code, description: '', ...ids };
    const { why } = signInError(response, { method: 'oidc', cloud: KNOWN_CLOUDS.AzureCloud, clientId: 'a', presented });
    assert.match(why, /merge queue.* replace NAME/, code);
  }
});
