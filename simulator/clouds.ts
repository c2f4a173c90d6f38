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
  readonly graphHost: string;
  readonly vaultSuffix: string;
  readonly storageSuffix: string;
  readonly portal: string;
  readonly deviceLoginPage: string;
}

/** Resources known by application id in every cloud: AKS, Azure DevOps, Databricks, Resource Manager, Microsoft Graph. */
const RESOURCES_BY_ID = [
  '6dae42f8-4368-4678-94ff-3960e28e3630',
  '499b84ac-1321-427f-aa17-267ca6975798',
  '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d',
  '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  '00000003-0000-0000-c000-000000000000',
];

const RESOURCES_EVERYWHERE = [
  ...RESOURCES_BY_ID,
  'https://storage.azure.com',
  'https://cosmos.azure.com',
  'https://azconfig.io',
  'https://containerregistry.azure.net',
];

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
    resources: [
      ...RESOURCES_EVERYWHERE,
      'https://management.azure.com',
      'https://management.core.windows.net',
      'https://graph.microsoft.com',
      'https://graph.windows.net',
      'https://vault.azure.net',
      'https://managedhsm.azure.net',
      'https://database.windows.net',
      'https://ossrdbms-aad.database.windows.net',
      'https://servicebus.azure.net',
      'https://eventhubs.azure.net',
      'https://batch.core.windows.net',
      'https://api.loganalytics.io',
      'https://api.applicationinsights.io',
      'https://dev.azuresynapse.net',
      'https://kusto.kusto.windows.net',
      AZURE_DEVOPS,
      'api://AzureADTokenExchange',
    ],
    graphHost: 'graph.microsoft.com',
    vaultSuffix: 'vault.azure.net',
    storageSuffix: 'core.windows.net',
    portal: 'https://portal.azure.com',
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
    resources: [
      ...RESOURCES_EVERYWHERE,
      'https://management.usgovcloudapi.net',
      'https://management.core.usgovcloudapi.net',
      'https://graph.microsoft.us',
      'https://graph.windows.net',
      'https://vault.usgovcloudapi.net',
      'https://managedhsm.usgovcloudapi.net',
      'https://database.usgovcloudapi.net',
      'https://servicebus.usgovcloudapi.net',
      'https://batch.core.usgovcloudapi.net',
      'https://api.loganalytics.us',
      'api://AzureADTokenExchangeUSGov',
    ],
    graphHost: 'graph.microsoft.us',
    vaultSuffix: 'vault.usgovcloudapi.net',
    storageSuffix: 'core.usgovcloudapi.net',
    portal: 'https://portal.azure.us',
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
    resources: [
      ...RESOURCES_EVERYWHERE,
      'https://management.chinacloudapi.cn',
      'https://management.core.chinacloudapi.cn',
      'https://microsoftgraph.chinacloudapi.cn',
      'https://graph.chinacloudapi.cn',
      'https://vault.azure.cn',
      'https://managedhsm.azure.cn',
      'https://database.chinacloudapi.cn',
      'https://servicebus.chinacloudapi.cn',
      'https://batch.chinacloudapi.cn',
      'https://api.loganalytics.azure.cn',
      'api://AzureADTokenExchangeChina',
    ],
    graphHost: 'microsoftgraph.chinacloudapi.cn',
    vaultSuffix: 'vault.azure.cn',
    storageSuffix: 'core.chinacloudapi.cn',
    portal: 'https://portal.azure.cn',
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
    resources: [
      ...RESOURCES_EVERYWHERE,
      'https://management.microsoftazure.de',
      'https://management.core.cloudapi.de',
      'https://graph.microsoft.de',
      'https://graph.cloudapi.de',
      'https://vault.microsoftazure.de',
      'https://database.cloudapi.de',
      'https://batch.cloudapi.de',
    ],
    graphHost: 'graph.microsoft.de',
    vaultSuffix: 'vault.microsoftazure.de',
    storageSuffix: 'core.cloudapi.de',
    portal: 'https://portal.microsoftazure.de',
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
