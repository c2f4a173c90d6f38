import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { credentialName, presentedClaims } from '../../src/errors/entra.ts';

const NOTHING = { issuer: '', subject: '', audience: '' };

function jwt(payload: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(payload)}.c2ln`;
}

suite('The claims of a federated token', () => {
  test('are its issuer, subject and audience, as they are', () => {
    const token = jwt({ iss: 'https://issuer.test', sub: 'repo:o/r:environment:Münster 1', aud: 'api://a', exp: 1 });
    assert.deepEqual(presentedClaims(token), {
      issuer: 'https://issuer.test',
      subject: 'repo:o/r:environment:Münster 1',
      audience: 'api://a',
    });
    assert.equal(presentedClaims(jwt({ aud: ['api://a'] })).audience, 'api://a');
    assert.equal(presentedClaims(jwt({ aud: ['api://a', 'api://b'] })).audience, '');
  });

  test('are empty where the token is none', () => {
    const payload = (text: string): string => `e30.${Buffer.from(text).toString('base64url')}.c2ln`;
    for (const token of ['', '.', 'a.b.c', payload('null'), payload('[]'), payload('{'), payload('{"iss":{}}')]) {
      assert.deepEqual(presentedClaims(token), NOTHING, token);
    }
    assert.deepEqual(presentedClaims(payload('{"__proto__":{"sub":"x"}}')), NOTHING);
    assert.deepEqual(presentedClaims(jwt({ sub: 'x'.repeat(20_000) })), NOTHING);
  });

  test('are not shown when they cannot be shown as they are', () => {
    for (const sub of ['two\nlines', 'right\u202eleft', 'x'.repeat(601), 7, null]) {
      assert.equal(presentedClaims(jwt({ sub })).subject, '', JSON.stringify(sub));
    }
  });
});

test('A subject gives a credential a name that Graph accepts', () => {
  assert.equal(
    credentialName('repo:octo-org/octo-repo:environment:prod'),
    'github-octo-org-octo-repo-environment-prod',
  );
  assert.equal(credentialName('system:serviceaccount:ci:runner'), 'pod-serviceaccount-ci-runner');
  for (const subject of ['', ':', 'repo:o/r:environment:ß', `repo:o/r:environment:${'x'.repeat(300)}`, '---']) {
    assert.match(credentialName(subject), /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/, subject);
  }
});
