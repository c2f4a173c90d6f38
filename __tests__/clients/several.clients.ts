/** Two sessions in one job: clients take the last one, and a step chooses the other by the output `config-dir`. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { addFabrikam, type Fabrikam } from '../action/fabrikam.ts';
import { World } from '../action/world.ts';
import { OPEN_PROGRAMS, tokenOf } from './open-process.ts';
import { assertNothingEscaped, claimsOf, runClient } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE } from './virtual-machine.ts';

for (const [name, command] of Object.entries({ 'az 2.45': AZ_OLDEST, 'newest az': AZ_NEWEST })) {
  test(`${name}: the last session, and by config-dir the first one`, async () => {
    await using world = await World.start();
    const fabrikam = addFabrikam(world);
    using job = world.newJob();
    const [first, second] = await signInToBoth(world, fabrikam, job);
    const az = (folder: string | undefined, ...args: string[]): Promise<string> =>
      text(job, command, [...args, '--output', 'tsv'], folder === undefined ? {} : { AZURE_CONFIG_DIR: folder });
    const firstFolder = first.result.outputs['config-dir'];
    const groups = ['group', 'list', '--query', '[].name'];
    const token = ['account', 'get-access-token', '--resource', 'https://vault.azure.net', '--query', 'accessToken'];

    assert.equal(await az(undefined, ...groups), 'stores-web');
    assert.deepEqual((await az(firstFolder, ...groups)).split('\n').sort(), ['production-data', 'production-web']);
    assert.equal(claimsOf(await az(undefined, ...token)).oid, fabrikam.principalId);
    assert.equal(claimsOf(await az(firstFolder, ...token)).oid, world.contoso.principalId);
    await az(firstFolder, 'account', 'set', '--subscription', 'Development');
    assert.equal(await az(undefined, 'account', 'show', '--query', 'name'), 'Stores');

    assert.equal((await second.post()).exitCode, 0);
    assert.equal(await az(undefined, ...groups), 'development-web');
    assert.equal((await first.post()).exitCode, 0);
    assertNothingEscaped(world);
  });
}

for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
  test(`${name}: the last session, and the first again after its post`, async () => {
    await using world = await World.start();
    const fabrikam = addFabrikam(world);
    using job = world.newJob();
    const [first, second] = await signInToBoth(world, fabrikam, job);
    const who = async (): Promise<string> => claimsOf(await tokenOf(program, job, VAULT)).oid;
    assert.equal(await who(), fabrikam.principalId);
    await second.post();
    assert.equal(await who(), world.contoso.principalId);
    await first.post();
    assertNothingEscaped(world);
  });
}

/** The end of the second leaves a variable blank, or does not give the secret of the first back. */
const PAIRS: readonly (readonly [first: string, second: string])[] = [
  ['secret, exported', 'oidc'],
  ['secret, exported', 'certificate'],
  ['certificate', 'secret, exported'],
  ['oidc', 'secret, exported'],
  ['oidc', 'certificate'],
];

for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
  const skip = isFenced() ? false : `needs a network of its own, in which ${METADATA_ADDRESS} is this machine`;
  test(`${name}: the first session, once the second has ended in the middle of the job`, { skip }, async () => {
    await using world = await World.start(METADATA_SERVICE);
    const fabrikam = addFabrikam(world);
    await world.simulator.managedIdentity.become('system-assigned');
    const others: Readonly<Record<string, Record<string, string>>> = {
      oidc: fabrikam.identity,
      'secret, exported': { ...fabrikam.identity, 'client-secret': fabrikam.clientSecret, 'export-secrets': 'true' },
      certificate: world.certificate,
    };
    const firsts: typeof others = {
      oidc: world.identity,
      'secret, exported': { ...world.secret, 'export-secrets': 'true' },
      certificate: world.certificate,
    };
    const seen: Record<string, string> = {};
    for (const [first, second] of PAIRS) {
      using job = world.newJob(DIRECT_TO_METADATA);
      const steps: ActionStep[] = [];
      for (const inputs of [firsts[first], others[second]]) steps.push(await job.step({ inputs: inputs ?? {} }));
      await steps[1]?.post();
      const token = tokenOf(program, job, VAULT, { PATH: WITH_CLI });
      seen[`${first}, then ${second}`] = await token.then((found) => claimsOf(found).oid, String);
    }
    const right = PAIRS.map(([first, second]) => [`${first}, then ${second}`, world.contoso.principalId]);
    assert.deepEqual(seen, Object.fromEntries(right));
    assertNothingEscaped(world);
  });
}

const VAULT = 'https://vault.azure.net/.default';
const WITH_CLI = `${dirname(AZ_NEWEST)}:/usr/bin:/bin`;

async function signInToBoth(
  { identity }: World,
  fabrikam: Fabrikam,
  job: Job,
): Promise<readonly [ActionStep, ActionStep]> {
  const first = await job.step({ inputs: { ...identity, subscription: 'Production' } });
  const second = await job.step({ inputs: fabrikam.identity });
  for (const { result } of [first, second]) assert.equal(result.exitCode, 0, result.log);
  return [first, second];
}

async function text(job: Job, command: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  return (await runClient(job, command, args, env)).stdout.trim();
}
