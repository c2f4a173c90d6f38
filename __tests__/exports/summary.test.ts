import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/azure/clouds.ts';
import { failureSummary, sessionSummary } from '../../src/exports/summary.ts';
import { SessionError } from '../../src/session-error.ts';

const subscription = (name: string) => ({
  id: `id-of-${name.length}`,
  name,
  state: 'Enabled',
  tenantId: 't',
  homeTenantId: 't',
  managedByTenants: [],
});

test('a failure: what, why with its columns kept, and the remedy as commands to copy', () => {
  const error = new SessionError('Entra ID refused.', {
    why: 'No credential names it.\nWhat was presented:\n    issuer:  a\n    subject: b\nServer says: c',
    next: [
      'Wait.',
      { say: 'Add one with `az`:', run: "az ad app update --id 'x'" },
      { say: 'Add:', run: 'permissions:\n  id-token: write' },
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
      'Add:\n\n```yaml\npermissions:\n  id-token: write\n```',
    ].join('\n\n'),
  );
});

test('names and messages from outside stay text', () => {
  const hostile = '<img src=x onerror=alert(1)> [a](https://evil.example.com) | **b** # h\n## ``new $x$ @octocat';
  const shown = sessionSummary({
    account: {
      principal: { kind: 'service-principal', clientId: 'c', objectId: 'o' },
      tenantId: 't',
      cloud: KNOWN_CLOUDS.AzureCloud,
      subscriptions: [subscription(hostile)],
      selected: { kind: 'subscription', subscription: subscription(hostile) },
    },
    method: 'oidc',
    expiresOn: new Date('2026-11-22T15:39:00Z'),
    tools: [],
  });
  const asCode = `\`\`\`${hostile.replace('\n', ' ')}\`\`\``;
  assert.ok(shown.includes(`\n- ${asCode} (`), shown);
  const failed = failureSummary(
    new SessionError(`No user ${hostile}.`, { why: `Entra ID says: ${hostile.slice(0, -20)}` }),
  );
  assert.ok(failed.includes(`**\`\`\`No user ${hostile.replace('\n', ' ')}.\`\`\`**`), failed);
  assert.match(failed, /^Entra ID says: `<img[^`]*`$/m);
  const broken = failureSummary(new SessionError('x', { next: [{ say: 's', run: 'a\n```\n<script>' }] }));
  assert.match(broken, /````yaml\na\n```\n<script>\n````/);
});

test('of very many subscriptions the first twenty are shown', () => {
  const subscriptions = Array.from({ length: 25 }, (_, at) => subscription(`s${'x'.repeat(at)}`));
  const shown = sessionSummary({
    account: {
      principal: { kind: 'user', username: 'u@example.com', objectId: 'o' },
      tenantId: 't',
      cloud: KNOWN_CLOUDS.AzureCloud,
      subscriptions,
      selected: { kind: 'subscription', subscription: subscription('sx') },
    },
    method: 'password',
    expiresOn: new Date(0),
    tools: [{ tool: 'az', how: 'profile folder' }],
  });
  assert.match(shown, /and 5 more\./);
});
