import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import { Az, type Subscription, type Token } from './az.ts';
import { azure, type ClassicSubscription } from './classic.ts';
import { type Check, checkClient, claimsOf, type Session, type SignIn, user } from './session.ts';
import { addSubscription, addTenant, groupOf, tenantId } from './tenants.ts';

/** A user of six tenants with four subscriptions each, and of a seventh that demands a second factor. */

const SUBSCRIPTIONS = 4;
const GUEST_TENANTS = [1, 2, 3, 4, 5];
const STRICT_TENANT = 6;

function guestSubscriptions(number: number): string[] {
  return Array.from({ length: SUBSCRIPTIONS }, (_, at) => `Guest ${number}-${at}`);
}

const signIn: SignIn = {
  env: (world) => {
    const { tenant: home, user: person, subscriptions } = world.contoso;
    for (const own of subscriptions) own.state = 'Enabled';
    addSubscription(world, home.id, person.objectId, 'Laboratory');
    for (const number of GUEST_TENANTS) addTenant(world, number, guestSubscriptions(number));
    addTenant(world, STRICT_TENANT, guestSubscriptions(STRICT_TENANT), 'required');
    return {};
  },
  inputs: ({ contoso }) => ({
    username: contoso.user.userPrincipalName,
    password: contoso.password,
    subscription: 'Production',
  }),
  account: user,
};

checkClient('az 2.45', signIn, (check) => azChecks(AZ_OLDEST, check));
checkClient('newest az', signIn, (check) => azChecks(AZ_NEWEST, check));

function azChecks(command: string, check: Check): void {
  checkWarning(check);

  const listGroups = async ({ job }: Session, names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const groups = await new Az(command, job).json<{ name: string }[]>('group', 'list', '--subscription', name);
      assert.deepEqual(
        groups.map((group) => group.name),
        [groupOf(name)],
      );
    }
  };
  check('group list, in every guest tenant', (session) =>
    listGroups(
      session,
      GUEST_TENANTS.map((number) => `Guest ${number}-1`),
    ),
  );

  check('account get-access-token, in a guest tenant, for a resource never asked before', async ({ job, world }) => {
    const args = ['--subscription', 'Guest 2-0', '--resource', 'https://vault.azure.net'];
    const { accessToken } = await new Az(command, job).json<Token>('account', 'get-access-token', ...args);
    const { tid, oid } = claimsOf(accessToken);
    const guest = world.contoso.user.guestIn[1];
    assert.deepEqual({ tenantId: tid, objectId: oid, multifactor: 'none' }, guest);
  });

  check('group list, in a guest tenant, once the first token has ended', async (session) => {
    session.endTokens();
    await listGroups(session, ['Guest 3-0', 'Guest 5-3']);
  });

  check('account set', async ({ job }) => {
    const az = new Az(command, job);
    await az.json('account', 'set', '--subscription', 'Guest 4-2');
    assert.equal((await az.json<Subscription>('account', 'show')).tenantId, tenantId(4));
    assert.equal((await az.json<unknown[]>('group', 'list')).length, 1);
  });
}

checkClient('classic azure', signIn, (check) => {
  check('account list', async ({ job }) => {
    assertSubscriptions(await azure<ClassicSubscription[]>(job, 'account', 'list'));
  });

  const listGroups = async ({ job }: Session, name: string): Promise<void> => {
    const groups = await azure<{ name: string }[]>(job, 'group', 'list', '--subscription', name);
    assert.deepEqual(
      groups.map((group) => group.name),
      [groupOf(name)],
    );
  };
  check('group list, in a guest tenant', (session) => listGroups(session, 'Guest 2-1'));

  check('group list, in a guest tenant, once the first token has ended', (session) => {
    session.endTokens();
    return listGroups(session, 'Guest 5-3');
  });
});

function checkWarning(check: Check): void {
  check('the tenant that demands a second factor is named', async ({ step, world }) => {
    const { warnings, outputs } = step.result;
    assert.equal(warnings.length, 1, step.result.log);
    assert.match(warnings[0] ?? '', new RegExp(`Tenant 6 \\(${tenantId(STRICT_TENANT)}\\): AADSTS50076`));
    assert.equal(outputs['tenant-id'], world.contoso.tenant.id);
  });
}

function assertSubscriptions(listed: readonly { name: string; tenantId: string; isDefault: boolean }[]): void {
  const guests = GUEST_TENANTS.flatMap((number) =>
    guestSubscriptions(number).map((name) => `${name} of ${tenantId(number)}`),
  );
  const home = '11111111-1111-4111-8111-111111111111';
  const own = ['Production', 'Development', 'Retired', 'Laboratory'].map((name) => `${name} of ${home}`);
  assert.equal(listed.length, 24);
  assert.deepEqual(listed.map(({ name, tenantId }) => `${name} of ${tenantId}`).sort(), [...own, ...guests].sort());
  assert.deepEqual(
    listed.filter(({ isDefault }) => isDefault).map(({ name }) => name),
    ['Production'],
  );
}
