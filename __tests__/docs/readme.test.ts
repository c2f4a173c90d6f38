import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { failureSummary } from '../../src/actions/summary.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { signInError } from '../../src/errors/entra.ts';

test('the failure in the README is an excerpt of the job summary', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const excerpt = (readme.match(/^>.*$/gm) ?? []).map((line) => line.replace(/^> ?#* ?/, '').trim());
  const without = { description: '', correlationId: '', traceId: '', timestamp: '' };
  const response = { status: 401, error: 'invalid_client', code: '700213', ...without };
  const presented = {
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:octo-org@65/octo-repo@74:environment:production',
    audience: 'api://AzureADTokenExchange',
  };
  const [clientId, tenantId] = ['22222222-2222-4222-8222-222222222222', '11111111-1111-4111-8111-111111111111'];
  const request = { method: 'oidc', clientId, tenantId, cloud: KNOWN_CLOUDS.AzureCloud, presented } as const;
  const lines = failureSummary(signInError(response, request)).split('\n');
  const shown = lines.map((line) => line.replace(/^(?:#+|\d\.) /, '').trim());
  assert.ok(excerpt.length > 20);
  for (const line of excerpt) assert.ok(shown.includes(line), line);
});
