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
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { loadedIntoAction } from '../hardening/loaded-into.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { assertRefused, assertSignedOut, findSecrets, openWorld, readJson } from './world.ts';

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

test('a publish settings file becomes the classic profile, and nothing is asked', async () => {
  const step = await world.signedIn({ ...ASM, 'publish-settings': settings(), subscription: 'development' });
  const { result } = step;
  const [production, development] = world.contoso.subscriptions;
  assert.deepEqual(world.asked, []);
  assert.match(result.warnings.join(), /31 August 2024/);
  assert.deepEqual(JSON.parse(result.outputs['subscriptions'] ?? ''), [
    { id: production?.id, name: 'Production', tenantId: '', state: 'Unknown', isDefault: false },
    { id: development?.id, name: 'Development', tenantId: '', state: 'Unknown', isDefault: true },
  ]);
  const folder = result.outputs['config-dir'] ?? '';
  assert.deepEqual(readJson(folder, 'config.json'), { mode: 'asm' });
  const { subscriptions } = readJson<{ subscriptions: ProfileSubscription[] }>(folder, 'azureProfile.json');
  assert.deepEqual(
    subscriptions.map(({ name, isDefault, user }) => [name, isDefault, user]),
    [
      ['Production', false, undefined],
      ['Development', true, undefined],
    ],
  );
  assert.match(subscriptions[0]?.managementCertificate?.key ?? '', /BEGIN RSA PRIVATE KEY/);
  assert.equal(result.outputs['subscription-name'], 'Development');
  assert.equal(result.outputs['mode'], 'asm');
  assert.equal(result.outputs['account'], 'managementCertificate');
  const keyLines = (subscriptions[0]?.managementCertificate?.key ?? '').split('\n').filter((line) => line.length > 40);
  const log = result.log.replaceAll(/^::add-mask::.*$/gm, '');
  assert.deepEqual(findSecrets(keyLines, { log, ...step.state, ...result.outputs }), []);
  await assertSignedOut(step, world.job, {});
});

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

test('an import is in the job summary when that is wanted', async () => {
  const inputs = { ...ASM, 'publish-settings': settings(), subscription: 'development' };
  const told = await world.signIn({ ...inputs, 'job-summary': 'always' });
  assert.match(told.result.summary, /^## Management certificates imported: `Development`\n/);
  assert.match(told.result.summary, /^- `Production` \(`[\da-f-]{36}`, `Unknown`\)$/m);
  assert.match(
    told.result.summary,
    /the default one first<\/summary>\n\n- `Development` \(`[\da-f-]{36}`, `Unknown`\)$/m,
  );
  await told.post();
  await using silent = await world.signIn(inputs);
  assert.equal(silent.result.summary, '');
});

test('a subscription that the file lacks: what it holds, and no advice about roles', async () => {
  const step = await world.signIn({ ...ASM, 'publish-settings': settings(), subscription: 'Prodution' });
  assertRefused(step, world.job, /holds no subscription "Prodution"\.\nIt holds:\n {4}Production \([\da-f-]{36}\)\n/);
  assert.doesNotMatch(step.result.errors.join(), /role|tenant|identity/);
});

test('Terraform takes no management certificate, which is told', async () => {
  const inputs = { ...ASM, 'publish-settings': settings(), subscription: 'Production', 'export-env': 'terraform' };
  await using step = await world.signIn(inputs);
  assert.match(step.result.warnings.join(), /`export-env: terraform` has no effect with publish-settings/);
  assert.deepEqual(Object.keys(step.result.exported), ['AZURE_SESSION_LOGINS', 'AZURE_CONFIG_DIR']);
});

test('the SDKs are led to az, where nobody is signed in, and not to an identity of the machine', async () => {
  const step = await world.signIn({ ...ASM, 'publish-settings': settings(), subscription: 'Production' });
  assert.equal(step.result.exported['AZURE_TOKEN_CREDENTIALS'], 'dev', step.result.log);
  await step.post();
  assert.equal(world.job.env['AZURE_TOKEN_CREDENTIALS'], 'prod');
});
