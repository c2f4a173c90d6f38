import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { AZS } from './az.ts';
import { withCli } from './open-process.ts';
import { runClient, type SignIn, type Variables } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

/** Compares the output of `az` and its profile after `az login` and after a sign-in with the built action. */

/** A sign-in for both. */
export interface Login extends Pick<SignIn, 'tenant' | 'prepare' | 'inputs'> {
  readonly title: string;
  /** Arguments of `az login`. */
  readonly login: (world: World, az: AzVersion) => Promise<string[]> | string[];
  /** Commands of `az` before the login, such as the selection of a cloud, and after it. */
  readonly before?: readonly (readonly string[])[];
  readonly after?: readonly (readonly string[])[];
  /** Needs the real address of the metadata service. */
  readonly machine?: true;
  /** The only version that supports this login. Default: both. */
  readonly az?: AzVersion;
  /** Skips `az cloud show`, which prints the user's description of a private cloud. */
  readonly isPrivate?: true;
}

export type AzVersion = keyof typeof AZS;

interface More extends Pick<Login, 'prepare' | 'before' | 'after' | 'az'> {
  readonly inputs?: Variables;
  readonly args?: readonly string[];
}

export function bySecret(title: string, { inputs, args = [], ...more }: More): Login {
  return {
    ...more,
    title,
    inputs: (world) => ({ ...world.secret, ...inputs }),
    login: (world) => asApplication(world, '--password', world.contoso.clientSecret, ...args),
  };
}

export function asApplication({ contoso }: World, ...credential: string[]): string[] {
  const { application, tenant } = contoso;
  const inTenant = credential.includes('--tenant') ? [] : ['--tenant', tenant.id];
  return ['--service-principal', '--username', application.clientId, ...inTenant, ...credential];
}

/** Writes the name in other letter cases, since the profile must have the name in Entra ID. */
export function ofUser(title: string, { inputs, args = [], ...more }: More): Login {
  return {
    ...more,
    title,
    inputs: ({ user: { username = '', password = '' } }) => ({ username: username.toLowerCase(), password, ...inputs }),
    login: ({ user: { username = '', password = '' } }) => {
      return ['--username', username.toUpperCase(), '--password', password, ...args];
    },
  };
}

export function withoutSubscriptions({ simulator }: World): void {
  simulator.directory.subscriptions.length = 0;
}

export function compareLogins(logins: readonly Login[]): void {
  for (const az of Object.keys(AZS) as AzVersion[]) {
    for (const one of logins.filter((login) => (login.az ?? az) === az)) {
      test(`${az}: ${one.title}`, { skip: one.machine === true && NO_MACHINE }, () => compare(az, one));
    }
  }
}

async function compare(az: AzVersion, one: Login): Promise<void> {
  await using world = await World.start(one.machine ? METADATA_SERVICE : {}, one.tenant);
  one.prepare?.(world);
  const environment = {
    ...withCli(AZS[az]),
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    ...(one.machine ? DIRECT_TO_METADATA : {}),
  };
  const expected = await loginWithAz(world.newJob(environment), az, one, world);
  const job = world.newJob(environment);
  const step = await world.signIn(one.inputs(world), { job });
  const actual = await inspect(job, az, one, step.result.outputs['config-dir'] ?? '');
  await step.post();
  assert.deepEqual(actual, expected);
}

async function loginWithAz(job: Job, az: AzVersion, one: Login, world: World): Promise<string[]> {
  const folder = join(job.home, 'az');
  mkdirSync(folder);
  job.env['AZURE_CONFIG_DIR'] = folder;
  const login = ['login', ...(await one.login(world, az))];
  for (const args of [...(one.before ?? []), login, ...(one.after ?? [])]) await runClient(job, AZS[az], args);
  return await inspect(job, az, one, folder);
}

/** @returns the profile's values and the output of `az`, line by line */
async function inspect(job: Job, az: AzVersion, { isPrivate }: Login, folder: string): Promise<string[]> {
  const lines = FILES.flatMap((name) => linesOf(name, readJson(join(folder, name))).sort());
  for (const command of isPrivate ? ACCOUNT_COMMANDS : [...ACCOUNT_COMMANDS, 'cloud show']) {
    const { stdout } = await runClient(job, AZS[az], [...command.split(' '), '--output', 'json']);
    const printed = stdout.split('\n').filter((line) => !/"(accessToken|expires_?[oO]n)":/.test(line));
    lines.push(...printed.map((line) => `${command}: ${line}`));
  }
  return lines;
}

const ACCOUNT_COMMANDS = ['account show', 'account list --all', 'account get-access-token'];

const FILES = ['azureProfile.json', 'service_principal_entries.json', 'msal_token_cache.json'];

/**
 * The keys that only a session has. Without an `installationId`, the first command with telemetry would rewrite the
 * profile to add one. `environments` describes a private cloud to the classic CLI.
 */
const ADDED_KEYS = ['installationId', 'environments'];

function readJson(path: string): unknown {
  if (!existsSync(path)) return 'no file';
  return JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''), (key, value) =>
    ADDED_KEYS.includes(key) ? undefined : value,
  );
}

/** Of tokens, times and paths, which differ in every sign-in, only the type counts. */
function linesOf(path: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    const key = path.split(' ').at(-1) ?? '';
    return [`${path} = ${VARYING_KEYS.includes(key) ? typeof value : JSON.stringify(value)}`];
  }
  if (Object.keys(value).length === 0) return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => linesOf(`${path} ${key}`, inner));
}

const VARYING_KEYS =
  'secret client_assertion certificate cached_at expires_on extended_expires_on last_modification_time'.split(' ');
