import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { installAz } from './installed-az.ts';
import { openWorld, readJson } from './world.ts';

const world = await openWorld();

const BICEP = process.platform === 'win32' ? 'bicep.exe' : 'bicep';

/** What an image keeps in the CLI's default folder. */
function furnish(folder: string): void {
  mkdirSync(join(folder, 'cliextensions', 'azure-devops'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', BICEP), '#!/bin/sh\necho bicep\n', { mode: 0o755 });
  writeFileSync(
    join(folder, 'config'),
    '[core]\noutput = table\n[defaults]\ngroup = rg\nlocation = westeurope\n[extension]\nindex_url = https://evil.example.com\n',
  );
  writeFileSync(
    join(folder, 'commandIndex.json'),
    '\ufeff{"version":"2.45.0","cloudProfile":"latest","commandIndex":{"vm":["x"]}}',
  );
}

const INPUTS = { subscription: 'Production', 'keep-alive': 'false' };

async function signedIn(
  job: Job,
): Promise<{ folder: string; exported: Record<string, string>; post: () => Promise<unknown> }> {
  const step = await world.signedIn({ ...world.identity, ...INPUTS }, { job });
  return { folder: step.result.outputs['config-dir'] ?? '', exported: step.result.exported, post: () => step.post() };
}

test("the image's extensions, defaults, command index and Bicep stay usable from the new folder", async () => {
  using job = world.newJob();
  const image = join(job.home, '.azure');
  furnish(image);
  const { folder, exported, post } = await signedIn(job);
  assert.equal(exported['AZURE_EXTENSION_DIR'], join(image, 'cliextensions'));
  const config = readFileSync(join(folder, 'config'), 'utf8');
  assert.match(config, /\[defaults\]\ngroup = rg\nlocation = westeurope\n/);
  assert.doesNotMatch(config, /evil|output = table/);
  assert.deepEqual(Object.keys(readJson<Record<string, unknown>>(folder, 'versionCheck.json')), ['versions']);
  assert.match(readFileSync(join(folder, 'commandIndex.json'), 'utf8'), /"2\.45\.0"/);
  assert.equal(statSync(join(folder, 'bin', BICEP)).ino, statSync(join(image, 'bin', BICEP)).ino);
  await post();
  assert.equal(job.env['AZURE_EXTENSION_DIR'], '');
  assert.equal(job.env['AZURE_CONFIG_DIR'], image);
  assert.ok(existsSync(join(image, 'bin', BICEP)), 'post removes the name, not the program');
});

test('an image that says by itself where its folders are, as on Windows, is followed and given back', async () => {
  using job = world.newJob();
  const image = join(job.folder, 'azureCli');
  furnish(image);
  Object.assign(job.env, { AZURE_CONFIG_DIR: image, AZURE_EXTENSION_DIR: join(job.folder, 'extensions') });
  const { folder, exported, post } = await signedIn(job);
  assert.equal(exported['AZURE_EXTENSION_DIR'], undefined);
  assert.match(readFileSync(join(folder, 'config'), 'utf8'), /group = rg/);
  await post();
  assert.equal(job.env['AZURE_CONFIG_DIR'], image);
});

test('an az that never ran is not made to look for a newer one', async () => {
  using job = world.newJob();
  const az = installAz(join(job.folder, 'az'), ['azure_cli_core-2.86.0.dist-info']);
  job.env['PATH'] = ['/nowhere', az].join(delimiter);
  const { folder, post } = await signedIn(job);
  assert.equal(readFileSync(join(folder, 'versionCheck.json'), 'utf8'), '{"versions":{"core":{"local":"2.86.0"}}}');
  await post();
});

test('an image without any of it leaves no trace of it', async () => {
  using job = world.newJob({ PATH: '/nowhere' });
  const { folder, exported, post } = await signedIn(job);
  assert.equal(exported['AZURE_EXTENSION_DIR'], undefined);
  for (const name of ['commandIndex.json', 'versionCheck.json', join('bin', BICEP)])
    assert.ok(!existsSync(join(folder, name)));
  await post();
  assert.ok(!existsSync(join(job.home, '.azure')));
});

test('a session that an earlier job left in ~/.azure is none of this job: extensions and warnings are as without it', async () => {
  using job = world.newJob({ AZURE_CLIENT_SECRET: 'of the workflow' });
  const image = join(job.home, '.azure');
  furnish(image);
  writeFileSync(join(image, 'azure-session.json'), '{"version":1}');
  await using step = await job.step({ inputs: { ...world.identity, ...INPUTS } });
  assert.equal(step.result.exported['AZURE_EXTENSION_DIR'], join(image, 'cliextensions'));
  assert.match(step.result.warnings.join(), /AZURE_CLIENT_SECRET/);
});

test('the subfolders that a client in a container would make as root are made beforehand, in each new folder', async () => {
  for (const folder of [{}, { 'config-dir': 'profile' }]) {
    using job = world.newJob();
    await using step = await job.step({ inputs: { ...world.secret, subscription: 'Production', ...folder } });
    const path = step.result.outputs['config-dir'] ?? assert.fail(step.result.log);
    for (const name of ['commands', 'logs', 'telemetry', 'cliextensions', 'bin', 'object_cache', 'ssh']) {
      assert.ok(statSync(join(path, name)).isDirectory(), name);
    }
  }
});
