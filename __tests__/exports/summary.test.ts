import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureSummary, summaryOf } from '../../src/actions/summary.ts';
import type { SignInRequest } from '../../src/core/request.ts';
import type { SignedIn } from '../../src/core/session.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { accountOf, USER } from './accounts.ts';

/** The summary of a session that sees subscriptions of these names. */
function summaryWith(names: readonly string[]): string {
  const account = accountOf(USER);
  const [subscription] = account.subscriptions;
  const session = {
    kind: 'account',
    account: { ...account, subscriptions: names.map((name) => ({ ...subscription, name })) },
    managementTokens: [{ token: 't', expiresOn: new Date(0), scope: 's', tenantId: account.tenantId }],
  } as unknown as SignedIn;
  const request = { credential: { method: 'password' }, exports: { families: [] } } as unknown as SignInRequest;
  return summaryOf(session, request, {});
}

test('a failure: what, why with its columns kept, and the remedy as commands to copy', () => {
  const error = new SessionError('Entra ID refused.', {
    why: 'No credential names it.\nWhat was presented:\n    issuer:  a\n    subject: b\nServer says: c',
    next: [
      'Wait.',
      { say: 'Add one with `az`:', command: "az ad app update --id 'x'" },
      { say: 'Look at it:', command: 'openssl x509 -in cert.pem' },
      { say: 'Add:', yaml: 'permissions:\n  id-token: write' },
    ],
  });
  assert.equal(
    failureSummary(error),
    [
      '## Signing in to Azure failed',
      '**Entra ID refused.**',
      'No credential names it.',
      'What was presented:',
      '```text\nissuer:  a\nsubject: b\n```',
      'Server says: `c`',
      '### What to do',
      'Wait.',
      "Add one with `az`:\n\n```sh\naz ad app update --id 'x'\n```",
      'Look at it:\n\n```sh\nopenssl x509 -in cert.pem\n```',
      'Add:\n\n```yaml\npermissions:\n  id-token: write\n```',
    ].join('\n\n'),
  );
});

test('names and messages from outside stay text', () => {
  const hostile = '<img src=x onerror=alert(1)> [a](https://evil.example.com) | **b** # h\n## ``new $x$ @octocat';
  const shown = summaryWith([hostile]);
  const asCode = `\`\`\`${hostile.replace('\n', ' ')}\`\`\``;
  assert.ok(shown.includes(`\n- ${asCode} (`), shown);
  const failed = failureSummary(
    new SessionError(`No user ${hostile}.`, { why: `Entra ID says: ${hostile.slice(0, -20)}` }),
  );
  assert.ok(failed.includes(`**\`\`\`No user ${hostile.replace('\n', ' ')}.\`\`\`**`), failed);
  assert.match(failed, /^Entra ID says: `<img[^`]*`$/m);
  const broken = failureSummary(new SessionError('x', { next: [{ say: 's', yaml: 'a\n```\n<script>' }] }));
  assert.match(broken, /````yaml\na\n```\n<script>\n````/);
});

test('of very many subscriptions the first twenty are shown', () => {
  assert.match(summaryWith(Array.from({ length: 25 }, () => 'same')), /and 5 more\./);
});
