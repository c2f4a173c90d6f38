/**
 * The clouds of the simulated world. Written from the sources again rather than taken from the product, so that a wrong
 * endpoint there meets a host that does not exist here.
 * Sources: azure-cli `azure/cli/core/cloud.py`; MSAL's list of aliases (`AuthorityMetadata`); Azure's national cloud pages.
 */
export interface Cloud {
  readonly name: string;
  /** Hosts of the token issuer; the first is the one its documents name. */
  readonly loginHosts: readonly string[];
  /** What `iss` of a version 1.0 access token begins with. */
  readonly tokenIssuer: string;
  /** What Entra calls the cloud in its discovery documents. */
  readonly instanceName: string;
  /** Host of Azure Resource Manager. */
  readonly resourceManagerHost: string;
  /** Audiences that Resource Manager accepts, besides these with the other ending. */
  readonly resourceManagerAudiences: readonly string[];
  /** Host of the classic Service Management. */
  readonly classicHost: string;
  /** Resources that tokens can be asked for, without trailing slashes. */
  readonly resources: readonly string[];
  /** What a token of another issuer is for, with which a workload signs in. */
  readonly federatedAudience: string;
  readonly graphHost: string;
  readonly vaultSuffix: string;
  readonly storageSuffix: string;
  readonly deviceLoginPage: string;
}

/** Known by application id in every cloud: AKS, Azure DevOps, Databricks, Resource Manager, Microsoft Graph. */
const RESOURCES_BY_ID = [
  '6dae42f8-4368-4678-94ff-3960e28e3630',
  '499b84ac-1321-427f-aa17-267ca6975798',
  '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d',
  '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  '00000003-0000-0000-c000-000000000000',
];

/** Those of a cloud by their hosts, with those that every cloud has. */
function resources(hosts: string): string[] {
  const everywhere = 'storage.azure.com cosmos.azure.com azconfig.io containerregistry.azure.net';
  return [
    ...RESOURCES_BY_ID,
    ...`${everywhere} ${hosts}`
      .trim()
      .split(/\s+/)
      .map((host) => `https://${host}`),
  ];
}

/** Visual Studio's, where extensions are published. */
export const MARKETPLACE_HOST = 'marketplace.visualstudio.com';
/** Its applications have no name of their own. Source: "Authenticate with Microsoft Entra" of Azure DevOps. */
export const AZURE_DEVOPS = '499b84ac-1321-427f-aa17-267ca6975798';

export const CLOUDS: readonly Cloud[] = [
  {
    name: 'AzureCloud',
    loginHosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    tokenIssuer: 'https://sts.windows.net',
    instanceName: 'microsoftonline.com',
    resourceManagerHost: 'management.azure.com',
    resourceManagerAudiences: ['https://management.azure.com', 'https://management.core.windows.net'],
    classicHost: 'management.core.windows.net',
    resources: resources(`
      management.azure.com management.core.windows.net graph.microsoft.com graph.windows.net vault.azure.net
      managedhsm.azure.net database.windows.net ossrdbms-aad.database.windows.net servicebus.azure.net
      eventhubs.azure.net batch.core.windows.net api.loganalytics.io api.applicationinsights.io
      dev.azuresynapse.net kusto.kusto.windows.net`),
    federatedAudience: 'api://AzureADTokenExchange',
    graphHost: 'graph.microsoft.com',
    vaultSuffix: 'vault.azure.net',
    storageSuffix: 'core.windows.net',
    deviceLoginPage: 'https://microsoft.com/devicelogin',
  },
  {
    name: 'AzureUSGovernment',
    loginHosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    tokenIssuer: 'https://sts.windows.net',
    instanceName: 'microsoftonline.us',
    resourceManagerHost: 'management.usgovcloudapi.net',
    resourceManagerAudiences: ['https://management.usgovcloudapi.net', 'https://management.core.usgovcloudapi.net'],
    classicHost: 'management.core.usgovcloudapi.net',
    resources: resources(`
      management.usgovcloudapi.net management.core.usgovcloudapi.net graph.microsoft.us graph.windows.net
      vault.usgovcloudapi.net managedhsm.usgovcloudapi.net database.usgovcloudapi.net
      servicebus.usgovcloudapi.net batch.core.usgovcloudapi.net api.loganalytics.us`),
    federatedAudience: 'api://AzureADTokenExchangeUSGov',
    graphHost: 'graph.microsoft.us',
    vaultSuffix: 'vault.usgovcloudapi.net',
    storageSuffix: 'core.usgovcloudapi.net',
    deviceLoginPage: 'https://microsoft.com/deviceloginus',
  },
  {
    name: 'AzureChinaCloud',
    loginHosts: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    tokenIssuer: 'https://sts.chinacloudapi.cn',
    instanceName: 'partner.microsoftonline.cn',
    resourceManagerHost: 'management.chinacloudapi.cn',
    resourceManagerAudiences: ['https://management.chinacloudapi.cn', 'https://management.core.chinacloudapi.cn'],
    classicHost: 'management.core.chinacloudapi.cn',
    resources: resources(`
      management.chinacloudapi.cn management.core.chinacloudapi.cn microsoftgraph.chinacloudapi.cn
      graph.chinacloudapi.cn vault.azure.cn managedhsm.azure.cn database.chinacloudapi.cn
      servicebus.chinacloudapi.cn batch.chinacloudapi.cn api.loganalytics.azure.cn`),
    federatedAudience: 'api://AzureADTokenExchangeChina',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
    vaultSuffix: 'vault.azure.cn',
    storageSuffix: 'core.chinacloudapi.cn',
    deviceLoginPage: 'https://microsoft.com/deviceloginchina',
  },
  {
    name: 'AzureGermanCloud',
    loginHosts: ['login.microsoftonline.de'],
    tokenIssuer: 'https://sts.microsoftonline.de',
    instanceName: 'microsoftonline.de',
    resourceManagerHost: 'management.microsoftazure.de',
    resourceManagerAudiences: ['https://management.microsoftazure.de', 'https://management.core.cloudapi.de'],
    classicHost: 'management.core.cloudapi.de',
    resources: resources(`
      management.microsoftazure.de management.core.cloudapi.de graph.microsoft.de graph.cloudapi.de
      vault.microsoftazure.de database.cloudapi.de batch.cloudapi.de`),
    // The closed cloud has none of its own.
    federatedAudience: 'api://AzureADTokenExchange',
    graphHost: 'graph.microsoft.de',
    vaultSuffix: 'vault.microsoftazure.de',
    storageSuffix: 'core.cloudapi.de',
    deviceLoginPage: 'https://microsoft.com/devicelogin',
  },
];

/** A private cloud or an Azure Stack Hub: its Resource Manager tells everything else. */
export interface PrivateCloud {
  readonly name: string;
  /** Origin of its Resource Manager. */
  resourceManager: string;
  /** What its metadata names as the token issuer; ends in `/adfs` where the identity provider is AD FS. */
  loginEndpoint: string;
  /** The audience its Resource Manager accepts, exactly. */
  audience: string;
  identityProvider: 'AAD' | 'ADFS';
  /** The versions of `/metadata/endpoints` it answers. */
  metadataVersions: string[];
  /** Whether metadata begins with a UTF-8 byte order mark, as some installations send it. */
  metadataMark: 'none' | 'byte-order-mark';
  /** The newest api-version that its subscriptions answer; `''` for no limit. */
  newestApiVersion: string;
}

/**
 * A Stack Hub that signs in at the public cloud, one with AD FS, and a disconnected cloud with an Entra of its own.
 * Source of the shapes: Azure Stack Hub's "Connect with Azure CLI"; hashicorp/go-azure-sdk `sdk/environments`.
 */
export function defaultPrivateClouds(): PrivateCloud[] {
  return [
    {
      name: 'AzureStack',
      resourceManager: 'https://management.local.azurestack.external',
      loginEndpoint: 'https://login.microsoftonline.com/',
      audience: 'https://management.contoso.onmicrosoft.com/5a3b0b44-6fd4-4d8a-9f7e-0c8a86b1e7f1',
      identityProvider: 'AAD',
      metadataVersions: ['2015-01-01'],
      metadataMark: 'none',
      newestApiVersion: '2016-06-01',
    },
    {
      name: 'AzureStackADFS',
      resourceManager: 'https://management.adfs.azurestack.external',
      loginEndpoint: 'https://adfs.local.azurestack.external/adfs',
      audience: 'https://management.adfs.azurestack.external/2c8e91a5-79b5-4c5d-a7d0-bd9a07c1a4c2',
      identityProvider: 'ADFS',
      metadataVersions: ['2015-01-01'],
      metadataMark: 'none',
      newestApiVersion: '2016-06-01',
    },
    {
      name: 'PrivateCloud',
      resourceManager: 'https://management.private.azurestack.external',
      loginEndpoint: 'https://login.local.azurestack.external',
      audience: 'https://management.private.azurestack.external/',
      identityProvider: 'AAD',
      metadataVersions: ['2015-01-01', '2019-05-01', '2022-09-01'],
      metadataMark: 'none',
      newestApiVersion: '',
    },
  ];
}

/** Every name that the TLS certificate covers. */
export const CERTIFICATE_NAMES: readonly string[] = [
  'localhost',
  '127.0.0.1',
  ...CLOUDS.flatMap((cloud) => [
    ...cloud.loginHosts,
    cloud.resourceManagerHost,
    cloud.classicHost,
    cloud.graphHost,
    cloud.vaultSuffix,
    `*.${cloud.vaultSuffix}`,
    `*.blob.${cloud.storageSuffix}`,
  ]),
  '*.actions.githubusercontent.com',
  MARKETPLACE_HOST,
  '*.azurestack.external',
  '*.local.azurestack.external',
  '*.adfs.azurestack.external',
  '*.private.azurestack.external',
];
