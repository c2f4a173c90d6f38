/**
 * What a cloud has beside the token issuer and Resource Manager, under the names that its `/metadata/endpoints` gives
 * them since 2019-05-01, as far as clients need it.
 * Source: azure-cli, `azure/cli/core/cloud.py` (`_arm_to_cli_mapper`).
 */
export type CloudServices = Readonly<Partial<Record<ServiceUrl | HostSuffix, string>>>;

/** https URLs: services, and the resources that tokens are asked for. */
export const SERVICE_URLS = [
  'activeDirectoryDataLake',
  'appInsightsResourceId',
  'appInsightsTelemetryChannelResourceId',
  'appServiceResourceId',
  'attestationResourceId',
  'batch',
  'gallery',
  'graphAudience',
  'logAnalyticsResourceId',
  'media',
  'microsoftGraphResourceId',
  'ossrdbmsResourceId',
  'portal',
  'sqlManagement',
  'synapseAnalyticsResourceId',
  'vmImageAliasDoc',
] as const;

export type ServiceUrl = (typeof SERVICE_URLS)[number];

/** How the host names of a service end, without a dot before it. */
export const HOST_SUFFIXES = [
  'acrLoginServer',
  'attestationEndpoint',
  'azureDataLakeAnalyticsCatalogAndJob',
  'azureDataLakeStoreFileSystem',
  'keyVaultDns',
  'mariadbServerEndpoint',
  'mhsmDns',
  'mysqlServerEndpoint',
  'postgresqlServerEndpoint',
  'sqlServerHostname',
  'storage',
  'storageSyncEndpointSuffix',
  'synapseAnalytics',
] as const;

export type HostSuffix = (typeof HOST_SUFFIXES)[number];
