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

/** How a job signs in, and as whom clients should then see it. */
export interface SignIn {
  readonly inputs: (world: World) => Variables;
  /** Variables of the whole job, such as those of a machine in Azure; also sets up what else the method needs. */
  readonly env?: (world: World) => Variables | Promise<Variables>;
  readonly simulator?: SimulatorOptions;
  readonly tenant?: ContosoOptions;
  readonly account: (world: World) => Account;
}

export interface Account {
  readonly name: string;
  readonly type: 'servicePrincipal' | 'user';
  /** Object id of the principal: what its tokens say. */
  readonly objectId: string;
}

export function application({ contoso }: World): Account {
  return { name: contoso.application.clientId, type: 'servicePrincipal', objectId: contoso.principalId };
}

export function user({ contoso }: World): Account {
  return { name: contoso.user.userPrincipalName, type: 'user', objectId: contoso.user.objectId };
}

/** A client command that hangs, above all on a question, fails the check instead of the whole run. */
const COMMAND_LIMIT = 90_000;

/** A job that the built action has signed in. */
export interface Session {
  readonly world: World;
  readonly account: Account;
  readonly job: Job;
  readonly step: ActionStep;
  /** The profile folder. */
  readonly folder: string;
  /** Runs a client as a later step would, without standard input, and expects it to succeed. */
  readonly run: (command: string, args: readonly string[], env?: Variables) => Promise<CommandResult>;
  readonly endTokens: () => void;
  /** Every process that runs in the job: each has its folder somewhere in its environment. */
  readonly processes: () => string[];
}

async function open(world: World, signIn: SignIn): Promise<Session> {
  const job = world.newJob((await signIn.env?.(world)) ?? {});
  const step = await job.step({ inputs: signIn.inputs(world) });
  const folder = step.result.outputs['config-dir'] ?? '';
  assert.equal(step.result.exitCode, 0, step.result.log);
  world.simulator.clear();
  return {
    world,
    account: signIn.account(world),
    job,
    step,
    folder,
    run: (command, args, env) => runClient(job, command, args, env),
    endTokens: () => endTokens(folder),
    processes: () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
        .filter((pid) => readProc(`/proc/${pid}/environ`).includes(job.folder))
        .map((pid) => `${pid} ${readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
  };
}

/** Runs a client as a later step would, without standard input, and expects it to succeed. */
export async function runClient(
  job: Job,
  command: string,
  args: readonly string[],
  env: Variables = {},
): Promise<CommandResult> {
  const result = await job.run(command, args, env, COMMAND_LIMIT);
  if (result.exitCode !== 0) {
    const said = result.log.trim().split('\n').slice(0, 10).join('\n');
    assert.fail(`${args.join(' ')} ended with ${result.exitCode ?? result.signal}:\n${said}`);
  }
  return result;
}

/** Lets every access token in a profile end, as an hour would, so that the client has to get its own. */
export function endTokens(folder: string): void {
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

/** Where `az` looks for a newer version of itself, once a day. */
const NEWER_VERSION = new Set(['azure.microsoft.com', 'raw.githubusercontent.com', 'azcliprod.blob.core.windows.net']);

/** Declares one check of a client; without a session it is skipped, for the sign-in has failed already. */
export type Check = (name: string, body: (session: Session) => Promise<void>) => void;

/**
 * One client in a job of its own: the built action signs in, the checks run in order, and then post leaves nothing.
 */
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
    check('nothing else was contacted', async ({ world }) => assertNothingEscaped(world));
    check('post leaves no file and no process', assertNothingLeft);
  });
}

/** For the table that the run of all clients ends with. */
export function reportSignIn(context: TestContext, client: string, way: string): void {
  context.diagnostic(`${client} is signed in by ${way}`);
}

export function assertNothingEscaped({ simulator }: World): void {
  const hosts = simulator.escaped
    .map(({ host }) => host)
    // An SDK asks whether the machine has an identity of its own before it turns to az; the proxy lets nobody out.
    .filter((host) => !NEWER_VERSION.has(host) && host !== METADATA_ADDRESS);
  assert.deepEqual([...new Set(hosts)], []);
}

async function assertNothingLeft(session: Session): Promise<void> {
  const { job, step } = session;
  assert.ok(existsSync(session.folder));
  const post = await step.post();
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual([...post.errors, ...post.warnings], []);
  assert.deepEqual(readdirSync(job.temp), []);
  assert.deepEqual(readdirSync(job.workspace), []);
  assert.deepEqual(
    readdirSync(job.home).filter((name) => !OF_CLIENTS.has(name)),
    [],
  );
  // Post tells the refresher to end and does not wait for it.
  for (let waited = 0; waited < 2000 && session.processes().length > 0; waited += 50) await setTimeout(50);
  assert.deepEqual(session.processes(), []);
  assert.equal(job.env['AZURE_CONFIG_DIR'], join(job.home, '.azure'));
}

/**
 * What clients keep in the home folder whether somebody is signed in or not: the classic CLI its compiled self, Python's
 * SDK the lock of an empty cache.
 */
const OF_CLIENTS = new Set(['.streamline', '.IdentityService']);

/** For how long what the SDKs or what `az` read of a federated session has been over, in milliseconds. */
export function staleMs({ result }: ActionStep): number {
  const folder = result.outputs['config-dir'] ?? '';
  const entries = readFileSync(join(folder, 'service_principal_entries.json'), 'utf8');
  const [entry] = JSON.parse(entries) as [{ client_assertion: string }];
  const tokens = [readFileSync(join(folder, 'federated-token'), 'utf8'), entry.client_assertion];
  return Math.max(0, ...tokens.map((token) => Date.now() - claimsOf(token).exp * 1000));
}

/** A file of `/proc`: processes come and go while they are looked at. */
export function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** What an access token says, as a service would read it. */
export function claimsOf(token: string): { aud: string; oid: string; tid: string; exp: number } {
  const [, body = ''] = token.split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
}
