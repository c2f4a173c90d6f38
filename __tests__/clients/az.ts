/** Two versions of `az`, and the classic cross-platform CLI `azure`. */
import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST, CLASSIC_CLI, CLASSIC_NODE } from '../../scripts/clients/clients.ts';
import type { CommandResult, Job } from '../../simulator/job.ts';
import type { Command } from './open-process.ts';
import { type Check, checkClient, claimsOf, expireTokens, runClient, type Session, type SignIn } from './session.ts';

export interface Subscription {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly isDefault: boolean;
  readonly tenantId: string;
  readonly environmentName: string;
  readonly user: { readonly name: string; readonly type: string };
}

/** In the format of the classic CLI. */
export interface ClassicSubscription extends Omit<Subscription, 'state' | 'user'> {
  readonly user?: Subscription['user'];
  readonly managementCertificate?: { readonly key: string; readonly cert: string };
}

export const AZS = { 'az 2.45': AZ_OLDEST, 'newest az': AZ_NEWEST };

export const PRODUCTION_GROUPS = ['production-data', 'production-web'];

/** A warning of `az` about the disabled subscription. */
const STATE_WARNING = /^WARNING: A few accounts are skipped as they don't have 'Enabled' state.*\n/;

export type Cli = ReturnType<typeof newCli>;
export type Az = ReturnType<typeof newAz>;

/** A command line in the steps of a job. */
function newCli(job: Job, [program, ...first]: Command, format: readonly string[], expectedStderr = /^$/) {
  const run = (...args: readonly string[]): Promise<CommandResult> => runClient(job, program, [...first, ...args]);
  /** Runs a command that must print only JSON, since a warning would be a defect of the session. */
  const json = async <T>(...args: readonly string[]): Promise<T> => {
    const { stdout, stderr } = await run(...args, ...format);
    assert.match(stderr.replace(STATE_WARNING, ''), expectedStderr);
    return (stdout === '' ? undefined : JSON.parse(stdout)) as T;
  };
  /** The names of the resource groups, by default those of the default subscription. */
  const groups = async (...args: readonly string[]): Promise<string[]> =>
    (await json<{ name: string }[]>('group', 'list', ...args)).map(({ name }) => name).sort();
  return { run, json, groups };
}

export function newAz(command: string, job: Job, stderr?: RegExp) {
  const az = newCli(job, [command], ['--output', 'json'], stderr);
  const token = async (...args: readonly string[]): Promise<string> =>
    (await az.json<{ accessToken: string }>('account', 'get-access-token', ...args)).accessToken;
  return { ...az, token };
}

/** Version 0.10.20, with a Node of its time. */
export function classic(job: Job): Cli {
  return newCli(job, [CLASSIC_NODE, CLASSIC_CLI], ['--json']);
}

/** Each version has its own job, since the versions cannot read each other's HTTP cache. */
export function checkEachAz(
  signIn: SignIn,
  suffix: string,
  declare: (check: Check, azOf: (job: Job) => Az, command: string) => void,
): void {
  for (const [name, command] of Object.entries(AZS)) {
    checkClient(name + suffix, signIn, (check) => declare(check, (job) => newAz(command, job), command));
  }
}

/** The profile already contains everything that `az` would look up before its first request. */
export function checkFirstAzCommand(signIn: SignIn): void {
  checkEachAz(signIn, ', its first command', (check, azOf) => {
    check('sends one request, to Resource Manager', async ({ job, world }) => {
      await azOf(job).groups();
      const { id } = world.contoso.subscriptions[0];
      assert.deepEqual(world.requestLines, [`GET management.azure.com/subscriptions/${id}/resourcegroups`]);
    });
  });
}

/** `az-login.ts` compares files and output of `az` with those after `az login`. */
export function checkAz(signIn: SignIn, suffix = ''): void {
  checkEachAz(signIn, suffix, (check, azOf, command) => {
    check('account show', async ({ job, account: { name, type }, world }) => {
      const { user, ...shown } = await azOf(job).json<Subscription>('account', 'show');
      const { subscriptions, tenant } = world.contoso;
      assert.deepEqual([shown.id, user.name, user.type], [subscriptions[0].id, name, type]);
      assert.deepEqual([shown.tenantId, shown.environmentName, shown.isDefault], [tenant.id, 'AzureCloud', true]);
    });

    check('account get-access-token, for a resource without a cached token', async ({ job, account }) => {
      const { aud, oid } = claimsOf(await azOf(job).token('--resource', 'https://vault.azure.net'));
      assert.deepEqual([aud, oid], ['https://vault.azure.net', account.objectId]);
    });

    // Debian's az lacks the library that this command needs.
    if (command === AZ_NEWEST) {
      check('keyvault secret show', async ({ job }) => {
        const secret = ['keyvault', 'secret', 'show', '--vault-name', 'contoso', '--name', 'greeting'];
        assert.equal((await azOf(job).json<{ value: string }>(...secret)).value, 'hello from the vault');
      });
    }
    checkGroups(check, azOf, 'renews');
    checkAccountSet(check, azOf);
  });
}

/** @param renewal `never` for federation and managed identities, which the classic CLI does not support */
export function checkClassic(signIn: SignIn, renewal: 'renews' | 'never'): void {
  checkClient('classic azure', signIn, (check) => {
    check('account list', async ({ job, account, world }) => {
      const subscriptions = await classic(job).json<ClassicSubscription[]>('account', 'list');
      const defaults = subscriptions.flatMap(({ isDefault, id }) => (isDefault ? [id] : []));
      assert.deepEqual(defaults, [world.contoso.subscriptions[0].id]);
      for (const { user } of subscriptions) assert.equal(user?.name, account.name);
    });
    check('account show', async ({ job }) => {
      const [shown] = await classic(job).json<ClassicSubscription[]>('account', 'show');
      assert.equal(shown?.name, 'Production');
    });
    checkGroups(check, classic, renewal);
    checkAccountSet(check, classic);
  });
}

/** With the token of the session, and with one that the client gets itself. */
export function checkGroups(check: Check, cliOf: (job: Job) => Cli, renewal: 'renews' | 'never'): void {
  const assertGroups = async ({ job }: Session): Promise<void> =>
    assert.deepEqual(await cliOf(job).groups(), PRODUCTION_GROUPS);
  check('group list', assertGroups);
  if (renewal === 'never') return;
  check('group list, after the first token expired', (session) => {
    expireTokens(session.folder);
    return assertGroups(session);
  });
}

function checkAccountSet(check: Check, cliOf: (job: Job) => Cli): void {
  check('account set', async ({ job }) => {
    await cliOf(job).run('account', 'set', ...(cliOf === classic ? [] : ['--subscription']), 'Development');
    assert.deepEqual(await cliOf(job).groups(), ['development-web']);
  });
}
