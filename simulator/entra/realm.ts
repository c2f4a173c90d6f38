import { CLOUDS, type Cloud, type PrivateCloud } from '../clouds.ts';

/** A token issuer as one host name shows it: a public cloud's Entra, a private cloud's, or an AD FS. */
export interface Realm {
  /** The `cloud` of its tenants. */
  readonly cloud: string;
  readonly kind: 'entra' | 'adfs';
  /** Host that its own documents name. */
  readonly host: string;
  /** All its hosts. */
  readonly hosts: readonly string[];
  /** What `iss` of a version 1.0 access token begins with. */
  readonly tokenIssuer: string;
  readonly instanceName: string;
  readonly deviceLoginPage: string;
  /** Resources that every tenant has, without trailing slashes. */
  readonly resources: readonly string[];
  readonly graphHost: string;
}

/** The realm that answers at a host. */
export function realmOf(host: string, privateClouds: readonly PrivateCloud[]): Realm | undefined {
  const cloud = CLOUDS.find((candidate) => candidate.loginHosts.includes(host));
  if (cloud !== undefined) return publicRealm(cloud, privateClouds);
  const own = privateClouds.find((candidate) => new URL(candidate.loginEndpoint).host === host);
  return own === undefined ? undefined : privateRealm(own);
}

export function realmOfCloud(name: string, privateClouds: readonly PrivateCloud[]): Realm | undefined {
  const cloud = CLOUDS.find((candidate) => candidate.name === name);
  if (cloud !== undefined) return publicRealm(cloud, privateClouds);
  const own = privateClouds.find((candidate) => candidate.name === name);
  return own === undefined ? undefined : realmOf(new URL(own.loginEndpoint).host, privateClouds);
}

function publicRealm(cloud: Cloud, privateClouds: readonly PrivateCloud[]): Realm {
  const guests = privateClouds.filter((candidate) => cloud.loginHosts.includes(new URL(candidate.loginEndpoint).host));
  const [host = ''] = cloud.loginHosts;
  return {
    cloud: cloud.name,
    kind: 'entra',
    host,
    hosts: cloud.loginHosts,
    tokenIssuer: cloud.tokenIssuer,
    instanceName: cloud.instanceName,
    deviceLoginPage: cloud.deviceLoginPage,
    resources: [...cloud.resources, ...guests.map((guest) => withoutTrailingSlash(guest.audience))],
    graphHost: cloud.graphHost,
  };
}

function privateRealm(cloud: PrivateCloud): Realm {
  const { host, origin } = new URL(cloud.loginEndpoint);
  return {
    cloud: cloud.name,
    kind: cloud.identityProvider === 'ADFS' ? 'adfs' : 'entra',
    host,
    hosts: [host],
    tokenIssuer: cloud.identityProvider === 'ADFS' ? `${origin}/adfs` : origin,
    instanceName: host.split('.').slice(1).join('.'),
    deviceLoginPage: `${origin}/deviceauth`,
    resources: [withoutTrailingSlash(cloud.audience), withoutTrailingSlash(cloud.resourceManager)],
    graphHost: `graph.${host.split('.').slice(1).join('.')}`,
  };
}

export function withoutTrailingSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text;
}
