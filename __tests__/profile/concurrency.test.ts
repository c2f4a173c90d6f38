import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { logOut } from '../../src/profile/log-out.ts';
import { application } from './logins.ts';

let parent: string;
let path: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'azure-session-concurrency-'));
  path = join(parent, 'profile');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const PROCESS = join(import.meta.dirname, 'shared-login-process.ts');

interface Waiting {
  readonly ready: Promise<unknown>;
  go(): void;
  readonly done: Promise<void>;
}

function start(number: number, then: 'stay' | 'leave'): Waiting {
  const child = spawn(process.execPath, [PROCESS, path, then], { stdio: 'pipe' });
  const login = application(`login-${number}`, `app-${number}`, { subscriptions: [number] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text));
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${number}: ${printed}`))));
  });
  return {
    ready: Promise.race([once(child.stdout, 'data'), done]),
    go: () => child.stdin.end(JSON.stringify(login)),
    done,
  };
}

/** Each in a process of its own, all let go at the same moment. */
async function signInTogether(numbers: readonly number[], then: (number: number) => 'stay' | 'leave'): Promise<void> {
  const waiting = numbers.map((number) => start(number, then(number)));
  await Promise.all(waiting.map(({ ready }) => ready));
  for (const { go } of waiting) go();
  await Promise.all(waiting.map(({ done }) => done));
}

function json(name: string): never {
  return JSON.parse(readFileSync(join(path, name), 'utf8')) as never;
}

const NUMBERS = Array.from({ length: 20 }, (_, at) => at + 1);

function assertAccounts(numbers: readonly number[]): void {
  const names = numbers.map((number) => `app-${number}`).sort();
  const { subscriptions } = json('azureProfile.json') as {
    subscriptions: { user: { name: string }; isDefault: boolean }[];
  };
  assert.deepEqual(subscriptions.map(({ user }) => user.name).sort(), names);
  assert.equal(subscriptions.filter(({ isDefault }) => isDefault).length, 1);
  const entries = json('service_principal_entries.json') as { client_id: string }[];
  assert.deepEqual(entries.map(({ client_id }) => client_id).sort(), names);
  const { AccessToken } = json('msal_token_cache.json') as { AccessToken: Record<string, { client_id: string }> };
  assert.deepEqual(
    Object.values(AccessToken)
      .map(({ client_id }) => client_id)
      .sort(),
    names,
  );
  assert.equal((json('accessTokens.json') as object[]).length, 2 * numbers.length);
  assert.deepEqual(
    readdirSync(path).filter((name) => /\.(lock|lockfile|new)/.test(name)),
    [],
  );
}

test('twenty sign-ins at the same moment: all accounts are there, and all can leave', async () => {
  await signInTogether(NUMBERS, () => 'stay');
  assertAccounts(NUMBERS);
  await Promise.all(NUMBERS.map((number) => logOut(path, `login-${number}`)));
  assert.equal(existsSync(path), false);
});

test('some come and go while others stay: those who stay are there', async () => {
  const some = NUMBERS.slice(0, 10);
  await signInTogether(some, (number) => (number % 2 === 0 ? 'stay' : 'leave'));
  assertAccounts(some.filter((number) => number % 2 === 0));
});
