/**
 * A user of six tenants with four subscriptions each, and of a seventh that requires multifactor authentication.
 * `az-login-users` compares the profile with that of `az login`; these checks use it.
 */
import assert from 'node:assert/strict';
import type { Job } from '../../simulator/job.ts';
import { type ClassicSubscription, type Cli, checkEachAz, classic, type Subscription } from './az.ts';
import { METHODS } from './methods.ts';
import { type Check, checkClient, claimsOf, expireTokens, type Session, type SignIn } from './session.ts';
import { addSubscription, addTenant, groupOf, tenantId } from './tenants.ts';

const GUEST_TENANTS = [1, 2, 3, 4, 5];

function guestSubscriptions(number: number): string[] {
  return [0, 1, 2, 3].map((at) => `Guest ${number}-${at}`);
}

const signIn: SignIn = {
  ...METHODS.user,
  inputs: ({ user }) => ({ ...user, subscription: 'Production' }),
  prepare: (world) => {
    for (const subscription of world.contoso.subscriptions) subscription.state = 'Enabled';
    addSubscription(world, 'Laboratory', [world.contoso.user.objectId]);
    for (const number of GUEST_TENANTS) addTenant(world, number, guestSubscriptions(number));
    addTenant(world, 6, guestSubscriptions(6), 'required');
  },
};

checkEachAz(signIn, '', (check, azOf) => {
  check('account get-access-token, in a guest tenant, for a resource without a cached token', async (session) => {
    const token = await azOf(session.job).token('--subscription', 'Guest 2-0', '--resource', 'https://vault.azure.net');
    const { tid, oid } = claimsOf(token);
    assert.deepEqual({ tenantId: tid, objectId: oid, multifactor: 'none' }, session.world.contoso.user.guestIn[1]);
  });
  checkGroupsOfGuests(check, azOf);
  check('account set', async ({ job }) => {
    const az = azOf(job);
    await az.json('account', 'set', '--subscription', 'Guest 4-2');
    assert.equal((await az.json<Subscription>('account', 'show')).tenantId, tenantId(4));
    assert.deepEqual(await az.groups(), [groupOf('Guest 4-2')]);
  });
});

checkClient('classic azure', signIn, (check) => {
  check('account list', async ({ job, world }) => {
    const listed = await classic(job).json<ClassicSubscription[]>('account', 'list');
    const inTenant = (id: string, names: readonly string[]): string[] => names.map((name) => `${name} of ${id}`);
    const guests = GUEST_TENANTS.flatMap((number) => inTenant(tenantId(number), guestSubscriptions(number)));
    const home = inTenant(world.contoso.tenant.id, ['Production*', 'Development', 'Retired', 'Laboratory']);
    const names = listed.map(({ name, tenantId, isDefault }) => `${name}${isDefault ? '*' : ''} of ${tenantId}`);
    assert.deepEqual(names.sort(), [...home, ...guests].sort());
  });
  checkGroupsOfGuests(check, classic);
});

function checkGroupsOfGuests(check: Check, cliOf: (job: Job) => Cli): void {
  const assertGroups = async ({ job }: Session, names: readonly string[]): Promise<void> => {
    for (const name of names) assert.deepEqual(await cliOf(job).groups('--subscription', name), [groupOf(name)]);
  };
  const names = GUEST_TENANTS.map((number) => `Guest ${number}-1`);
  check('group list, in every guest tenant', (session) => assertGroups(session, names));
  check('group list, in a guest tenant, after the first token expired', (session) => {
    expireTokens(session.folder);
    return assertGroups(session, ['Guest 3-0', 'Guest 5-3']);
  });
}
