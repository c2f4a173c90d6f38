import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { POWERSHELL_ERRORS } from '../../scripts/messages.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { SessionError } from '../../src/core/session-error.ts';
import { connectPowerShell } from '../../src/exports/powershell/connect.ts';
import { EXIT, MESSAGE_MARK } from '../../src/exports/powershell/run.ts';
import { startDeadline } from '../../src/http/retry.ts';
import { NEEDS } from '../needs.ts';

/** How `pwsh` ends for each message of the page that the page cannot provoke by itself. */
const ENDS = [
  `exit ${EXIT.noModule}`,
  `echo '${MESSAGE_MARK}${Buffer.from('WORDS').toString('base64')}'; exit ${EXIT.refused}`,
  'echo WORDS >&2; exit 1',
];

const SESSION = {
  account: {
    principal: { kind: 'service-principal', clientId: 'CLIENT_ID', objectId: '' },
    tenantId: 'TENANT_ID',
    cloud: KNOWN_CLOUDS.AzureCloud,
    subscriptions: [],
    selected: { kind: 'tenant-level' },
  },
  material: { kind: 'client-secret', clientSecret: 'SECRET' },
  token: { token: '', expiresOn: new Date(), scope: '' },
  pfx: undefined,
  contextName: 'CONTEXT',
} as const;

test('The page says of PowerShell what the code says', { skip: NEEDS.scripts }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'azure-session-pwsh-'));
  const { PATH = '' } = process.env;
  process.env['PATH'] = `${folder}:${PATH}`;
  try {
    assert.equal(POWERSHELL_ERRORS.length, ENDS.length);
    for (const [at, end] of ENDS.entries()) {
      writeFileSync(join(folder, 'pwsh'), `#!/bin/sh\n${end}\n`);
      chmodSync(join(folder, 'pwsh'), 0o755);
      await assert.rejects(connectPowerShell(SESSION, process, startDeadline(30)), (error: SessionError) => {
        const told = POWERSHELL_ERRORS[at];
        assert.deepEqual([error.message, error.why, error.next], [told?.message, told?.why, told?.next]);
        return true;
      });
    }
  } finally {
    process.env['PATH'] = PATH;
    rmSync(folder, { recursive: true });
  }
});
