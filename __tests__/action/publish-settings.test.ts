import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { preload } from '../hardening/preload.ts';
import { changesIn, faultEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { waitUntil } from './processes.ts';
import { managementCertificate, openWorld, visibleText } from './world.ts';

const world = await openWorld();
const certificate = await managementCertificate();
const listed = world.contoso.subscriptions.slice(0, 2).map(({ id, displayName: name }) => ({ id, name, certificate }));
const settings = schema2(...listed);
const ASM = { mode: 'asm', 'auth-type': 'publish-settings' };
const PRODUCTION = { ...ASM, subscription: 'Production' };
const DELETE = { ...PRODUCTION, 'delete-publish-settings': 'true' };

function jobWithFile(name = 'my.publishsettings'): { job: Job; file: string } {
  const job = world.newJob();
  const file = join(job.workspace, name);
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, settings);
  return { job, file };
}

test('without the input subscription, the first one is the default, with a warning', async () => {
  await using step = await world.signIn({ ...ASM, 'publish-settings': settings });
  assert.equal(step.result.outputs['subscription-name'], 'Production', step.result.log);
  assert.match(step.result.warnings.join(), /holds 2 subscriptions; the first, Production/);
});

test('the file is kept with a warning, or deleted with delete-publish-settings', async () => {
  const { job, file } = jobWithFile();
  const kept = await world.signIn({ ...PRODUCTION, 'publish-settings': 'my.publishsettings' }, { job });
  assert.match(kept.result.warnings.join(), /gives access to its subscriptions/);
  assert.ok(fs.existsSync(file));
  await kept.post();
  await using _ = await world.signIn({ ...DELETE, 'publish-settings': file }, { job });
  assert.ok(!fs.existsSync(file));
});

test('a link to the file is deleted with it', { skip: NEEDS.posix }, async () => {
  const { job, file } = jobWithFile();
  const link = join(job.workspace, 'link.publishsettings');
  fs.symlinkSync(file, link);
  await using step = await world.signIn({ ...DELETE, 'publish-settings': link }, { job });
  assert.doesNotMatch(step.result.warnings.join(), /publish settings file/);
  assert.deepEqual([fs.existsSync(file), fs.lstatSync(link, { throwIfNoEntry: false })], [false, undefined]);
});

/** Changes between the import and the deletion, after which a file must stay. */
const CHANGES: Record<string, (file: string, other: string) => void> = {
  'replaced by a link': (file, other) => {
    fs.rmSync(file);
    fs.symlinkSync(other, file);
  },
  'replaced by another file': (file, other) => fs.renameSync(other, file),
  'with new content': (file, other) => fs.writeFileSync(file, fs.readFileSync(other)),
  'below a folder that was replaced by a link': (file, other) => {
    fs.renameSync(dirname(file), `${dirname(file)}-moved`);
    fs.mkdirSync(join(dirname(other), 'elsewhere'));
    fs.renameSync(other, join(dirname(other), 'elsewhere', basename(file)));
    fs.symlinkSync(join(dirname(other), 'elsewhere'), dirname(file));
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`only the imported file is deleted, not a file ${name}`, {
    skip: name.includes('link') && NEEDS.posix,
  }, async () => {
    const { job, file } = jobWithFile(join('download', 'my.publishsettings'));
    const [other, pause] = [join(job.workspace, 'other'), join(job.folder, 'paused')];
    fs.writeFileSync(other, 'PRECIOUS');
    const env = { ...preload('../action/paused-writes.mjs'), PAUSED_WRITES: pause };
    const running = world.signIn({ ...DELETE, 'publish-settings': file }, { job, env });
    await waitUntil(() => fs.existsSync(pause), 'it did not pause');
    change(file, other);
    fs.rmSync(pause);
    await using step = await running;
    assert.equal(fs.readFileSync(file, 'utf8'), 'PRECIOUS');
    assert.match(step.result.warnings.join(), /was not deleted: it was moved, replaced or changed after it was read/);
  });
}

/** @param at the change of the disk that has the fault; 0 for none */
async function signInWithFault(at: number, fault: 'no-effect' | 'no-permission') {
  const { job, file } = jobWithFile();
  const env = faultEnvironment(job, at, fault);
  await using step = await world.signIn({ ...DELETE, 'publish-settings': file }, { job, env });
  return { warnings: step.result.warnings, changes: changesIn(job) };
}

test('a file that still exists after its removal is a warning', async () => {
  const { warnings } = await signInWithFault(1, 'no-effect');
  assert.match(warnings.join('\n'), /publishsettings is still there, .* gives access to its subscriptions/);
});

const skip = process.platform === 'win32' && 'Windows retries the removal, which then succeeds';

test('a file that cannot be deleted: the warning does not suggest the input that was set', { skip }, async () => {
  const { changes } = await signInWithFault(0, 'no-permission');
  const removal = changes.findLast(({ call, path }) => call === 'unlinkSync' && path.endsWith('my.publishsettings'));
  const { warnings } = await signInWithFault(removal?.number ?? assert.fail('no removal'), 'no-permission');
  const [warning = ''] = warnings.filter((text) => text.includes('could not be deleted'));
  assert.match(warning, /EACCES\. .*Delete it manually/);
  assert.doesNotMatch(warning, /kept the publish settings file|Set `delete-publish-settings/);
});

test('an invalid publish settings file is an error: no other file is read, and no request sent', async () => {
  for (const text of [
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PublishData>&e;</PublishData>',
    '<publishData><publishProfile publishMethod="MSDeploy" userPWD="hunter2" /></publishData>',
    '<PublishData><PublishProfile>',
    settings.replaceAll('https://management', 'http://management'),
    settings.replaceAll('management.core.windows.net', 'management.evil.example.com'),
  ]) {
    const result = await world.rejects({ ...ASM, 'publish-settings': text }, /./, { requests: 0 });
    assert.doesNotMatch(visibleText(result), /hunter2|root:/);
  }
});

test('a subscription that is not in the file: the error lists the content, and suggests no roles', async () => {
  const message = /contains no subscription "Prodution"\.\nIt contains:\n {4}Production \([\da-f-]{36}\)\n/;
  const { errors } = await world.rejects({ ...ASM, 'publish-settings': settings, subscription: 'Prodution' }, message);
  assert.doesNotMatch(errors.join(), /role|tenant|identity/);
});
