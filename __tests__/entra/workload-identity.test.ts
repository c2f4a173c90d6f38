import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Issuer } from '../../simulator/issuers.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { readTokenFile, workloadIdentityCredential } from '../../src/entra/workload-identity.ts';
import { NEEDS } from '../needs.ts';
import { claims, ENTRA, rejection, SCOPE, Session } from './session.ts';

const ISSUER = 'https://oidc.example.com/cluster';
const SUBJECT = 'system:serviceaccount:runners:deploy';
const AUDIENCE = 'api://AzureADTokenExchange';

let session: Session;
let issuer: Issuer;
/** A test and each of its parts has one of its own, in a folder for all. */
let folder: string;
const folders = mkdtempSync(join(tmpdir(), 'azure-session-pods-'));
before(async () => {
  session = await Session.start();
  issuer = await session.simulator.issuers.add(ISSUER);
  const { application } = session.contoso;
  application.federatedCredentials.push({ name: 'pod', issuer: ISSUER, subject: SUBJECT, audiences: [AUDIENCE] });
});
beforeEach(() => {
  session.simulator.clear();
  folder = mkdtempSync(join(folders, 'pod-'));
});
after(async () => {
  rmSync(folders, { recursive: true, force: true });
  await session[Symbol.asyncDispose]();
});

function serviceAccountToken(changes: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  return issuer.sign({ iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], iat: now, nbf: now, exp: now + 3600, ...changes });
}

function request(tokenFile: string) {
  const { application, tenant } = session.contoso;
  return { method: 'workload-identity', clientId: application.clientId, tenantId: tenant.id, tokenFile } as const;
}

/** The way the kubelet writes a volume: the name is a link to `..data/name`, `..data` a link to a folder of its time. */
function project(token: string, time: string): string {
  mkdirSync(join(folder, time));
  writeFileSync(join(folder, time, 'azure-identity-token'), token);
  symlinkSync(time, join(folder, `..data_tmp`));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  const name = join(folder, 'azure-identity-token');
  try {
    symlinkSync(join('..data', 'azure-identity-token'), name);
  } catch {
    // It is there from the first time.
  }
  return name;
}

test('the projected token is exchanged, through the links of the kubelet, and handed over with its file', async () => {
  const token = serviceAccountToken();
  const file = project(token, '..2026_1');
  const context = session.context();
  const credential = workloadIdentityCredential(request(file), context);
  const got = await credential.getToken(SCOPE);
  assert.equal(claims(got.token)['appid'], session.contoso.application.clientId);
  assert.equal(session.simulator.requests.length, 1);
  assert.equal(session.simulator.requests[0]?.form.get('client_assertion'), token);
  assert.ok(context.masks.includes(token));
  const source = { kind: 'file', path: file } as const;
  assert.deepEqual(credential.handover(), { kind: 'assertion', assertion: token, source });
});

test('every try reads the file anew', async () => {
  const renewed = serviceAccountToken({ jti: 'renewed' });
  const file = project(serviceAccountToken(), '..2026_1');
  session.simulator.faults.add({
    path: /\/token$/,
    fault: { kind: 'status', status: 503 },
    when: () => {
      if (session.simulator.requestsTo(ENTRA).length === 1) project(renewed, '..2026_2');
      return true;
    },
  });
  const credential = workloadIdentityCredential(request(file), session.context());
  await credential.getToken(SCOPE);
  const presented = session.simulator.requestsTo(ENTRA).map(({ form }) => form.get('client_assertion'));
  assert.equal(presented.length, 2);
  assert.equal(presented[1], renewed);
  project(serviceAccountToken({ jti: 'again' }), '..2026_3');
  await credential.getToken('https://vault.azure.net/.default');
  assert.notEqual(session.simulator.requestsTo(ENTRA).at(-1)?.form.get('client_assertion'), renewed);
});

test('a refusal shows what the pod presented', async () => {
  const file = project(serviceAccountToken({ sub: 'system:serviceaccount:runners:other' }), '..2026_1');
  const error = await rejection(workloadIdentityCredential(request(file), session.context()).getToken(SCOPE));
  assert.ok(error instanceof SessionError);
  assert.match(error.message, /AADSTS700213/);
  assert.match(error.report, /system:serviceaccount:runners:other/);
});

test('a file that is no good is told before anything is sent', async (t) => {
  const file = (content: string): string => {
    const path = join(folder, 'token');
    writeFileSync(path, content);
    return path;
  };
  const pipe = (): string => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    return join(folder, 'pipe');
  };
  const secret = 'not-a-token-but-secret';
  const cases: [name: string, path: () => string, says: RegExp][] = [
    ['missing', () => join(folder, 'nothing'), /There is no federated token file .*nothing/],
    ['below a file', () => join(file('x'), 'nothing'), /There is no federated token file/],
    ['empty', () => file(' \n'), /is empty/],
    ['no token', () => file(secret), /holds no token/],
    ['claims that are none', () => file(`a.${Buffer.from('[]').toString('base64url')}.c`), /holds no token/],
    ['large', () => file('x'.repeat(100_000)), /larger than 64 KB/],
    ['expired', () => file(serviceAccountToken({ exp: 1_700_000_000 })), /has expired[\s\S]*2023-11-14T22:13:20/],
    ['folder', () => folder, /is no file/],
    ['device', () => '/dev/null', /is no file/],
    ['pipe', pipe, /is no file/],
  ];
  for (const [name, path, says] of cases) {
    const skip = ['device', 'pipe'].includes(name) && NEEDS.posix;
    await t.test(name, { skip }, async () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      session.simulator.clear();
      const error = await rejection(workloadIdentityCredential(request(path()), session.context()).getToken(SCOPE));
      assert.ok(error instanceof SessionError, String(error));
      assert.match(error.report, says);
      assert.doesNotMatch(error.report, new RegExp(secret));
      assert.deepEqual(session.simulator.requests, []);
    });
  }
});

test('white space around the token does not matter', async () => {
  const token = serviceAccountToken();
  const path = join(folder, 'token');
  writeFileSync(path, `\n${token}\n`);
  assert.equal(await readTokenFile(path, new Date()), token);
});
