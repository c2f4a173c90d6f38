import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { oidc, refused, renderedMessages } from './messages.ts';

suite('What a user reads when a sign-in is refused', () => {
  test('is what was reviewed', () => {
    const reviewed = readFileSync(new URL('messages.snapshot.txt', import.meta.url), 'utf8');
    assert.equal(renderedMessages(), reviewed);
  });

  test('shows the claims for the token, the thumbprint for the certificate, and neither for the rest', () => {
    const facts = { ...oidc('repo:o/r:pull_request'), thumbprint: 'AB12' };
    assert.match(refused('700213', 'W.', facts).why, /subject: {2}repo:o\/r:pull_request\n/);
    assert.doesNotMatch(refused('700213', 'W.', facts).why, /AB12/);
    assert.match(refused('700027', 'W.', facts).why, /thumbprint AB12/);
    assert.doesNotMatch(refused('700027', 'W.', facts).why, /What was presented/);
    assert.doesNotMatch(refused('700016', 'W.', facts).why, /AB12|What was presented/);
    assert.match(refused('999999', 'W.', facts).why, /What was presented/);
  });

  test('says so when a claim cannot be shown', () => {
    const presented = { issuer: 'https://issuer.test', subject: '', audience: '' };
    const { why } = refused('700213', 'W.', { ...oidc(''), presented });
    assert.match(why, /subject: {2}\(none that can be shown\)/);
    assert.doesNotMatch(
      refused('700213', 'W.', { ...oidc(''), presented: { ...presented, issuer: '' } }).why,
      /presented:/,
    );
  });

  test('has no line that a runner could take for a command', () => {
    const facts = { ...oidc('repo:o/r:pull_request'), clientId: 'a\n::error::b', tenantId: '\n##[error]c' };
    assert.doesNotMatch(refused('700213', 'x\n::set-output::y', facts).report, /^\s*(?:::|##\[)/m);
  });
});
