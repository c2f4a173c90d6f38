import { bySecret, compareLogins, type Login } from './az-login.ts';

/**
 * The newest `az` does not support the API versions of a Stack Hub, nor 2.45 a private cloud's own Entra ID. AD FS
 * cannot be compared: `az login` requires and stores a tenant id, which AD FS does not have.
 */
function privateCloud(title: string, host: string, rest: Partial<Login>, ...options: string[]): Login {
  const url = `https://management.${host}.azurestack.external`;
  const inCloud = bySecret(title, {
    inputs: { 'resource-manager-url': url },
    before: [
      ['cloud', 'register', '--name', 'AzureStack', '--endpoint-resource-manager', url, ...options],
      ['cloud', 'set', '--name', 'AzureStack'],
      ['config', 'set', 'core.instance_discovery=false'],
    ],
  });
  return { ...inCloud, isPrivate: true, ...rest };
}

const STACK_HUB = { tenant: { subscriptionCloud: 'AzureStack' }, az: 'az 2.45' } as const;

compareLogins([
  ...['AzureUSGovernment', 'AzureChinaCloud'].map((name) => ({
    ...bySecret(name, { inputs: { environment: name }, before: [['cloud', 'set', '--name', name]] }),
    tenant: { cloud: name },
  })),
  privateCloud('Azure Stack Hub', 'local', STACK_HUB, '--profile', '2020-09-01-hybrid'),
  privateCloud('private cloud', 'private', { tenant: { cloud: 'PrivateCloud' }, az: 'newest az' }),
]);
