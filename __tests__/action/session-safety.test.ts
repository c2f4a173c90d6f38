import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { openWorld } from './world.ts';

/** Warnings of what undoes the session's safety in later steps. */

const world = await openWorld();
afterEach(() => world.simulator.clear());

async function warningsOf(job: Job, inputs: Record<string, string> = {}): Promise<readonly string[]> {
  const step = await world.signedIn({ ...world.secret, subscription: 'Production', ...inputs }, { job });
  await step.post();
  return step.result.warnings;
}

for (const [name, value, warns] of [
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0', true],
  ['NODE_TLS_REJECT_UNAUTHORIZED', '1', false],
  ['AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', '1', true],
  ['AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', 'false', true],
  ['AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', '', false],
] as const) {
  test(`${name}=${value} ${warns ? 'is a warning' : 'is none'}`, async () => {
    using job = world.newJob({ [name]: value });
    for (const inputs of [{}, { 'export-env': 'none' }]) {
      const warnings = await warningsOf(job, inputs);
      assert.equal(warnings.length, warns ? 1 : 0, warnings.join());
      if (warns) assert.match(warnings[0] ?? '', new RegExp(`^The variable ${name} is set: .* do not check`));
    }
  });
}

test('a profile folder in the workspace is a warning, also through a link; one outside is none', async () => {
  using job = world.newJob();
  symlinkSync(job.workspace, join(job.folder, 'link'));
  mkdirSync(join(job.folder, 'work-of-another'));
  const inside = /lies in the workspace\. .*artifacts.*`docker build`, `git add`/;
  for (const [folder, warns] of [
    ['profile', true],
    [join(job.workspace, 'deep', 'profile'), true],
    [join(job.folder, 'link', 'linked'), true],
    [join(job.folder, 'work-of-another', 'profile'), false],
    [join(job.temp, 'profile'), false],
    ['../sibling', false],
  ] as const) {
    const all = await warningsOf(job, { 'config-dir': folder });
    const warnings = all.filter((warning) => warning.includes('workspace'));
    assert.equal(warnings.length, warns ? 1 : 0, `${folder}: ${warnings.join()}`);
    if (warns) assert.match(warnings[0] ?? '', inside);
  }
  using other = world.newJob();
  assert.deepEqual(await warningsOf(other), []);
});
