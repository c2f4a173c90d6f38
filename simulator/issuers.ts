import { type Claims, type SigningKey, signingKey } from './json-web-token.ts';

/** An OpenID Connect issuer, such as a Kubernetes cluster. */
export interface Issuer {
  /** The exact value of `iss`. */
  readonly url: string;
  /** Whether Entra ID can fetch its discovery document and keys. */
  reachable: boolean;
  readonly key: SigningKey;
  /** Adds `iss`. */
  sign(claims: Claims, header?: Claims): string;
}

export type IssuerLookup = (url: string) => Promise<{ reachable: boolean; key: SigningKey } | undefined>;

/** The issuers that a test adds. */
export class Issuers {
  readonly #issuers: Issuer[] = [];

  async add(url: string): Promise<Issuer> {
    const key = await signingKey(url);
    const sign: Issuer['sign'] = (claims, header) => key.sign({ iss: url, ...claims }, header);
    const issuer: Issuer = { url, reachable: true, key, sign };
    this.#issuers.push(issuer);
    return issuer;
  }

  find(url: string): Issuer | undefined {
    return this.#issuers.find((issuer) => issuer.url === url);
  }
}
