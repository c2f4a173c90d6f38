import type { Directory, Tenant } from '../directory.ts';
import type { Realm } from './realm.ts';
import { withoutTrailingSlash } from './realm.ts';
import { refuse } from './refusals.ts';

const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'offline_access']);
const DEFAULT = '/.default';

/** What a client asked a token for. */
export interface ResourceRequest {
  /** As the client wrote it, which becomes the token's audience: trailing slashes and all. */
  readonly resource: string;
  /** The resource's own scopes as they are answered. */
  readonly scopes: readonly string[];
  readonly openid: 'asked' | 'not-asked';
  readonly offlineAccess: 'asked' | 'not-asked';
}

/**
 * Client credentials take exactly one resource, with `/.default`. The OpenID scopes, which MSAL Go always adds, mean
 * nothing without a user. Source: MSAL Go, `accesstokens.go`, `AppendDefaultScopes`.
 */
export function applicationScope(scope: string): ResourceRequest {
  const scopes = scope.split(' ').filter((part) => part !== '' && !OPENID_SCOPES.has(part));
  const [only, ...others] = scopes;
  if (only === undefined || others.length > 0) throw refuse.invalidScope(scope);
  if (!only.endsWith(DEFAULT) || only === DEFAULT) throw refuse.scopeWithoutDefault(only);
  return { resource: only.slice(0, -DEFAULT.length), scopes: [only], openid: 'not-asked', offlineAccess: 'not-asked' };
}

/** Users may add the OpenID scopes, and name a resource's permissions one by one. */
export function userScope(scope: string): ResourceRequest {
  const parts = scope.split(' ').filter((part) => part !== '');
  const own = parts.filter((part) => !OPENID_SCOPES.has(part));
  // Without a resource the token is for Microsoft Graph.
  const resources = new Set(own.map(resourceOfScope));
  if (resources.size > 1) throw refuse.severalResources();
  const [resource = 'https://graph.microsoft.com'] = resources;
  return {
    resource,
    scopes: [...new Set([`${resource}/user_impersonation`, ...own])],
    openid: parts.includes('openid') ? 'asked' : 'not-asked',
    offlineAccess: parts.includes('offline_access') ? 'asked' : 'not-asked',
  };
}

function resourceOfScope(scope: string): string {
  const cut = scope.lastIndexOf('/');
  if (cut <= 0) throw refuse.invalidScope(scope);
  return scope.slice(0, cut);
}

/**
 * @throws {Refusal} AADSTS500011 when neither the cloud nor an application of the tenant answers to it
 */
export function requireResource(resource: string, tenant: Tenant, realm: Realm, directory: Directory): void {
  const wanted = withoutTrailingSlash(resource);
  if (realm.resources.includes(wanted)) return;
  const isOwn = directory.applications.some(
    (application) =>
      application.servicePrincipals.some((principal) => principal.tenantId === tenant.id) &&
      [application.clientId, `api://${application.clientId}`, ...application.identifierUris].includes(wanted),
  );
  if (!isOwn) throw refuse.unknownResource(resource, tenant);
}

/** The form's field, or AADSTS900144. An empty field counts as missing. */
export function requireField(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') {
    throw refuse.missingField(name);
  }
  return value;
}
