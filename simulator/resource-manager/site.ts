import { CLOUDS, type PrivateCloud, resourceManagerAudiences } from '../clouds.ts';
import { withoutTrailingSlash } from '../entra/realm.ts';
import { type Call, jsonReply, type Reply } from '../exchange.ts';
import { ResourceManagerError } from './errors.ts';

/** The Resource Manager of one cloud. */
export interface ResourceManagerSite {
  /** The `cloud` of its subscriptions. */
  readonly cloud: string;
  /** Origin, without a trailing slash. */
  readonly url: string;
  /** Must match exactly. */
  readonly audiences: readonly string[];
  /** The origin of the issuer in challenges; for AD FS with its path. */
  readonly authority: string;
  /** Of subscriptions; `''` for no limit. */
  readonly newestApiVersion: string;
}

export function siteOf(host: string, privateClouds: readonly PrivateCloud[]): ResourceManagerSite | undefined {
  const cloud = CLOUDS.find((candidate) => candidate.resourceManagerHost === host);
  if (cloud !== undefined) {
    return {
      cloud: cloud.name,
      url: `https://${host}`,
      audiences: resourceManagerAudiences(cloud),
      authority: `https://${cloud.loginHosts[0] ?? ''}`,
      newestApiVersion: '',
    };
  }
  const privateCloud = privateClouds.find(({ resourceManager }) => new URL(resourceManager).host === host);
  return (
    privateCloud && {
      cloud: privateCloud.name,
      url: withoutTrailingSlash(privateCloud.resourceManager),
      audiences: [privateCloud.audience],
      authority: withoutTrailingSlash(privateCloud.loginEndpoint),
      newestApiVersion: privateCloud.newestApiVersion,
    }
  );
}

/**
 * `GET /metadata/endpoints` of a private cloud, without authentication, in the three formats in use.
 * Sources: Azure Stack Hub, "Connect with Azure CLI" (2015-01-01); azure-cli `ARM_CLOUD_METADATA_URL` (2019-05-01);
 * hashicorp/go-azure-sdk `sdk/internal/metadata` (2022-09-01).
 */
export function metadataEndpoints(call: Call, cloud: PrivateCloud): Reply {
  const version = call.query.get('api-version') ?? '';
  const { metadataVersions, metadataMark, loginEndpoint, audience, identityProvider } = cloud;
  if (!metadataVersions.includes(version)) throw invalidApiVersion(version, metadataVersions.join(','));
  const domain = new URL(cloud.resourceManager).host.split('.').slice(1).join('.');
  const graph = `https://graph.${domain}/`;
  const authentication = { loginEndpoint, audiences: [audience] };
  const latest = {
    portal: `https://portal.${domain}`,
    authentication: { ...authentication, tenant: identityProvider === 'ADFS' ? 'adfs' : 'common', identityProvider },
    graphAudience: graph,
    graph,
    name: cloud.name,
    suffixes: {
      acrLoginServer: 'azurecr.io',
      keyVaultDns: `vault.${domain}`,
      mhsmDns: `managedhsm.${domain}`,
      sqlServerHostname: `database.${domain}`,
      storage: domain,
      storageSyncEndpointSuffix: 'afs.azure.net',
      synapseAnalytics: 'dev.azuresynapse.net',
    },
    resourceManager: `${withoutTrailingSlash(cloud.resourceManager)}/`,
    microsoftGraphResourceId: graph,
  };
  const stackHub = {
    galleryEndpoint: `https://providers.${domain}:30016/`,
    graphEndpoint: graph,
    portalEndpoint: `https://portal.${domain}/`,
    authentication,
  };
  const document = version === '2015-01-01' ? stackHub : version === '2019-05-01' ? [latest] : latest;
  const reply = jsonReply(200, document);
  return metadataMark === 'byte-order-mark' ? { ...reply, body: `\uFEFF${reply.body}` } : reply;
}

export function invalidApiVersion(version: string, supported: string): ResourceManagerError {
  const message = `The api-version '${version}' is invalid. The supported versions are '${supported}'.`;
  return new ResourceManagerError(400, 'InvalidApiVersionParameter', message);
}
