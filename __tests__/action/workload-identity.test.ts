/** The token that Kubernetes puts into a file of a pod. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, suite, test } from 'node:test';
import type { Issuer } from '../../simulator/issuers.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { NEEDS } from '../needs.ts';
import { assertRefused, openWorld } from './world.ts';

const ISSUER = 'https://oidc.example.com/cluster';
const SUBJECT = 'system:serviceaccount:runners:deploy';
const AUDIENCE = 'api://AzureADTokenExchange';

const world = await openWorld();
let issuer: Issuer;
before(async () => {
  issuer = await world.simulator.issuers.add(ISSUER);
  const credential = { name: 'pod', issuer: ISSUER, subject: SUBJECT, audiences: [AUDIENCE] };
  world.contoso.application.federatedCredentials.push(credential);
});
afterEach(() => world.simulator.clear());

function serviceAccountToken(changes: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  return issuer.sign({ iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], iat: now, nbf: now, exp: now + 3600, ...changes });
}

/** The way the kubelet writes a volume: the name is a link to `..data/name`, `..data` a link to a folder of its time. */
function project(job: Job, token: string, time: string): string {
  mkdirSync(join(job.folder, time));
  writeFileSync(join(job.folder, time, 'azure-identity-token'), token);
  symlinkSync(time, join(job.folder, '..data_tmp'));
  renameSync(join(job.folder, '..data_tmp'), join(job.folder, '..data'));
  return join(job.folder, '..data', 'azure-identity-token');
}

function signIn(job: Job, file: string): Promise<ActionStep> {
  const inputs = { ...world.identity, 'auth-type': 'workload-identity', 'federated-token-file': file };
  return job.step({ inputs: { ...inputs, subscription: 'Production', 'keep-alive': 'false' } });
}

function presented(): (string | null)[] {
  return world.simulator.requestsTo('login.microsoftonline.com').map(({ form }) => form.get('client_assertion'));
}

test('the projected token is exchanged, through the links of the kubelet, and read anew for every try', {
  skip: NEEDS.posix,
}, async () => {
  using job = world.newJob();
  const [first, renewed] = [serviceAccountToken(), serviceAccountToken({ jti: 'renewed' })];
  const file = project(job, `\n${first}\n`, '..2026_1');
  const fault = { kind: 'status', status: 503 } as const;
  const when = (): boolean => {
    if (presented().length === 1) project(job, renewed, '..2026_2');
    return true;
  };
  world.simulator.faults.add({ path: /\/token$/, fault, when });
  const step = await signIn(job, file);
  assert.equal(step.result.exitCode, 0, step.result.log);
  assert.deepEqual(presented(), [first, renewed]);
  assert.ok([first, renewed].every((token) => step.result.masks.includes(token)));
  assert.equal(step.result.exported['AZURE_FEDERATED_TOKEN_FILE'], file, 'the pod’s own file');
  await step.post();
});

test('a refusal shows what the pod presented', async () => {
  using job = world.newJob();
  const file = join(job.folder, 'token');
  writeFileSync(file, serviceAccountToken({ sub: 'system:serviceaccount:runners:other' }));
  assertRefused(await signIn(job, file), job, /AADSTS700213[\s\S]*system:serviceaccount:runners:other/);
});

suite('told before anything is sent is a file that is', () => {
  const secret = 'not-a-token-but-secret';
  const rows: readonly [what: string, content: string | (() => string), message: RegExp][] = [
    ['empty', ' \n', /is empty/],
    ['no token', secret, /holds no token/],
    ['without claims', `a.${Buffer.from('[]').toString('base64url')}.c`, /holds no token/],
    ['large', 'x'.repeat(100_000), /larger than 64 KB/],
    ['expired', () => serviceAccountToken({ exp: 1_700_000_000 }), /has expired[\s\S]*2023-11-14T22:13:20/],
  ];
  for (const [what, content, message] of rows) {
    test(what, async () => {
      using job = world.newJob();
      const file = join(job.folder, 'token');
      writeFileSync(file, typeof content === 'string' ? content : content());
      const step = await signIn(job, file);
      assertRefused(step, job, message);
      assert.doesNotMatch(step.result.errors.join(), new RegExp(secret));
      assert.deepEqual(world.simulator.requests, []);
    });
  }

  test('missing, below a file, a folder, a device, a pipe', { skip: NEEDS.posix }, async () => {
    using job = world.newJob();
    writeFileSync(join(job.folder, 'file'), '');
    execFileSync('mkfifo', [join(job.folder, 'pipe')]);
    for (const name of ['nothing', 'file/nothing']) {
      assertRefused(
        await signIn(job, join(job.folder, name)),
        job,
        /The federated token file .*nothing does not exist/,
      );
    }
    for (const path of [job.folder, '/dev/null', join(job.folder, 'pipe')]) {
      assertRefused(await signIn(job, path), job, /is (a folder|not a regular file)/);
    }
    assert.deepEqual(world.simulator.requests, []);
  });
});
