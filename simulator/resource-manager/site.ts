import { CLOUDS, type Cloud, type PrivateCloud } from '../clouds.ts';
import { withoutTrailingSlash } from '../entra/realm.ts';

/** The Resource Manager of one cloud. */
export interface ResourceManagerSite {
  /** The `cloud` of its subscriptions. */
  readonly cloud: string;
  /** Origin, without a trailing slash. */
  readonly url: string;
  /** Audiences it accepts, exactly. */
  readonly audiences: readonly string[];
  /** Origin of the issuer its challenges name; of an AD FS with its path. */
  readonly authority: string;
  /** The newest api-version of subscriptions; `''` for no limit. */
  readonly newestApiVersion: string;
  readonly origin:
    | { readonly kind: 'public'; readonly cloud: Cloud }
    | { readonly kind: 'private'; readonly cloud: PrivateCloud };
}

/** The site that answers at a host. */
export function siteOf(host: string, privateClouds: readonly PrivateCloud[]): ResourceManagerSite | undefined {
  const cloud = CLOUDS.find((candidate) => candidate.resourceManagerHost === host);
  if (cloud !== undefined) {
    return {
      cloud: cloud.name,
      url: `https://${host}`,
      audiences: cloud.resourceManagerAudiences.flatMap((audience) => [audience, `${audience}/`]),
      authority: `https://${cloud.loginHosts[0] ?? ''}`,
      newestApiVersion: '',
      origin: { kind: 'public', cloud },
    };
  }
  const own = privateClouds.find((candidate) => new URL(candidate.resourceManager).host === host);
  if (own === undefined) return undefined;
  return {
    cloud: own.name,
    url: withoutTrailingSlash(own.resourceManager),
    audiences: [own.audience],
    authority: withoutTrailingSlash(own.loginEndpoint),
    newestApiVersion: own.newestApiVersion,
    origin: { kind: 'private', cloud: own },
  };
}
