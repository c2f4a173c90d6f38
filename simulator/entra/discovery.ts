import { CLOUDS, type PrivateCloud } from '../clouds.ts';
import type { Directory } from '../directory.ts';
import type { SigningKey } from '../json-web-token.ts';
import type { Realm } from './realm.ts';
import { realmOf } from './realm.ts';
import type { TenantPath } from './tenant-path.ts';

type Document = Record<string, unknown>;

/** OpenID Connect Discovery 1.0, as Entra fills it in. */
export function openIdConfiguration(realm: Realm, path: TenantPath, api: 'v1' | 'v2'): Document {
  if (realm.kind === 'adfs') return adfsConfiguration(realm);
  const tenant = path.kind === 'any' ? '{tenantid}' : path.tenant.id;
  const segment = path.kind === 'any' ? path.name : path.tenant.id;
  const base = `https://${realm.host}/${segment}`;
  const version = api === 'v2' ? '/oauth2/v2.0' : '/oauth2';
  return {
    token_endpoint: `${base}${version}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery${api === 'v2' ? '/v2.0' : ''}/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: api === 'v2' ? `https://${realm.host}/${tenant}/v2.0` : `${realm.tokenIssuer}/${tenant}/`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `https://${realm.graphHost}/oidc/userinfo`,
    authorization_endpoint: `${base}${version}/authorize`,
    device_authorization_endpoint: `${base}${version}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}${version}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver'],
    kerberos_endpoint: `${base}/kerberos`,
    tenant_region_scope: path.kind === 'any' ? null : 'EU',
    cloud_instance_name: realm.instanceName,
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: realm.graphHost,
    rbac_url: 'https://pas.windows.net',
  };
}

function adfsConfiguration(realm: Realm): Document {
  const base = `https://${realm.host}/adfs`;
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth2/authorize/`,
    token_endpoint: `${base}/oauth2/token/`,
    jwks_uri: `${base}/discovery/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'password', 'device_code'],
    subject_types_supported: ['pairwise'],
    scopes_supported: ['openid', 'user_impersonation'],
    id_token_signing_alg_values_supported: ['RS256'],
    access_token_issuer: `http://${realm.host}/adfs/services/trust`,
    device_authorization_endpoint: `${base}/oauth2/devicecode`,
  };
}

export function keySet(key: SigningKey): Document {
  return { keys: [key.jwk] };
}

/** The issuers Microsoft vouches for. Source: MSAL's `AuthorityMetadata` and the service's own answer. */
const ALIASES: readonly { network: string; cache: string; aliases: readonly string[] }[] = [
  {
    network: 'login.microsoftonline.com',
    cache: 'login.windows.net',
    aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  },
  {
    network: 'login.partner.microsoftonline.cn',
    cache: 'login.partner.microsoftonline.cn',
    aliases: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
  },
  {
    network: 'login.microsoftonline.de',
    cache: 'login.microsoftonline.de',
    aliases: ['login.microsoftonline.de'],
  },
  {
    network: 'login.microsoftonline.us',
    cache: 'login.microsoftonline.us',
    aliases: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
  },
];

/** The answer to `/common/discovery/instance`; `undefined` for an issuer that Microsoft does not know. */
export function instanceDiscovery(authorizationEndpoint: string): Document | undefined {
  const url = URL.parse(authorizationEndpoint);
  if (url === null || !CLOUDS.some((cloud) => cloud.loginHosts.includes(url.host))) return undefined;
  const tenant = url.pathname.split('/')[1] ?? 'common';
  const version = url.pathname.includes('/v2.0/') ? '/v2.0' : '';
  return {
    tenant_discovery_endpoint: `https://${url.host}/${tenant}${version}/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: ALIASES.map(({ network, cache, aliases }) => ({
      preferred_network: network,
      preferred_cache: cache,
      aliases,
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
