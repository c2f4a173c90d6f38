import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import { certificateForms, certutilEncoded, refusedForms, text } from '../certificate/forms.ts';
import { secretsShownIn } from '../certificate/secrecy.ts';
import { openWorld, type Variables } from './world.ts';

const world = await openWorld();
world.contoso.application.certificates.push(text('leaf.crt'));

function inputs({ value, password }: { value: string; password: string }): Variables {
  return {
    ...world.identity,
    'client-certificate': value,
    ...(password === '' ? {} : { 'client-certificate-password': password }),
    subscription: 'Production',
  };
}

for (const form of certificateForms()) {
  test(`signs in: ${form.name}`, async () => {
    await using _ = await world.signIn(inputs(form));
  });
}

test('the encoding of certutil is accepted as a file and as text, whose lines are masked', async () => {
  const value = join('certs', 'sp.txt');
  mkdirSync(join(world.job.workspace, 'certs'));
  writeFileSync(join(world.job.workspace, value), certutilEncoded('\r\n'));
  await using _ = await world.signIn(inputs({ value, password: 'correct horse' }));
  await using step = await world.signIn(inputs({ value: certutilEncoded('\n'), password: 'correct horse' }));
  const lines = certutilEncoded('\n').split('\n').slice(1, -2);
  assert.ok(lines.every((line) => step.result.masks.includes(line)));
});

const messages = new Set<string>();
for (const form of await refusedForms()) {
  test(`fails before any request: ${form.name}`, async () => {
    const message = new RegExp(form.message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const { errors, summary } = await world.rejects(inputs(form), message, { requests: 0 });
    const [error = ''] = errors;
    assert.deepEqual(secretsShownIn(error, form), []);
    messages.add(error);
    assert.doesNotMatch(summary, /```yaml\n(?:openssl|base64|cat|ssh-keygen) /);
    if (/^ {4}openssl /m.test(error)) assert.match(summary, /```sh\n +openssl /);
  });
}

test('the errors have different messages', () => assert.ok(messages.size >= 10));

test('a certificate that expires within 30 days is a warning', async () => {
  const notAfter = new Date(Date.now() + 29.5 * 24 * 3_600_000);
  const { certificate, privateKey } = await createCertificate({ commonName: 'sp', notAfter });
  world.contoso.application.certificates.push(certificate);
  await using step = await world.signIn(inputs({ value: certificate + privateKey, password: '' }));
  assert.match(step.result.warnings.join(), /The certificate expires on .* UTC, in 29 days\./);
});
