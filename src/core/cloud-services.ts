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
