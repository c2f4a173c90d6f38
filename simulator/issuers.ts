import { type Claims, type SigningKey, signingKey } from './json-web-token.ts';

/** An OpenID Connect issuer whose tokens Entra can check: GitHub's, a Kubernetes cluster's, Entra's own. */
export interface Issuer {
  /** Exactly what its tokens name in `iss`. */
  readonly url: string;
  /** Whether Entra can fetch its discovery document and keys. */
  reachable: boolean;
  readonly key: SigningKey;
  /** A token of this issuer; `iss` is added. */
  sign(claims: Claims, header?: Claims): string;
}

/** Finds the issuer of a token as Entra does, by its URL. */
export type IssuerLookup = (url: string) => Promise<{ reachable: boolean; key: SigningKey } | undefined>;

/** Further issuers that a test adds. */
export class Issuers {
  readonly #issuers: Issuer[] = [];

  async add(url: string): Promise<Issuer> {
    const key = await signingKey(url);
    const issuer: Issuer = {
      url,
      reachable: true,
      key,
      sign: (claims, header) => key.sign({ iss: url, ...claims }, header),
    };
    this.#issuers.push(issuer);
    return issuer;
  }

  find(url: string): Issuer | undefined {
    return this.#issuers.find((issuer) => issuer.url === url);
  }
}
