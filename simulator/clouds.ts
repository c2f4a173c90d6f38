/**
 * The public clouds. Written from the sources and not taken from the product, so that a wrong endpoint of the product
 * fails here.
 * Sources: azure-cli `azure/cli/core/cloud.py`; MSAL's list of aliases (`AuthorityMetadata`); Azure's national cloud pages.
 */
export interface Cloud {
  readonly name: string;
  /** Hosts of the token issuer; the first is the one in its documents. */
  readonly loginHosts: readonly string[];
  /** The beginning of `iss` in version 1.0 access tokens. */
  readonly tokenIssuer: string;
  /** The cloud's name in discovery documents. */
  readonly instanceName: string;
  readonly resourceManagerHost: string;
  /** Of the classic Service Management API. */
  readonly classicHost: string;
  /** The resources that have tokens, without trailing slashes. */
  readonly resources: readonly string[];
  /** The audience of federated tokens. */
  readonly federatedAudience: string;
  readonly graphHost: string;
  readonly vaultSuffix: string;
  readonly storageSuffix: string;
  readonly deviceLoginPage: string;
}

/** Application ids in every cloud: AKS, Azure DevOps, Databricks, Resource Manager, Microsoft Graph. */
const RESOURCES_BY_ID = [
  '6dae42f8-4368-4678-94ff-3960e28e3630',
  '499b84ac-1321-427f-aa17-267ca6975798',
  '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d',
  '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  '00000003-0000-0000-c000-000000000000',
];

/** @param hosts the hosts of the cloud's resources; the resources of every cloud are added */
function resources(hosts: string): string[] {
  const everywhere = 'storage.azure.com cosmos.azure.com azconfig.io containerregistry.azure.net';
  const all = `${everywhere} ${hosts}`.trim().split(/\s+/);
  return [...RESOURCES_BY_ID, ...all.map((host) => `https://${host}`)];
}

/** Of Visual Studio extensions. */
export const MARKETPLACE_HOST = 'marketplace.visualstudio.com';
/** The application id, used as the audience. Source: "Authenticate with Microsoft Entra" of Azure DevOps. */
export const AZURE_DEVOPS = '499b84ac-1321-427f-aa17-267ca6975798';

export const CLOUDS: readonly Cloud[] = [
  {
    name: 'AzureCloud',
    loginHosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    tokenIssuer: 'https://sts.windows.net',
    instanceName: 'microsoftonline.com',
    resourceManagerHost: 'management.azure.com',
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
    classicHost: 'management.core.cloudapi.de',
    resources: resources(`
      management.microsoftazure.de management.core.cloudapi.de graph.microsoft.de graph.cloudapi.de
      vault.microsoftazure.de database.cloudapi.de batch.cloudapi.de`),
    // This cloud closed before there was an audience for it.
    federatedAudience: 'api://AzureADTokenExchange',
    graphHost: 'graph.microsoft.de',
    vaultSuffix: 'vault.microsoftazure.de',
    storageSuffix: 'core.cloudapi.de',
    deviceLoginPage: 'https://microsoft.com/devicelogin',
  },
];

/** A private cloud or an Azure Stack Hub, whose Resource Manager has a metadata endpoint. */
export interface PrivateCloud {
  readonly name: string;
  resourceManager: string;
  /** The token issuer in the metadata; ends with `/adfs` if the identity provider is AD FS. */
  loginEndpoint: string;
  /** The only audience that its Resource Manager accepts. */
  audience: string;
  identityProvider: 'AAD' | 'ADFS';
  /** The supported versions of `/metadata/endpoints`. */
  metadataVersions: string[];
  /** Some installations send a UTF-8 byte order mark before the metadata. */
  metadataMark: 'none' | 'byte-order-mark';
  /** The newest api-version of subscriptions; `''` for no limit. */
  newestApiVersion: string;
}

/**
 * A Stack Hub that uses the public cloud's Entra ID, one with AD FS, and a disconnected cloud with its own Entra ID.
 * Source of the formats: Azure Stack Hub's "Connect with Azure CLI"; hashicorp/go-azure-sdk `sdk/environments`.
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

/** @returns the audiences that Resource Manager and Service Management accept */
export function resourceManagerAudiences({ resourceManagerHost, classicHost }: Cloud): string[] {
  return [resourceManagerHost, classicHost].flatMap((host) => [`https://${host}`, `https://${host}/`]);
}

/** The names in the TLS certificate. */
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
