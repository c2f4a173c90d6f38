/** Two sessions in one job: clients use the last one, and a step selects the first one with the output `config-dir`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { addFabrikam, type Fabrikam } from '../action/fabrikam.ts';
import { World } from '../action/world.ts';
import { AZS } from './az.ts';
import { OPEN_PROGRAMS, type OpenProgram, tokenOf, WITH_CLI } from './open-process.ts';
import { assertNothingEscaped, claimsOf, runClient } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

type Inputs = Readonly<Record<string, string>>;

async function signInToEach(world: World, job: Job, all: readonly Inputs[]): Promise<ActionStep[]> {
  const steps: ActionStep[] = [];
  for (const inputs of all) steps.push(await world.signIn({ ...inputs }, { job }));
  return steps;
}

async function signInToBoth(world: World, fabrikam: Fabrikam, job: Job): Promise<[ActionStep, ActionStep]> {
  const both = [{ ...world.identity, subscription: 'Production' }, fabrikam.identity];
  return (await signInToEach(world, job, both)) as [ActionStep, ActionStep];
}

for (const [name, command] of Object.entries(AZS)) {
  test(`${name}: uses the last session, or with config-dir the first one`, async () => {
    await using world = await World.start();
    const fabrikam = addFabrikam(world);
    const job = world.newJob();
    const [first, second] = await signInToBoth(world, fabrikam, job);
    const az = async (folder: string | undefined, ...args: string[]): Promise<string> => {
      const env = folder === undefined ? {} : { AZURE_CONFIG_DIR: folder };
      return (await runClient(job, command, [...args, '--output', 'tsv'], env)).stdout.trim();
    };
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

async function owner(program: OpenProgram, job: Job, path = {}): Promise<string> {
  return claimsOf(await tokenOf(program, job, 'https://vault.azure.net/.default', path)).oid;
}

/** The sign-out of the second leaves a variable blank, or does not restore the secret of the first. */
const PAIRS: readonly (readonly [first: string, second: string])[] = [
  ['secret, exported', 'oidc'],
  ['secret, exported', 'certificate'],
  ['certificate', 'secret, exported'],
  ['oidc', 'secret, exported'],
  ['oidc', 'certificate'],
];

for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
  test(`${name}: uses the last session, and after its post the first one again`, async () => {
    await using world = await World.start();
    const fabrikam = addFabrikam(world);
    const job = world.newJob();
    const [first, second] = await signInToBoth(world, fabrikam, job);
    assert.equal(await owner(program, job), fabrikam.principalId);
    await second.post();
    assert.equal(await owner(program, job), world.contoso.principalId);
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
    const methods: Readonly<Record<string, readonly [first: Inputs, second: Inputs]>> = {
      oidc: [world.identity, identity],
      'secret, exported': [
        { ...world.secret, ...exported },
        { ...identity, 'client-secret': clientSecret, ...exported },
      ],
      certificate: [world.certificate, world.certificate],
    };
    const owners: Record<string, string> = {};
    for (const [first, second] of PAIRS) {
      const job = world.newJob(DIRECT_TO_METADATA);
      const [, later] = await signInToEach(world, job, [methods[first]?.[0] ?? {}, methods[second]?.[1] ?? {}]);
      await later?.post();
      owners[`${first}, then ${second}`] = await owner(program, job, WITH_CLI).catch(String);
    }
    const expected = PAIRS.map(([first, second]) => [`${first}, then ${second}`, world.contoso.principalId]);
    assert.deepEqual(owners, Object.fromEntries(expected));
    assertNothingEscaped(world);
  });
}
