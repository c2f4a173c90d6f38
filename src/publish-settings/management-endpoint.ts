import type { Cloud } from '../core/clouds.ts';

/** What has to be known of a cloud to import a file into it. */
export type ClassicCloud = Pick<Cloud, 'name' | 'serviceManagement'>;

type EndpointReading =
  | { readonly kind: 'known'; readonly cloud: ClassicCloud }
  | { readonly kind: 'refused'; readonly problem: EndpointProblem };

export type EndpointProblem = 'insecure' | 'unknown';

/**
 * Finds the cloud whose classic endpoint a file names. A certificate from the file authenticates to that host alone,
 * so anything but exactly its https origin is refused, and what is used later is the cloud's own address, never the
 * file's text. Case, a default port and slashes at the end make no difference, as for the classic CLI
 * (azure-cli 0.10.20, `lib/util/profile/profile.js`).
 */
export function readEndpoint(written: string, clouds: readonly ClassicCloud[]): EndpointReading {
  const url = URL.parse(written);
  if (url === null) return { kind: 'refused', problem: 'unknown' };
  if (url.protocol === 'http:') return { kind: 'refused', problem: 'insecure' };
  const bare = /^\/*$/.test(url.pathname) && `${url.username}${url.password}${url.search}${url.hash}` === '';
  const cloud = bare ? clouds.find(({ serviceManagement }) => originOf(serviceManagement) === url.origin) : undefined;
  if (cloud === undefined || url.protocol !== 'https:') return { kind: 'refused', problem: 'unknown' };
  return { kind: 'known', cloud };
}

/** The URL's origin; `undefined` where a cloud has no classic endpoint, which must match nothing. */
function originOf(url: string): string | undefined {
  const { protocol, origin } = URL.parse(url) ?? {};
  return protocol === 'https:' ? origin : undefined;
}
