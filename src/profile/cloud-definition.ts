import {
  type Cloud,
  type CloudDefinition,
  type CloudServices,
  HOST_SUFFIXES,
  type HostSuffix,
  KNOWN_CLOUDS,
  knownCloudOfIssuer,
  SERVICE_URLS,
  type ServiceUrl,
  tokenIssuer,
} from '../core/clouds.ts';

/** The profile's definition of a cloud for clients that do not know all of its endpoints. */
export interface ClientCloud {
  /** Options of the cloud's section of `clouds.config`. */
  readonly azCloud: readonly IniOption[];
  /** Options of the section `[core]` of `config`. */
  readonly azCore: readonly IniOption[];
  /** One entry of `environments` in `azureProfile.json`. */
  readonly classicEnvironment: Readonly<ReturnType<typeof classicEnvironment>>;
}

/** An option for Python's ConfigParser, with its value not yet escaped. */
type IniOption = readonly [name: string, value: string];

/** @returns `undefined` for a cloud that all clients know */
export function clientCloud(cloud: Cloud): ClientCloud | undefined {
  const { definition } = cloud;
  if (definition.kind === 'built-in') return undefined;
  return {
    azCloud: azCloudOptions(cloud, definition),
    // Otherwise `az` sends a request to the public cloud to validate the token issuer.
    azCore: [['instance_discovery', 'false']],
    classicEnvironment: classicEnvironment(cloud, definition.services),
  };
}

type WrittenDefinition = Extract<CloudDefinition, { readonly kind: 'written' }>;

/**
 * The options that `az cloud register` writes, after requesting them from the cloud.
 * Source: azure-cli, `azure/cli/core/cloud.py` and `azure/cli/core/auth/identity.py` (the URL of an AD FS).
 */
function azCloudOptions(cloud: Cloud, { apiProfile, services }: WrittenDefinition): IniOption[] {
  const { authority, directory, resourceManager, resourceManagerAudience, serviceManagement } = cloud;
  return [
    ['profile', apiProfile],
    ['endpoint_active_directory', directory === 'adfs' ? tokenIssuer(cloud, '').authority : authority],
    ['endpoint_active_directory_resource_id', resourceManagerAudience],
    ['endpoint_resource_manager', `${resourceManager}/`],
    ...(serviceManagement === '' ? [] : [['endpoint_management', `${serviceManagement}/`] satisfies IniOption]),
    ...serviceOptions(services),
  ];
}

function serviceOptions(services: CloudServices): IniOption[] {
  return Object.entries({ ...SERVICE_URLS, ...HOST_SUFFIXES }).flatMap(([name, option]): IniOption[] => {
    const value = services[name as ServiceUrl | HostSuffix];
    if (value === undefined) return [];
    return [option.endsWith('.') ? [option.slice(0, -1), `.${value}`] : [option, value]];
  });
}

/** The CLI's own value for an endpoint that a cloud does not have. */
const NONE = 'N/A';

/**
 * The token issuer in the profile of the classic CLI. The CLI validates an unknown issuer with a request to the public
 * cloud, even to use a cached token, and no option turns this off. So a private issuer is written with the URL of the
 * public one, and the CLI uses the cached token. The profile must not contain any other secret for a private issuer:
 * the CLI would send it to the public cloud when the token expires.
 * Source: adal-node, `lib/authority.js`.
 */
export function classicIssuer({ authority }: Cloud): { readonly kind: 'own' | 'stand-in'; readonly url: string } {
  return knownCloudOfIssuer(authority) === undefined
    ? { kind: 'stand-in', url: KNOWN_CLOUDS.AzureCloud.authority }
    : { kind: 'own', url: authority };
}

/**
 * All fields that the CLI reads: a null or missing one makes `azure account show` fail.
 * Source: azure-xplat-cli, `lib/util/profile/environment.js`.
 */
function classicEnvironment(cloud: Cloud, services: CloudServices) {
  const suffix = (name: HostSuffix): string => (services[name] === undefined ? NONE : `.${services[name]}`);
  return {
    name: cloud.name,
    portalUrl: services.portal ?? NONE,
    publishingProfileUrl: NONE,
    managementEndpointUrl: cloud.serviceManagement || cloud.resourceManager,
    resourceManagerEndpointUrl: cloud.resourceManager,
    sqlManagementEndpointUrl: services.sqlManagement ?? NONE,
    sqlServerHostnameSuffix: suffix('sqlServerHostname'),
    activeDirectoryEndpointUrl: classicIssuer(cloud).url,
    activeDirectoryResourceId: cloud.resourceManagerAudience,
    galleryEndpointUrl: services.gallery ?? NONE,
    activeDirectoryGraphResourceId: services.graphAudience ?? NONE,
    activeDirectoryGraphApiVersion: '2013-04-05',
    storageEndpointSuffix: suffix('storage'),
    keyVaultDnsSuffix: suffix('keyVaultDns'),
    azureDataLakeStoreFileSystemEndpointSuffix: services.azureDataLakeStoreFileSystem ?? NONE,
    azureDataLakeAnalyticsCatalogAndJobEndpointSuffix: services.azureDataLakeAnalyticsCatalogAndJob ?? NONE,
  };
}
