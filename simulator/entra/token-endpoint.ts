import type { Tenant } from '../directory.ts';
import { type Answer, type Call, jsonAnswer } from '../exchange.ts';
import { type Client, checkUserClient, clientFields, findClient, requireClientProof } from './client.ts';
import type { DeviceLogin } from './device-login.ts';
import type { Endpoint, EntraContext, TenantPath } from './endpoint.ts';
import type { Realm } from './realm.ts';
import { refuse } from './refusals.ts';
import { applicationScope, type ResourceRequest, requireField, requireResource, userScope } from './resource.ts';
import {
  applicationToken,
  type ClientProof,
  clientInfo,
  type IssuedToken,
  idToken,
  type UserSession,
  userToken,
} from './tokens.ts';
import type { UserSessions } from './user-sessions.ts';

export interface TokenServices {
  readonly context: EntraContext;
  readonly sessions: UserSessions;
  readonly deviceLogin: DeviceLogin;
}

/** A request to a token endpoint, with the part of its URL that names the tenant. */
export interface TokenRequest {
  readonly call: Call;
  readonly realm: Realm;
  readonly path: TenantPath;
  readonly api: 'v1' | 'v2';
}

/**
 * `POST /{tenant}/oauth2/v2.0/token` and `POST /{tenant}/oauth2/token`.
 *
 * @throws {Refusal}
 */
export async function tokenEndpoint(services: TokenServices, request: TokenRequest): Promise<Answer> {
  const grant = requireField(request.call.form, 'grant_type');
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
      throw refuse.unsupportedGrant(grant);
  }
}

async function clientCredentials({ context }: TokenServices, request: TokenRequest): Promise<Answer> {
  const endpoint = requireTenant(request);
  const fields = clientFields(request.call);
  const client = findClient(context, endpoint, fields.clientId);
  const asked = resourceRequest(request, 'application');
  const proof = await requireClientProof(context, endpoint, client, fields);
  if (client.principal === undefined) throw refuse.unknownApplication(fields.clientId, endpoint.tenant);
  requireResource(asked.resource, endpoint.tenant, endpoint.realm, context.directory);
  const issued = await applicationToken(context, endpoint, {
    application: client.application,
    principal: client.principal,
    proof,
    resource: asked.resource,
  });
  return jsonAnswer(200, tokenBody(endpoint, issued, asked.resource));
}

function requireTenant(request: TokenRequest): Endpoint {
  const { path, realm, api } = request;
  if (path.kind === 'any') throw refuse.noTenantInformation();
  return { realm, tenant: path.tenant, api };
}

function resourceRequest(request: TokenRequest, who: 'application' | 'user'): ResourceRequest {
  const { form } = request.call;
  if (request.api === 'v1' && form.has('resource')) {
    const resource = requireField(form, 'resource');
    return { resource, scopes: ['user_impersonation'], openid: 'asked', offlineAccess: 'asked' };
  }
  const scope = requireField(form, request.api === 'v1' ? 'resource' : 'scope');
  return who === 'application' ? applicationScope(scope) : userScope(scope);
}

async function password(services: TokenServices, request: TokenRequest): Promise<Answer> {
  const { context, sessions } = services;
  const { form } = request.call;
  if (request.path.kind === 'any' && request.api === 'v2' && request.path.name !== 'organizations') {
    throw refuse.passwordOverCommon();
  }
  const username = requireField(form, 'username');
  const secret = requireField(form, 'password');
  const { path } = request;
  const where =
    path.kind === 'any' ? { tenant: undefined, name: path.name } : { tenant: path.tenant, name: path.tenant.id };
  const early = request.path.kind === 'any' ? undefined : await userClient(services, requireTenant(request), request);
  const user = sessions.checkPassword(username, secret, { cloud: request.realm.cloud, ...where });
  const endpoint = endpointOf(context, request, user.tenantId);
  const { client, proof } = early ?? (await userClient(services, endpoint, request));
  const signIn = { amr: ['pwd'], strongTenants: [] };
  const session = sessions.session(endpoint, user, client.application.clientId, signIn);
  return await userAnswer(services, { request, endpoint, client, proof, session, strongTenants: [] });
}

async function deviceCode(services: TokenServices, request: TokenRequest): Promise<Answer> {
  const { context, sessions, deviceLogin } = services;
  const { form } = request.call;
  const fields = clientFields(request.call);
  if (fields.clientId === '') throw refuse.missingField('client_id');
  const flow = deviceLogin.poll(requireField(form, 'device_code'), fields.clientId);
  const user = context.directory.user(flow.userPrincipalName);
  if (user === undefined)
    throw refuse.unknownUser(request.path.kind === 'any' ? request.path.name : request.path.tenant.id);
  const endpoint = endpointOf(context, request, user.tenantId);
  const { client, proof } = await userClient(services, endpoint, request);
  const strongTenants = [endpoint.tenant.id];
  const signIn = { amr: ['pwd', 'mfa'], strongTenants };
  const session = sessions.session(endpoint, user, client.application.clientId, signIn);
  return await userAnswer(services, { request, endpoint, client, proof, session, strongTenants, scope: flow.scope });
}

async function refreshToken(services: TokenServices, request: TokenRequest): Promise<Answer> {
  const { context, sessions } = services;
  const token = requireField(request.call.form, 'refresh_token');
  const fields = clientFields(request.call);
  const application = context.directory.application(fields.clientId);
  if (fields.clientId === '') throw refuse.missingField('client_id');
  if (application === undefined) throw unsupportedClient(request, fields.clientId);
  const grant = sessions.redeem(token, { application, principal: undefined });
  const endpoint = endpointOf(context, request, grant.user.tenantId);
  const { client, proof } = await userClient(services, endpoint, request);
  const session = sessions.session(endpoint, grant.user, client.application.clientId, grant);
  return await userAnswer(services, { request, endpoint, client, proof, session, strongTenants: grant.strongTenants });
}

function unsupportedClient(request: TokenRequest, clientId: string): Error {
  return request.path.kind === 'any'
    ? refuse.noTenantInformation()
    : refuse.unknownApplication(clientId, request.path.tenant);
}

/** `organizations` and `common` stand for the user's home tenant. */
function endpointOf(context: EntraContext, request: TokenRequest, homeTenantId: string): Endpoint {
  if (request.path.kind === 'tenant') return requireTenant(request);
  const home: Tenant | undefined = context.directory.tenant(homeTenantId);
  if (home === undefined || home.cloud !== request.realm.cloud) throw refuse.noTenantInformation();
  return { realm: request.realm, tenant: home, api: request.api };
}

async function userClient({ context }: TokenServices, endpoint: Endpoint, request: TokenRequest) {
  const fields = clientFields(request.call);
  const client = findClient(context, endpoint, fields.clientId);
  return { client, proof: await checkUserClient(context, endpoint, client, fields) };
}

async function userAnswer(
  { context, sessions }: TokenServices,
  grant: {
    request: TokenRequest;
    endpoint: Endpoint;
    client: Client;
    proof: ClientProof;
    session: UserSession;
    strongTenants: readonly string[];
    /** What the device flow began with; its polls repeat no scope. */
    scope?: string;
  },
): Promise<Answer> {
  const { request, endpoint, client, session } = grant;
  const { form } = request.call;
  const asked =
    grant.scope === undefined || form.has('scope') || form.has('resource')
      ? resourceRequest(request, 'user')
      : userScope(grant.scope);
  requireResource(asked.resource, endpoint.tenant, endpoint.realm, context.directory);
  const issued = await userToken(context, endpoint, { session, proof: grant.proof, resource: asked.resource });
  const isFamily = client.application.kind === 'first-party';
  return jsonAnswer(200, {
    ...tokenBody(endpoint, issued, asked.resource),
    scope: asked.scopes.join(' '),
    ...(asked.offlineAccess === 'asked'
      ? { refresh_token: sessions.remember(session, client, grant.strongTenants), ...(isFamily ? { foci: '1' } : {}) }
      : {}),
    ...(asked.openid === 'asked' ? { id_token: await idToken(context, endpoint, session) } : {}),
    ...(form.get('client_info') === '1' ? { client_info: clientInfo(session.user) } : {}),
  });
}

/** Version 2.0 sends numbers, version 1.0 strings; AD FS a lower-case type. */
function tokenBody(endpoint: Endpoint, issued: IssuedToken, resource: string): Record<string, unknown> {
  if (endpoint.realm.kind === 'adfs') {
    return { token_type: 'bearer', expires_in: issued.lifetimeSeconds, resource, access_token: issued.token };
  }
  if (endpoint.api === 'v2') {
    return {
      token_type: 'Bearer',
      expires_in: issued.lifetimeSeconds,
      ext_expires_in: issued.lifetimeSeconds,
      access_token: issued.token,
    };
  }
  return {
    token_type: 'Bearer',
    expires_in: String(issued.lifetimeSeconds),
    ext_expires_in: String(issued.lifetimeSeconds),
    expires_on: String(issued.expiresOn),
    not_before: String(issued.notBefore),
    resource,
    access_token: issued.token,
  };
}
