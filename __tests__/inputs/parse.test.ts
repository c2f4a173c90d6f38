import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { SignInRequest } from '../../src/core/request.ts';
import { whySecretsAreEmpty } from '../../src/errors/inputs.ts';
import { text } from '../certificate/forms.ts';
import { HIDDEN, renderedCases } from './cases.ts';
import { CLIENT, OIDC, outcome, parse, step, TENANT, type With } from './workflow-step.ts';

const rendered = renderedCases();

test('what the action makes of inputs is what was reviewed', () => {
  assert.equal(rendered, readFileSync(new URL('cases.snapshot.txt', import.meta.url), 'utf8'));
});

test('no reviewed text quotes a secret, a key or a certificate', () => {
  for (const start of [0, 10, 20, 30]) assert.ok(!rendered.includes(HIDDEN.slice(start, start + 12)));
  for (const line of (text('leaf.crt') + text('leaf.key')).split('\n').filter((part) => part.length === 64)) {
    assert.ok(!rendered.includes(line) && !rendered.includes(Buffer.from(line).toString('base64').slice(4, 40)));
  }
});

test('client-id and tenant-id are enough: every other input has a default, which an empty value means too', () => {
  const request: SignInRequest = {
    credential: { method: 'oidc', clientId: CLIENT.toLowerCase(), tenantId: TENANT.toLowerCase() },
    cloud: { kind: 'known', name: 'AzureCloud' },
    subscription: { scope: 'all', whenNone: 'refuse' },
    mode: 'arm',
    configDir: '',
    credentialStore: { kind: 'folder' },
    exports: { families: ['azure'], secrets: 'withhold' },
    tokenScopes: [],
    keepAlive: true,
    powershell: false,
    logout: true,
    timeoutSeconds: 300,
    maxAttempts: 5,
    jobSummary: 'on-failure',
    maskIds: false,
  };
  assert.deepEqual(parse(OIDC), { kind: 'accepted', request, warnings: [] });
  assert.deepEqual(outcome({ ...step({}), input: (name) => OIDC[name as 'client-id'] ?? '' }), parse(OIDC));
});

test('a warning names a misspelt input and suggests the right one; GitHub warns of every other unknown name', () => {
  const warningsOf = (...names: string[]): readonly string[] =>
    parse(OIDC, Object.fromEntries(names.map((name) => [`INPUT_${name.toUpperCase()}`, 'S3cr3t']))).warnings;
  assert.deepEqual(warningsOf('enviroment'), [
    'The action has no input `enviroment`, and ignores it. Did you mean `environment`?',
  ]);
  // `tenantid` gets no warning, since `tenant-id` is set: act passes all inputs of a composite action to its steps.
  assert.deepEqual(warningsOf('client-id', 'enable-azpssession', 'who-to-greet', 'tenantid'), []);
});

test('no error or warning quotes a value that may be secret', () => {
  const secret = 'S3cr3t~Value_ThatMustNotBeSeen';
  const inputs: readonly With[] = [
    { creds: `{"clientId":"${secret}","clientSecret":"${secret}","tenantId":"${secret}"}` },
    { creds: `{"${secret}":"${secret}"}` },
    { creds: `{"clientSecret":"${secret}","clientCertificate":"${secret}"}` },
    { ...OIDC, 'client-secret': `{"a":"${secret}"}` },
    { ...OIDC, 'client-certificate-password': secret },
    { 'client-secret': secret, 'client-certificate': secret, password: secret, 'publish-settings': secret },
    { 'client-id': secret, 'tenant-id': secret },
    { 'client-id': `${secret} ${secret}`, 'tenant-id': TENANT, password: secret },
    { ...OIDC, subscription: secret, 'subscription-id': `${secret}2` },
    { ...OIDC, subscription: secret, 'list-subscriptions': 'false' },
    { ...OIDC, 'config-dir': `~${secret}` },
    { ...OIDC, 'resource-manager-url': secret },
    { ...OIDC, 'token-scopes': secret },
    { ...OIDC, 'client-secret': `\${{ secrets.X }}${secret}` },
  ];
  for (const one of inputs) {
    const parsed = parse(one);
    assert.equal(parsed.kind, 'rejected', JSON.stringify(one));
    const shown = [parsed.error.report, parsed.error.stack, parsed.error.cause, ...parsed.warnings].join('\n');
    for (let start = 0; start + 8 <= secret.length; start++) assert.ok(!shown.includes(secret.slice(start, start + 8)));
  }
});

test('the entry file of main contains no text that only an error needs', () => {
  const main = readFileSync(new URL('../../dist/main/index.js', import.meta.url), 'utf8');
  for (const reason of whySecretsAreEmpty({})) assert.ok(!main.includes(reason), reason);
});
