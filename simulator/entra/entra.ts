import { type Call, jsonReply, type Reply, type Service, textReply } from '../exchange.ts';
import { findClient } from './client.ts';
import { DeviceLogin } from './device-login.ts';
import { instanceDiscovery, openIdConfiguration, userRealm } from './discovery.ts';
import { type EntraContext, type TenantPath, tenantPath } from './endpoint.ts';
import { EntraError, errorReply, traceHeaders, traceOf } from './error.ts';
import { errors } from './errors.ts';
import { type Realm, realmOf } from './realm.ts';
import { requireField } from './resource.ts';
import { tokenEndpoint } from './token-endpoint.ts';
import { UserSessions } from './user-sessions.ts';

/** The token service of every cloud: Entra ID, or the AD FS of a private cloud. */
export class Entra {
  readonly deviceLogin: DeviceLogin;
  readonly #context: EntraContext;
  readonly #sessions: UserSessions;

  constructor(context: EntraContext) {
    this.#context = context;
    this.#sessions = new UserSessions(context);
    this.deviceLogin = new DeviceLogin(context.clock);
  }

  serviceOf(host: string): Service | undefined {
    const realm = realmOf(host, this.#context.privateClouds);
    return realm && ((call) => this.#respond(realm, call));
  }

  async #respond(realm: Realm, call: Call): Promise<Reply> {
    const trace = traceOf(call);
    try {
      const { status, headers, body } = await this.#route(realm, call);
      return { status, headers: { ...traceHeaders(call, trace), ...headers }, body };
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      return errorReply(call, trace, error.details, this.#context.clock.now());
    }
  }

  async #route(realm: Realm, call: Call): Promise<Reply> {
    // Some clients end the path with a slash, and adal-node writes UserRealm in capitals.
    const [, segment = '', ...rest] = call.path.replace(/\/$/, '').split('/');
    const path = (): TenantPath => tenantPath(this.#context.directory, realm, segment, 'user');
    switch (rest.join('/').toLowerCase()) {
      case 'oauth2/v2.0/token':
        return await this.#token(realm, call, segment, 'v2');
      case 'oauth2/token': {
        const isV2 = realm.kind === 'adfs' && !call.form.has('resource');
        return await this.#token(realm, call, segment, isV2 ? 'v2' : 'v1');
      }
      case 'oauth2/v2.0/devicecode':
        return this.#deviceCode(realm, call, path());
      case 'v2.0/.well-known/openid-configuration':
        return jsonReply(200, openIdConfiguration(realm, path(), 'v2'));
      case '.well-known/openid-configuration':
        return jsonReply(200, openIdConfiguration(realm, path(), 'v1'));
      case 'discovery/instance':
        return jsonReply(200, instanceDiscovery(call.query.get('authorization_endpoint') ?? ''));
    }
    const [first = '', user = ''] = rest;
    if (segment === 'common' && first.toLowerCase() === 'userrealm' && user !== '') {
      return jsonReply(200, userRealm(this.#context.directory, realm, decodeURIComponent(user)));
    }
    return textReply(404, 'text/html', '<html><body>404 - File or directory not found.</body></html>');
  }

  async #token(realm: Realm, call: Call, segment: string, api: 'v1' | 'v2'): Promise<Reply> {
    if (call.method !== 'POST') throw errors.methodNotAllowed(call.method);
    const principal = call.form.get('grant_type') === 'client_credentials' ? 'application' : 'user';
    const path = tenantPath(this.#context.directory, realm, segment, principal);
    const services = { context: this.#context, sessions: this.#sessions, deviceLogin: this.deviceLogin };
    return await tokenEndpoint(services, { form: call.form, realm, path, api });
  }

  /** Source: "OAuth 2.0 device authorization grant". */
  #deviceCode(realm: Realm, { form }: Call, path: TenantPath): Reply {
    const clientId = requireField(form, 'client_id');
    if (path.kind === 'tenant') findClient(this.#context, path.tenant, form);
    const flow = this.deviceLogin.start(clientId, requireField(form, 'scope'));
    const page = realm.deviceLoginPage;
    return jsonReply(200, {
      user_code: flow.userCode,
      device_code: flow.deviceCode,
      verification_uri: page,
      expires_in: this.deviceLogin.lifetimeSeconds,
      interval: flow.intervalSeconds,
      message: `To sign in, use a web browser to open the page ${page} and enter the code ${flow.userCode} to authenticate.`,
    });
  }
}
