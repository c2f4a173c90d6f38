import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureSummary, summaryOf } from '../../src/actions/summary.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { SignInRequest } from '../../src/core/request.ts';
import type { SignedIn } from '../../src/core/session.ts';
import { SessionError } from '../../src/core/session-error.ts';

function summaryWith(name: string): string {
  const subscription = { name, id: '', tenantId: '', state: 'Enabled' };
  const principal = { kind: 'user', username: 'dev@contoso.com', objectId: '' };
  const lists = { subscriptions: [subscription], selected: subscription };
  const account = { principal, tenantId: '', cloud: KNOWN_CLOUDS.AzureCloud, ...lists };
  const managementTokens = [{ token: 't', expiresOn: new Date(0), scope: 's', tenantId: '' }];
  const session = { kind: 'account', account, managementTokens } as unknown as SignedIn;
  const request = { credential: { method: 'password' }, exports: { families: [] } } as unknown as SignInRequest;
  return summaryOf(session, request, { effort: 'in 1 s', end: '', env: {} });
}

test('the summary of a failure has the message, the reason with its columns, and the steps with commands to copy', () => {
  const error = new SessionError('Entra ID refused.', {
    why: 'No credential names it.\nWhat was presented:\n    issuer:  a\n    subject: b\nServer says: c',
    next: [
      'Wait.',
      { say: 'Add one with `az`:', command: "az ad app update --id 'x'" },
      { say: 'Add:', yaml: 'permissions:\n  id-token: write' },
    ],
  });
  assert.equal(
    failureSummary(error, 'https://github.com/o/r/blob/v1/docs/troubleshooting.md#x'),
    [
      '## Signing in to Azure failed',
      '**Entra ID refused.**',
      'No credential names it.',
      'What was presented:',
      '```text\nissuer:  a\nsubject: b\n```',
      '<details><summary>What Server says</summary>',
      'Server says: `c`',
      '</details>',
      '### What to do',
      [
        '1. Wait.',
        "2. Add one with `az`:\n\n   ```sh\n   az ad app update --id 'x'\n   ```",
        '3. Add:\n\n   ```yaml\n   permissions:\n     id-token: write\n   ```',
      ].join('\n'),
      '[More about this failure](https://github.com/o/r/blob/v1/docs/troubleshooting.md#x)',
    ].join('\n\n'),
  );
});

test('the summary of a failure expands the server’s message if there is no other reason', () => {
  const shown = failureSummary(new SessionError('Refused.', { why: 'It says: no' }));
  assert.match(shown, /<details open><summary>What it says<\/summary>\n\nIt says: `no`\n/);
});

test('Markdown and HTML in names and messages are shown as text', () => {
  const hostile = '<img src=x onerror=alert(1)> [a](https://evil.example.com) | **b** # h\n## ``new $x$ @octocat';
  const shown = summaryWith(hostile);
  const asCode = `\`\`\`${hostile.replace('\n', ' ')}\`\`\``;
  assert.ok(shown.includes(`\n- ${asCode} (`), shown);
  const why = `Entra ID says: ${hostile.slice(0, -20)}`;
  const failed = failureSummary(new SessionError(`No user ${hostile}.`, { why }));
  assert.ok(failed.includes(`**\`\`\`No user ${hostile.replace('\n', ' ')}.\`\`\`**`), failed);
  assert.match(failed, /^Entra ID says: `<img[^`]*`$/m);
  const broken = failureSummary(new SessionError('x', { next: [{ say: 's', yaml: 'a\n```\n<script>' }] }));
  assert.match(broken, /````yaml\n {3}a\n {3}```\n {3}<script>\n {3}````/);
});

test('a paragraph is shown as code only if Markdown would format it', () => {
  const shown = (why: string): string => failureSummary(new SessionError('x', { why })).split('\n\n')[2] ?? '';
  for (const plain of ['ACTIONS_ID_TOKEN is not set.', 'such as ~/azure, at 2026-11-29 02:51:11Z', 'Set `a_b` or ~.']) {
    assert.equal(shown(plain), plain);
  }
  for (const md of ['an _important_ name', 'a ~struck~ name', 'see :tada: there', '__init is a name', 'a name_']) {
    assert.equal(shown(md), `\`${md}\``);
  }
});
