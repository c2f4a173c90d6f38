import assert from 'node:assert/strict';
import { CLASSIC_CLI, CLASSIC_NODE } from '../../scripts/clients/clients.ts';
import { checkClient, type Session, type SignIn } from './session.ts';

interface Subscription {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly user: { readonly name: string; readonly type: string };
}

/**
 * The classic cross-platform `azure` 0.10.20, on the Node it was made for.
 * @param renewal whether it knows how to get another token: it knows no federation and no managed identity
 */
export function checkClassic(signIn: SignIn, renewal: 'by-itself' | 'never'): void {
  checkClient('classic azure', signIn, (check) => {
    check('account list', async (session) => {
      const { name } = session.account;
      const subscriptions = await azure<Subscription[]>(session, 'account', 'list');
      const [production] = session.world.contoso.subscriptions;
      assert.deepEqual(
        subscriptions.filter(({ isDefault }) => isDefault).map(({ id }) => id),
        [production.id],
      );
      for (const { user } of subscriptions) assert.equal(user.name, name);
    });

    check('account show', async (session) => {
      const [shown] = await azure<Subscription[]>(session, 'account', 'show');
      assert.equal(shown?.name, 'Production');
    });

    check('group list', async (session) => {
      const groups = await azure<{ name: string }[]>(session, 'group', 'list');
      assert.deepEqual(groups.map(({ name }) => name).sort(), ['production-data', 'production-web']);
    });

    if (renewal === 'by-itself') {
      check('group list, once the first token has ended', async (session) => {
        session.endTokens();
        assert.equal((await azure<unknown[]>(session, 'group', 'list')).length, 2);
      });
    }

    check('account set', async (session) => {
      await session.run(CLASSIC_NODE, [CLASSIC_CLI, 'account', 'set', 'Development']);
      const groups = await azure<{ name: string }[]>(session, 'group', 'list');
      assert.deepEqual(
        groups.map(({ name }) => name),
        ['development-web'],
      );
    });
  });
}

async function azure<T>(session: Session, ...args: string[]): Promise<T> {
  const { stdout, stderr } = await session.run(CLASSIC_NODE, [CLASSIC_CLI, ...args, '--json']);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as T;
}
