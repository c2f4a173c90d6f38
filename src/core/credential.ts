/** An access token as Entra or a managed identity endpoint issued it. */
export interface AccessToken {
  readonly token: string;
  readonly expiresOn: Date;
  /** The scope it was asked for, for example `https://management.core.windows.net//.default`. */
  readonly scope: string;
  /** There for a user. */
  readonly user?: UserTokenAnswer;
}

/** What else Entra answered, as `az` keeps it; each `''` where there was none. */
interface UserTokenAnswer {
  /** The scopes that were granted, in Entra's order. */
  readonly scopes: string;
  readonly idToken: string;
}

/** A token as a cache keeps it: for whom it was issued is known by the account, where is not. */
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
   * @param tenantId for users, who may belong to several: which of them the token is for, if not the one signed in to
   * @throws {SessionError} when the sign-in is refused, or the tries or the time are used up
   */
  getToken(scope: string, tenantId?: string): Promise<AccessToken>;
  /** What later clients need to sign in by themselves. Known once the first token was got. */
  material(): CredentialMaterial;
}

/** What is handed to later steps, beside tokens, so that their clients can get tokens of their own. */
export type CredentialMaterial =
  | { readonly kind: 'client-secret'; readonly clientSecret: string }
  | { readonly kind: 'client-certificate'; readonly certificate: ClientCertificate; readonly chain: 'send' | 'omit' }
  | { readonly kind: 'assertion'; readonly assertion: string; readonly source: AssertionSource }
  /** The clients ask the machine themselves. */
  | { readonly kind: 'managed-identity' }
  | { readonly kind: 'user'; readonly grant: UserGrant }
  /** The clients ask the agent, which has the credential. `podFile`: the token file of a pod, which is there all the same. */
  | { readonly kind: 'token-endpoint'; readonly endpoint: TokenEndpoint; readonly podFile: string };

/** Where an assertion comes from, and so where a fresh one will. */
export type AssertionSource = (
  | /** GitHub's ID token service; `audience` is what it was asked for. */
  { readonly kind: 'github'; readonly audience: string }
  /** The file that a pod's kubelet renews. */
  | { readonly kind: 'file'; readonly path: string }
) & {
  /** Where clients will send it, if not to Microsoft: what Microsoft's clouds accept must not get there. */
  readonly issuer?: 'private';
};

/** What Entra gave a user who signed in to Azure CLI's public client. */
export interface UserGrant {
  /** How: the grant type, as MSAL writes it into `account_source`. */
  readonly source: 'password' | 'urn:ietf:params:oauth:grant-type:device_code';
  readonly refreshToken: string;
  /** `''` when Entra gave none. */
  readonly idToken: string;
  /** The tenant that the user signed in to, by its id; `organizations` where the workflow named none. */
  readonly realm: string;
  /** Object id and tenant id of the user's home. */
  readonly homeObjectId: string;
  readonly homeTenantId: string;
}

/** Azure CLI's own application id, the public client both CLIs sign users in with. */
export const AZURE_CLI_CLIENT_ID = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/** A certificate with its own private key, checked: RSA, at least 2048 bits, valid now. */
export interface ClientCertificate {
  /** PEM of the leaf certificate. */
  readonly certificate: string;
  /** PEMs of the chain above the leaf, nearest first; empty when the source held none. */
  readonly chain: readonly string[];
  /** Unencrypted PKCS#8 PEM. */
  readonly privateKey: string;
  /** SHA-1 of the DER certificate, upper-case hex: what the classic CLI and the portal show. */
  readonly thumbprint: string;
  /** SHA-256 of the DER certificate, upper-case hex: what a PS256 assertion names. */
  readonly thumbprintSha256: string;
  readonly notAfter: Date;
}

const DEFAULT = '/.default';

/**
 * The scope of a resource, as `az` makes it: what the user wrote, slashes and all, with `/.default` behind it. Its cache
 * is looked up by exactly that, so nothing is tidied up here. A scope stays as it is.
 * Source: azure-cli, `azure/cli/core/auth/util.py`, `resource_to_scopes`.
 */
export function scopeOf(resource: string): string {
  return resource.endsWith(DEFAULT) ? resource : `${resource}${DEFAULT}`;
}

/** The resource of a scope: `https://management.core.windows.net//.default` has its slash at the end. */
export function resourceOf(scope: string): string {
  return scope.endsWith(DEFAULT) ? scope.slice(0, -DEFAULT.length) : scope;
}

/**
 * Where the background process of a session hands out tokens, by the protocols of managed identities. The path without
 * the secret is for clients that prove themselves by a header, the one with it for those that know no header.
 */
export interface TokenEndpoint {
  readonly port: number;
  /** In lower-case hex: `@azure/identity` lowers URLs. */
  readonly secret: string;
}

/** By this a later login knows it from the identity endpoint of a machine. */
const PATH = '/azure-session';

export function urlOf({ port }: Pick<TokenEndpoint, 'port'>): string {
  return `http://127.0.0.1:${port}${PATH}/token`;
}

export function urlWithSecret({ port, secret }: TokenEndpoint): string {
  return `http://127.0.0.1:${port}${PATH}/${secret}/token`;
}

export function isTokenEndpoint(url: string | undefined): url is string {
  return url !== undefined && /^http:\/\/127\.0\.0\.1:\d+\/azure-session\//.test(url);
}
