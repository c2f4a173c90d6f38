import assert from 'node:assert/strict';
import { CLASSIC_CLI, CLASSIC_NODE } from '../../scripts/clients/clients.ts';
import type { CommandResult, Job } from '../../simulator/job.ts';
import { checkClient, runClient, type SignIn } from './session.ts';

/** As the classic CLI prints it. */
export interface ClassicSubscription {
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  readonly isDefault: boolean;
  readonly user?: { readonly name: string; readonly type: string };
  readonly managementCertificate?: { readonly key: string; readonly cert: string };
}

/**
 * The classic cross-platform `azure` 0.10.20, on the Node it was made for.
 * @param renewal whether it knows how to get another token: it knows no federation and no managed identity
 */
export function checkClassic(signIn: SignIn, renewal: 'by-itself' | 'never'): void {
  checkClient('classic azure', signIn, (check) => {
    check('account list', async ({ job, account, world }) => {
      const subscriptions = await azure<ClassicSubscription[]>(job, 'account', 'list');
      const [production] = world.contoso.subscriptions;
      assert.deepEqual(
        subscriptions.filter(({ isDefault }) => isDefault).map(({ id }) => id),
        [production.id],
      );
      for (const { user } of subscriptions) assert.equal(user?.name, account.name);
    });

    check('account show', async ({ job }) => {
      const [shown] = await azure<ClassicSubscription[]>(job, 'account', 'show');
      assert.equal(shown?.name, 'Production');
    });

    check('group list', async ({ job }) => {
      const groups = await azure<{ name: string }[]>(job, 'group', 'list');
      assert.deepEqual(groups.map(({ name }) => name).sort(), ['production-data', 'production-web']);
    });

    if (renewal === 'by-itself') {
      check('group list, once the first token has ended', async (session) => {
        session.endTokens();
        assert.equal((await azure<unknown[]>(session.job, 'group', 'list')).length, 2);
      });
    }

    check('account set', async ({ job }) => {
      await runClassic(job, 'account', 'set', 'Development');
      const groups = await azure<{ name: string }[]>(job, 'group', 'list');
      assert.deepEqual(
        groups.map(({ name }) => name),
        ['development-web'],
      );
    });
  });
}

/** Runs a command that must print nothing but its JSON. */
export async function azure<T>(job: Job, ...args: string[]): Promise<T> {
  const { stdout, stderr } = await runClassic(job, ...args, '--json');
  assert.equal(stderr, '');
  return JSON.parse(stdout) as T;
}

export function runClassic(job: Job, ...args: string[]): Promise<CommandResult> {
  return runClient(job, CLASSIC_NODE, [CLASSIC_CLI, ...args]);
}
