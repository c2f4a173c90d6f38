import type { PrivateCloud } from '../clouds.ts';
import type { Directory, Tenant } from '../directory.ts';
import type { ServiceContext } from '../exchange.ts';
import type { IssuerLookup } from '../issuers.ts';
import { isGuid } from './error.ts';
import { errors } from './errors.ts';
import type { Realm } from './realm.ts';

/** Settings that a test may change. */
export interface EntraSettings {
  accessTokenLifetimeSeconds: number;
}

export interface EntraContext extends ServiceContext {
  readonly privateClouds: readonly PrivateCloud[];
  readonly settings: EntraSettings;
  readonly findIssuer: IssuerLookup;
}

export interface Endpoint {
  readonly realm: Realm;
  readonly tenant: Tenant;
  readonly api: 'v1' | 'v2';
}

/** The tenant in a URL: a certain one, or the home tenant of the user. */
export type TenantPath =
  | { readonly kind: 'tenant'; readonly tenant: Tenant }
  | { readonly kind: 'any'; readonly name: 'common' | 'organizations' | 'consumers' };

const DOMAIN = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

/**
 * @throws {EntraError} AADSTS900023 for a name that is neither a GUID nor a domain, 90002 for a tenant that does not
 *   exist, and for a tenant of another cloud 90038 or, if an application signs in, 900382
 */
export function tenantPath(
  directory: Directory,
  realm: Realm,
  name: string,
  principal: 'application' | 'user',
): TenantPath {
  const lower = name.toLowerCase();
  if (lower === 'common' || lower === 'organizations' || lower === 'consumers') return { kind: 'any', name: lower };
  // AD FS serves one directory, and its URLs have no tenant.
  const isAdfs = realm.kind === 'adfs' && lower === 'adfs';
  if (!isAdfs && !isGuid(name) && !DOMAIN.test(name)) throw errors.malformedTenant(name);
  const tenant = isAdfs ? directory.tenants.find(({ cloud }) => cloud === realm.cloud) : directory.tenant(name);
  if (tenant === undefined) throw errors.unknownTenant(name);
  if (tenant.cloud !== realm.cloud) {
    throw principal === 'application' ? errors.confidentialClientAcrossClouds() : errors.tenantOfAnotherCloud(tenant);
  }
  return { kind: 'tenant', tenant };
}
