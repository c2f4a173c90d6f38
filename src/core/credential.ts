/** An access token that Entra ID or a managed identity endpoint issued. */
export interface AccessToken {
  readonly token: string;
  readonly expiresOn: Date;
  /** The requested scope, for example `https://management.core.windows.net//.default`. */
  readonly scope: string;
  /** Present for users only. */
  readonly user?: UserTokenDetails;
}

/** Other parts of a token response that `az` caches; each `''` if absent. */
interface UserTokenDetails {
  /** The scopes that were granted, in Entra's order. */
  readonly scopes: string;
  readonly idToken: string;
}

/** A token with the tenant that issued it, for the token caches. */
export interface TenantToken extends AccessToken {
  readonly tenantId: string;
}

/**
 * One way to sign in. A new method is one file in `entra/` that returns a `Credential`, and one line in the map of
 * `entra/credentials.ts`.
 */
export interface Credential {
  /**
   * @param scope one resource with `/.default`, for example `https://vault.azure.net/.default`
   * @param tenantId for users, who may belong to several tenants; defaults to the tenant signed in to
   * @throws {SessionError} if the sign-in is rejected, or when the attempts or the time run out
   */
  getToken(scope: string, tenantId?: string): Promise<AccessToken>;
  /** What later clients need to sign in on their own. Available after the first token. */
  material(): CredentialMaterial;
}

/** What later steps receive besides tokens, so that their clients can obtain new tokens. */
export type CredentialMaterial =
  | { readonly kind: 'client-secret'; readonly clientSecret: string }
  | { readonly kind: 'client-certificate'; readonly certificate: ClientCertificate; readonly chain: 'send' | 'omit' }
  | { readonly kind: 'assertion'; readonly assertion: string; readonly source: AssertionSource }
  /** Clients request tokens from the machine's identity endpoint. */
  | { readonly kind: 'managed-identity' }
  | { readonly kind: 'user'; readonly grant: UserGrant }
  /** Clients request tokens from the agent, which holds the credential. `podFile`: the existing token file of a pod. */
  | { readonly kind: 'token-endpoint'; readonly endpoint: TokenEndpoint; readonly podFile: string };

/** Where to get a fresh assertion. */
export type AssertionSource = (
  | /** GitHub's ID token service. */
  { readonly kind: 'github'; readonly audience: string }
  /** The file that a pod's kubelet renews. */
  | { readonly kind: 'file'; readonly path: string }
) & {
  /** Set if clients send it to a private issuer, which must not receive an assertion that Microsoft's clouds accept. */
  readonly issuer?: 'private';
};

/** The result of signing a user in to Azure CLI's public client. */
export interface UserGrant {
  /** The grant type, as MSAL writes it to `account_source`. */
  readonly source: 'password' | 'urn:ietf:params:oauth:grant-type:device_code';
  readonly refreshToken: string;
  /** `''` if Entra ID issued none. */
  readonly idToken: string;
  /** Id of the tenant that the user signed in to; `organizations` if the workflow specified none. */
  readonly realm: string;
  /** The user's object id in the home tenant, and the id of that tenant. */
  readonly homeObjectId: string;
  readonly homeTenantId: string;
}

/** Azure CLI's application id: the public client with which both CLIs sign users in. */
export const AZURE_CLI_CLIENT_ID = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/** A certificate with its private key, validated: RSA, at least 2048 bits, valid now. */
export interface ClientCertificate {
  /** PEM of the leaf certificate. */
  readonly certificate: string;
  /** PEMs of the chain above the leaf, nearest first; may be empty. */
  readonly chain: readonly string[];
  /** Unencrypted PKCS#8 PEM. */
  readonly privateKey: string;
  /** SHA-1 of the DER certificate in upper-case hex, as the classic CLI and the portal show it. */
  readonly thumbprint: string;
  /** SHA-256 of the DER certificate in upper-case hex, for PS256 assertions. */
  readonly thumbprintSha256: string;
}

const DEFAULT = '/.default';

/**
 * The scope of a resource as `az` builds it: the input, including any trailing slash, plus `/.default`. `az` looks its
 * cache up by this exact string, so it is not normalized. A scope is returned unchanged.
 * Source: azure-cli, `azure/cli/core/auth/util.py`, `resource_to_scopes`.
 */
export function scopeOf(resource: string): string {
  return resource.endsWith(DEFAULT) ? resource : `${resource}${DEFAULT}`;
}

/** The resource of a scope. For `https://management.core.windows.net//.default`, it ends in a slash. */
export function resourceOf(scope: string): string {
  return scope.endsWith(DEFAULT) ? scope.slice(0, -DEFAULT.length) : scope;
}

/**
 * The endpoint where the background process issues tokens by the managed identity protocols. Clients authenticate by a
 * header, or, if they support none, by the secret in the path.
 */
export interface TokenEndpoint {
  readonly port: number;
  /** In lower-case hex, because `@azure/identity` converts URLs to lower case. */
  readonly secret: string;
}

/** Lets a later login distinguish this endpoint from the identity endpoint of a machine. */
const PATH = '/azure-session';

export function tokenEndpointUrl({ port }: Pick<TokenEndpoint, 'port'>): string {
  return `http://127.0.0.1:${port}${PATH}/token`;
}

export function tokenEndpointUrlWithSecret({ port, secret }: TokenEndpoint): string {
  return `http://127.0.0.1:${port}${PATH}/${secret}/token`;
}

export function isTokenEndpoint(url: string | undefined): url is string {
  return url !== undefined && /^http:\/\/127\.0\.0\.1:\d+\/azure-session\//.test(url);
}
