/** Two sessions in one job: clients use the last one, and a step selects the first one with the output `config-dir`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { addFabrikam } from '../action/fabrikam.ts';
import { World } from '../action/world.ts';
import { AZS, PRODUCTION_GROUPS } from './az.ts';
import { firstToken, OPEN_PROGRAMS, WITH_CLI } from './open-process.ts';
import { assertNothingEscaped, claimsOf, runClient, type Variables } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

async function signInToBoth(world: World) {
  const fabrikam = addFabrikam(world);
  const first = await world.signIn({ ...world.identity, subscription: 'Production' });
  return { fabrikam, first, second: await world.signIn(fabrikam.identity) };
}

for (const [name, command] of Object.entries(AZS)) {
  test(`${name}: uses the last session, or with config-dir the first one`, async () => {
    await using world = await World.start();
    const { fabrikam, first, second } = await signInToBoth(world);
    const az = async (env: Variables, ...args: string[]): Promise<string> =>
      (await runClient(world.job, command, [...args, '--output', 'tsv'], env)).stdout.trim();
    const inFirst = { AZURE_CONFIG_DIR: first.result.outputs['config-dir'] ?? '' };
    const groups = ['group', 'list', '--query', '[].name'];
    const token = ['account', 'get-access-token', '--resource', 'https://vault.azure.net', '--query', 'accessToken'];

    assert.equal(await az({}, ...groups), 'stores-web');
    assert.deepEqual((await az(inFirst, ...groups)).split('\n').sort(), PRODUCTION_GROUPS);
    assert.equal(claimsOf(await az({}, ...token)).oid, fabrikam.principalId);
    assert.equal(claimsOf(await az(inFirst, ...token)).oid, world.contoso.principalId);
    await az(inFirst, 'account', 'set', '--subscription', 'Development');
    assert.equal(await az({}, 'account', 'show', '--query', 'name'), 'Stores');

    assert.equal((await second.post()).exitCode, 0);
    assert.equal(await az({}, ...groups), 'development-web');
    assert.equal((await first.post()).exitCode, 0);
    assertNothingEscaped(world);
  });
}

/** The sign-out of the second leaves a variable blank, or does not restore the secret of the first. */
const PAIRS = [
  ['secret, exported', 'oidc'],
  ['secret, exported', 'certificate'],
  ['certificate', 'secret, exported'],
  ['oidc', 'secret, exported'],
  ['oidc', 'certificate'],
] as const;

for (const [name, { command }] of Object.entries(OPEN_PROGRAMS)) {
  const owner = async (job: Job, path?: Variables): Promise<string> =>
    (await firstToken(command, job, 'https://vault.azure.net/.default', path)).oid;

  test(`${name}: uses the last session, and after its post the first one again`, async () => {
    await using world = await World.start();
    const { fabrikam, first, second } = await signInToBoth(world);
    assert.equal(await owner(world.job), fabrikam.principalId);
    await second.post();
    assert.equal(await owner(world.job), world.contoso.principalId);
    await first.post();
    assertNothingEscaped(world);
  });

  test(`${name}: uses the first session after the second one's post, not the machine's identity`, {
    skip: NO_MACHINE,
  }, async () => {
    await using world = await World.start(METADATA_SERVICE);
    const { identity, clientSecret } = addFabrikam(world);
    await world.simulator.managedIdentity.become('system-assigned');
    const exported = { 'export-secrets': 'true' };
    const ofSecond = { ...identity, 'client-secret': clientSecret, ...exported };
    const methods = {
      oidc: [world.identity, identity],
      'secret, exported': [{ ...world.secret, ...exported }, ofSecond],
      certificate: [world.certificate, world.certificate],
    } as const;
    const owners: Record<string, string> = {};
    for (const [first, second] of PAIRS) {
      const job = world.newJob(DIRECT_TO_METADATA);
      await world.signIn(methods[first][0], { job });
      await (await world.signIn(methods[second][1], { job })).post();
      owners[`${first}, then ${second}`] = await owner(job, WITH_CLI).catch(String);
    }
    const expected = PAIRS.map(([first, second]) => [`${first}, then ${second}`, world.contoso.principalId]);
    assert.deepEqual(owners, Object.fromEntries(expected));
    assertNothingEscaped(world);
  });
}
