import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import { type ContosoOptions, PRIVATE_AUDIENCE } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { World } from '../action/world.ts';
import { type ClassicSubscription, type Cli, checkGroups, classic, newAz, type Subscription } from './az.ts';
import { withInputs } from './methods.ts';
import { firstToken, OPEN_PROGRAMS } from './open-process.ts';
import { application, checkClient, type SignIn, type Variables } from './session.ts';

/** A cloud, and the limits of the clients in it. */
interface CloudUnderTest extends Limits {
  readonly title: string;
  readonly inputs: Variables;
  /** In both CLIs. */
  readonly name: string;
  /** Of Resource Manager tokens. Default: from the metadata of the private cloud. */
  readonly audience?: string;
}

interface Limits {
  readonly tenant: ContosoOptions;
  /** `az` 2.45 always validates the issuer with the public cloud, which does not know the cloud's own Entra ID. */
  readonly oldestAz?: 'no-token';
  /** The newest `az` does not support the old API versions, and warns about it in every command. */
  readonly newestAz?: 'warns';
  /** The classic CLI cannot renew its token. */
  readonly classic?: 'never';
  /** Only an option in the program stops the SDKs from validating a private issuer with the public cloud. */
  readonly sdks?: 'oidc';
}

function privateCloud(title: string, host: string, limits: Limits): CloudUnderTest {
  const inputs = { 'resource-manager-url': `https://management.${host}.azurestack.external` };
  return { title, inputs, name: 'AzureStack', ...limits };
}

const CLOUDS: readonly CloudUnderTest[] = [
  ...Object.values(KNOWN_CLOUDS)
    .filter(({ name }) => name !== 'AzureCloud')
    .map(({ name, resourceManagerAudience: audience }) => {
      return { title: name, tenant: { cloud: name }, inputs: { environment: name }, name, audience };
    }),
  privateCloud('Azure Stack Hub', 'local', { tenant: { subscriptionCloud: 'AzureStack' }, newestAz: 'warns' }),
  privateCloud('Azure Stack Hub with AD FS', 'adfs', {
    tenant: { cloud: 'AzureStackADFS' },
    newestAz: 'warns',
    classic: 'never',
  }),
  privateCloud('private cloud', 'private', {
    tenant: { cloud: 'PrivateCloud' },
    oldestAz: 'no-token',
    classic: 'never',
    sdks: 'oidc',
  }),
];

/** The SDKs that variables can configure for a cloud. */
const SDKS = ['@azure/identity', 'azure-identity for Python'];

for (const cloud of CLOUDS) {
  const { title, name, oldestAz, newestAz } = cloud;
  const checkAz = (az: string, by: SignIn, azOf: (job: Job) => Cli, limit?: 'no-token'): void =>
    checkClient(`${title}: ${az}`, by, (check) => {
      check('account show', async ({ job, account }) => {
        const shown = await azOf(job).json<Subscription>('account', 'show');
        assert.deepEqual([shown.name, shown.environmentName, shown.user.name], ['Production', name, account.name]);
      });
      if (limit !== 'no-token') checkGroups(check, azOf, 'renews');
    });
  checkAz('az 2.45', signIn(cloud, 'secret'), (job) => newAz(AZ_OLDEST, job), oldestAz);
  const warning = /^The azure stack profile .* please install the Azure CLI `2\.66/s;
  checkAz('newest az', signIn(cloud, 'secret', ''), (job) => newAz(AZ_NEWEST, job, newestAz && warning));
  checkClient(`${title}: classic azure`, signIn(cloud, 'secret'), (check) => {
    check('account show', async ({ job }) => {
      const [shown] = await classic(job).json<ClassicSubscription[]>('account', 'show');
      assert.deepEqual([shown?.name, shown?.environmentName], ['Production', name]);
    });
    checkGroups(check, classic, cloud.classic ?? 'renews');
  });
  const bySdk =
    cloud.sdks === 'oidc'
      ? withInputs(signIn(cloud, 'identity'), { audience: PRIVATE_AUDIENCE })
      : withInputs(signIn(cloud, 'secret'), { 'export-secrets': 'true' });
  for (const sdk of SDKS) {
    const { command } = OPEN_PROGRAMS[sdk] ?? assert.fail(sdk);
    checkClient(`${title}: ${sdk}`, bySdk, (check) => {
      check('a token for Resource Manager', async ({ world, job, account }) => {
        const expected = cloud.audience ?? audienceOf(world, cloud.tenant);
        const { aud, oid } = await firstToken(command, job, `${expected}/.default`);
        assert.deepEqual([aud, oid], [expected, account.objectId]);
      });
    });
  }
}

/** @param newestApiVersion of both subscriptions and groups, whose limits differ in a real Stack Hub */
function signIn(cloud: CloudUnderTest, credential: 'secret' | 'identity', newestApiVersion = '2019-10-01'): SignIn {
  return {
    tenant: cloud.tenant,
    prepare: ({ simulator }) => {
      for (const one of simulator.privateClouds) one.newestApiVersion &&= newestApiVersion;
    },
    inputs: (world) => ({ ...world[credential], ...cloud.inputs, subscription: 'Production' }),
    account: application,
  };
}

function audienceOf({ simulator }: World, { cloud, subscriptionCloud }: ContosoOptions): string {
  const privateCloud = simulator.privateClouds.find(({ name }) => name === (subscriptionCloud ?? cloud));
  return privateCloud?.audience ?? assert.fail('no such cloud');
}
