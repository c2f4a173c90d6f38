/** The command lines of Azure: two versions of `az`, and the classic cross-platform `azure`. */
import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST, CLASSIC_CLI, CLASSIC_NODE } from '../../scripts/clients/clients.ts';
import type { CommandResult, Job } from '../../simulator/job.ts';
import { type Check, checkClient, claimsOf, runClient, type Session, type SignIn } from './session.ts';

export interface Subscription {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly isDefault: boolean;
  readonly tenantId: string;
  readonly environmentName: string;
  readonly user: { readonly name: string; readonly type: string };
}

export interface Token {
  readonly accessToken: string;
  readonly tenant: string;
  readonly expiresOn: string;
}

/** As the classic CLI prints it. */
export interface ClassicSubscription extends Pick<Subscription, 'id' | 'name' | 'tenantId' | 'isDefault'> {
  readonly environmentName: string;
  readonly user?: Subscription['user'];
  readonly managementCertificate?: { readonly key: string; readonly cert: string };
}

export const AZS = { 'az 2.45': AZ_OLDEST, 'newest az': AZ_NEWEST };

/** The resource groups of Production. */
export const PRODUCTION = ['production-data', 'production-web'];

/** A warning of `az` that is not the session's fault. */
const OF_STATES = /^WARNING: A few accounts are skipped as they don't have 'Enabled' state.*\n/;

/** One of them, in the steps of a job. */
export class Cli {
  readonly #job: Job;
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #format: readonly string[];
  readonly #says: RegExp;

  constructor(job: Job, command: readonly [program: string, ...args: string[]], format: string[], says = /^$/) {
    this.#job = job;
    this.#command = command;
    this.#format = format;
    this.#says = says;
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    const [program, ...first] = this.#command;
    return runClient(this.#job, program, [...first, ...args]);
  }

  /** Runs a command that must not print a word beside its JSON: a warning would be the session's fault. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, ...this.#format);
    assert.match(stderr.replace(OF_STATES, ''), this.#says);
    return (stdout === '' ? undefined : JSON.parse(stdout)) as T;
  }

  /** The names of the resource groups, of the default subscription unless told. */
  async groups(...of: readonly string[]): Promise<string[]> {
    const groups = await this.json<{ name: string }[]>('group', 'list', ...of);
    return groups.map(({ name }) => name).sort();
  }
}

export class Az extends Cli {
  constructor(command: string, job: Job, says?: RegExp) {
    super(job, [command], ['--output', 'json'], says);
  }
}

/** 0.10.20, on the Node it was made for. */
export function classic(job: Job): Cli {
  return new Cli(job, [CLASSIC_NODE, CLASSIC_CLI], ['--json']);
}

/** Both versions of `az`, each in a job of its own: they cannot read each other's HTTP cache. */
export function checkAz(signIn: SignIn, suffix = ''): void {
  for (const [name, command] of Object.entries(AZS)) {
    checkClient(name + suffix, signIn, (check) => azChecks(command, check));
  }
}

/** All that `az` would look up before its first request is in the profile already. */
export function checkFirstAzCommand(signIn: SignIn): void {
  for (const [name, command] of Object.entries(AZS)) {
    checkClient(`${name}, its first command`, signIn, (check) =>
      check('asks Resource Manager for the groups, and nobody for anything else', async ({ job, world }) => {
        await new Az(command, job).groups();
        assert.deepEqual(
          world.simulator.requests.map(({ host, path }) => `${host}${path}`),
          [`management.azure.com/subscriptions/${world.contoso.subscriptions[0].id}/resourcegroups`],
        );
      }),
    );
  }
}

/** What `az` prints of accounts and tokens, and what it has on disk, is compared with its own login in `az-login.ts`. */
function azChecks(command: string, check: Check): void {
  check('account show', async ({ job, account, world }) => {
    const { id, user, tenantId, environmentName, isDefault } = await new Az(command, job).json<Subscription>(
      'account',
      'show',
    );
    const { subscriptions, tenant } = world.contoso;
    assert.deepEqual([id, user.name, user.type], [subscriptions[0].id, account.name, account.type]);
    assert.deepEqual([tenantId, environmentName, isDefault], [tenant.id, 'AzureCloud', true]);
  });

  check('account get-access-token, for a resource never asked before', async ({ job, account }) => {
    const args = ['account', 'get-access-token', '--resource', 'https://vault.azure.net'];
    const { accessToken } = await new Az(command, job).json<Token>(...args);
    const { aud, oid } = claimsOf(accessToken);
    assert.deepEqual([aud, oid], ['https://vault.azure.net', account.objectId]);
  });

  // Debian ships its az without the library that this command needs.
  if (command === AZ_NEWEST) {
    check('keyvault secret show', async ({ job }) => {
      const secret = ['keyvault', 'secret', 'show', '--vault-name', 'contoso', '--name', 'greeting'];
      assert.equal((await new Az(command, job).json<{ value: string }>(...secret)).value, 'hello from the vault');
    });
  }
  checkGroups(check, (job) => new Az(command, job), 'by-itself');
  checkChoice(check, (job) => new Az(command, job));
}

/** @param renewal whether it knows how to get another token: the classic CLI knows no federation and no managed identity */
export function checkClassic(signIn: SignIn, renewal: 'by-itself' | 'never'): void {
  checkClient('classic azure', signIn, (check) => {
    check('account list', async ({ job, account, world }) => {
      const subscriptions = await classic(job).json<ClassicSubscription[]>('account', 'list');
      assert.deepEqual(
        subscriptions.filter(({ isDefault }) => isDefault).map(({ id }) => id),
        [world.contoso.subscriptions[0].id],
      );
      for (const { user } of subscriptions) assert.equal(user?.name, account.name);
    });
    check('account show', async ({ job }) => {
      const [shown] = await classic(job).json<ClassicSubscription[]>('account', 'show');
      assert.equal(shown?.name, 'Production');
    });
    checkGroups(check, classic, renewal);
    checkChoice(check, classic);
  });
}

/** By the first token of the session, and by one that the client gets itself. */
export function checkGroups(check: Check, cliOf: (job: Job) => Cli, renewal: 'by-itself' | 'never'): void {
  const listed = async ({ job }: Session): Promise<void> => assert.deepEqual(await cliOf(job).groups(), PRODUCTION);
  check('group list', listed);
  if (renewal === 'never') return;
  check('group list, once the first token has ended', (session) => {
    session.endTokens();
    return listed(session);
  });
}

function checkChoice(check: Check, cliOf: (job: Job) => Cli): void {
  check('account set', async ({ job }) => {
    await cliOf(job).run('account', 'set', ...(cliOf === classic ? [] : ['--subscription']), 'Development');
    assert.deepEqual(await cliOf(job).groups(), ['development-web']);
  });
}
