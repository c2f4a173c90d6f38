import { checkBearer } from './bearer.ts';
import { AZURE_DEVOPS, CLOUDS, MARKETPLACE_HOST } from './clouds.ts';
import { type Call, jsonReply, type Reply, type Service, type ServiceContext } from './exchange.ts';
import type { Claims } from './json-web-token.ts';

/** The parts of Microsoft Graph, Key Vault and Visual Studio Marketplace that show that they accept a token. */
export class DataPlane {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  serviceOf(host: string): Service | undefined {
    if (host === MARKETPLACE_HOST) return (call) => this.#marketplace(call);
    const graph = CLOUDS.find((cloud) => cloud.graphHost === host);
    if (graph !== undefined) return (call) => this.#graph(call);
    const cloud = CLOUDS.find((candidate) => host.endsWith(`.${candidate.vaultSuffix}`));
    if (cloud === undefined) return undefined;
    const login = cloud.loginHosts[0] ?? '';
    return (call) => this.#vault(call, { login, suffix: cloud.vaultSuffix });
  }

  async #claims(call: Call, audiences: readonly string[]): Promise<Claims | undefined> {
    const bearer = await checkBearer(call, this.#context, audiences);
    return bearer.outcome === 'valid' ? bearer.claims : undefined;
  }

  async #graph(call: Call): Promise<Reply> {
    const claims = await this.#claims(call, [`https://${call.host}`, `https://${call.host}/`]);
    if (claims === undefined) {
      const message = 'Access token validation failure. Invalid audience.';
      return jsonReply(401, { error: { code: 'InvalidAuthenticationToken', message } });
    }
    const tenant = this.#context.directory.tenant(String(claims['tid']));
    if (call.path === '/v1.0/organization') {
      return jsonReply(200, { value: [{ id: tenant?.id, displayName: tenant?.displayName }] });
    }
    if (call.path === '/v1.0/me' && claims['idtyp'] === 'user') {
      return jsonReply(200, { id: claims['oid'], userPrincipalName: claims['unique_name'] });
    }
    return jsonReply(404, { error: { code: 'Request_ResourceNotFound', message: 'The resource does not exist.' } });
  }

  /**
   * The token is the password of a user `OAuth`. Clients request the paths of operations first.
   * Source: azure-devops-node-api, `VsoClient.ts` and `GalleryApi.ts`.
   */
  async #marketplace(call: Call): Promise<Reply> {
    if (call.method === 'OPTIONS') return jsonReply(200, { value: GALLERY });
    const [, basic = ''] = /^Basic (\S+)$/.exec(call.headers.authorization ?? '') ?? [];
    const authorization = Buffer.from(basic, 'base64').toString().replace('OAuth:', 'Bearer ');
    const claims = await this.#claims({ ...call, headers: { ...call.headers, authorization } }, [AZURE_DEVOPS]);
    if (claims === undefined) return jsonReply(401, { message: 'TF400813: The user is not authorized.' });
    return call.method === 'POST' ? jsonReply(201, { extensionName: 'published' }) : jsonReply(404, {});
  }

  /** A challenge precedes the token. Source: "Authentication, requests and responses" of Key Vault. */
  async #vault(call: Call, cloud: { login: string; suffix: string }): Promise<Reply> {
    const name = call.host.split('.')[0] ?? '';
    const vault = this.#context.directory.vaults.find((candidate) => candidate.name === name);
    if (vault === undefined) return vaultError(404, 'VaultNotFound', `The vault ${name} was not found.`);
    const resource = `https://${cloud.suffix}`;
    const claims = await this.#claims(call, [resource, `${resource}/`]);
    if (claims === undefined || claims['tid'] !== vault.tenantId) {
      const challenge = `Bearer authorization="https://${cloud.login}/${vault.tenantId}", resource="${resource}"`;
      const reply = vaultError(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.');
      return { ...reply, headers: { ...reply.headers, 'WWW-Authenticate': challenge } };
    }
    if (!vault.readers.includes(String(claims['oid']))) {
      return vaultError(403, 'Forbidden', 'Caller is not authorized to perform action on resource.');
    }
    const [, key = '', operation] = /^\/keys\/([^/]+)\/[^/]+\/(encrypt|decrypt)$/.exec(call.path) ?? [];
    if (operation !== undefined) {
      return vault.keys.includes(key)
        ? useKey(call, operation)
        : vaultError(404, 'KeyNotFound', 'There is no such key.');
    }
    const secret = /^\/secrets\/([^/]+)/.exec(call.path)?.[1] ?? '';
    const value = vault.secrets[secret];
    return value === undefined
      ? vaultError(404, 'SecretNotFound', 'A secret with this name was not found in this key vault.')
      : jsonReply(200, { value, id: `https://${call.host}/secrets/${secret}/1`, attributes: { enabled: true } });
  }
}

/** The paths to look up an extension and to publish one. */
const GALLERY = [
  ['e11ea35a-16fe-4b80-ab11-c4cab88a0966', '_apis/{area}/publishers/{publisherName}/{resource}/{extensionName}'],
  ['a41192c8-9525-4b58-bc86-179fa549d80d', '_apis/{area}/{resource}'],
].map(([id, routeTemplate]) => ({
  id,
  area: 'gallery',
  resourceName: 'extensions',
  routeTemplate,
  resourceVersion: 2,
  minVersion: '1.0',
  maxVersion: '7.2',
  releasedVersion: '0.0',
}));

/** Source: "Keys - Encrypt", "Keys - Decrypt"; values are base64url. */
function useKey(call: Call, operation: string): Reply {
  const { value } = JSON.parse(call.body) as { value: string };
  const text = Buffer.from(value, 'base64url').toString('latin1');
  if (operation === 'decrypt' && !text.startsWith(SEAL))
    return vaultError(400, 'BadParameter', 'This key did not encrypt that.');
  const result = operation === 'decrypt' ? text.slice(SEAL.length) : SEAL + text;
  const kid = `https://${call.host}${call.path.slice(0, call.path.lastIndexOf('/'))}`;
  return jsonReply(200, { kid, value: Buffer.from(result, 'latin1').toString('base64url') });
}

const SEAL = 'sealed by a simulated vault: ';

function vaultError(status: number, code: string, message: string): Reply {
  return jsonReply(status, { error: { code, message } });
}
