import {
  type CloudServices,
  HOST_SUFFIXES,
  type HostSuffix,
  SERVICE_URLS,
  type ServiceUrl,
} from '../core/cloud-services.ts';
import { type Cloud, type CloudDefinition, KNOWN_CLOUDS, knownCloudOfIssuer, tokenIssuer } from '../core/clouds.ts';

/** What the profile tells clients of a cloud whose endpoints they do not know, or not all of them. */
export interface ClientCloud {
  /** Options of the cloud's own section of `clouds.config`. */
  readonly azCloud: readonly IniOption[];
  /** Options of the section `[core]` of `config`. */
  readonly azCore: readonly IniOption[];
  /** One entry of `environments` in `azureProfile.json`. */
  readonly classicEnvironment: Readonly<ReturnType<typeof classicEnvironment>>;
}

/** Name and value of an option for Python's ConfigParser, not yet in its spelling. */
type IniOption = readonly [name: string, value: string];

/** @returns `undefined` for a cloud that every client knows by its name */
export function clientCloud(cloud: Cloud): ClientCloud | undefined {
  const { definition } = cloud;
  if (definition.kind === 'built-in') return undefined;
  return {
    azCloud: azCloudOptions(cloud, definition),
    // Without it `az` asks the public cloud whether it knows the token issuer.
    azCore: [['instance_discovery', 'false']],
    classicEnvironment: classicEnvironment(cloud, definition.services),
  };
}

type WrittenDefinition = Extract<CloudDefinition, { readonly kind: 'written' }>;

/**
 * What `az cloud register` would write, and would first ask the cloud for.
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

/** What the CLI itself has for an endpoint that a cloud lacks. */
const NONE = 'N/A';

/**
 * The token issuer that the profile names for the classic CLI. For an issuer that it does not know, the CLI first asks the
 * public cloud, even to use a cached token, and nothing switches that off. So a private issuer is written under the name
 * of the public one: the CLI then uses the cached token. The profile must hold no other secret for it, since the CLI would
 * send that to the public cloud once the token expires.
 * Source: adal-node, `lib/authority.js`.
 */
export function classicIssuer({ authority }: Cloud): { readonly kind: 'own' | 'stand-in'; readonly url: string } {
  return knownCloudOfIssuer(authority) === undefined
    ? { kind: 'stand-in', url: KNOWN_CLOUDS.AzureCloud.authority }
    : { kind: 'own', url: authority };
}

/**
 * All that the CLI asks for: a parameter that is null or missing ends `azure account show`.
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
