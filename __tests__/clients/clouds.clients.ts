import assert from 'node:assert/strict';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import { type ContosoOptions, PRIVATE_AUDIENCE } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { World } from '../action/world.ts';
import { Az, type ClassicSubscription, type Cli, checkGroups, classic, type Subscription } from './az.ts';
import { withInputs } from './methods.ts';
import { OPEN_PROGRAMS, tokenOf } from './open-process.ts';
import { application, type Check, checkClient, claimsOf, type SignIn } from './session.ts';

/** One cloud and what each client can do in it. */
interface CloudUnderTest {
  readonly title: string;
  readonly tenant: ContosoOptions;
  readonly inputs: Readonly<Record<string, string>>;
  /** What both CLIs call it. */
  readonly name: string;
  /** What tokens of its Resource Manager are for; of a private cloud they say it themselves. */
  readonly audience?: string;
  /** What `az` 2.45 cannot do: it cannot be kept from asking the public cloud about an Entra ID of the cloud's own. */
  readonly oldestAz?: 'no-token';
  /** Microsoft's newer `az` lacks the old interfaces, and asks in every command for newer ones. */
  readonly newestAz?: 'without-old-interfaces';
  /** The classic CLI gets no other token. */
  readonly classic?: 'until-the-token-ends';
  /** The SDKs have to be told in the program not to ask the public cloud about an Entra ID of the cloud's own. */
  readonly sdks?: 'oidc';
}

function privateCloud(host: string): Pick<CloudUnderTest, 'inputs' | 'name'> {
  return { inputs: { 'resource-manager-url': `https://management.${host}.azurestack.external` }, name: 'AzureStack' };
}

const CLOUDS: readonly CloudUnderTest[] = [
  ...Object.values(KNOWN_CLOUDS)
    .filter(({ name }) => name !== 'AzureCloud')
    .map(({ name, resourceManagerAudience: audience }) => {
      return { title: name, tenant: { cloud: name }, inputs: { environment: name }, name, audience };
    }),
  {
    ...privateCloud('local'),
    title: 'Azure Stack Hub',
    tenant: { subscriptionCloud: 'AzureStack' },
    newestAz: 'without-old-interfaces',
  },
  {
    ...privateCloud('adfs'),
    title: 'Azure Stack Hub with AD FS',
    tenant: { cloud: 'AzureStackADFS' },
    newestAz: 'without-old-interfaces',
    classic: 'until-the-token-ends',
  },
  {
    ...privateCloud('private'),
    title: 'private cloud',
    tenant: { cloud: 'PrivateCloud' },
    oldestAz: 'no-token',
    classic: 'until-the-token-ends',
    sdks: 'oidc',
  },
];

/** Those that can be told of a cloud by variables alone. */
const SDKS = ['@azure/identity', 'azure-identity for Python'];

for (const cloud of CLOUDS) {
  const { title, name, oldestAz, newestAz } = cloud;
  const checkAz = (check: Check, azOf: (job: Job) => Cli, groups: 'checked' | 'none'): void => {
    check('account show', async ({ job, account }) => {
      const shown = await azOf(job).json<Subscription>('account', 'show');
      const seen = [shown.name, shown.environmentName, shown.user.name];
      assert.deepEqual(seen, ['Production', name, account.name]);
    });
    if (groups === 'checked') checkGroups(check, azOf, 'by-itself');
  };
  checkClient(`${title}: az 2.45`, signIn(cloud, 'secret'), (check) =>
    checkAz(check, (job) => new Az(AZ_OLDEST, job), oldestAz === 'no-token' ? 'none' : 'checked'),
  );
  checkClient(`${title}: newest az`, signIn(cloud, 'secret', ''), (check) => {
    const asksForNewer = /^The azure stack profile .* please install the Azure CLI `2\.66/s;
    checkAz(check, (job) => new Az(AZ_NEWEST, job, newestAz && asksForNewer), 'checked');
  });
  checkClient(`${title}: classic azure`, signIn(cloud, 'secret'), (check) => {
    check('account show', async ({ job }) => {
      const [shown] = await classic(job).json<ClassicSubscription[]>('account', 'show');
      assert.deepEqual([shown?.name, shown?.environmentName], ['Production', name]);
    });
    checkGroups(check, classic, cloud.classic === undefined ? 'by-itself' : 'never');
  });
  const bySdk =
    cloud.sdks === 'oidc'
      ? withInputs(signIn(cloud, 'identity'), { audience: PRIVATE_AUDIENCE })
      : withInputs(signIn(cloud, 'secret'), { 'export-secrets': 'true' });
  for (const sdk of SDKS) {
    checkClient(`${title}: ${sdk}`, bySdk, (check) => {
      check('a token for Resource Manager', async ({ world, job, account }) => {
        const expected = cloud.audience ?? audienceOf(world, cloud.tenant);
        const { aud, oid } = claimsOf(await tokenOf(OPEN_PROGRAMS[sdk], job, `${expected}/.default`));
        assert.deepEqual([aud, oid], [expected, account.objectId]);
      });
    });
  }
}

/** @param newestApiVersion a Stack Hub lists groups in newer ones than subscriptions; the simulated one has one limit */
function signIn(cloud: CloudUnderTest, credential: 'secret' | 'identity', newestApiVersion = '2019-10-01'): SignIn {
  return {
    tenant: cloud.tenant,
    env: ({ simulator }) => {
      const limited = simulator.privateClouds.filter((own) => own.newestApiVersion !== '');
      for (const own of limited) own.newestApiVersion = newestApiVersion;
      return {};
    },
    inputs: (world) => ({ ...world[credential], ...cloud.inputs, subscription: 'Production' }),
    account: application,
  };
}

function audienceOf({ simulator }: World, { cloud, subscriptionCloud }: ContosoOptions): string {
  const found = simulator.privateClouds.find(({ name }) => name === (subscriptionCloud ?? cloud));
  return found?.audience ?? assert.fail('no such cloud');
}
