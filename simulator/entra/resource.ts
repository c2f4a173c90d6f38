import type { Directory, Tenant } from '../directory.ts';
import { errors } from './errors.ts';
import { type Realm, withoutTrailingSlash } from './realm.ts';

const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'offline_access']);
const DEFAULT = '/.default';

export interface ResourceRequest {
  /** As the client wrote it, with its trailing slashes: the token's audience. */
  readonly resource: string;
  /** The resource's scopes in the response. */
  readonly scopes: readonly string[];
  readonly openId: boolean;
  readonly offlineAccess: boolean;
}

/**
 * Client credentials require exactly one resource, with `/.default`. The OpenID scopes, which MSAL Go always adds, have
 * no effect without a user. Source: MSAL Go, `accesstokens.go`, `AppendDefaultScopes`.
 */
export function applicationScope(scope: string): ResourceRequest {
  const scopes = scope.split(' ').filter((part) => part !== '' && !OPENID_SCOPES.has(part));
  const [only, ...others] = scopes;
  if (only === undefined || others.length > 0) throw errors.invalidScope(scope);
  if (!only.endsWith(DEFAULT) || only === DEFAULT) throw errors.scopeWithoutDefault(only);
  return { resource: only.slice(0, -DEFAULT.length), scopes: [only], openId: false, offlineAccess: false };
}

/** Users may add the OpenID scopes, and request single permissions of a resource. */
export function userScope(scope: string): ResourceRequest {
  const parts = scope.split(' ').filter((part) => part !== '');
  const permissions = parts.filter((part) => !OPENID_SCOPES.has(part));
  const resources = new Set(permissions.map(resourceOfScope));
  if (resources.size > 1) throw errors.severalResources();
  // Without a resource the token is for Microsoft Graph.
  const [resource = 'https://graph.microsoft.com'] = resources;
  return {
    resource,
    scopes: [...new Set([`${resource}/user_impersonation`, ...permissions])],
    openId: parts.includes('openid'),
    offlineAccess: parts.includes('offline_access'),
  };
}

function resourceOfScope(scope: string): string {
  const end = scope.lastIndexOf('/');
  if (end <= 0) throw errors.invalidScope(scope);
  return scope.slice(0, end);
}

/** @throws {EntraError} AADSTS500011 for a resource of neither the cloud nor the tenant */
export function requireResource(resource: string, tenant: Tenant, realm: Realm, directory: Directory): void {
  const name = withoutTrailingSlash(resource);
  if (realm.resources.includes(name)) return;
  const isInTenant = directory.applications.some(
    ({ servicePrincipals, clientId, identifierUris }) =>
      servicePrincipals.some(({ tenantId }) => tenantId === tenant.id) &&
      [clientId, `api://${clientId}`, ...identifierUris].includes(name),
  );
  if (!isInTenant) throw errors.unknownResource(resource, tenant);
}

/** @throws {EntraError} AADSTS900144 for a field that is missing or empty */
export function requireField(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw errors.missingField(name);
  return value;
}
