import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { World } from '../action/world.ts';
import { AZS } from './az.ts';
import { runClient } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

/**
 * Signs in twice to the same Azure, with `az login` and with the built action, and then lets `az` tell the difference:
 * in what it prints, and in the files that it reads.
 */

type Variables = Record<string, string>;

/** A way to sign in, as a workflow writes it for either one. */
export interface Login {
  readonly title: string;
  readonly tenant?: ContosoOptions;
  readonly prepare?: (world: World) => void;
  readonly inputs: (world: World) => Variables;
  /** Arguments of `az login`; `file` writes one that they name. */
  readonly login: (world: World, az: AzVersion, file: (content: string) => string) => Promise<string[]> | string[];
  /** Commands of `az` before it, such as those that choose the cloud, and after it. */
  readonly before?: readonly (readonly string[])[];
  readonly after?: readonly (readonly string[])[];
  /** Needs the address of Azure's metadata service. */
  readonly machine?: true;
  /** The one that can sign in so; else both. */
  readonly az?: AzVersion;
  /** A cloud that the classic CLI has to be told of, and that `az` shows as the person described it. */
  readonly isPrivate?: true;
}

export type AzVersion = keyof typeof AZS;

/** What differs from one login to the next: the inputs of the action, and the arguments of `az login`. */
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
  const named = credential.includes('--tenant') ? [] : ['--tenant', tenant.id];
  return ['--service-principal', '--username', application.clientId, ...named, ...credential];
}

/** The name of a user is what Entra ID makes of it, not what was typed. */
export function ofUser(title: string, { inputs, args = [], ...more }: More): Login {
  return {
    ...more,
    title,
    inputs: ({ contoso: { user, password } }) => {
      return { username: user.userPrincipalName.toLowerCase(), password, ...inputs };
    },
    login: ({ contoso: { user, password } }) => {
      return ['--username', user.userPrincipalName.toUpperCase(), '--password', password, ...args];
    },
  };
}

export function withoutSubscriptions({ simulator }: World): void {
  simulator.directory.subscriptions.length = 0;
}

export function compareLogins(logins: readonly Login[]): void {
  for (const az of Object.keys(AZS) as AzVersion[]) {
    for (const one of logins.filter((any) => any.az === undefined || any.az === az)) {
      test(`${az}: ${one.title}`, { skip: one.machine === true && NO_MACHINE }, () => compare(az, one));
    }
  }
}

async function compare(az: AzVersion, one: Login): Promise<void> {
  await using world = await World.start(one.machine ? METADATA_SERVICE : {}, one.tenant);
  one.prepare?.(world);
  const environment = {
    PATH: [dirname(AZS[az]), process.env['PATH']].join(delimiter),
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    ...(one.machine ? DIRECT_TO_METADATA : {}),
  };
  const theirs = await loginOfAz(world.newJob(environment), az, one, world);
  const job = world.newJob(environment);
  const step = await world.signedIn(one.inputs(world), { job });
  const ours = await look(job, az, one, step.result.outputs['config-dir'] ?? '');
  await step.post();
  assert.deepEqual(ours, theirs);
}

async function loginOfAz(job: Job, az: AzVersion, one: Login, world: World): Promise<string[]> {
  const folder = join(job.home, 'az');
  mkdirSync(folder);
  job.env['AZURE_CONFIG_DIR'] = folder;
  const file = (content: string): string => {
    const path = join(job.home, 'credential.pem');
    writeFileSync(path, content);
    return path;
  };
  for (const args of one.before ?? []) await runClient(job, AZS[az], args);
  await runClient(job, AZS[az], ['login', ...(await one.login(world, az, file))]);
  for (const args of one.after ?? []) await runClient(job, AZS[az], args);
  return await look(job, az, one, folder);
}

/** What `az` says, and what it has on disk, line by line. */
async function look(job: Job, az: AzVersion, { isPrivate }: Login, folder: string): Promise<string[]> {
  const lines = FILES.flatMap((name) => linesOf(name, readJson(join(folder, name))).sort());
  for (const command of isPrivate ? PRINTED_OF_ACCOUNT : [...PRINTED_OF_ACCOUNT, 'cloud show']) {
    const { stdout } = await runClient(job, AZS[az], [...command.split(' '), '--output', 'json']);
    const printed = stdout.split('\n').filter((line) => !/"(accessToken|expires_?[oO]n)":/.test(line));
    lines.push(...printed.map((line) => `${command}: ${line}`));
  }
  return lines;
}

const PRINTED_OF_ACCOUNT = ['account show', 'account list --all', 'account get-access-token'];

const FILES = ['azureProfile.json', 'service_principal_entries.json', 'msal_token_cache.json'];

/**
 * All that a session leaves more. Without an `installationId`, `az` would write the profile anew in its first command with
 * telemetry, to add one. `environments` describes a cloud to the classic CLI, where that does not know it. `az` shows
 * neither.
 */
const MORE = ['installationId', 'environments'];

function readJson(path: string): unknown {
  if (!existsSync(path)) return 'no file';
  return JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''), (key, value) =>
    MORE.includes(key) ? undefined : value,
  );
}

/** Tokens, times and paths differ, each in every sign-in; everything else may not. */
function linesOf(path: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    const key = path.split(' ').at(-1) ?? '';
    return [`${path} = ${OWN_VALUES.includes(key) ? typeof value : JSON.stringify(value)}`];
  }
  if (Object.keys(value).length === 0) return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => linesOf(`${path} ${key}`, inner));
}

const OWN_VALUES = `
  secret client_assertion certificate cached_at expires_on extended_expires_on last_modification_time`
  .trim()
  .split(/\s+/);
