import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST, CLASSIC_CLI, CLASSIC_NODE } from '../../scripts/clients/clients.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { PRIVATE_AUDIENCE } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { World } from '../action/world.ts';
import { OPEN_PROGRAMS, tokenOf } from './open-process.ts';
import { application, type Check, checkClient, claimsOf, type Session, type SignIn } from './session.ts';

/** One cloud and what each client can do in it. */
interface CloudUnderTest {
  readonly title: string;
  readonly tenant: ContosoOptions;
  readonly inputs: Readonly<Record<string, string>>;
  /** What both CLIs call it. */
  readonly name: string;
  /** What tokens of its Resource Manager are for. */
  readonly audience: (world: World) => string;
  /** How `az` 2.45 gets tokens there: it cannot be kept from asking the public cloud about an Entra ID of the cloud's own. */
  readonly oldestAz: 'by-itself' | 'never';
  /** Whether Microsoft's newer `az` has the old interfaces. */
  readonly newestAz: 'whole' | 'without-old-interfaces';
  readonly classic: 'by-itself' | 'until-the-token-ends';
  /** The SDKs have to be told in the program not to ask the public cloud about an Entra ID of the cloud's own. */
  readonly sdks: 'secret' | 'oidc';
}

const known = Object.values(KNOWN_CLOUDS)
  .filter(({ name }) => name !== 'AzureCloud')
  .map(
    (cloud): CloudUnderTest => ({
      title: cloud.name,
      tenant: { cloud: cloud.name },
      inputs: { environment: cloud.name },
      name: cloud.name,
      audience: () => cloud.resourceManagerAudience,
      oldestAz: 'by-itself',
      newestAz: 'whole',
      classic: 'by-itself',
      sdks: 'secret',
    }),
  );

const CLOUDS: readonly CloudUnderTest[] = [
  ...known,
  {
    title: 'Azure Stack Hub',
    tenant: { subscriptionCloud: 'AzureStack' },
    inputs: { environment: 'AzureStack', 'resource-manager-url': 'https://management.local.azurestack.external' },
    name: 'AzureStack',
    audience: (world) => privateCloud(world, 'AzureStack').audience,
    oldestAz: 'by-itself',
    newestAz: 'without-old-interfaces',
    classic: 'by-itself',
    sdks: 'secret',
  },
  {
    title: 'Azure Stack Hub with AD FS',
    tenant: { cloud: 'AzureStackADFS' },
    inputs: { environment: 'AzureStack', 'resource-manager-url': 'https://management.adfs.azurestack.external' },
    name: 'AzureStack',
    audience: (world) => privateCloud(world, 'AzureStackADFS').audience,
    oldestAz: 'by-itself',
    newestAz: 'without-old-interfaces',
    classic: 'until-the-token-ends',
    sdks: 'secret',
  },
  {
    title: 'private cloud',
    tenant: { cloud: 'PrivateCloud' },
    inputs: { 'resource-manager-url': 'https://management.private.azurestack.external' },
    name: 'AzureStack',
    audience: (world) => privateCloud(world, 'PrivateCloud').audience,
    oldestAz: 'never',
    newestAz: 'whole',
    classic: 'until-the-token-ends',
    sdks: 'oidc',
  },
];

/** Those that can be told of a cloud by variables alone. */
const SDKS = ['@azure/identity', 'azure-identity for Python'];

for (const cloud of CLOUDS) {
  const bySecret: SignIn = {
    tenant: cloud.tenant,
    inputs: ({ secret }) => ({ ...secret, ...cloud.inputs, subscription: 'Production' }),
    account: application,
  };
  const byOidc: SignIn = {
    ...bySecret,
    inputs: ({ identity }) => ({
      ...identity,
      ...cloud.inputs,
      ...(cloud.title === 'private cloud' ? { audience: PRIVATE_AUDIENCE } : {}),
      subscription: 'Production',
    }),
  };
  const byExportedSecret: SignIn = {
    ...bySecret,
    inputs: (world) => ({ ...bySecret.inputs(world), 'export-secrets': 'true' }),
  };
  checkClient(`${cloud.title}: az 2.45`, bySecret, (check) => oldestAzChecks(cloud, check));
  checkClient(`${cloud.title}: newest az`, bySecret, (check) => newestAzChecks(cloud, check));
  checkClient(`${cloud.title}: classic azure`, bySecret, (check) => classicChecks(cloud, check));
  for (const name of SDKS) {
    checkClient(`${cloud.title}: ${name}`, cloud.sdks === 'secret' ? byExportedSecret : byOidc, (check) =>
      sdkChecks(cloud, name, check),
    );
  }
}

function oldestAzChecks(cloud: CloudUnderTest, check: Check): void {
  check('account show', (session) => assertAccount(session, AZ_OLDEST, cloud, /^$/));
  if (cloud.oldestAz === 'never') return;
  check('group list', (session) => assertGroups(session, AZ_OLDEST, /^$/));
  check('group list, once the first token has ended', (session) => {
    session.endTokens();
    return assertGroups(session, AZ_OLDEST, /^$/);
  });
}

/** Where the old interfaces are gone, `az` says so in every command, and asks for newer ones. */
function newestAzChecks(cloud: CloudUnderTest, check: Check): void {
  const stderr = cloud.newestAz === 'whole' ? /^$/ : /^The azure stack profile .* please install the Azure CLI `2\.66/s;
  check('account show', (session) => assertAccount(session, AZ_NEWEST, cloud, stderr));
  const groups = (session: Session): Promise<void> => {
    for (const own of session.world.simulator.privateClouds) own.newestApiVersion = '';
    return assertGroups(session, AZ_NEWEST, stderr);
  };
  check('group list', groups);
  check('group list, once the first token has ended', (session) => {
    session.endTokens();
    return groups(session);
  });
}

function classicChecks(cloud: CloudUnderTest, check: Check): void {
  check('account show', async (session) => {
    const [shown] = await json<{ name: string; environmentName: string }[]>(session, CLASSIC_NODE, [
      CLASSIC_CLI,
      'account',
      'show',
      '--json',
    ]);
    assert.deepEqual([shown?.name, shown?.environmentName], ['Production', cloud.name]);
  });
  check('group list', assertClassicGroups);
  if (cloud.classic === 'by-itself') {
    check('group list, once the first token has ended', (session) => {
      session.endTokens();
      return assertClassicGroups(session);
    });
  }
}

function sdkChecks(cloud: CloudUnderTest, name: string, check: Check): void {
  check('a token for Resource Manager', async ({ world, job, account }) => {
    const audience = cloud.audience(world);
    const { aud, oid } = claimsOf(await tokenOf(OPEN_PROGRAMS[name], job, `${audience}/.default`));
    assert.deepEqual([aud, oid], [audience, account.objectId]);
  });
}

async function assertAccount(session: Session, az: string, cloud: CloudUnderTest, stderr: RegExp): Promise<void> {
  const shown = await json<{ name: string; environmentName: string; user: { name: string } }>(
    session,
    az,
    ['account', 'show', '--output', 'json'],
    stderr,
  );
  assert.deepEqual(
    [shown.name, shown.environmentName, shown.user.name],
    ['Production', cloud.name, session.account.name],
  );
}

async function assertGroups(session: Session, az: string, stderr: RegExp): Promise<void> {
  allowInterfacesOf2019(session);
  const groups = await json<{ name: string }[]>(session, az, ['group', 'list', '--output', 'json'], stderr);
  assert.deepEqual(groups.map(({ name }) => name).sort(), ['production-data', 'production-web']);
}

async function assertClassicGroups(session: Session): Promise<void> {
  allowInterfacesOf2019(session);
  const groups = await json<{ name: string }[]>(session, CLASSIC_NODE, [CLASSIC_CLI, 'group', 'list', '--json']);
  assert.deepEqual(groups.map(({ name }) => name).sort(), ['production-data', 'production-web']);
}

/** A Stack Hub lists resource groups in newer versions than subscriptions; the simulated one has one limit for all. */
function allowInterfacesOf2019({ world }: Session): void {
  for (const own of world.simulator.privateClouds) {
    if (own.newestApiVersion !== '') own.newestApiVersion = '2019-10-01';
  }
}

async function json<T>(session: Session, command: string, args: readonly string[], said = /^$/): Promise<T> {
  const { stdout, stderr } = await session.run(command, args);
  assert.match(stderr, said);
  return JSON.parse(stdout) as T;
}

function privateCloud({ simulator }: World, name: string): { audience: string } {
  const found = simulator.privateClouds.find((cloud) => cloud.name === name);
  assert.ok(found);
  return found;
}
