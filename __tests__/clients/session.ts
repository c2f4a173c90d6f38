import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import { type ActionStep, type CommandResult, type Job, runSuccessfully } from '../../simulator/job.ts';
import type { SimulatorOptions } from '../../simulator/simulator.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { readJson, World } from '../action/world.ts';

export type Variables = Record<string, string>;

/** A sign-in of a job, and the account that clients should see then. */
export interface SignIn {
  readonly prepare?: (world: World) => void;
  readonly inputs: (world: World) => Variables;
  /** Variables of the whole job, such as those of a machine in Azure. */
  readonly env?: (world: World) => Variables | Promise<Variables>;
  readonly simulator?: SimulatorOptions;
  readonly tenant?: ContosoOptions;
  readonly account: (world: World) => Account;
}

export interface Account {
  readonly name: string;
  readonly type: 'servicePrincipal' | 'user';
  /** The `oid` of its tokens. */
  readonly objectId: string;
}

export function application({ contoso }: World): Account {
  return { name: contoso.application.clientId, type: 'servicePrincipal', objectId: contoso.principalId };
}

export function user({ contoso }: World): Account {
  return { name: contoso.user.userPrincipalName, type: 'user', objectId: contoso.user.objectId };
}

/** A command that hangs, for example in a prompt, fails its check and not the whole run. */
export const COMMAND_LIMIT_MS = 90_000;

/** A job that the built action has signed in. */
export interface Session {
  readonly world: World;
  readonly account: Account;
  readonly job: Job;
  readonly step: ActionStep;
  /** The profile folder. */
  readonly folder: string;
}

async function open(world: World, signIn: SignIn): Promise<Session> {
  signIn.prepare?.(world);
  const job = world.newJob((await signIn.env?.(world)) ?? {});
  const step = await world.signIn(signIn.inputs(world), { job });
  const folder = step.result.outputs['config-dir'] ?? '';
  world.simulator.clear();
  return { world, account: signIn.account(world), job, step, folder };
}

/** The ids and command lines of the job's processes, whose environments contain its folder. */
export function processesOf({ job }: Session): (readonly [pid: string, commandLine: string])[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => readProc(`/proc/${pid}/environ`).includes(job.folder))
    .map((pid) => [pid, commandLine(pid)]);
}

/** Runs a client as a later step would. The command must succeed. */
export function runClient(job: Job, command: string, args: readonly string[], env?: Variables): Promise<CommandResult> {
  return runSuccessfully(command, args, { ...job.env, ...env }, job.workspace, COMMAND_LIMIT_MS);
}

/** Makes the access tokens in a profile expire, so that the client must get new ones. */
export function expireTokens(folder: string): void {
  const now = Date.now();
  rewrite(join(folder, 'msal_token_cache.json'), (cache: { AccessToken: Record<string, { expires_on: string }> }) => {
    for (const token of Object.values(cache.AccessToken)) token.expires_on = String(Math.floor(now / 1000));
  });
  rewrite(join(folder, 'accessTokens.json'), (tokens: { expiresOn?: string }[]) => {
    for (const token of tokens) if (token.expiresOn) token.expiresOn = new Date(now).toISOString();
  });
}

function rewrite<T>(file: string, change: (content: T) => void): void {
  if (!existsSync(file)) return;
  const content = JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as T;
  change(content);
  writeFileSync(file, JSON.stringify(content));
}

/** Where an SDK looks for a managed identity before it runs `az`, and `az` for a newer version once a day. */
const NOT_ESCAPES = new Set([
  METADATA_ADDRESS,
  ...['azure.microsoft.com', 'raw.githubusercontent.com', 'azcliprod.blob.core.windows.net'],
]);

/** Declares a check of a client, which is skipped if the sign-in failed. */
export type Check = (name: string, body: (session: Session) => Promise<void>) => void;

/** Signs in a job for one client, runs the checks in order, and then checks that post leaves nothing. */
export function checkClient(client: string, signIn: SignIn, declare: (check: Check) => void): void {
  suite(client, () => {
    let world: World | undefined;
    let session: Session | undefined;
    after(() => world?.[Symbol.asyncDispose]());
    const check: Check = (name, body) => {
      test(`${client}: ${name}`, async (context) =>
        session === undefined ? context.skip('not signed in') : await body(session));
    };
    test(`${client}: sign-in`, async (context) => {
      world = await World.start(signIn.simulator, signIn.tenant);
      session = await open(world, signIn);
      const way = /^Signed in to .* by (\S+), tenant/m.exec(session.step.result.log)?.[1];
      if (way !== undefined) reportSignIn(context, client, way);
    });
    declare(check);
    check('contacts no other host', async ({ world }) => assertNothingEscaped(world));
    check('post leaves no file and no process', assertNothingLeft);
  });
}

/** For the table at the end of a run of all clients. */
export function reportSignIn(context: TestContext, client: string, way: string): void {
  context.diagnostic(`${client} is signed in by ${way}`);
}

export function assertNothingEscaped({ simulator }: World): void {
  const hosts = new Set(simulator.escaped.map(({ host }) => host).filter((host) => !NOT_ESCAPES.has(host)));
  assert.deepEqual([...hosts], []);
}

async function assertNothingLeft(session: Session): Promise<void> {
  const { job, step } = session;
  assert.ok(existsSync(session.folder));
  const post = await step.post();
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual([...post.errors, ...post.warnings], []);
  const files = [job.temp, job.workspace, job.home].flatMap((folder) => readdirSync(folder));
  const left = files.filter((name) => !CLIENT_FILES.has(name));
  assert.deepEqual(left, []);
  // Post does not wait for the end of the refresher.
  for (let waited = 0; waited < 2000 && processesOf(session).length > 0; waited += 50) await setTimeout(50);
  assert.deepEqual(processesOf(session), []);
  assert.equal(job.env['AZURE_CONFIG_DIR'], join(job.home, '.azure'));
}

/** In the home folder, even without a sign-in: the compiled classic CLI, and the lock of Python's empty token cache. */
const CLIENT_FILES = new Set(['.streamline', '.IdentityService']);

/** How long ago, in milliseconds, the assertion for the SDKs or for `az` expired. */
export function staleMs({ result }: ActionStep): number {
  const folder = result.outputs['config-dir'] ?? '';
  const [entry] = readJson<[{ client_assertion: string }]>(folder, 'service_principal_entries.json');
  const tokens = [readFileSync(join(folder, 'federated-token'), 'utf8'), entry.client_assertion];
  return Math.max(0, ...tokens.map((token) => Date.now() - claimsOf(token).exp * 1000));
}

/** @returns `''` for a process that has ended */
export function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

export function commandLine(pid: string | number): string {
  return readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

export type Claims = Readonly<Record<'aud' | 'oid' | 'tid', string>> & { readonly exp: number };

export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
