import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, runProcess } from '../../simulator/job.ts';

test('the demonstration succeeds, and its output fits on one screen', async () => {
  const env = { PATH: join(ROOT, 'bin') };
  const { exitCode, log } = await runProcess(process.execPath, ['scripts/demo.ts'], env, ROOT, 110_000);
  assert.equal(exitCode, 0, log);
  assert.match(log, /All as it should be\./);
  const lines = log.trim().split('\n');
  assert.ok(lines.length <= 60, log);
  for (const line of lines) assert.ok(line.length <= 100, line);
});
