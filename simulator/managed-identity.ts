import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlackHole, openBlackHole } from './black-hole.ts';
import type { ManagedIdentity } from './directory.ts';
import type { EntraContext } from './entra/endpoint.ts';
import { EntraError } from './entra/error.ts';
import { realmOfCloud } from './entra/realm.ts';
import { requireResource } from './entra/resource.ts';
import { applicationToken } from './entra/tokens.ts';
import { type Call, jsonReply, type Reply, type Service, textReply } from './exchange.ts';
import type { Front, ListenAddress } from './front.ts';

const TOKEN_PATH = '/metadata/identity/oauth2/token';

/**
 * The metadata service of a machine:
 * - `identities`: issues tokens for all of `directory.managedIdentities`
 * - `system-assigned`: issues tokens for the system-assigned identity only
 * - `no-identity`: responds with 400, as on GitHub-hosted runners, which are machines in Azure
 * - `unauthorized`: responds with 401 to every request, as on runners of other vendors
 * - `absent`: refuses connections
 * - `black-hole`: drops packets, as a firewall does
 */
export type Machine = 'identities' | 'system-assigned' | 'no-identity' | 'unauthorized' | 'absent' | 'black-hole';

/**
 * The token endpoints of machines and services in Azure, over plain http: the Instance Metadata Service (IMDS), App
 * Service, and on a separate port Azure Arc.
 * Sources: "How to use managed identities on an Azure VM to acquire an access token"; "How to use managed identities for
 * App Service"; "Authenticate against Azure resources with Azure Arc-enabled servers".
 */
export class ManagedIdentityEndpoints {
  /** The secret that App Service gives its processes. */
  readonly identityHeader: string = randomBytes(16).toString('hex').toUpperCase();
  /** The folder of the Arc agent's key files. Real clients accept only `/var/opt/azcmagent/tokens`. */
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

  /** Replaces the metadata service at its address, which App Service shares. */
  async become(machine: Machine): Promise<void> {
    const isSilent = (kind: Machine): boolean => kind === 'absent' || kind === 'black-hole';
    const listens = !isSilent(this.#machine);
    this.#machine = machine;
    if (listens && !isSilent(machine)) return;
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

  /** Makes clients use this IMDS instead of 169.254.169.254. */
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

  serviceOf(call: Call): Service | undefined {
    if (call.port === this.arcPort) return (request) => this.#arc(request);
    if (tokenPath(call) === '/msi/token') return (request) => this.#appService(request);
    return (request) => this.#imds(request);
  }

  async #imds(call: Call): Promise<Reply> {
    if (this.#machine === 'unauthorized') return textReply(401, 'text/plain', 'Unauthorized');
    if (call.headers['x-forwarded-for'] !== undefined) {
      return errorReply(400, 'invalid_request', 'The request was forwarded by a proxy.');
    }
    if (call.headers['metadata']?.toString().toLowerCase() !== 'true') {
      return errorReply(400, 'bad_request_102', 'Required metadata header not specified');
    }
    if (call.method !== 'GET') return errorReply(405, 'method_not_allowed', 'Only GET is allowed');
    if (tokenPath(call) !== TOKEN_PATH) return errorReply(404, 'not_found', 'Not found');
    if (call.query.get('api-version') === null) {
      return jsonReply(400, {
        error: 'Bad request. api-version was not specified in the request',
        'newest-versions': ['2021-12-13', '2018-02-01'],
      });
    }
    return await this.#issue(call, ['client_id', 'object_id', 'msi_res_id', 'mi_res_id']);
  }

  async #appService(call: Call): Promise<Reply> {
    if (call.headers['x-identity-header'] !== this.identityHeader) {
      return jsonReply(401, { statusCode: 401, message: 'Unauthorized. The identity header is missing or wrong.' });
    }
    if (call.query.get('api-version') !== '2019-08-01') {
      return jsonReply(400, { statusCode: 400, message: 'Unsupported api-version.' });
    }
    return await this.#issue(call, ['client_id', 'object_id', 'principal_id', 'mi_res_id']);
  }

  /** The caller proves itself by the content of a file that only administrators of the machine can read. */
  async #arc(call: Call): Promise<Reply> {
    if (call.headers['metadata']?.toString().toLowerCase() !== 'true') {
      return errorReply(400, 'invalid_request', 'Required metadata header not specified');
    }
    if (tokenPath(call) !== TOKEN_PATH) return errorReply(404, 'not_found', 'Not found');
    const presented = /^Basic (.+)$/.exec(call.headers.authorization ?? '')?.[1];
    if (presented === undefined) return this.#arcChallenge();
    if (!this.#redeemArcKey(presented)) return errorReply(401, 'unauthorized', 'The key is unknown.');
    return await this.#issue(call, ['client_id', 'object_id', 'msi_res_id']);
  }

  readonly #arcKeyFiles = new Set<string>();

  #arcChallenge(): Reply {
    mkdirSync(this.arcKeyFolder, { recursive: true });
    const file = join(this.arcKeyFolder, `${randomBytes(8).toString('hex')}.key`);
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
    this.#arcKeyFiles.add(file);
    const reply = errorReply(401, 'unauthorized', 'Authorization is required.');
    return { ...reply, headers: { ...reply.headers, 'WWW-Authenticate': `Basic realm=${file}` } };
  }

  /** A key is valid once. */
  #redeemArcKey(presented: string): boolean {
    for (const file of this.#arcKeyFiles) {
      if (readFileSync(file, 'utf8') !== presented) continue;
      this.#arcKeyFiles.delete(file);
      rmSync(file);
      return true;
    }
    return false;
  }

  /** Removes the key files that no client used. */
  async close(): Promise<void> {
    await this.#blackHole?.close();
    for (const file of this.#arcKeyFiles) rmSync(file, { force: true });
  }

  async #issue(call: Call, selectors: readonly string[]): Promise<Reply> {
    const resource = call.query.get('resource') ?? '';
    if (resource === '') return errorReply(400, 'invalid_request', "Required query variable 'resource' is missing");
    const identity = this.#identity(call, selectors);
    if (typeof identity === 'string') return errorReply(400, 'invalid_request', identity);
    const { clientId, objectId } = identity;
    const tenant = this.#context.directory.tenant(identity.tenantId);
    const realm = tenant && realmOfCloud(tenant.cloud, this.#context.privateClouds);
    if (tenant === undefined || realm === undefined) return errorReply(400, 'invalid_request', 'Identity not found');
    try {
      requireResource(resource, tenant, realm, this.#context.directory);
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      return errorReply(400, error.details.error, error.details.description);
    }
    const grant = { clientId, objectId, proof: 'assertion', resource } as const;
    const issued = await applicationToken(this.#context, { realm, tenant, api: 'v1' }, grant);
    return jsonReply(200, {
      access_token: issued.token,
      client_id: clientId,
      expires_in: String(issued.lifetimeSeconds),
      expires_on: String(issued.expiresOn),
      ext_expires_in: String(issued.lifetimeSeconds),
      not_before: String(issued.notBefore),
      resource,
      token_type: 'Bearer',
    });
  }

  /** @returns the requested identity, or an error message */
  #identity(call: Call, selectors: readonly string[]): ManagedIdentity | string {
    const identities = this.#identities();
    const selector = selectors.find((name) => call.query.has(name));
    if (selector !== undefined) {
      const id = (call.query.get(selector) ?? '').toLowerCase();
      const selected = identities.find((identity) => idOf(identity, selector).toLowerCase() === id);
      return selected?.kind === 'user-assigned' ? selected : 'Identity not found';
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

/** MSAL ends every endpoint with a slash, which the real ones ignore. */
function tokenPath(call: Call): string {
  return call.path.replace(/\/$/, '');
}

function idOf(identity: ManagedIdentity, selector: string): string {
  if (selector === 'client_id') return identity.clientId;
  return selector === 'object_id' || selector === 'principal_id' ? identity.objectId : identity.resourceId;
}

function errorReply(status: number, error: string, description: string): Reply {
  return jsonReply(status, { error, error_description: description });
}
