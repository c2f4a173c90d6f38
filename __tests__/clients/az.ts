import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
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

/** Both versions of `az`, each in a job of its own: they cannot read each other's HTTP cache. */
export function checkAz(signIn: SignIn, suffix = ''): void {
  checkClient(`az 2.45${suffix}`, signIn, (check) => azChecks(AZ_OLDEST, check));
  checkClient(`newest az${suffix}`, signIn, (check) => azChecks(AZ_NEWEST, check));
}

/** All that `az` would look up before its first request is in the profile already. */
export function checkFirstAzCommand(signIn: SignIn): void {
  for (const [name, command] of [
    ['az 2.45', AZ_OLDEST],
    ['newest az', AZ_NEWEST],
  ] as const) {
    checkClient(`${name}, its first command`, signIn, (check) =>
      check('asks Resource Manager for the groups, and nobody for anything else', async ({ job, world }) => {
        await new Az(command, job).json('group', 'list');
        assert.deepEqual(
          world.simulator.requests.map(({ host, path }) => `${host}${path}`),
          [`management.azure.com/subscriptions/${world.contoso.subscriptions[0].id}/resourcegroups`],
        );
      }),
    );
  }
}

/** What `az` prints of accounts and tokens, and what it has on disk, is compared with its own login in `az-login.ts`. */
function azChecks(command: string, checkSession: Check): void {
  const check = (name: string, body: (az: Az, session: Session) => Promise<void>): void =>
    checkSession(name, (session) => body(new Az(command, session.job), session));

  check('group list', async (az) => {
    const groups = await az.json<{ name: string }[]>('group', 'list');
    assert.deepEqual(groups.map(({ name }) => name).sort(), ['production-data', 'production-web']);
  });

  check('account show', async (az, session) => {
    const { contoso } = session.world;
    const { name, type } = session.account;
    const account = await az.json<Subscription>('account', 'show');
    assert.equal(account.id, contoso.subscriptions[0].id);
    assert.deepEqual([account.user.name, account.user.type], [name, type]);
    assert.equal(account.tenantId, contoso.tenant.id);
    assert.equal(account.environmentName, 'AzureCloud');
    assert.equal(account.isDefault, true);
  });

  check('account get-access-token, for a resource never asked before', async (az, session) => {
    const { accessToken } = await az.json<Token>(
      'account',
      'get-access-token',
      '--resource',
      'https://vault.azure.net',
    );
    const claims = claimsOf(accessToken);
    assert.match(claims.aud, /vault\.azure\.net/);
    assert.equal(claims.oid, session.account.objectId);
  });

  // Debian ships its az without the library that this command needs.
  if (command === AZ_NEWEST) {
    check('keyvault secret show', async (az) => {
      const secret = ['keyvault', 'secret', 'show', '--vault-name', 'contoso', '--name', 'greeting'];
      assert.equal((await az.json<{ value: string }>(...secret)).value, 'hello from the vault');
    });
  }

  check('group list, once the first token has ended', async (az, session) => {
    session.endTokens();
    assert.equal((await az.json<unknown[]>('group', 'list')).length, 2);
  });

  check('account set', async (az) => {
    await az.json('account', 'set', '--subscription', 'Development');
    assert.equal((await az.json<Subscription>('account', 'show')).name, 'Development');
    const groups = await az.json<{ name: string }[]>('group', 'list');
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['development-web'],
    );
  });
}

/** `az` of one version, in the steps of a job. */
export class Az {
  readonly #command: string;
  readonly #job: Job;

  constructor(command: string, job: Job) {
    this.#command = command;
    this.#job = job;
  }

  /** Runs a command that must not print a word beside its JSON: a warning would be the session's fault. */
  async json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await runClient(this.#job, this.#command, [...args, '--output', 'json']);
    assert.equal(stderr.replace(/^WARNING: A few accounts are skipped as they don't have 'Enabled' state.*\n/, ''), '');
    return (stdout === '' ? undefined : JSON.parse(stdout)) as T;
  }
}
