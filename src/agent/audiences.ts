import type { Cloud } from '../core/clouds.ts';

/** What the words of `token-audiences` stand for in a cloud. */
const RESOURCES: Readonly<Record<string, (cloud: Cloud) => readonly string[]>> = {
  arm: ({ resourceManager, resourceManagerAudience }) => [resourceManager, resourceManagerAudience],
  graph: (cloud) => [serviceOf(cloud, 'microsoftGraphResourceId') ?? GRAPH[cloud.name] ?? ''],
  keyvault: (cloud) => [`https://${serviceOf(cloud, 'keyVaultDns') ?? KEY_VAULT[cloud.name] ?? ''}`],
  // One for all clouds of Microsoft's.
  storage: () => ['https://storage.azure.com'],
};

/** Source: azure-cli, `azure/cli/core/cloud.py`. */
const GRAPH: Readonly<Record<string, string>> = {
  AzureCloud: 'https://graph.microsoft.com',
  AzureUSGovernment: 'https://graph.microsoft.us',
  AzureChinaCloud: 'https://microsoftgraph.chinacloudapi.cn',
};
const KEY_VAULT: Readonly<Record<string, string>> = {
  AzureCloud: 'vault.azure.net',
  AzureUSGovernment: 'vault.usgovcloudapi.net',
  AzureChinaCloud: 'vault.azure.cn',
};

/** The resources as `comparable` makes them. */
export function audiencesOf(wanted: readonly string[], cloud: Cloud): string[] {
  return wanted.flatMap((word) => RESOURCES[word.toLowerCase()]?.(cloud) ?? [word]).map(comparable);
}

/** Clients write a slash at the end of a resource, or none. */
export function comparable(resource: string): string {
  return resource
    .toLowerCase()
    .replace(/\/\.default$/, '')
    .replace(/\/+$/, '');
}

function serviceOf({ definition }: Cloud, name: 'microsoftGraphResourceId' | 'keyVaultDns'): string | undefined {
  return definition.kind === 'written' ? definition.services[name] : undefined;
}
