/** An Azure cloud: its token issuer, its Resource Manager and its name in each client. */
export interface Cloud {
  /** The name in `az` and the classic CLI, for example `AzureUSGovernment`. Both are case-sensitive. */
  readonly name: string;
  /** Origin of the token issuer, without a trailing slash. */
  readonly authority: string;
  /** The kind of token issuer. AD FS has a single directory, which takes the place of the tenant: `ADFS_TENANT`. */
  readonly directory: 'entra' | 'adfs';
  /** Origin of Azure Resource Manager, without a trailing slash. */
  readonly resourceManager: string;
  /** The audience of Resource Manager tokens, spelled exactly as in both CLIs: the trailing slash matters. */
  readonly resourceManagerAudience: string;
  /** The `api-version` for listing subscriptions and tenants. */
  readonly resourceManagerVersion: string;
  /** The classic Service Management endpoint; `''` if the cloud has none. */
  readonly serviceManagement: string;
  /** The audience that Entra ID expects in a federated token. */
  readonly federatedAudience: string;
  /** The name in Terraform's providers (`ARM_ENVIRONMENT`); `''` if they discover the cloud from `metadataHost`. */
  readonly terraformName: string;
  /** The host (with any port other than 443) whose `/metadata/endpoints` describes a private cloud; `''` for others. */
  readonly metadataHost: string;
  readonly definition: CloudDefinition;
}

/** How clients learn the endpoints of a cloud. */
export type CloudDefinition =
  /** Every client knows the endpoints by the cloud's name. */
  | { readonly kind: 'built-in' }
  /** The sign-in writes the endpoints to the profile of each client. */
  | { readonly kind: 'written'; readonly apiProfile: ApiProfile; readonly services: CloudServices };

/** The set of API versions that `az` uses. Azure Stack Hub supports only years-old versions. */
type ApiProfile = 'latest' | '2020-09-01-hybrid';

export type KnownCloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud' | 'AzureGermanCloud';

/** The value that clients use as tenant id when the token issuer is AD FS. */
export const ADFS_TENANT = 'adfs';

/** The token issuer, as messages name it. */
export function issuerName({ directory }: Pick<Cloud, 'directory'>): string {
  return directory === 'adfs' ? 'AD FS' : 'Entra ID';
}

/** The properties that Microsoft's clouds share. */
const MICROSOFT_CLOUD = {
  directory: 'entra',
  resourceManagerVersion: '2022-12-01',
  metadataHost: '',
  definition: { kind: 'built-in' },
} as const;

/**
 * The clouds with built-in endpoints.
 * Source: azure-cli, `azure/cli/core/cloud.py`; hashicorp/go-azure-sdk, `sdk/environments`.
 */
export const KNOWN_CLOUDS: Readonly<Record<KnownCloudName, Cloud>> = {
  AzureCloud: {
    ...MICROSOFT_CLOUD,
    name: 'AzureCloud',
    authority: 'https://login.microsoftonline.com',
    resourceManager: 'https://management.azure.com',
    resourceManagerAudience: 'https://management.core.windows.net/',
    serviceManagement: 'https://management.core.windows.net',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'public',
  },
  AzureUSGovernment: {
    ...MICROSOFT_CLOUD,
    name: 'AzureUSGovernment',
    authority: 'https://login.microsoftonline.us',
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerAudience: 'https://management.core.usgovcloudapi.net/',
    serviceManagement: 'https://management.core.usgovcloudapi.net',
    federatedAudience: 'api://AzureADTokenExchangeUSGov',
    terraformName: 'usgovernment',
  },
  AzureChinaCloud: {
    ...MICROSOFT_CLOUD,
    name: 'AzureChinaCloud',
    authority: 'https://login.chinacloudapi.cn',
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerAudience: 'https://management.core.chinacloudapi.cn/',
    serviceManagement: 'https://management.core.chinacloudapi.cn',
    federatedAudience: 'api://AzureADTokenExchangeChina',
    terraformName: 'china',
  },
  AzureGermanCloud: {
    ...MICROSOFT_CLOUD,
    name: 'AzureGermanCloud',
    authority: 'https://login.microsoftonline.de',
    resourceManager: 'https://management.microsoftazure.de',
    resourceManagerAudience: 'https://management.core.cloudapi.de/',
    serviceManagement: 'https://management.core.cloudapi.de',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'german',
    // `az` 2.91 no longer knows this cloud and would fall back to the public cloud.
    definition: {
      kind: 'written',
      apiProfile: 'latest',
      services: {
        portal: 'https://portal.microsoftazure.de',
        gallery: 'https://gallery.cloudapi.de/',
        sqlManagement: 'https://management.core.cloudapi.de:8443/',
        batch: 'https://batch.cloudapi.de/',
        graphAudience: 'https://graph.cloudapi.de/',
        microsoftGraphResourceId: 'https://graph.microsoft.de',
        storage: 'core.cloudapi.de',
        keyVaultDns: 'vault.microsoftazure.de',
        sqlServerHostname: 'database.cloudapi.de',
      },
    },
  },
};

/**
 * The endpoints that clients need besides the token issuer and Resource Manager. Each key is the name in
 * `/metadata/endpoints` since version 2019-05-01; each value below is the option in `az`'s `clouds.config`.
 * Source: azure-cli, `azure/cli/core/cloud.py` (`_arm_to_cli_mapper`).
 */
export type CloudServices = Readonly<Partial<Record<ServiceUrl | HostSuffix, string>>>;

/** https URLs of services, and resource ids that tokens are requested for. */
export const SERVICE_URLS = {
  activeDirectoryDataLake: 'endpoint_active_directory_data_lake_resource_id',
  appInsightsResourceId: 'endpoint_app_insights_resource_id',
  appInsightsTelemetryChannelResourceId: 'endpoint_app_insights_telemetry_channel_resource_id',
  appServiceResourceId: 'endpoint_app_service_resource_id',
  attestationResourceId: 'endpoint_attestation_resource_id',
  batch: 'endpoint_batch_resource_id',
  gallery: 'endpoint_gallery',
  graphAudience: 'endpoint_active_directory_graph_resource_id',
  logAnalyticsResourceId: 'endpoint_log_analytics_resource_id',
  media: 'endpoint_media_resource_id',
  microsoftGraphResourceId: 'endpoint_microsoft_graph_resource_id',
  ossrdbmsResourceId: 'endpoint_ossrdbms_resource_id',
  portal: 'endpoint_portal',
  sqlManagement: 'endpoint_sql_management',
  synapseAnalyticsResourceId: 'endpoint_synapse_analytics_resource_id',
  vmImageAliasDoc: 'endpoint_vm_image_alias_doc',
} as const;

export type ServiceUrl = keyof typeof SERVICE_URLS;

/** Host name suffixes of services, without a leading dot. `az` expects the dot in the options that end in one here. */
export const HOST_SUFFIXES = {
  acrLoginServer: 'suffix_acr_login_server_endpoint.',
  attestationEndpoint: 'suffix_attestation_endpoint.',
  azureDataLakeAnalyticsCatalogAndJob: 'suffix_azure_datalake_analytics_catalog_and_job_endpoint',
  azureDataLakeStoreFileSystem: 'suffix_azure_datalake_store_file_system_endpoint',
  keyVaultDns: 'suffix_keyvault_dns.',
  mariadbServerEndpoint: 'suffix_mariadb_server_endpoint.',
  mhsmDns: 'suffix_mhsm_dns.',
  mysqlServerEndpoint: 'suffix_mysql_server_endpoint.',
  postgresqlServerEndpoint: 'suffix_postgresql_server_endpoint.',
  sqlServerHostname: 'suffix_sql_server_hostname.',
  storage: 'suffix_storage_endpoint',
  storageSyncEndpointSuffix: 'suffix_storage_sync_endpoint',
  synapseAnalytics: 'suffix_synapse_analytics_endpoint.',
} as const;

export type HostSuffix = keyof typeof HOST_SUFFIXES;

/** @returns a warning for workflows that use the cloud; `''` if there is none */
export function cloudWarning({ name }: Cloud): string {
  return name === KNOWN_CLOUDS.AzureGermanCloud.name
    ? 'AzureGermanCloud, the Microsoft Cloud Germany, was closed on 29 October 2021: its hosts no longer answer. The regions Germany West Central and Germany North belong to `environment: AzureCloud`.'
    : '';
}

/** Other names of the token issuers above. Source: MSAL, `AuthorityMetadata`. */
const ISSUER_ALIASES: Readonly<Record<string, KnownCloudName>> = {
  'https://login.windows.net': 'AzureCloud',
  'https://login.microsoft.com': 'AzureCloud',
  'https://sts.windows.net': 'AzureCloud',
  'https://login.usgovcloudapi.net': 'AzureUSGovernment',
  'https://login.partner.microsoftonline.cn': 'AzureChinaCloud',
};

/** The normalized host of a URL: in lower case, without the trailing dot that DNS ignores; `''` if there is no host. */
export function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? '').toLowerCase().replace(/\.+$/, '');
}

/** The origin of a URL, without a trailing dot after the host. */
export function originOf(url: string): string {
  return (URL.parse(url)?.origin ?? '').replace(/\.+(?=:\d+$|$)/, '');
}

/** Whether Microsoft runs this Resource Manager. Compares origins: Microsoft's domains also have customers' hosts. */
export function isMicrosoftResourceManager(url: string): boolean {
  return Object.values(KNOWN_CLOUDS).some(({ resourceManager }) => resourceManager === originOf(url));
}

/** Whether Microsoft runs the token issuer, so that it may receive credentials for its clouds. Checks host and port. */
export function isMicrosoftIssuer(authority: string): boolean {
  return knownCloudOfIssuer(authority) !== undefined;
}

/** The Microsoft cloud with this token issuer. A private cloud may use the same issuer. */
export function knownCloudOfIssuer(authority: string): Cloud | undefined {
  const alias = Object.hasOwn(ISSUER_ALIASES, authority) ? ISSUER_ALIASES[authority] : undefined;
  if (alias !== undefined) return KNOWN_CLOUDS[alias];
  return Object.values(KNOWN_CLOUDS).find((cloud) => cloud.authority === authority);
}

/**
 * The URLs of the token issuer for one tenant, as its discovery document lists them. Built locally: discovery would cost
 * a request, and would trust the host that responds.
 * Source: the OpenID Connect discovery documents of Entra ID (version 2.0) and of AD FS.
 */
export function tokenIssuer({ authority: origin, directory }: Cloud, tenantId: string) {
  const [tenant, version, slash] =
    directory === 'adfs' ? [ADFS_TENANT, '', '/'] : [encodeURIComponent(tenantId), '/v2.0', ''];
  const authority = `${origin}/${tenant}`;
  return {
    /** The `authority` option of MSAL. */
    authority,
    issuer: `${authority}${version}`,
    authorizationEndpoint: `${authority}/oauth2${version}/authorize${slash}`,
    tokenEndpoint: `${authority}/oauth2${version}/token${slash}`,
    deviceCodeEndpoint: `${authority}/oauth2${version}/devicecode`,
    keys: `${authority}/discovery${version}/keys`,
  };
}
