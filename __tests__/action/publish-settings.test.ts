import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type CertificateWithKey, createCertificate, createPfx } from '../../simulator/certificates.ts';
import { loadedIntoAction } from '../hardening/loaded-into.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { assertRefused, openWorld } from './world.ts';

const world = await openWorld();
let certificate: CertificateWithKey;
before(async () => {
  certificate = await createCertificate({ commonName: 'management' });
});
afterEach(() => world.simulator.clear());

function settings(): string {
  const pfx = createPfx(certificate, '').toString('base64');
  const [production, development] = world.contoso.subscriptions;
  return schema2(
    { id: production?.id ?? '', name: 'Production', certificate: pfx },
    { id: development?.id ?? '', name: 'Development', certificate: pfx },
  );
}

const ASM = { mode: 'asm', 'auth-type': 'publish-settings' };

test('the first is the default where none is named, with a warning', async () => {
  await using step = await world.signIn({ ...ASM, 'publish-settings': settings() });
  assert.equal(step.result.outputs['subscription-name'], 'Production', step.result.log);
  assert.match(step.result.warnings.join(), /holds 2 subscriptions; the first, Production/);
});

test('the file is kept with a warning, or deleted when that is wanted', async () => {
  const file = join(world.job.workspace, 'my.publishsettings');
  writeFileSync(file, settings());
  const kept = await world.signedIn({ ...ASM, 'publish-settings': 'my.publishsettings', subscription: 'Production' });
  assert.match(kept.result.warnings.join(), /key to/);
  assert.ok(statSync(file).isFile());
  await kept.post();
  const inputs = { ...ASM, 'publish-settings': file, 'delete-publish-settings': 'true', subscription: 'Production' };
  await using _ = await world.signedIn(inputs);
  assert.ok(!existsSync(file));
});

const DELETE = { ...ASM, 'delete-publish-settings': 'true', subscription: 'Production' };

test('a link to the file goes with it', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  const [file, link] = [join(job.workspace, 'target'), join(job.workspace, 'link.publishsettings')];
  writeFileSync(file, settings());
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
    using job = world.newJob();
    const folder = join(job.workspace, 'download');
    mkdirSync(folder);
    const [file, other] = [join(folder, 'my.publishsettings'), join(job.workspace, 'other')];
    writeFileSync(file, settings());
    writeFileSync(other, 'PRECIOUS');
    const sign = join(job.folder, 'paused');
    const env = { ...loadedIntoAction('../action/paused-writes.mjs'), PAUSED_WRITES: sign };
    const running = job.step({ inputs: { ...DELETE, 'publish-settings': file }, env });
    const ended = running.then(() => true);
    while (!existsSync(sign)) assert.ok(!(await Promise.race([ended, pause(10)])), 'it ended without a pause');
    act(file, other);
    rmSync(sign);
    const step = await running;
    assert.equal(step.result.exitCode, 0, step.result.log);
    assert.equal(readFileSync(file, 'utf8'), 'PRECIOUS');
    assert.match(step.result.warnings.join(), /was not deleted: it was moved, replaced or changed after it was read/);
    await step.post();
  });
}

test('a file that is still there after its removal is told', async () => {
  using job = world.newJob();
  const file = join(job.workspace, 'a.publishsettings');
  writeFileSync(file, settings());
  const env = {
    ...loadedIntoAction('faulty-fs.mjs'),
    FAULTY_FS: JSON.stringify({ log: join(job.folder, 'changes'), at: 1, how: 'no-effect' }),
  };
  const inputs = { ...ASM, 'publish-settings': file, 'delete-publish-settings': 'true', subscription: 'Production' };
  const step = await world.signedIn(inputs, { job, env });
  assert.match(step.result.warnings.join('\n'), /publishsettings is still there, .* key to/);
});

test('what is no publish settings file is refused, nothing read from disk, nothing sent', async () => {
  const bad = {
    entity: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PublishData>&e;</PublishData>',
    'web-app': '<publishData><publishProfile publishMethod="MSDeploy" userPWD="hunter2" /></publishData>',
    broken: '<PublishData><PublishProfile>',
    http: settings().replaceAll('https://management', 'http://management'),
    unknown: settings().replaceAll('management.core.windows.net', 'management.evil.example.com'),
  };
  for (const text of Object.values(bad)) {
    const step = await world.signIn({ ...ASM, 'publish-settings': text });
    assertRefused(step, world.job, /./);
    assert.doesNotMatch(step.result.log.replaceAll(/^::add-mask::.*$/gm, ''), /hunter2|root:/);
  }
  assert.deepEqual(world.asked, []);
});

test('a subscription that the file lacks: what it holds, and no advice about roles', async () => {
  const step = await world.signIn({ ...ASM, 'publish-settings': settings(), subscription: 'Prodution' });
  assertRefused(step, world.job, /holds no subscription "Prodution"\.\nIt holds:\n {4}Production \([\da-f-]{36}\)\n/);
  assert.doesNotMatch(step.result.errors.join(), /role|tenant|identity/);
});
