import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { NEEDS } from '../needs.ts';
import { untilGone } from './processes.ts';
import { type Behaviour, connectRequestOf, disconnectRequestOf, type PwshCall, StandInPwsh } from './stand-in-pwsh.ts';
import { assertRefused, assertSignedOut, findSecrets, openWorld } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

const ENABLED = { 'enable-AzPSSession': 'true', subscription: 'Production' };

const standIn = { skip: NEEDS.scripts };

/** A job whose runner has the stand-in for PowerShell. */
function jobWith(behaviour: { connect?: Behaviour; disconnect?: Behaviour } = {}): { job: Job; pwsh: StandInPwsh } {
  const job = world.newJob();
  const pwsh = new StandInPwsh(job, behaviour);
  Object.assign(job.env, pwsh.env);
  return { job, pwsh };
}

function assertHidden(call: PwshCall | undefined, secrets: readonly string[]): void {
  assert.ok(call);
  assert.deepEqual(call.args.slice(0, -1), ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command']);
  assert.deepEqual(findSecrets(secrets, { arguments: call.args.join(' ') }), []);
  const handed = Object.entries(call.env).filter(([name]) => name !== 'AZURE_SESSION_POWERSHELL');
  assert.deepEqual(findSecrets(secrets, Object.fromEntries(handed)), []);
  assert.deepEqual(
    Object.keys(call.env).filter((name) => /^(INPUT|STATE)_|^GITHUB_(ENV|OUTPUT|STATE)$/.test(name)),
    [],
  );
}

function pidOf({ calls: [call] }: StandInPwsh): number {
  assert.ok(call);
  return call.pid;
}

function withoutMasks(log: string): string {
  return log.replaceAll(/^::add-mask::.*$/gm, '');
}

test('client secret: connected through the environment alone, and disconnected by post', standIn, async () => {
  const { job, pwsh } = jobWith();
  const { application, clientSecret, tenant, subscriptions } = world.contoso;
  const earlier = { ...job.env };
  const step = await world.signedIn({ ...world.secret, ...ENABLED }, { job });
  const [call, ...others] = pwsh.calls;
  assert.deepEqual(others, []);
  assertHidden(call, [clientSecret]);
  const { parameters, ...rest } = connectRequestOf(call);
  const { ContextName: contextName = '', ...fixed } = parameters;
  assert.match(String(contextName), /^azure-session-[\da-f]{16}$/);
  assert.deepEqual(fixed, {
    Environment: 'AzureCloud',
    Tenant: tenant.id,
    Subscription: subscriptions[0]?.id,
    Force: true,
    ServicePrincipal: true,
  });
  const credential = { user: application.clientId, password: clientSecret };
  assert.deepEqual(rest, { armEndpoint: '', secure: {}, credential });
  assert.deepEqual(pwsh.contexts, [contextName]);
  assert.deepEqual(findSecrets([clientSecret], { log: withoutMasks(step.result.log), ...step.state }), []);
  assert.doesNotMatch(step.result.log, /TenantId contains more than one/, 'what PowerShell prints stays with it');

  await assertSignedOut(step, job, earlier);
  assert.equal(pwsh.calls.length, 2);
  assert.deepEqual(disconnectRequestOf(pwsh.calls[1]), { contextName });
  assertHidden(pwsh.calls[1], [clientSecret]);
  assert.deepEqual(pwsh.contexts, []);
  await assertSignedOut(step, job, earlier);
});

test('certificate: a PFX that opens with the password it comes with', standIn, async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signedIn({ ...world.certificate, ...ENABLED, 'send-certificate-chain': 'true' }, { job });
  const [call] = pwsh.calls;
  const { parameters, secure } = connectRequestOf(call);
  const password = secure['CertificatePassword'] ?? '';
  assertHidden(call, [password]);
  assert.ok(step.result.masks.includes(password));
  assert.equal(parameters['ApplicationId'], world.contoso.application.clientId);
  assert.equal(parameters['SendCertificateChain'], true);
  const read = await readClientCertificate({ value: call?.certificate ?? '', password, clientId: 'APP' }, new Date(), {
    workspace: '/',
    home: '/',
  });
  assert.equal(read.certificate.thumbprint, world.contoso.certificate.thumbprint.toUpperCase());
  await assertSignedOut(step, job, {});
});

test(
  'OIDC: the assertion that Entra has just taken; an account without subscriptions: its tenant alone',
  standIn,
  async () => {
    const { job, pwsh } = jobWith();
    const inputs = {
      ...world.identity,
      'enable-AzPSSession': 'true',
      'keep-alive': 'false',
      'list-subscriptions': 'false',
    };
    const step = await world.signedIn({ ...inputs, 'allow-no-subscriptions': 'true' }, { job });
    const { FederatedToken: token, ...others } = connectRequestOf(pwsh.calls[0]).parameters;
    const presented = world.simulator.requests.find(({ form }) => form.has('client_assertion'));
    assert.equal(token, presented?.form.get('client_assertion'));
    assert.equal('Subscription' in others, false);
    assertHidden(pwsh.calls[0], [String(token)]);
    await assertSignedOut(step, job, {});
  },
);

test('without the input, PowerShell is not run, neither by main nor by post', async () => {
  const { job, pwsh } = jobWith();
  const step = await job.step({ inputs: { ...world.secret, subscription: 'Production' } });
  await assertSignedOut(step, job, {});
  assert.deepEqual(pwsh.calls, []);
});

test('no PowerShell on the runner: one error, and nothing is left', async () => {
  const job = world.newJob({ PATH: '/nonexistent' });
  const step = await job.step({ inputs: { ...world.secret, ...ENABLED } });
  assertRefused(step, job, /PowerShell is missing[\s\S]*no `pwsh` on the PATH[\s\S]*remove `enable-AzPSSession`/);
  await assertSignedOut(step, job, {});
});

for (const [connect, message] of [
  ['no-module', /module Az\.Accounts is missing[\s\S]*Install-Module -Name Az\.Accounts/],
  ['refuse', /could not connect\.\nConnect-AzAccount says: AADSTS90002: Tenant not found\. You gave \*\*\*/],
  [
    'crash',
    /PowerShell ended with exit code 134\.\nPowerShell says: Process terminated\. Could not find a valid ICU package\. \*\*\*/,
  ],
] as const) {
  test(`${connect}: one error without secrets, and what PowerShell kept is taken back`, standIn, async () => {
    const { job, pwsh } = jobWith({ connect });
    const step = await job.step({ inputs: { ...world.secret, ...ENABLED } });
    assertRefused(step, job, message);
    const { clientSecret } = world.contoso;
    assert.deepEqual(findSecrets([clientSecret], { log: withoutMasks(step.result.log), ...step.state }), []);
    const { ContextName } = connectRequestOf(pwsh.calls[0]).parameters;
    assert.deepEqual(disconnectRequestOf(pwsh.calls[1]), { contextName: ContextName });
    await assertSignedOut(step, job, {});
  });
}

test('a PowerShell that hangs ends at the deadline, with the sign-in', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'hang' });
  const step = await job.step({ inputs: { ...world.secret, ...ENABLED, 'timeout-seconds': '3' } });
  assertRefused(step, job, /did not finish within 3 seconds\.\nConnect-AzAccount was still under way/);
  await untilGone(pidOf(pwsh));
  assert.deepEqual(pwsh.contexts, []);
});

test('a job that is cancelled while PowerShell connects: it ends too, and post disconnects', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'hang' });
  const step = await job.step({ inputs: { ...world.secret, ...ENABLED }, cancelWhen: () => pwsh.contexts.length > 0 });
  assert.equal(step.result.signal, 'SIGTERM');
  assert.equal(pwsh.calls.length, 1);
  await untilGone(pidOf(pwsh));
  assert.equal(pwsh.contexts.length, 1);
  await assertSignedOut(step, job, {});
  assert.deepEqual(pwsh.contexts, []);
});

test('a session that cannot be published afterwards leaves no context', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'succeed-and-break-the-runner' });
  const ran = job.step({ inputs: { ...world.secret, ...ENABLED } });
  // The harness cannot read the file that the stand-in has broken.
  await assert.rejects(ran, /EISDIR/);
  assert.equal(pwsh.calls.length, 2);
  assert.deepEqual(pwsh.contexts, []);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('a context that cannot be cleared is one annotation that names it; all the rest is undone', standIn, async () => {
  for (const [disconnect, why] of [
    ['refuse', /AADSTS90002/],
    ['crash', /exit code 134/],
  ] as const) {
    const { job, pwsh } = jobWith({ disconnect });
    const step = await world.signedIn({ ...world.secret, ...ENABLED }, { job });
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.equal(post.errors.length, 1, post.log);
    assert.match(post.errors[0] ?? '', why);
    assert.match(post.errors[0] ?? '', new RegExp(pwsh.contexts[0] ?? 'no context'));
    assert.deepEqual(readdirSync(job.temp), []);
    assert.equal(job.env['AZURE_TENANT_ID'], '');
  }
});

test('logout: false leaves the context', standIn, async () => {
  const { job, pwsh } = jobWith();
  const step = await job.step({ inputs: { ...world.secret, ...ENABLED, logout: 'false' } });
  const post = await step.post();
  assert.equal(post.exitCode, 0);
  assert.equal(pwsh.calls.length, 1);
  assert.equal(pwsh.contexts.length, 1);
});
