import { type Answer, type Call, jsonAnswer, type Service, textAnswer } from '../exchange.ts';
import { findClient } from './client.ts';
import { DeviceLogin } from './device-login.ts';
import { instanceDiscovery, openIdConfiguration, userRealm } from './discovery.ts';
import { type EntraContext, type TenantPath, tenantPath } from './endpoint.ts';
import type { Realm } from './realm.ts';
import { realmOf } from './realm.ts';
import { Refusal, refusalAnswer, type Trace, traceHeaders, traceOf } from './refusal.ts';
import { refuse } from './refusals.ts';
import { requireField } from './resource.ts';
import { tokenEndpoint } from './token-endpoint.ts';
import { UserSessions } from './user-sessions.ts';

/** The token service of every cloud: Entra, and the AD FS of a private one. */
export class Entra {
  readonly deviceLogin: DeviceLogin;
  readonly #context: EntraContext;
  readonly #sessions: UserSessions;

  constructor(context: EntraContext) {
    this.#context = context;
    this.#sessions = new UserSessions(context);
    this.deviceLogin = new DeviceLogin(context.clock);
  }

  /** The service of a host; `undefined` for a host that is no issuer's. */
  serviceOf(host: string): Service | undefined {
    const realm = realmOf(host, this.#context.privateClouds);
    return realm && ((call) => this.#guard(call, (trace) => this.#route(realm, call, trace)));
  }

  async #guard(call: Call, answer: (trace: Trace) => Promise<Answer>): Promise<Answer> {
    const trace = traceOf(call);
    try {
      const { status, headers, body } = await answer(trace);
      return { status, headers: { ...traceHeaders(call, trace), ...headers }, body };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refusalAnswer(call, trace, error.details, this.#context.clock.now());
    }
  }

  async #route(realm: Realm, call: Call, trace: Trace): Promise<Answer> {
    // Clients write a slash at the end or not, and adal-node spells UserRealm its own way.
    const path = call.path.replace(/\/$/, '');
    const [, segment = '', ...rest] = path.split('/');
    switch (rest.join('/').toLowerCase()) {
      case 'oauth2/v2.0/token':
        return await this.#token(realm, call, segment, 'v2');
      case 'oauth2/token':
        return await this.#token(
          realm,
          call,
          segment,
          realm.kind === 'adfs' && !call.form.has('resource') ? 'v2' : 'v1',
        );
      case 'oauth2/v2.0/devicecode':
        return this.#deviceCode(realm, call, segment);
      case 'v2.0/.well-known/openid-configuration':
        return jsonAnswer(200, openIdConfiguration(realm, this.#path(realm, segment, 'user'), 'v2'));
      case '.well-known/openid-configuration':
        return jsonAnswer(200, openIdConfiguration(realm, this.#path(realm, segment, 'user'), 'v1'));
      case 'discovery/instance':
        return this.#instance(call, trace);
      default:
        return this.#other(call, segment, rest);
    }
  }

  async #token(realm: Realm, call: Call, segment: string, api: 'v1' | 'v2'): Promise<Answer> {
    if (call.method !== 'POST') throw refuse.notPosted(call.method);
    const isApplication = call.form.get('grant_type') === 'client_credentials';
    const path = this.#path(realm, segment, isApplication ? 'application' : 'user');
    const services = { context: this.#context, sessions: this.#sessions, deviceLogin: this.deviceLogin };
    return await tokenEndpoint(services, { call, realm, path, api });
  }

  #path(realm: Realm, segment: string, who: 'application' | 'user'): TenantPath {
    return tenantPath(this.#context.directory, realm, segment, who);
  }

  /** Source: "OAuth 2.0 device authorization grant". */
  #deviceCode(realm: Realm, call: Call, segment: string): Answer {
    const path = this.#path(realm, segment, 'user');
    const clientId = requireField(call.form, 'client_id');
    if (path.kind === 'tenant') findClient(this.#context, { realm, tenant: path.tenant, api: 'v2' }, clientId);
    const flow = this.deviceLogin.start(clientId, requireField(call.form, 'scope'));
    const page = realm.deviceLoginPage;
    return jsonAnswer(200, {
      user_code: flow.userCode,
      device_code: flow.deviceCode,
      verification_uri: page,
      expires_in: this.deviceLogin.lifetimeSeconds,
      interval: flow.intervalSeconds,
      message: `To sign in, use a web browser to open the page ${page} and enter the code ${flow.userCode} to authenticate.`,
    });
  }

  #instance(call: Call, trace: Trace): Answer {
    const document = instanceDiscovery(call.query.get('authorization_endpoint') ?? '');
    if (document !== undefined) return jsonAnswer(200, document);
    const refusal = { code: 50049, error: 'invalid_instance', description: 'Unknown or invalid instance.' };
    return refusalAnswer(call, trace, refusal, this.#context.clock.now());
  }

  #other(call: Call, segment: string, rest: readonly string[]): Answer {
    const [first = '', user = ''] = rest;
    if (segment === 'common' && first.toLowerCase() === 'userrealm' && user !== '') {
      const { directory, privateClouds } = this.#context;
      return jsonAnswer(200, userRealm(directory, privateClouds, call.host, decodeURIComponent(user)));
    }
    return textAnswer(404, 'text/html', '<html><body>404 - File or directory not found.</body></html>');
  }
}
