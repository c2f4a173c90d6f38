import { CLOUDS, type Cloud, type PrivateCloud } from '../clouds.ts';
import { withoutTrailingSlash } from '../entra/realm.ts';
import type { Answer, Call } from '../exchange.ts';
import { jsonAnswer } from '../exchange.ts';
import { ResourceManagerAnswer } from './refusal.ts';
import type { ResourceManagerSite } from './site.ts';

type Document = Record<string, unknown>;

const ALL_VERSIONS: readonly string[] = ['2015-01-01', '2019-05-01', '2022-09-01'];

/**
 * `GET /metadata/endpoints`, open to all: the cloud's own endpoints, in the three shapes in use.
 * Sources: Azure Stack Hub, "Connect with Azure CLI" (2015-01-01); azure-cli `ARM_CLOUD_METADATA_URL` (2019-05-01);
 * hashicorp/go-azure-sdk `sdk/internal/metadata` (2022-09-01).
 */
export function metadataEndpoints(call: Call, site: ResourceManagerSite): Answer {
  const version = call.query.get('api-version') ?? '';
  const supported = site.origin.kind === 'private' ? site.origin.cloud.metadataVersions : ALL_VERSIONS;
  if (!supported.includes(version)) {
    throw new ResourceManagerAnswer(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${version}' is invalid. The supported versions are '${supported.join(',')}'.`,
    );
  }
  const answer = jsonAnswer(200, document(version, site));
  const isMarked = site.origin.kind === 'private' && site.origin.cloud.metadataMark === 'byte-order-mark';
  return isMarked ? { ...answer, body: `\uFEFF${answer.body}` } : answer;
}

function document(version: string, site: ResourceManagerSite): unknown {
  const own = site.origin.kind === 'public' ? publicDocument(site.origin.cloud) : privateDocument(site.origin.cloud);
  if (version === '2015-01-01') return stackDocument(site, own);
  if (version === '2022-09-01') return own;
  return site.origin.kind === 'public' ? CLOUDS.map(publicDocument) : [own];
}

function stackDocument(site: ResourceManagerSite, own: Document): Document {
  const domain = new URL(site.url).host.split('.').slice(1).join('.');
  const audience = site.origin.kind === 'private' ? site.origin.cloud.audience : site.audiences[0];
  const loginEndpoint = site.origin.kind === 'private' ? site.origin.cloud.loginEndpoint : `${site.authority}/`;
  return {
    galleryEndpoint: `https://providers.${domain}:30016/`,
    graphEndpoint: own['graph'],
    portalEndpoint: `https://portal.${domain}/`,
    authentication: { loginEndpoint, audiences: [audience] },
  };
}

function publicDocument(cloud: Cloud): Document {
  const [login = ''] = cloud.loginHosts;
  const storage = cloud.storageSuffix;
  return {
    portal: cloud.portal,
    authentication: {
      loginEndpoint: `https://${login}/`,
      audiences: [`https://${cloud.classicHost}/`, `https://${cloud.resourceManagerHost}/`],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    graphAudience: 'https://graph.windows.net/',
    graph: 'https://graph.windows.net/',
    name: cloud.name,
    suffixes: suffixes(cloud.vaultSuffix, storage),
    batch: `https://batch.${storage}/`,
    resourceManager: `https://${cloud.resourceManagerHost}/`,
    vmImageAliasDoc: 'https://raw.githubusercontent.com/Azure/azure-rest-api-specs/main/aliases.json',
    activeDirectoryDataLake: 'https://datalake.azure.net/',
    sqlManagement: `https://${cloud.classicHost}:8443/`,
    microsoftGraphResourceId: `https://${cloud.graphHost}/`,
    ...(cloud.name === 'AzureCloud'
      ? {
          media: 'https://rest.media.azure.net',
          gallery: 'https://gallery.azure.com/',
          appInsightsResourceId: 'https://api.applicationinsights.io',
          attestationResourceId: 'https://attest.azure.net',
          synapseAnalyticsResourceId: 'https://dev.azuresynapse.net',
          logAnalyticsResourceId: 'https://api.loganalytics.io',
          ossrDbmsResourceId: 'https://ossrdbms-aad.database.windows.net',
        }
      : {}),
  };
}

function suffixes(vault: string, storage: string): Document {
  return {
    acrLoginServer: 'azurecr.io',
    keyVaultDns: vault,
    mhsmDns: vault.replace('vault', 'managedhsm'),
    sqlServerHostname: `database.${storage.replace(/^core\./, '')}`,
    storage,
    storageSyncEndpointSuffix: 'afs.azure.net',
    synapseAnalytics: 'dev.azuresynapse.net',
  };
}

function privateDocument(cloud: PrivateCloud): Document {
  const domain = new URL(cloud.resourceManager).host.split('.').slice(1).join('.');
  return {
    portal: `https://portal.${domain}`,
    authentication: {
      loginEndpoint: cloud.loginEndpoint,
      audiences: [cloud.audience],
      tenant: cloud.identityProvider === 'ADFS' ? 'adfs' : 'common',
      identityProvider: cloud.identityProvider,
    },
    graphAudience: `https://graph.${domain}/`,
    graph: `https://graph.${domain}/`,
    name: cloud.name,
    suffixes: suffixes(`vault.${domain}`, domain),
    resourceManager: `${withoutTrailingSlash(cloud.resourceManager)}/`,
    microsoftGraphResourceId: `https://graph.${domain}/`,
  };
}
