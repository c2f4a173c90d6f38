import { bySecret, compareLogins, type Login } from './az-login.ts';

/**
 * One that `az` does not know. The newest lacks the interfaces of a Stack Hub; 2.45 knows no Entra ID of a cloud's
 * own. With AD FS no comparison is possible: `az login` wants the id of a tenant there and keeps it, while there is none.
 */
function privateCloud(title: string, host: string, rest: Partial<Login>, ...more: string[]): Login {
  const url = `https://management.${host}`;
  const inCloud = bySecret(title, {
    inputs: { 'resource-manager-url': url },
    before: [
      ['cloud', 'register', '--name', 'AzureStack', '--endpoint-resource-manager', url, ...more],
      ['cloud', 'set', '--name', 'AzureStack'],
      ['config', 'set', 'core.instance_discovery=false'],
    ],
  });
  return { ...inCloud, isPrivate: true, ...rest };
}

const HYBRID = ['--profile', '2020-09-01-hybrid'];

compareLogins([
  ...['AzureUSGovernment', 'AzureChinaCloud'].map((name) => ({
    ...bySecret(name, { inputs: { environment: name }, before: [['cloud', 'set', '--name', name]] }),
    tenant: { cloud: name },
  })),
  privateCloud(
    'Azure Stack Hub',
    'local.azurestack.external',
    { tenant: { subscriptionCloud: 'AzureStack' }, az: 'az 2.45' },
    ...HYBRID,
  ),
  privateCloud('private cloud', 'private.azurestack.external', { tenant: { cloud: 'PrivateCloud' }, az: 'newest az' }),
]);
