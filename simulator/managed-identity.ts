import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlackHole, openBlackHole } from './black-hole.ts';
import type { ManagedIdentity } from './directory.ts';
import type { EntraContext } from './entra/endpoint.ts';
import { realmOfCloud } from './entra/realm.ts';
import { Refusal } from './entra/refusal.ts';
import { requireResource } from './entra/resource.ts';
import { managedIdentityToken } from './entra/tokens.ts';
import { type Answer, type Call, jsonAnswer, type Service, textAnswer } from './exchange.ts';
import type { Front, ListenAddress } from './front.ts';

const TOKEN_PATH = '/metadata/identity/oauth2/token';

/**
 * What a machine has at the address of the metadata service:
 * - `identities`: all of `directory.managedIdentities`
 * - `system-assigned`: the one that is the machine's own
 * - `no-identity`: a service that refuses with 400, as on GitHub-hosted runners, which are machines in Azure
 * - `unauthorized`: a service that refuses everybody with 401, as on runners of other vendors
 * - `absent`: nothing; connections are refused
 * - `black-hole`: nothing, and packets vanish, as on machines behind a firewall
 */
export type Machine = 'identities' | 'system-assigned' | 'no-identity' | 'unauthorized' | 'absent' | 'black-hole';

/**
 * The token endpoints of machines and services in Azure, on plain http: the Instance Metadata Service (IMDS), App
 * Service, and Azure Arc on a port of its own. The machine has every identity in `directory.managedIdentities`.
 * Sources: "How to use managed identities on an Azure VM to acquire an access token"; "How to use managed identities for
 * App Service"; "Authenticate against Azure resources with Azure Arc-enabled servers".
 */
export class ManagedIdentityEndpoints {
  /** What App Service gives its processes to prove that they are its own. */
  readonly identityHeader: string = randomBytes(16).toString('hex').toUpperCase();
  /** Where Arc's agent writes its key files; clients accept `/var/opt/azcmagent/tokens` alone. */
  arcKeyFolder: string;
  port = 0;
  arcPort = 0;
  readonly #context: EntraContext;
  #machine: Machine = 'identities';
  #front: Front | undefined;
  #host = '';
  #blackHole: BlackHole | undefined;

  constructor(context: EntraContext, folder: string) {
    this.#context = context;
    this.arcKeyFolder = join(folder, 'azcmagent', 'tokens');
  }

  async listen(front: Front, addresses: { metadata: ListenAddress; arc: ListenAddress }): Promise<void> {
    this.#front = front;
    this.#host = addresses.metadata.host;
    this.port = await front.listen('http', addresses.metadata);
    this.arcPort = await front.listen('http', addresses.arc);
  }

  /** Turns the machine into another kind. Its metadata service keeps its address; App Service's shares it. */
  async become(machine: Machine): Promise<void> {
    const wasSilent = isSilent(this.#machine);
    this.#machine = machine;
    if (!wasSilent && !isSilent(machine)) return;
    this.#front?.stopListening(this.port);
    await this.#blackHole?.close();
    this.#blackHole = undefined;
    const address = { host: this.#host, port: this.port };
    if (machine === 'black-hole') this.#blackHole = await openBlackHole(address);
    else if (machine !== 'absent') await this.#front?.listen('http', address);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Leads clients to this IMDS instead of 169.254.169.254. */
  get imdsVariables(): Record<string, string> {
    return { AZURE_POD_IDENTITY_AUTHORITY_HOST: this.url };
  }

  get appServiceVariables(): Record<string, string> {
    return { IDENTITY_ENDPOINT: `${this.url}/msi/token`, IDENTITY_HEADER: this.identityHeader };
  }

  get arcVariables(): Record<string, string> {
    const url = `http://127.0.0.1:${this.arcPort}`;
    return { IDENTITY_ENDPOINT: `${url}${TOKEN_PATH}`, IMDS_ENDPOINT: url };
  }

  /** The service of a request that came by plain http. */
  serviceOf(call: Call): Service | undefined {
    if (call.port === this.arcPort) return (request) => this.#arc(request);
    if (tokenPath(call) === '/msi/token') return (request) => this.#appService(request);
    return (request) => this.#imds(request);
  }

  async #imds(call: Call): Promise<Answer> {
    if (this.#machine === 'unauthorized') return textAnswer(401, 'text/plain', 'Unauthorized');
    if (call.headers['x-forwarded-for'] !== undefined) {
      return refusal(400, 'invalid_request', 'The request was forwarded by a proxy.');
    }
    if (call.headers['metadata']?.toString().toLowerCase() !== 'true') {
      return refusal(400, 'bad_request_102', 'Required metadata header not specified');
    }
    if (call.method !== 'GET') return refusal(405, 'method_not_allowed', 'Only GET is allowed');
    if (tokenPath(call) !== TOKEN_PATH) return refusal(404, 'not_found', 'Not found');
    if (call.query.get('api-version') === null) {
      return jsonAnswer(400, {
        error: 'Bad request. api-version was not specified in the request',
        'newest-versions': ['2021-12-13', '2018-02-01'],
      });
    }
    return await this.#issue(call, ['client_id', 'object_id', 'msi_res_id', 'mi_res_id']);
  }

  async #appService(call: Call): Promise<Answer> {
    if (call.headers['x-identity-header'] !== this.identityHeader) {
      return jsonAnswer(401, { statusCode: 401, message: 'Unauthorized. The identity header is missing or wrong.' });
    }
    if (call.query.get('api-version') !== '2019-08-01') {
      return jsonAnswer(400, { statusCode: 400, message: 'Unsupported api-version.' });
    }
    return await this.#issue(call, ['client_id', 'object_id', 'principal_id', 'mi_res_id']);
  }

  /** The agent has the caller read a file that only the machine's own administrators can read. */
  async #arc(call: Call): Promise<Answer> {
    if (call.headers['metadata']?.toString().toLowerCase() !== 'true') {
      return refusal(400, 'invalid_request', 'Required metadata header not specified');
    }
    if (tokenPath(call) !== TOKEN_PATH) return refusal(404, 'not_found', 'Not found');
    const presented = /^Basic (.+)$/.exec(call.headers.authorization ?? '')?.[1];
    if (presented === undefined) return this.#arcChallenge();
    if (!this.#redeemArcKey(presented)) return refusal(401, 'unauthorized', 'The key is unknown.');
    return await this.#issue(call, ['client_id', 'object_id', 'msi_res_id']);
  }

  readonly #arcKeyFiles = new Set<string>();

  #arcChallenge(): Answer {
    mkdirSync(this.arcKeyFolder, { recursive: true });
    const file = join(this.arcKeyFolder, `${randomBytes(8).toString('hex')}.key`);
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
    this.#arcKeyFiles.add(file);
    const answer = refusal(401, 'unauthorized', 'Authorization is required.');
    return { ...answer, headers: { ...answer.headers, 'WWW-Authenticate': `Basic realm=${file}` } };
  }

  /** Each key is good once. */
  #redeemArcKey(presented: string): boolean {
    for (const file of this.#arcKeyFiles) {
      if (readFileSync(file, 'utf8') !== presented) continue;
      this.#arcKeyFiles.delete(file);
      rmSync(file);
      return true;
    }
    return false;
  }

  /** Removes key files that no client came back for. */
  async close(): Promise<void> {
    await this.#blackHole?.close();
    for (const file of this.#arcKeyFiles) rmSync(file, { force: true });
  }

  async #issue(call: Call, selectors: readonly string[]): Promise<Answer> {
    const resource = call.query.get('resource') ?? '';
    if (resource === '') return refusal(400, 'invalid_request', "Required query variable 'resource' is missing");
    const found = this.#identity(call, selectors);
    if (typeof found === 'string') return refusal(400, 'invalid_request', found);
    const tenant = this.#context.directory.tenant(found.tenantId);
    const realm = tenant && realmOfCloud(tenant.cloud, this.#context.privateClouds);
    if (tenant === undefined || realm === undefined) return refusal(400, 'invalid_request', 'Identity not found');
    try {
      requireResource(resource, tenant, realm, this.#context.directory);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refusal(400, error.details.error, `AADSTS${error.details.code}: ${error.details.description}`);
    }
    const issued = await managedIdentityToken(this.#context, realm, tenant, { identity: found, resource });
    return jsonAnswer(200, {
      access_token: issued.token,
      client_id: found.clientId,
      expires_in: String(issued.lifetimeSeconds),
      expires_on: String(issued.expiresOn),
      ext_expires_in: String(issued.lifetimeSeconds),
      not_before: String(issued.notBefore),
      resource,
      token_type: 'Bearer',
    });
  }

  /** The identity asked for, or why there is none. */
  #identity(call: Call, selectors: readonly string[]): ManagedIdentity | string {
    const identities = this.#identities();
    const selector = selectors.find((name) => call.query.has(name));
    if (selector !== undefined) {
      const wanted = (call.query.get(selector) ?? '').toLowerCase();
      const found = identities.find((identity) => selected(identity, selector).toLowerCase() === wanted);
      return found?.kind === 'user-assigned' ? found : 'Identity not found';
    }
    const system = identities.find((identity) => identity.kind === 'system-assigned');
    const [only, ...others] = identities;
    if (system !== undefined) return system;
    if (only === undefined) return 'Identity not found';
    return others.length === 0
      ? only
      : 'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request';
  }

  #identities(): readonly ManagedIdentity[] {
    const { managedIdentities } = this.#context.directory;
    if (this.#machine === 'no-identity') return [];
    return this.#machine === 'system-assigned'
      ? managedIdentities.filter(({ kind }) => kind === 'system-assigned')
      : managedIdentities;
  }
}

function isSilent(machine: Machine): boolean {
  return machine === 'absent' || machine === 'black-hole';
}

/** MSAL puts a slash at the end of every endpoint, which the real ones overlook. */
function tokenPath(call: Call): string {
  return call.path.replace(/\/$/, '');
}

function selected(identity: ManagedIdentity, selector: string): string {
  if (selector === 'client_id') return identity.clientId;
  return selector === 'object_id' || selector === 'principal_id' ? identity.objectId : identity.resourceId;
}

function refusal(status: number, error: string, description: string): Answer {
  return jsonAnswer(status, { error, error_description: description });
}
