import { CLOUDS, type PrivateCloud } from '../clouds.ts';
import type { Directory } from '../directory.ts';
import type { TenantPath } from './endpoint.ts';
import type { Realm } from './realm.ts';
import { realmOf } from './realm.ts';

type Document = Record<string, unknown>;

/** OpenID Connect Discovery 1.0: what clients read of Entra's. */
export function openIdConfiguration(realm: Realm, path: TenantPath, api: 'v1' | 'v2'): Document {
  if (realm.kind === 'adfs') return adfsConfiguration(realm);
  const tenant = path.kind === 'any' ? '{tenantid}' : path.tenant.id;
  const segment = path.kind === 'any' ? path.name : path.tenant.id;
  const base = `https://${realm.host}/${segment}`;
  const version = api === 'v2' ? '/oauth2/v2.0' : '/oauth2';
  return {
    issuer: api === 'v2' ? `https://${realm.host}/${tenant}/v2.0` : `${realm.tokenIssuer}/${tenant}/`,
    token_endpoint: `${base}${version}/token`,
    jwks_uri: `${base}/discovery${api === 'v2' ? '/v2.0' : ''}/keys`,
    authorization_endpoint: `${base}${version}/authorize`,
    device_authorization_endpoint: `${base}${version}/devicecode`,
    end_session_endpoint: `${base}${version}/logout`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    cloud_instance_name: realm.instanceName,
    msgraph_host: realm.graphHost,
  };
}

function adfsConfiguration(realm: Realm): Document {
  const base = `https://${realm.host}/adfs`;
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth2/authorize/`,
    token_endpoint: `${base}/oauth2/token/`,
    jwks_uri: `${base}/discovery/keys`,
    access_token_issuer: `http://${realm.host}/adfs/services/trust`,
    device_authorization_endpoint: `${base}/oauth2/devicecode`,
  };
}

/** The answer to `/common/discovery/instance`; `undefined` for an issuer that Microsoft does not know. */
export function instanceDiscovery(authorizationEndpoint: string): Document | undefined {
  const url = URL.parse(authorizationEndpoint);
  if (url === null || !CLOUDS.some((cloud) => cloud.loginHosts.includes(url.host))) return undefined;
  const tenant = url.pathname.split('/')[1] ?? 'common';
  const version = url.pathname.includes('/v2.0/') ? '/v2.0' : '';
  return {
    tenant_discovery_endpoint: `https://${url.host}/${tenant}${version}/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: CLOUDS.map(({ loginHosts }) => ({
      preferred_network: loginHosts[0],
      // Source: MSAL's `AuthorityMetadata`, and the service's own answer.
      preferred_cache: loginHosts.find((host) => host === 'login.windows.net') ?? loginHosts[0],
      aliases: loginHosts,
    })),
  };
}

/** The answer to `/common/userrealm/{user}`, which says where a user's password is checked. */
export function userRealm(
  directory: Directory,
  privateClouds: readonly PrivateCloud[],
  host: string,
  userPrincipalName: string,
): Document {
  const domain = userPrincipalName.toLowerCase().split('@')[1] ?? '';
  const tenant = directory.tenant(domain);
  const instance = realmOf(host, privateClouds)?.instanceName ?? 'microsoftonline.com';
  const basics = { ver: '1.0', domain_name: domain, cloud_instance_name: instance };
  const audience = { cloud_audience_urn: 'urn:federation:MicrosoftOnline' };
  if (tenant === undefined) return { ver: '1.0', account_type: 'Unknown' };
  if (!tenant.federatedDomains.includes(domain)) return { account_type: 'Managed', ...basics, ...audience };
  return {
    account_type: 'Federated',
    ...basics,
    ...audience,
    federation_protocol: 'WSTrust',
    federation_metadata_url: `https://sts.${domain}/adfs/services/trust/mex`,
    federation_active_auth_url: `https://sts.${domain}/adfs/services/trust/2005/usernamemixed`,
  };
}
