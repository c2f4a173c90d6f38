/** An Azure cloud: who issues tokens, who manages resources, and what each client calls it. */
export interface Cloud {
  /** The name `az` and the classic CLI use, for example `AzureUSGovernment`. Case matters to both. */
  readonly name: string;
  /** Origin of the token issuer, without a trailing slash. */
  readonly authority: string;
  /** Origin of Azure Resource Manager, without a trailing slash. */
  readonly resourceManager: string;
  /** The audience both CLIs ask Resource Manager tokens for, exactly as they write it: the trailing slash counts. */
  readonly resourceManagerAudience: string;
  /** The classic Service Management endpoint, where the cloud has one. */
  readonly serviceManagement: string;
  /** The audience Entra expects of a federated token. */
  readonly federatedAudience: string;
  /** How Terraform's providers name it (`ARM_ENVIRONMENT`). */
  readonly terraformName: string;
}

export type KnownCloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud' | 'AzureGermanCloud';

/**
 * The clouds whose endpoints are known without asking.
 * Source: azure-cli, `azure/cli/core/cloud.py`; hashicorp/go-azure-sdk, `sdk/environments`.
 */
export const KNOWN_CLOUDS: Readonly<Record<KnownCloudName, Cloud>> = {
  AzureCloud: {
    name: 'AzureCloud',
    authority: 'https://login.microsoftonline.com',
    resourceManager: 'https://management.azure.com',
    resourceManagerAudience: 'https://management.core.windows.net/',
    serviceManagement: 'https://management.core.windows.net',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'public',
  },
  AzureUSGovernment: {
    name: 'AzureUSGovernment',
    authority: 'https://login.microsoftonline.us',
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerAudience: 'https://management.core.usgovcloudapi.net/',
    serviceManagement: 'https://management.core.usgovcloudapi.net',
    federatedAudience: 'api://AzureADTokenExchangeUSGov',
    terraformName: 'usgovernment',
  },
  AzureChinaCloud: {
    name: 'AzureChinaCloud',
    authority: 'https://login.chinacloudapi.cn',
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerAudience: 'https://management.core.chinacloudapi.cn/',
    serviceManagement: 'https://management.core.chinacloudapi.cn',
    federatedAudience: 'api://AzureADTokenExchangeChina',
    terraformName: 'china',
  },
  AzureGermanCloud: {
    name: 'AzureGermanCloud',
    authority: 'https://login.microsoftonline.de',
    resourceManager: 'https://management.microsoftazure.de',
    resourceManagerAudience: 'https://management.core.cloudapi.de/',
    serviceManagement: 'https://management.core.cloudapi.de',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'german',
  },
};
