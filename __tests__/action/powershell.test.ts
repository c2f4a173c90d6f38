import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { test } from 'node:test';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { NEEDS } from '../needs.ts';
import { waitForExit } from './processes.ts';
import { type Behavior, type PwshCall, requestOf, StandInPwsh } from './stand-in-pwsh.ts';
import { assertFailed, assertSignedOut, findSecrets, openWorld, visibleText } from './world.ts';

const world = await openWorld();
const { application, clientSecret, tenant, subscriptions } = world.contoso;
const ENABLED = { 'enable-AzPSSession': 'true', subscription: 'Production' };
const SECRET = { ...world.secret, ...ENABLED };
const standIn = { skip: NEEDS.scripts };

function jobWith(behavior: { connect?: Behavior; disconnect?: Behavior } = {}): { job: Job; pwsh: StandInPwsh } {
  const job = world.newJob();
  const pwsh = new StandInPwsh(job, behavior);
  Object.assign(job.env, pwsh.env);
  return { job, pwsh };
}

/** The secrets are only in the variable for the request, and no variable of the action is inherited. */
function assertProcess(call: PwshCall | undefined, ...secrets: readonly string[]): void {
  const { args, env } = call ?? assert.fail('PowerShell was not run');
  const { AZURE_SESSION_POWERSHELL: _, ...others } = env;
  assert.deepEqual(args.slice(0, -1), ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command']);
  assert.deepEqual(findSecrets(secrets, { arguments: args.join(' '), ...others }), []);
  const inherited = Object.keys(env).filter((name) => /^(INPUT|STATE)_|^GITHUB_(ENV|OUTPUT|STATE)$/.test(name));
  assert.deepEqual(inherited, []);
}

function assertSecretHidden({ result, state }: ActionStep): void {
  assert.deepEqual(findSecrets([clientSecret], { shown: visibleText(result), ...state }), []);
}

test('the PATH may have an entry that is not a folder, which `@actions/io` logs', standIn, async () => {
  const { job, pwsh } = jobWith();
  job.env['PATH'] = [process.execPath, job.env['PATH']].join(delimiter);
  const step = await world.signIn(SECRET, { job });
  await step.post();
  assert.deepEqual([pwsh.calls.length, pwsh.contexts], [2, []]);
});

test('client secret: the secret is passed in the environment, and post disconnects', standIn, async () => {
  const { job, pwsh } = jobWith();
  const before = { ...job.env };
  const step = await world.signIn(SECRET, { job });
  assert.equal(pwsh.calls.length, 1);
  assertProcess(pwsh.calls[0], clientSecret);
  const { parameters, ...rest } = requestOf(pwsh.calls[0]);
  const { ContextName: contextName, ...fixed } = parameters;
  assert.match(String(contextName), /^azure-session-[\da-f]{16}$/);
  const principal = { Environment: 'AzureCloud', Tenant: tenant.id, Subscription: subscriptions[0].id };
  assert.deepEqual(fixed, { ...principal, Force: true, ServicePrincipal: true });
  const credential = { user: application.clientId, password: clientSecret };
  assert.deepEqual(rest, { armEndpoint: '', secure: {}, credential });
  assert.deepEqual(pwsh.contexts, [contextName]);
  assertSecretHidden(step);
  assert.doesNotMatch(step.result.log, /TenantId contains more than one/, 'the log has no output of PowerShell');

  await assertSignedOut(step, job, before);
  assert.deepEqual([pwsh.calls.length, requestOf(pwsh.calls[1]), pwsh.contexts], [2, { contextName }, []]);
  assertProcess(pwsh.calls[1], clientSecret);
  await assertSignedOut(step, job, before);
});

test('certificate: the PFX opens with the password of the request', standIn, async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signIn({ ...world.certificate, ...ENABLED, 'send-certificate-chain': 'true' }, { job });
  const [call] = pwsh.calls;
  const { parameters, secure } = requestOf(call);
  const password = secure['CertificatePassword'] ?? '';
  assertProcess(call, password);
  assert.ok(step.result.masks.includes(password));
  assert.deepEqual([parameters['ApplicationId'], parameters['SendCertificateChain']], [application.clientId, true]);
  const source = { certificate: call?.certificate ?? '', certificatePassword: password, clientId: 'APP' };
  const { certificate } = await readClientCertificate(source, new Date(), { workspace: '/', home: '/' });
  assert.equal(certificate.thumbprint, world.contoso.certificate.thumbprint.toUpperCase());
  await assertSignedOut(step, job);
});

test('OIDC: the assertion that Entra ID accepted, and without subscriptions only the tenant', standIn, async () => {
  const { job, pwsh } = jobWith();
  const none = { subscription: '', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
  const step = await world.signIn({ ...world.identity, ...ENABLED, ...none, 'keep-alive': 'false' }, { job });
  const { FederatedToken: token, ...others } = requestOf(pwsh.calls[0]).parameters;
  const presented = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
  assert.deepEqual([[token], 'Subscription' in others], [presented, false]);
  assertProcess(pwsh.calls[0], String(token));
  await assertSignedOut(step, job);
});

test('without the input, neither main nor post runs PowerShell', async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signIn({ ...SECRET, 'enable-AzPSSession': 'false' }, { job });
  await assertSignedOut(step, job);
  assert.deepEqual(pwsh.calls, []);
});

test('no PowerShell on the runner: one error, and no file remains', async () => {
  const message = /PowerShell is missing[\s\S]*no `pwsh` on the PATH[\s\S]*remove `enable-AzPSSession`/;
  await world.rejects(SECRET, message, { env: { PATH: '/nonexistent' } });
});

for (const [connect, message] of [
  ['no-module', /module Az\.Accounts is missing[\s\S]*Install-Module -Name Az\.Accounts/],
  ['reject', /could not connect\.\nConnect-AzAccount says: AADSTS90002: Tenant not found\. You gave \*\*\*/],
  ['crash', /with exit code 134\.\nPowerShell says: Process terminated\. Could not find a valid ICU package\. \*\*\*/],
] as const) {
  test(`${connect}: one error without secrets, and the context is removed`, standIn, async () => {
    const { job, pwsh } = jobWith({ connect });
    const step = await job.step({ inputs: SECRET });
    assertFailed(step, job, message);
    assertSecretHidden(step);
    const { ContextName: contextName } = requestOf(pwsh.calls[0]).parameters;
    assert.deepEqual(requestOf(pwsh.calls[1]), { contextName });
    await assertSignedOut(step, job);
  });
}

test('a PowerShell that hangs is ended at the deadline', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'hang' });
  const message = /did not finish within 3 seconds\.\nConnect-AzAccount was still in progress/;
  await world.rejects({ ...SECRET, 'timeout-seconds': '3' }, message, { job });
  await waitForExit(pwsh.calls[0]?.pid ?? 0);
  assert.deepEqual(pwsh.contexts, []);
});

test('a job that is cancelled while PowerShell connects: it is ended, and post disconnects', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'hang' });
  const step = await job.step({ inputs: SECRET, cancelWhen: () => pwsh.contexts.length > 0 });
  assert.deepEqual([step.result.signal, pwsh.calls.length], ['SIGTERM', 1]);
  await waitForExit(pwsh.calls[0]?.pid ?? 0);
  assert.equal(pwsh.contexts.length, 1);
  await assertSignedOut(step, job);
  assert.deepEqual(pwsh.contexts, []);
});

test('a sign-in that fails after PowerShell connected leaves no context', standIn, async () => {
  const { job, pwsh } = jobWith({ connect: 'succeed-and-break-the-runner' });
  // `Job` cannot read the file that the stand-in replaced.
  await assert.rejects(job.step({ inputs: SECRET }), /EISDIR/);
  assert.deepEqual([pwsh.calls.length, pwsh.contexts, readdirSync(job.temp)], [2, [], []]);
});

test('a context that cannot be removed is one error that names it, and post removes the rest', standIn, async () => {
  for (const [disconnect, reason] of [
    ['reject', 'AADSTS90002'],
    ['crash', 'exit code 134'],
  ] as const) {
    const { job, pwsh } = jobWith({ disconnect });
    const step = await world.signIn(SECRET, { job });
    const { exitCode, errors, log } = await step.post();
    assert.deepEqual([exitCode, errors.length, readdirSync(job.temp), job.env['AZURE_TENANT_ID']], [0, 1, [], ''], log);
    for (const text of [reason, pwsh.contexts[0] ?? '-']) assert.match(log, new RegExp(`^::error.*${text}`, 'm'));
  }
});

test('logout: false keeps the context', standIn, async () => {
  const { job, pwsh } = jobWith();
  const step = await world.signIn({ ...SECRET, logout: 'false' }, { job });
  assert.equal((await step.post()).exitCode, 0);
  assert.deepEqual([pwsh.calls.length, pwsh.contexts.length], [1, 1]);
});
