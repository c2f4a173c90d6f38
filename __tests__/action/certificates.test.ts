import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import { certificateForms, refusedForms, text } from '../certificate/forms.ts';
import { secretsShownIn } from '../certificate/secrecy.ts';
import { assertRefused, openWorld } from './world.ts';

const world = await openWorld();
before(() => {
  world.contoso.application.certificates.push(text('leaf.crt'));
});

function inputs({ value, password }: { value: string; password: string }): Record<string, string> {
  return {
    ...world.identity,
    'client-certificate': value,
    ...(password === '' ? {} : { 'client-certificate-password': password }),
    subscription: 'Production',
  };
}

for (const form of certificateForms()) {
  test(`signs in: ${form.name}`, async () => {
    await using step = await world.signIn(inputs(form));
    assert.equal(step.result.exitCode, 0, step.result.log);
  });
}

const told = new Set<string>();
for (const form of await refusedForms()) {
  test(`is refused before anything is sent: ${form.name}`, async () => {
    world.simulator.clear();
    const step = await world.signIn(inputs(form));
    assertRefused(step, world.job, new RegExp(form.message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    assert.deepEqual(secretsShownIn(step.result.errors[0] ?? '', form), []);
    told.add(step.result.errors[0] ?? '');
    assert.doesNotMatch(step.result.summary, /```yaml\n(?:openssl|base64|cat|ssh-keygen) /);
    if (/^ {4}openssl /m.test(step.result.errors[0] ?? '')) assert.match(step.result.summary, /```sh\n +openssl /);
    assert.deepEqual(world.asked, []);
  });
}

test('what is refused is so in words of its own', () => assert.ok(told.size >= 10));

test('one that expires within 30 days is a warning', async () => {
  const notAfter = new Date(Date.now() + 29.5 * 24 * 3_600_000);
  const { certificate, privateKey } = await createCertificate({ commonName: 'sp', notAfter });
  world.contoso.application.certificates.push(certificate);
  await using step = await world.signedIn(inputs({ value: certificate + privateKey, password: '' }));
  assert.match(step.result.warnings.join(), /The certificate expires on .* UTC, in 29 days\./);
});
