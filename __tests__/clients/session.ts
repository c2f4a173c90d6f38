import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { ActionStep, CommandResult, Job } from '../../simulator/job.ts';
import type { SimulatorOptions } from '../../simulator/simulator.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { World } from '../action/world.ts';

type Variables = Record<string, string>;

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
const COMMAND_LIMIT_MS = 90_000;

/** A job that the built action has signed in. */
export interface Session {
  readonly world: World;
  readonly account: Account;
  readonly job: Job;
  readonly step: ActionStep;
  /** The profile folder. */
  readonly folder: string;
  readonly run: (command: string, args: readonly string[], env?: Variables) => Promise<CommandResult>;
}

async function open(world: World, signIn: SignIn): Promise<Session> {
  signIn.prepare?.(world);
  const job = world.newJob((await signIn.env?.(world)) ?? {});
  const step = await job.step({ inputs: signIn.inputs(world) });
  const folder = step.result.outputs['config-dir'] ?? '';
  assert.equal(step.result.exitCode, 0, step.result.log);
  world.simulator.clear();
  const run: Session['run'] = (command, args, env) => runClient(job, command, args, env);
  return { world, account: signIn.account(world), job, step, folder, run };
}

/** The ids and command lines of the job's processes, whose environments contain its folder. */
export function processesOf({ job }: Session): (readonly [pid: string, commandLine: string])[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => readProc(`/proc/${pid}/environ`).includes(job.folder))
    .map((pid) => [pid, readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')]);
}

/** Runs a client as a later step would. The command must succeed. */
export async function runClient(
  job: Job,
  command: string,
  args: readonly string[],
  env: Variables = {},
): Promise<CommandResult> {
  const result = await job.run(command, args, env, COMMAND_LIMIT_MS);
  if (result.exitCode !== 0) {
    const log = result.log.trim().split('\n').slice(0, 10).join('\n');
    assert.fail(`${args.join(' ')} ended with ${result.exitCode ?? result.signal}:\n${log}`);
  }
  return result;
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

/** Where `az` looks for a newer version once a day. */
const NEWER_VERSION = new Set(['azure.microsoft.com', 'raw.githubusercontent.com', 'azcliprod.blob.core.windows.net']);

/** Declares a check of a client, which is skipped if the sign-in failed. */
export type Check = (name: string, body: (session: Session) => Promise<void>) => void;

/** Signs in a job for one client, runs the checks in order, and then checks that post leaves nothing. */
export function checkClient(client: string, signIn: SignIn, declare: (check: Check) => void): void {
  suite(client, () => {
    let world: World | undefined;
    let session: Session | undefined;
    after(() => world?.[Symbol.asyncDispose]());
    const check: Check = (name, body) => {
      test(`${client}: ${name}`, async (context) => {
        if (session === undefined) return context.skip('not signed in');
        await body(session);
      });
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
  // An SDK looks for a managed identity before it runs az.
  const hosts = simulator.escaped.map(({ host }) => host).filter((host) => host !== METADATA_ADDRESS);
  assert.deepEqual(
    [...new Set(hosts)].filter((host) => !NEWER_VERSION.has(host)),
    [],
  );
}

async function assertNothingLeft(session: Session): Promise<void> {
  const { job, step } = session;
  assert.ok(existsSync(session.folder));
  const post = await step.post();
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual([...post.errors, ...post.warnings], []);
  const files = [job.temp, job.workspace, job.home].flatMap((folder) => readdirSync(folder));
  assert.deepEqual(
    files.filter((name) => !CLIENT_FILES.has(name)),
    [],
  );
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
  const entries = readFileSync(join(folder, 'service_principal_entries.json'), 'utf8');
  const [entry] = JSON.parse(entries) as [{ client_assertion: string }];
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

export function claimsOf(token: string): { aud: string; oid: string; tid: string; exp: number } {
  const [, body = ''] = token.split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
}
