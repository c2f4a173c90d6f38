import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import type { Runner, Values } from '../../src/actions/runner.ts';
import { trustedOwners } from '../../src/profile/folders-above.ts';
import { joinSharedFolder } from '../../src/profile/shared-folder.ts';
import { signOut } from '../../src/sign-out.ts';
import { application, CERTIFICATE } from './logins.ts';

/** Ids of two logins, as main makes them. */
const A = 'aaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbb';

let parent: string;
let path: string;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'azure-session-sign-out-'));
  path = join(parent, 'profile');
  const folder = joinSharedFolder({
    path,
    platform: process.platform,
    uid: process.getuid?.(),
    trusted: trustedOwners({}),
  });
  await folder.add(application(A, 'app-a', { subscriptions: [1] }));
  await folder.add(application(B, 'app-b', { subscriptions: [2], handover: CERTIFICATE }));
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** A post run of a step whose main run saved that it brought a login to the shared folder. */
async function post(sharedLogin: string): Promise<{ said: string[]; variables: Values }> {
  const said: string[] = [];
  let variables: Values = {};
  const session = {
    folder: path,
    sharedLogin,
    variables: [{ name: 'AZURE_TENANT_ID', exported: { kind: 'value', text: 'ours' }, restore: 'before' }],
    refresher: 0,
    refresherStarted: '',
    powershell: '',
  };
  const say = (kind: string) => (text: string) => void said.push(`${kind}: ${text}`);
  const runner: Runner = {
    env: { AZURE_TENANT_ID: 'ours' },
    platform: process.platform,
    input: () => '',
    mask: () => {},
    debug: say('debug'),
    info: say('info'),
    notice: say('notice'),
    warning: say('warning'),
    error: say('error'),
    handOver: (_outputs, values) => {
      variables = values;
    },
    saveState: () => {},
    state: () => JSON.stringify(session),
    appendSummary: () => {},
    fail: () => assert.fail('post never fails the job'),
  };
  await signOut(runner);
  return { said, variables };
}

function profile(): string {
  return readFileSync(join(path, 'azureProfile.json'), 'utf8');
}

test('a post run takes out its own login, and the last one the folder', async () => {
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await post(B), { said: ['info: Signed out.'], variables: { AZURE_TENANT_ID: 'before' } });
    assert.match(profile(), /app-a/);
    assert.doesNotMatch(profile(), /app-b/);
    assert.equal(existsSync(join(path, `client-certificate-${B}.pem`)), false);
  }
  assert.deepEqual((await post(A)).said, ['info: Signed out.']);
  assert.equal(existsSync(path), false);
  assert.deepEqual((await post(A)).said, ['info: Signed out.']);
});

test('what could not be taken out is one annotation that names the file; the rest is undone', async () => {
  writeFileSync(join(path, 'accessTokens.json'), '[');
  const { said, variables } = await post(B);
  assert.equal(said.length, 2);
  assert.ok(said[0]?.startsWith('error: '));
  assert.ok(said[0]?.includes(join(path, 'accessTokens.json')));
  assert.deepEqual(variables, { AZURE_TENANT_ID: 'before' });
  assert.doesNotMatch(profile(), /app-b/);
});

test('the last words of the refresher of this login are told, and not those of another', async () => {
  writeFileSync(join(path, `keep-alive-${A}.log`), 'of a\n');
  writeFileSync(join(path, `keep-alive-${B}.log`), 'of b\n');
  assert.deepEqual((await post(B)).said, ['warning: of b', 'info: Signed out.']);
});
