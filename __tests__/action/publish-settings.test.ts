import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { Job } from '../../simulator/job.ts';
import { loadedIntoAction } from '../hardening/loaded-into.ts';
import { changesIn, faultyEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { until } from './processes.ts';
import { openWorld, shownBy } from './world.ts';

const world = await openWorld();
let settings = '';
before(async () => {
  const certificate = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
  const listed = world.contoso.subscriptions.slice(0, 2);
  settings = schema2(...listed.map(({ id, displayName: name }) => ({ id, name, certificate })));
});

const ASM = { mode: 'asm', 'auth-type': 'publish-settings' };
const PRODUCTION = { ...ASM, subscription: 'Production' };
const DELETE = { ...PRODUCTION, 'delete-publish-settings': 'true' };

/** A job with the file in its workspace. */
function jobWithFile(name = 'my.publishsettings'): { job: Job; file: string } {
  const job = world.newJob();
  const file = join(job.workspace, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, settings);
  return { job, file };
}

test('the first is the default where none is named, with a warning', async () => {
  await using step = await world.signedIn({ ...ASM, 'publish-settings': settings });
  assert.equal(step.result.outputs['subscription-name'], 'Production', step.result.log);
  assert.match(step.result.warnings.join(), /holds 2 subscriptions; the first, Production/);
});

test('the file is kept with a warning, or deleted when that is wanted', async () => {
  const { job, file } = jobWithFile();
  const kept = await world.signedIn({ ...PRODUCTION, 'publish-settings': 'my.publishsettings' }, { job });
  assert.match(kept.result.warnings.join(), /gives access to its subscriptions/);
  assert.ok(existsSync(file));
  await kept.post();
  await using _ = await world.signedIn({ ...DELETE, 'publish-settings': file }, { job });
  assert.ok(!existsSync(file));
});

test('a link to the file goes with it', { skip: NEEDS.posix }, async () => {
  const { job, file } = jobWithFile();
  const link = join(job.workspace, 'link.publishsettings');
  symlinkSync(file, link);
  await using step = await world.signedIn({ ...DELETE, 'publish-settings': link }, { job });
  assert.doesNotMatch(step.result.warnings.join(), /publish settings file/);
  assert.deepEqual([existsSync(file), lstatSync(link, { throwIfNoEntry: false })], [false, undefined]);
});

/** What somebody does to the file after it was read; each leaves a file that must stay. */
const MEANWHILE: Record<string, (file: string, other: string) => void> = {
  'replaced by a link': (file, other) => {
    rmSync(file);
    symlinkSync(other, file);
  },
  'replaced by another file': (file, other) => renameSync(other, file),
  'written anew': (file, other) => writeFileSync(file, readFileSync(other)),
  'below a folder that is a link now': (file, other) => {
    renameSync(dirname(file), `${dirname(file)}-moved`);
    mkdirSync(join(dirname(other), 'elsewhere'));
    renameSync(other, join(dirname(other), 'elsewhere', basename(file)));
    symlinkSync(join(dirname(other), 'elsewhere'), dirname(file));
  },
};

for (const [name, act] of Object.entries(MEANWHILE)) {
  const skip = name.includes('link') && NEEDS.posix;
  test(`only what was read is deleted, not a file ${name}`, { skip }, async () => {
    const { job, file } = jobWithFile(join('download', 'my.publishsettings'));
    const [other, sign] = [join(job.workspace, 'other'), join(job.folder, 'paused')];
    writeFileSync(other, 'PRECIOUS');
    const env = { ...loadedIntoAction('../action/paused-writes.mjs'), PAUSED_WRITES: sign };
    const running = world.signedIn({ ...DELETE, 'publish-settings': file }, { job, env });
    await until(() => existsSync(sign), 'it did not pause');
    act(file, other);
    rmSync(sign);
    await using step = await running;
    assert.equal(readFileSync(file, 'utf8'), 'PRECIOUS');
    assert.match(step.result.warnings.join(), /was not deleted: it was moved, replaced or changed after it was read/);
  });
}

test('a file that is still there after its removal is told', async () => {
  const { job, file } = jobWithFile();
  const env = faultyEnvironment(job, 1, 'no-effect');
  const step = await world.signedIn({ ...DELETE, 'publish-settings': file }, { job, env });
  assert.match(step.result.warnings.join('\n'), /publishsettings is still there, .* gives access to its subscriptions/);
});

test('a file that cannot be deleted: no advice to set the input that was set', {
  skip: process.platform === 'win32' && 'on Windows the removal is tried again, and then succeeds',
}, async () => {
  const signedIn = async (at: number) => {
    const { job, file } = jobWithFile();
    const env = faultyEnvironment(job, at, 'no-permission');
    await using step = await world.signedIn({ ...DELETE, 'publish-settings': file }, { job, env });
    return { step, changes: changesIn(job) };
  };
  const { changes } = await signedIn(0);
  const removal = changes.findLast(({ call, path }) => call === 'unlinkSync' && path.endsWith('my.publishsettings'));
  const { step } = await signedIn(removal?.number ?? assert.fail('it is not removed'));
  const [warning = ''] = step.result.warnings.filter((text) => text.includes('could not be deleted'));
  assert.match(warning, /EACCES\. .*Delete it manually/);
  assert.doesNotMatch(warning, /kept the publish settings file|Set `delete-publish-settings/);
});

test('what is no publish settings file is refused, nothing read from disk, nothing sent', async () => {
  for (const text of [
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PublishData>&e;</PublishData>',
    '<publishData><publishProfile publishMethod="MSDeploy" userPWD="hunter2" /></publishData>',
    '<PublishData><PublishProfile>',
    settings.replaceAll('https://management', 'http://management'),
    settings.replaceAll('management.core.windows.net', 'management.evil.example.com'),
  ]) {
    const result = await world.refused({ ...ASM, 'publish-settings': text }, /./, { asked: 0 });
    assert.doesNotMatch(shownBy(result), /hunter2|root:/);
  }
});

test('a subscription that the file lacks: what it holds, and no advice about roles', async () => {
  const told = /contains no subscription "Prodution"\.\nIt contains:\n {4}Production \([\da-f-]{36}\)\n/;
  const { errors } = await world.refused({ ...ASM, 'publish-settings': settings, subscription: 'Prodution' }, told);
  assert.doesNotMatch(errors.join(), /role|tenant|identity/);
});
