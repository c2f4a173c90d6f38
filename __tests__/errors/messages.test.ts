import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { entraError, oidc, renderedMessages } from './messages.ts';

suite('The message for a rejected sign-in', () => {
  test('matches the reviewed snapshot', () => {
    assert.equal(renderedMessages(), readFileSync(new URL('messages.snapshot.txt', import.meta.url), 'utf8'));
  });

  test('shows the claims if the token may be the cause, and the thumbprint if the certificate may be', () => {
    const facts = { ...oidc('repo:o/r:pull_request'), thumbprint: 'AB12' };
    const why = (code: string): string => entraError(code, 'W.', facts).why;
    assert.match(why('700213'), /subject: {2}repo:o\/r:pull_request\n/);
    assert.doesNotMatch(why('700213'), /AB12/);
    assert.match(why('700027'), /thumbprint AB12/);
    assert.doesNotMatch(why('700027'), /What was presented/);
    assert.doesNotMatch(why('700016'), /AB12|What was presented/);
    assert.match(why('999999'), /What was presented/);
  });

  test('mentions a claim that cannot be shown, but no claims if there is neither issuer nor subject', () => {
    const why = (issuer: string): string =>
      entraError('700213', 'W.', { ...oidc(''), presented: { issuer, subject: '', audience: '' } }).why;
    assert.match(why('https://issuer.test'), /subject: {2}\(none that can be shown\)/);
    assert.doesNotMatch(why(''), /presented:/);
  });

  test('has no line that the runner reads as a command', () => {
    const facts = { ...oidc('repo:o/r:pull_request'), clientId: 'a\n::error::b', tenantId: '\n##[error]c' };
    assert.doesNotMatch(entraError('700213', 'x\n::set-output::y', facts).report, /^\s*(?:::|##\[)/m);
  });
});
