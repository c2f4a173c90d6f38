import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { NEEDS } from '../needs.ts';
import { untilGone } from './processes.ts';
import { type Behaviour, connectRequestOf, disconnectRequestOf, type PwshCall, StandInPwsh } from './stand-in-pwsh.ts';
import { assertRefused, assertSignedOut, findSecrets, openWorld, shownBy } from './world.ts';

const world = await openWorld();
const { application, clientSecret, tenant, subscriptions } = world.contoso;
const ENABLED = { 'enable-AzPSSession': 'true', subscription: 'Production' };
const SECRET = { ...world.secret, ...ENABLED };
const standIn = { skip: NEEDS.scripts };

/** A job whose runner has the stand-in for PowerShell. */
function jobWith(behaviour: { connect?: Behaviour; disconnect?: Behaviour } = {}): { job: Job; pwsh: StandInPwsh } {
  const job = world.newJob();
  const pwsh = new StandInPwsh(job, behaviour);
  Object.assign(job.env, pwsh.env);
  return { job, pwsh };
}

/** A run has the secrets in the one variable for them, and nothing that is the action's alone. */
function assertHidden(call: PwshCall | undefined, ...secrets: readonly string[]): void {
  const { args, env } = call ?? assert.fail('PowerShell was not run');
  const { AZURE_SESSION_POWERSHELL: _, ...others } = env;
  assert.deepEqual(args.slice(0, -1), ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command']);
  assert.deepEqual(findSecrets(secrets, { arguments: args.join(' '), ...others }), []);
  const ofAction = Object.keys(env).filter((name) => /^(INPUT|STATE)_|^GITHUB_(ENV|OUTPUT|STATE)$/.test(name));
  assert.deepEqual(ofAction, []);
}

function assertSecretStayed({ result, state }: ActionStep): void {
  assert.deepEqual(findSecrets([clientSecret], { shown: shownBy(result), ...state }), []);
}

test('client secret: connected through the environment alone, and disconnected by post', standIn, async () => {
  const { job, pwsh } = jobWith();
  const earlier = { ...job.env };
  const step = await world.signedIn(SECRET, { job });
  assert.equal(pwsh.calls.length, 1);
  assertHidden(pwsh.calls[0], clientSecret);
  const { parameters, ...rest } = connectRequestOf(pwsh.calls[0]);
  const { ContextName: contextName, ...fixed } = parameters;
  assert.match(String(contextName), /^azure-session-[\da-f]{16}$/);
  const principal = { Environment: 'AzureCloud', Tenant: tenant.id, Subscription: subscriptions[0].id };
  assert.deepEqual(fixed, { ...principal, Force: true, ServicePrincipal: true });
  const credential = { user: application.clientId, password: clientSecret };
  assert.deepEqual(rest, { armEndpoint: '', secure: {}, credential });
  assert.deepEqual(pwsh.contexts, [contextName]);
  assertSecretStayed(step);
  assert.doesNotMatch(step.result.log, /TenantId contains more than one/, 'what PowerShell prints stays with it');

  await assertSignedOut(step, job, earlier);
  assert.deepEqual([pwsh.calls.length, disconnectRequestOf(pwsh.calls[1]), pwsh.contexts], [2, { contextName }, []]);
  assertHidden(pwsh.calls[1], clientSecret);
  await assertSignedOut(step, job, earlier);
});

test('certificate: a PFX that opens with the password it comes with', standIn, async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signedIn({ ...world.certificate, ...ENABLED, 'send-certificate-chain': 'true' }, { job });
  const [call] = pwsh.calls;
  const { parameters, secure } = connectRequestOf(call);
  const password = secure['CertificatePassword'] ?? '';
  assertHidden(call, password);
  assert.ok(step.result.masks.includes(password));
  assert.deepEqual([parameters['ApplicationId'], parameters['SendCertificateChain']], [application.clientId, true]);
  const source = { value: call?.certificate ?? '', password, clientId: 'APP' };
  const { certificate } = await readClientCertificate(source, new Date(), { workspace: '/', home: '/' });
  assert.equal(certificate.thumbprint, world.contoso.certificate.thumbprint.toUpperCase());
  await assertSignedOut(step, job, {});
});

test('OIDC: the assertion that Entra has just taken; without subscriptions its tenant alone', standIn, async () => {
  const { job, pwsh } = jobWith();
  const none = { subscription: '', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
  const step = await world.signedIn({ ...world.identity, ...ENABLED, ...none, 'keep-alive': 'false' }, { job });
  const { FederatedToken: token, ...others } = connectRequestOf(pwsh.calls[0]).parameters;
  const presented = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
  assert.deepEqual([[token], 'Subscription' in others], [presented, false]);
  assertHidden(pwsh.calls[0], String(token));
  await assertSignedOut(step, job, {});
});

test('without the input, PowerShell is not run, neither by main nor by post', async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signedIn({ ...SECRET, 'enable-AzPSSession': 'false' }, { job });
  await assertSignedOut(step, job, {});
  assert.deepEqual(pwsh.calls, []);
});

test('no PowerShell on the runner: one error, and nothing is left', async () => {
  const told = /PowerShell is missing[\s\S]*no `pwsh` on the PATH[\s\S]*remove `enable-AzPSSession`/;
  await world.refused(SECRET, told, { env: { PATH: '/nonexistent' } });
});

for (const [connect, message] of [
  ['no-module', /module Az\.Accounts is missing[\s\S]*Install-Module -Name Az\.Accounts/],
  ['refuse', /could not connect\.\nConnect-AzAccount says: AADSTS90002: Tenant not found\. You gave \*\*\*/],
  ['crash', /with exit code 134\.\nPowerShell says: Process terminated\. Could not find a valid ICU package\. \*\*\*/],
] as const) {
  test(`${connect}: one error without secrets, and what PowerShell kept is taken back`, standIn, async () => {
    const { job, pwsh } = jobWith({ connect });
    const step = await job.step({ inputs: SECRET });
    assertRefused(step, job, message);
    assertSecretStayed(step);
    const { ContextName: contextName } = connectRequestOf(pwsh.calls[0]).parameters;
    assert.deepEqual(disconnectRequestOf(pwsh.calls[1]), { contextName });
    await assertSignedOut(step, job, {});
  });
}

test('a PowerShell that hangs ends at the deadline, with the sign-in', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'hang' });
  const told = /did not finish within 3 seconds\.\nConnect-AzAccount was still in progress/;
  await world.refused({ ...SECRET, 'timeout-seconds': '3' }, told, { job });
  await untilGone(pwsh.calls[0]?.pid ?? 0);
  assert.deepEqual(pwsh.contexts, []);
});

test('a job that is cancelled while PowerShell connects: it ends too, and post disconnects', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'hang' });
  const step = await job.step({ inputs: SECRET, cancelWhen: () => pwsh.contexts.length > 0 });
  assert.deepEqual([step.result.signal, pwsh.calls.length], ['SIGTERM', 1]);
  await untilGone(pwsh.calls[0]?.pid ?? 0);
  assert.equal(pwsh.contexts.length, 1);
  await assertSignedOut(step, job, {});
  assert.deepEqual(pwsh.contexts, []);
});

test('a session that cannot be published afterwards leaves no context', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'succeed-and-break-the-runner' });
  // The harness cannot read the file that the stand-in has broken.
  await assert.rejects(job.step({ inputs: SECRET }), /EISDIR/);
  assert.deepEqual([pwsh.calls.length, pwsh.contexts, readdirSync(job.temp)], [2, [], []]);
});

test('a context that cannot be cleared is one annotation that names it; all the rest is undone', standIn, async () => {
  for (const [disconnect, why] of [
    ['refuse', 'AADSTS90002'],
    ['crash', 'exit code 134'],
  ] as const) {
    const { job, pwsh } = jobWith({ disconnect });
    const step = await world.signedIn(SECRET, { job });
    const { exitCode, errors, log } = await step.post();
    assert.deepEqual([exitCode, errors.length, readdirSync(job.temp), job.env['AZURE_TENANT_ID']], [0, 1, [], ''], log);
    for (const told of [why, pwsh.contexts[0] ?? 'no context']) assert.match(log, new RegExp(`^::error.*${told}`, 'm'));
  }
});

test('logout: false leaves the context', standIn, async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signedIn({ ...SECRET, logout: 'false' }, { job });
  assert.equal((await step.post()).exitCode, 0);
  assert.deepEqual([pwsh.calls.length, pwsh.contexts.length], [1, 1]);
});
