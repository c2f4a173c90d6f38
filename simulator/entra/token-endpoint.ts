import type { User } from '../directory.ts';
import { jsonReply, type Reply } from '../exchange.ts';
import { clientProof, findClient } from './client.ts';
import type { DeviceLogin } from './device-login.ts';
import type { Endpoint, EntraContext, TenantPath } from './endpoint.ts';
import { errors } from './errors.ts';
import type { Realm } from './realm.ts';
import { applicationScope, type ResourceRequest, requireField, requireResource, userScope } from './resource.ts';
import { applicationToken, clientInfo, type IssuedToken, idToken, userToken } from './tokens.ts';
import type { Authentication, UserSessions } from './user-sessions.ts';

interface TokenServices {
  readonly context: EntraContext;
  readonly sessions: UserSessions;
  readonly deviceLogin: DeviceLogin;
}

interface TokenRequest {
  readonly form: URLSearchParams;
  readonly realm: Realm;
  readonly path: TenantPath;
  readonly api: 'v1' | 'v2';
}

/**
 * `POST /{tenant}/oauth2/v2.0/token` and `POST /{tenant}/oauth2/token`.
 * @throws {EntraError}
 */
export async function tokenEndpoint(services: TokenServices, request: TokenRequest): Promise<Reply> {
  const grant = requireField(request.form, 'grant_type');
  switch (grant) {
    case 'client_credentials':
      return await clientCredentials(services, request);
    case 'password':
      return await password(services, request);
    case 'refresh_token':
      return await refreshToken(services, request);
    case 'urn:ietf:params:oauth:grant-type:device_code':
      return await deviceCode(services, request);
    default:
      throw errors.unsupportedGrant(grant);
  }
}

async function clientCredentials({ context }: TokenServices, request: TokenRequest): Promise<Reply> {
  const { form, realm, path, api } = request;
  if (path.kind === 'any') throw errors.noTenantInformation();
  const { tenant } = path;
  const endpoint = { realm, tenant, api };
  const { application, principal } = findClient(context, tenant, form);
  const { resource } = resourceRequest(request, 'application');
  const proof = await clientProof(context, endpoint, application, form);
  if (proof === 'none' || principal === undefined) throw errors.noClientCredential();
  const { objectId } = principal;
  if (tenant.blockedByConditionalAccess.includes(objectId)) throw errors.blockedByConditionalAccess();
  requireResource(resource, tenant, realm, context.directory);
  const grant = { clientId: application.clientId, objectId, proof, resource };
  return jsonReply(200, tokenBody(endpoint, await applicationToken(context, endpoint, grant), resource));
}

function resourceRequest({ form, api }: TokenRequest, principal: 'application' | 'user'): ResourceRequest {
  if (api === 'v1' && form.has('resource')) {
    const resource = requireField(form, 'resource');
    return { resource, scopes: ['user_impersonation'], openId: true, offlineAccess: true };
  }
  const scope = requireField(form, api === 'v1' ? 'resource' : 'scope');
  return principal === 'application' ? applicationScope(scope) : userScope(scope);
}

async function password(services: TokenServices, request: TokenRequest): Promise<Reply> {
  const { form, realm, path, api } = request;
  if (path.kind === 'any' && api === 'v2' && path.name !== 'organizations') throw errors.passwordOverCommon();
  const [username, secret] = [requireField(form, 'username'), requireField(form, 'password')];
  if (path.kind === 'tenant') await userClient(services, { realm, tenant: path.tenant, api }, form);
  const user = services.sessions.checkPassword(username, secret, realm.cloud, path);
  return await userTokens(services, request, { user, amr: ['pwd'], strongTenants: [] });
}

async function deviceCode(services: TokenServices, request: TokenRequest): Promise<Reply> {
  const { form, path } = request;
  const clientId = requireField(form, 'client_id');
  const flow = services.deviceLogin.poll(requireField(form, 'device_code'), clientId);
  const user = services.context.directory.user(flow.userPrincipalName);
  if (user === undefined) throw errors.unknownUser(path.kind === 'any' ? path.name : path.tenant.id);
  const strongTenants = [endpointOf(services, request, user).tenant.id];
  return await userTokens(services, request, { user, amr: ['pwd', 'mfa'], strongTenants }, flow.scope);
}

async function refreshToken(services: TokenServices, request: TokenRequest): Promise<Reply> {
  const { form, path } = request;
  const token = requireField(form, 'refresh_token');
  const clientId = requireField(form, 'client_id');
  const application = services.context.directory.application(clientId);
  if (application === undefined) {
    throw path.kind === 'any' ? errors.noTenantInformation() : errors.unknownApplication(clientId, path.tenant);
  }
  return await userTokens(services, request, services.sessions.redeem(token, application));
}

/** `organizations` and `common` stand for the user's home tenant. */
function endpointOf({ context }: TokenServices, { realm, path, api }: TokenRequest, user: User): Endpoint {
  const tenant = path.kind === 'tenant' ? path.tenant : context.directory.tenant(user.tenantId);
  if (tenant?.cloud !== realm.cloud) throw errors.noTenantInformation();
  return { realm, tenant, api };
}

/** Only a confidential client must prove itself. */
async function userClient({ context }: TokenServices, endpoint: Endpoint, form: URLSearchParams) {
  const { application } = findClient(context, endpoint.tenant, form);
  const proof = await clientProof(context, endpoint, application, form);
  if (proof === 'none' && application.kind === 'confidential') throw errors.missingClientCredential();
  return { application, proof };
}

/** @param flowScope the scope of a device flow, since its polls have none */
async function userTokens(
  services: TokenServices,
  request: TokenRequest,
  authentication: Authentication,
  flowScope = '',
): Promise<Reply> {
  const { context, sessions } = services;
  const { form } = request;
  const endpoint = endpointOf(services, request, authentication.user);
  const { application, proof } = await userClient(services, endpoint, form);
  const session = sessions.session(endpoint, application, authentication);
  const isInForm = flowScope === '' || form.has('scope') || form.has('resource');
  const { resource, scopes, openId, offlineAccess } = isInForm
    ? resourceRequest(request, 'user')
    : userScope(flowScope);
  requireResource(resource, endpoint.tenant, endpoint.realm, context.directory);
  return jsonReply(200, {
    ...tokenBody(endpoint, await userToken(context, endpoint, { session, proof, resource }), resource),
    scope: scopes.join(' '),
    refresh_token: offlineAccess ? sessions.refreshToken(session, application, authentication) : undefined,
    foci: offlineAccess && application.kind === 'first-party' ? '1' : undefined,
    id_token: openId ? await idToken(context, endpoint, session) : undefined,
    client_info: form.get('client_info') === '1' ? clientInfo(session.user) : undefined,
  });
}

/** Version 2.0 sends numbers, version 1.0 strings, and AD FS a lower-case type. */
function tokenBody(endpoint: Endpoint, issued: IssuedToken, resource: string): Record<string, unknown> {
  const { token: access_token, lifetimeSeconds } = issued;
  if (endpoint.realm.kind === 'adfs') {
    return { token_type: 'bearer', expires_in: lifetimeSeconds, resource, access_token };
  }
  if (endpoint.api === 'v2') {
    return { token_type: 'Bearer', expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds, access_token };
  }
  return {
    token_type: 'Bearer',
    expires_in: String(lifetimeSeconds),
    ext_expires_in: String(lifetimeSeconds),
    expires_on: String(issued.expiresOn),
    not_before: String(issued.notBefore),
    resource,
    access_token,
  };
}
