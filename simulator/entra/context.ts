import type { Clock } from '../clock.ts';
import type { PrivateCloud } from '../clouds.ts';
import type { Directory, Tenant } from '../directory.ts';
import type { IssuerLookup } from '../issuers.ts';
import type { SigningKey } from '../json-web-token.ts';
import type { Realm } from './realm.ts';

/** What a test may turn on the token service. */
export interface EntraSettings {
  /** Seconds that an access token lives. */
  accessTokenLifetimeSeconds: number;
  /** Seconds that a refresh token lives. */
  refreshTokenLifetimeSeconds: number;
  /** Seconds that an assertion may be used before its own `nbf`. After its `exp` it never may. */
  notBeforeToleranceSeconds: number;
  /** What parts an error's description from its ids: both are met. */
  descriptionSeparator: ' ' | '\r\n';
}

export interface EntraContext {
  readonly directory: Directory;
  readonly privateClouds: readonly PrivateCloud[];
  readonly settings: EntraSettings;
  readonly clock: Clock;
  readonly findIssuer: IssuerLookup;
  /** Entra's own signing key, made when it is first needed. */
  readonly key: () => Promise<SigningKey>;
}

/** Where a request came in. */
export interface Endpoint {
  readonly realm: Realm;
  readonly tenant: Tenant;
  readonly api: 'v1' | 'v2';
}
