import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { openWorld } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { loadedIntoAction } from './loaded-into.ts';

const world = await openWorld();

/** Killed at the change of that number; never at 0. */
function staying(job: Job, at: number): Promise<ActionStep> {
  const env = {
    ...loadedIntoAction('faulty-fs.mjs'),
    FAULTY_FS: JSON.stringify({ log: join(job.folder, 'changes'), at, how: 'killed' }),
  };
  return job.step({ inputs: { ...world.secret, subscription: 'Production', logout: 'false' }, env });
}

test('logout: false keeps a session that was finished, and no half of one that was killed while it was written', {
  skip: NEEDS.signals,
}, async () => {
  using whole = world.newJob();
  const finished = await staying(whole, 0);
  assert.equal(finished.result.exitCode, 0, finished.result.log);
  const post = await finished.post({ NODE_OPTIONS: '' });
  assert.match(post.log, /Nothing to sign out of/);
  assert.ok(existsSync(join(finished.result.outputs['config-dir'] ?? '', 'azureProfile.json')));

  const changes = readFileSync(join(whole.folder, 'changes'), 'utf8').split('\n');
  const at = changes.findIndex((change) => change.includes('azureProfile.json')) + 1;
  assert.ok(at > 1);
  using job = world.newJob();
  const killed = await staying(job, at);
  assert.equal(killed.result.signal, 'SIGKILL');
  assert.equal(readdirSync(job.temp).length, 1);
  assert.equal((await killed.post({ NODE_OPTIONS: '' })).exitCode, 0);
  assert.deepEqual(readdirSync(job.temp), []);
});
