import { CLOUDS } from '../clouds.ts';
import type { Directory } from '../directory.ts';
import type { TenantPath } from './endpoint.ts';
import { errors } from './errors.ts';
import type { Realm } from './realm.ts';

type Document = Record<string, unknown>;

/** The fields of OpenID Connect Discovery 1.0 that clients read. */
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

/**
 * `/common/discovery/instance`
 * @throws {EntraError} AADSTS50049 for an issuer that Microsoft does not know
 */
export function instanceDiscovery(authorizationEndpoint: string): Document {
  const url = URL.parse(authorizationEndpoint);
  if (url === null || !CLOUDS.some((cloud) => cloud.loginHosts.includes(url.host))) throw errors.unknownInstance();
  const tenant = url.pathname.split('/')[1] ?? 'common';
  const version = url.pathname.includes('/v2.0/') ? '/v2.0' : '';
  return {
    tenant_discovery_endpoint: `https://${url.host}/${tenant}${version}/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: CLOUDS.map(({ loginHosts }) => ({
      preferred_network: loginHosts[0],
      // Source: MSAL's `AuthorityMetadata`, and the response of the service.
      preferred_cache: loginHosts.find((host) => host === 'login.windows.net') ?? loginHosts[0],
      aliases: loginHosts,
    })),
  };
}

/** `/common/userrealm/{user}`: the identity provider of a user. */
export function userRealm(directory: Directory, realm: Realm, userPrincipalName: string): Document {
  const domain = userPrincipalName.toLowerCase().split('@')[1] ?? '';
  const tenant = directory.tenant(domain);
  if (tenant === undefined) return { ver: '1.0', account_type: 'Unknown' };
  const isFederated = tenant.federatedDomains.includes(domain);
  const managed = {
    account_type: isFederated ? 'Federated' : 'Managed',
    ver: '1.0',
    domain_name: domain,
    cloud_instance_name: realm.instanceName,
    cloud_audience_urn: 'urn:federation:MicrosoftOnline',
  };
  if (!isFederated) return managed;
  return {
    ...managed,
    federation_protocol: 'WSTrust',
    federation_metadata_url: `https://sts.${domain}/adfs/services/trust/mex`,
    federation_active_auth_url: `https://sts.${domain}/adfs/services/trust/2005/usernamemixed`,
  };
}
