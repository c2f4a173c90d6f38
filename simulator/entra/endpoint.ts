import type { PrivateCloud } from '../clouds.ts';
import type { Directory, Tenant } from '../directory.ts';
import type { ServiceContext } from '../exchange.ts';
import type { IssuerLookup } from '../issuers.ts';
import type { Realm } from './realm.ts';
import { isGuid } from './refusal.ts';
import { refuse } from './refusals.ts';

/** What a test may turn on the token service. */
export interface EntraSettings {
  /** Seconds that an access token lives. */
  accessTokenLifetimeSeconds: number;
}

export interface EntraContext extends ServiceContext {
  readonly privateClouds: readonly PrivateCloud[];
  readonly settings: EntraSettings;
  readonly findIssuer: IssuerLookup;
}

/** Where a request came in. */
export interface Endpoint {
  readonly realm: Realm;
  readonly tenant: Tenant;
  readonly api: 'v1' | 'v2';
}

/** The part of a URL that names whom a token is wanted from: one tenant, or the one that the user turns out to be of. */
export type TenantPath =
  | { readonly kind: 'tenant'; readonly tenant: Tenant }
  | { readonly kind: 'any'; readonly name: 'common' | 'organizations' | 'consumers' };

const DOMAIN = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

/**
 * @throws {Refusal} AADSTS900023 for what is neither a GUID nor a domain, 90002 for a tenant that does not exist, 90038
 *   or, for an application, 900382 for one of another cloud
 */
export function tenantPath(directory: Directory, realm: Realm, name: string, who: 'application' | 'user'): TenantPath {
  const lower = name.toLowerCase();
  if (lower === 'common' || lower === 'organizations' || lower === 'consumers') return { kind: 'any', name: lower };
  if (realm.kind === 'adfs' && lower === 'adfs') return { kind: 'tenant', tenant: adfsTenant(directory, realm) };
  if (!isGuid(name) && !DOMAIN.test(name)) throw refuse.malformedTenant(name);
  const tenant = directory.tenant(name);
  if (tenant === undefined) throw refuse.unknownTenant(name);
  if (tenant.cloud !== realm.cloud) {
    throw who === 'application' ? refuse.confidentialClientAcrossClouds() : refuse.tenantOfAnotherCloud(tenant);
  }
  return { kind: 'tenant', tenant };
}

/** AD FS serves one directory and names no tenant. */
function adfsTenant(directory: Directory, realm: Realm): Tenant {
  const tenant = directory.tenants.find((candidate) => candidate.cloud === realm.cloud);
  if (tenant === undefined) throw refuse.unknownTenant('adfs');
  return tenant;
}
