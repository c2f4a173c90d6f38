import type { World } from '../action/world.ts';
import { compareLogins, type Login, secret } from './az-login.ts';

/**
 * One that `az` does not know. The newest lacks the interfaces of a Stack Hub; 2.45 knows no Entra ID of a cloud's
 * own. With AD FS no comparison is possible: `az login` wants the id of a tenant there and keeps it, while there is none.
 */
function privateCloud(title: string, host: string, rest: Partial<Login>, ...more: string[]): Login {
  const url = `https://management.${host}`;
  return {
    ...secret,
    title,
    isPrivate: true,
    inputs: (world) => ({ ...world.secret, 'resource-manager-url': url }),
    before: [
      ['cloud', 'register', '--name', 'AzureStack', '--endpoint-resource-manager', url, ...more],
      ['cloud', 'set', '--name', 'AzureStack'],
      ['config', 'set', 'core.instance_discovery=false'],
    ],
    ...rest,
  };
}

const HYBRID = ['--profile', '2020-09-01-hybrid'];

compareLogins([
  ...['AzureUSGovernment', 'AzureChinaCloud'].map((name) => ({
    ...secret,
    title: name,
    tenant: { cloud: name },
    inputs: (world: World) => ({ ...world.secret, environment: name }),
    before: [['cloud', 'set', '--name', name]],
  })),
  privateCloud(
    'Azure Stack Hub',
    'local.azurestack.external',
    { tenant: { subscriptionCloud: 'AzureStack' }, az: 'az 2.45' },
    ...HYBRID,
  ),
  privateCloud('private cloud', 'private.azurestack.external', { tenant: { cloud: 'PrivateCloud' }, az: 'newest az' }),
]);
