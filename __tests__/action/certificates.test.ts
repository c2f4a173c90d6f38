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

test('every form of a certificate signs in', async () => {
  const forms = certificateForms();
  assert.ok(forms.length >= 13);
  for (const form of forms) {
    await using step = await world.signIn(inputs(form));
    assert.equal(step.result.exitCode, 0, `${form.name}\n${step.result.log}`);
  }
});

test('every bad one is refused with its own words, and nothing is sent', async () => {
  const forms = await refusedForms();
  assert.ok(forms.length >= 10);
  world.simulator.clear();
  const told = new Set<string>();
  for (const form of forms) {
    const step = await world.signIn(inputs(form));
    assertRefused(step, world.job, new RegExp(form.message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    assert.deepEqual(secretsShownIn(step.result.errors[0] ?? '', form), []);
    told.add(step.result.errors[0] ?? '');
    assert.doesNotMatch(step.result.summary, /```yaml\n(?:openssl|base64|cat|ssh-keygen) /);
    if (/^ {4}openssl /m.test(step.result.errors[0] ?? '')) assert.match(step.result.summary, /```sh\n +openssl /);
  }
  assert.ok(told.size >= 10);
  assert.deepEqual(world.asked, []);
});

test('one that expires within 30 days is a warning', async () => {
  const notAfter = new Date(Date.now() + 29.5 * 24 * 3_600_000);
  const { certificate, privateKey } = await createCertificate({ commonName: 'sp', notAfter });
  world.contoso.application.certificates.push(certificate);
  await using step = await world.signedIn(inputs({ value: certificate + privateKey, password: '' }));
  assert.match(step.result.warnings.join(), /The certificate expires on .* UTC, in 29 days\./);
});
