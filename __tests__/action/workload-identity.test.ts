/** Sign-ins with the token file that Kubernetes projects into a pod. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { application } from '../../simulator/directory.ts';
import { NEEDS } from '../needs.ts';
import { openWorld, type Variables } from './world.ts';

const ISSUER = 'https://oidc.example.com/cluster';
const SUBJECT = 'system:serviceaccount:runners:deploy';
const AUDIENCE = 'api://AzureADTokenExchange';

const world = await openWorld();
const { folder } = world.job;
const issuer = await world.simulator.issuers.add(ISSUER);
const credential = { name: 'pod', issuer: ISSUER, subject: SUBJECT, audiences: [AUDIENCE] };
world.contoso.application.federatedCredentials.push(credential);

function serviceAccountToken(changes: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  return issuer.sign({ iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], iat: now, nbf: now, exp: now + 3600, ...changes });
}

/** Replaces the token as the kubelet does: `..data` is a link to a folder for each version. */
function project(token: string, time: string): string {
  mkdirSync(join(folder, time));
  writeFileSync(join(folder, time, 'azure-identity-token'), token);
  symlinkSync(time, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  return join(folder, '..data', 'azure-identity-token');
}

function inputs(file: string): Variables {
  const pod = { ...world.identity, 'auth-type': 'workload-identity', 'federated-token-file': file };
  return { ...pod, subscription: 'Production', 'keep-alive': 'false' };
}

const posix = { skip: NEEDS.posix };

test('the token file is read through the links of the kubelet, again for every attempt', posix, async () => {
  const presented = (): unknown[] =>
    world.simulator.requestsTo('login.microsoftonline.com').map(({ form }) => form.get('client_assertion'));
  const [first, renewed] = [serviceAccountToken(), serviceAccountToken({ jti: 'renewed' })];
  const file = project(`\n${first}\n`, '..2026_1');
  const when = (): boolean => {
    if (presented().length === 1) project(renewed, '..2026_2');
    return true;
  };
  world.simulator.faults.add({ path: /\/token$/, fault: { kind: 'status', status: 503 }, when });
  const step = await world.signIn(inputs(file));
  assert.deepEqual(presented(), [first, renewed]);
  assert.ok([first, renewed].every((token) => step.result.masks.includes(token)));
  assert.equal(step.result.exported['AZURE_FEDERATED_TOKEN_FILE'], file, 'the pod’s own file');
  await step.post();
});

test('an earlier sign-in of the job does not replace the identity of the pod, unless a step does', async () => {
  const { tenant } = world.contoso;
  const clientId = '77777777-7777-4777-8777-777777777777';
  const { servicePrincipals } = world.contoso.application;
  world.simulator.directory.applications.push(
    Object.assign(application({ clientId, displayName: 'pod', tenantId: tenant.id }), {
      federatedCredentials: [credential],
      servicePrincipals,
    }),
  );
  const file = join(folder, 'token');
  const copy = join(folder, 'copied-token');
  for (const path of [file, copy]) writeFileSync(path, serviceAccountToken());
  const pod = { AZURE_CLIENT_ID: clientId, AZURE_TENANT_ID: tenant.id, AZURE_FEDERATED_TOKEN_FILE: file };
  const ownIdentity = { 'auth-type': 'workload-identity', subscription: 'Production' };
  for (const earlier of [world.identity, world.secret]) {
    using job = world.newJob(pod);
    await using _first = await world.signIn({ ...earlier, subscription: 'Production' }, { job });
    await using second = await world.signIn(ownIdentity, { job });
    assert.equal(second.result.outputs['client-id'], clientId);
    assert.equal(job.env['AZURE_FEDERATED_TOKEN_FILE'], file);
    job.env['AZURE_FEDERATED_TOKEN_FILE'] = copy;
    await using _third = await world.signIn(ownIdentity, { job });
    assert.equal(job.env['AZURE_FEDERATED_TOKEN_FILE'], copy);
  }
});

test('the variables of a pod in `env:` of the step, with values that an earlier sign-in exported', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, serviceAccountToken());
  const { application: app, tenant } = world.contoso;
  const env = { AZURE_CLIENT_ID: app.clientId, AZURE_TENANT_ID: tenant.id, AZURE_FEDERATED_TOKEN_FILE: file };
  const pod = { 'auth-type': 'workload-identity', subscription: 'Production' };
  using job = world.newJob();
  await using _first = await world.signIn({ ...world.certificate, subscription: 'Production' }, { job });
  await using _second = await world.signIn(pod, { job, env });
  await using _third = await world.signIn(pod, { job, env });
  using machine = world.newJob();
  await using _oidc = await world.signIn({ ...world.identity, subscription: 'Production' }, { job: machine });
  const { result } = await machine.step({ inputs: pod });
  assert.match(result.errors.join(), /`federated-token-file` is empty, and so is AZURE_FEDERATED_TOKEN_FILE/);
});

test('a rejected token: the error has its subject', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, serviceAccountToken({ sub: 'system:serviceaccount:runners:other' }));
  await world.rejects(inputs(file), /AADSTS700213[\s\S]*system:serviceaccount:runners:other/);
});

suite('an error before any request: the token file is', () => {
  const secret = 'not-a-token-but-secret';
  const rows: readonly [title: string, content: () => string, message: RegExp][] = [
    ['empty', () => ' \n', /is empty/],
    ['not a token', () => secret, /contains no token/],
    ['without claims', () => `a.${Buffer.from('[]').toString('base64url')}.c`, /contains no token/],
    ['large', () => 'x'.repeat(100_000), /larger than 64 KB/],
    ['expired', () => serviceAccountToken({ exp: 1_700_000_000 }), /an expired token[\s\S]*2023-11-14T22:13:20/],
  ];
  for (const [title, content, message] of rows) {
    test(title, async () => {
      const file = join(folder, 'token');
      writeFileSync(file, content());
      const { errors } = await world.rejects(inputs(file), message, { requests: 0 });
      assert.doesNotMatch(errors.join(), new RegExp(secret));
    });
  }

  test('missing, below a file, a folder, a device, a pipe', posix, async () => {
    const [file, pipe] = [join(folder, 'file'), join(folder, 'pipe')];
    writeFileSync(file, '');
    execFileSync('mkfifo', [pipe]);
    for (const [path, message] of [
      [join(folder, 'nothing'), /The federated token file .*nothing does not exist/],
      [join(file, 'nothing'), /The federated token file .*nothing does not exist/],
      [folder, /is a folder/],
      ['/dev/null', /is not a regular file/],
      [pipe, /is not a regular file/],
    ] as const) {
      await world.rejects(inputs(path), message, { requests: 0 });
    }
  });
});
