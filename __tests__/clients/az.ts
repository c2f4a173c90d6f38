/** Two versions of `az`, and the classic cross-platform CLI `azure`. */
import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST, CLASSIC_CLI, CLASSIC_NODE } from '../../scripts/clients/clients.ts';
import type { CommandResult, Job } from '../../simulator/job.ts';
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

export interface Token {
  readonly accessToken: string;
  readonly tenant: string;
  readonly expiresOn: string;
}

/** In the format of the classic CLI. */
export interface ClassicSubscription extends Pick<Subscription, 'id' | 'name' | 'tenantId' | 'isDefault'> {
  readonly environmentName: string;
  readonly user?: Subscription['user'];
  readonly managementCertificate?: { readonly key: string; readonly cert: string };
}

export const AZS = { 'az 2.45': AZ_OLDEST, 'newest az': AZ_NEWEST };

export const PRODUCTION_GROUPS = ['production-data', 'production-web'];

/** A warning of `az` about the disabled subscription. */
const STATE_WARNING = /^WARNING: A few accounts are skipped as they don't have 'Enabled' state.*\n/;

/** A command line in the steps of a job. */
export class Cli {
  readonly #job: Job;
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #format: readonly string[];
  readonly #stderr: RegExp;

  constructor(job: Job, command: readonly [program: string, ...args: string[]], format: string[], stderr = /^$/) {
    this.#job = job;
    this.#command = command;
    this.#format = format;
    this.#stderr = stderr;
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    const [program, ...first] = this.#command;
    return runClient(this.#job, program, [...first, ...args]);
  }

  /** Runs a command that must print only JSON, since a warning would be a defect of the session. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, ...this.#format);
    assert.match(stderr.replace(STATE_WARNING, ''), this.#stderr);
    return (stdout === '' ? undefined : JSON.parse(stdout)) as T;
  }

  /** The names of the resource groups, by default those of the default subscription. */
  async groups(...args: readonly string[]): Promise<string[]> {
    const groups = await this.json<{ name: string }[]>('group', 'list', ...args);
    return groups.map(({ name }) => name).sort();
  }
}

export class Az extends Cli {
  constructor(command: string, job: Job, stderr?: RegExp) {
    super(job, [command], ['--output', 'json'], stderr);
  }
}

/** Version 0.10.20, with a Node of its time. */
export function classic(job: Job): Cli {
  return new Cli(job, [CLASSIC_NODE, CLASSIC_CLI], ['--json']);
}

/** Each version has its own job, since the versions cannot read each other's HTTP cache. */
export function checkAz(signIn: SignIn, suffix = ''): void {
  for (const [name, command] of Object.entries(AZS)) {
    checkClient(name + suffix, signIn, (check) => azChecks(command, check));
  }
}

/** The profile already contains everything that `az` would look up before its first request. */
export function checkFirstAzCommand(signIn: SignIn): void {
  for (const [name, command] of Object.entries(AZS)) {
    checkClient(`${name}, its first command`, signIn, (check) =>
      check('sends one request, to Resource Manager', async ({ job, world }) => {
        await new Az(command, job).groups();
        assert.deepEqual(
          world.simulator.requests.map(({ host, path }) => `${host}${path}`),
          [`management.azure.com/subscriptions/${world.contoso.subscriptions[0].id}/resourcegroups`],
        );
      }),
    );
  }
}

/** `az-login.ts` compares files and output of `az` with those after `az login`. */
function azChecks(command: string, check: Check): void {
  check('account show', async ({ job, account, world }) => {
    const shown = await new Az(command, job).json<Subscription>('account', 'show');
    const { subscriptions, tenant } = world.contoso;
    assert.deepEqual([shown.id, shown.user.name, shown.user.type], [subscriptions[0].id, account.name, account.type]);
    assert.deepEqual([shown.tenantId, shown.environmentName, shown.isDefault], [tenant.id, 'AzureCloud', true]);
  });

  check('account get-access-token, for a resource without a cached token', async ({ job, account }) => {
    const args = ['account', 'get-access-token', '--resource', 'https://vault.azure.net'];
    const { accessToken } = await new Az(command, job).json<Token>(...args);
    const { aud, oid } = claimsOf(accessToken);
    assert.deepEqual([aud, oid], ['https://vault.azure.net', account.objectId]);
  });

  // Debian's az lacks the library that this command needs.
  if (command === AZ_NEWEST) {
    check('keyvault secret show', async ({ job }) => {
      const secret = ['keyvault', 'secret', 'show', '--vault-name', 'contoso', '--name', 'greeting'];
      assert.equal((await new Az(command, job).json<{ value: string }>(...secret)).value, 'hello from the vault');
    });
  }
  checkGroups(check, (job) => new Az(command, job), 'renews');
  checkAccountSet(check, (job) => new Az(command, job));
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
