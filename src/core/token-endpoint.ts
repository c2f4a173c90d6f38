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
