import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { credentialName, presentedClaims } from '../../src/errors/entra.ts';

function encoded(payload: string): string {
  return `e30.${Buffer.from(payload).toString('base64url')}.c2ln`;
}

function jwt(payload: unknown): string {
  return encoded(JSON.stringify(payload));
}

suite('The claims of a federated token', () => {
  test('are its issuer, subject and audience, unchanged', () => {
    const token = jwt({ iss: 'https://issuer.test', sub: 'repo:o/r:environment:Münster 1', aud: 'api://a', exp: 1 });
    assert.deepEqual(presentedClaims(token), {
      issuer: 'https://issuer.test',
      subject: 'repo:o/r:environment:Münster 1',
      audience: 'api://a',
    });
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

test('The name of a credential comes from its subject and is one that Graph accepts', () => {
  const subject = 'repo:octo-org/octo-repo:environment:prod';
  assert.equal(credentialName(subject), 'github-octo-org-octo-repo-environment-prod');
  assert.equal(credentialName('system:serviceaccount:ci:runner'), 'pod-serviceaccount-ci-runner');
  for (const odd of ['', ':', 'repo:o/r:environment:ß', `repo:o/r:environment:${'x'.repeat(300)}`, '---']) {
    assert.match(credentialName(odd), /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/, odd);
  }
});
