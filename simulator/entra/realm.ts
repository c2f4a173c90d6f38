import { CLOUDS, type Cloud, type PrivateCloud } from '../clouds.ts';

/** A token issuer: Entra ID of a public or a private cloud, or an AD FS. */
export interface Realm {
  /** The `cloud` of its tenants. */
  readonly cloud: string;
  readonly kind: 'entra' | 'adfs';
  /** The host in its own documents. */
  readonly host: string;
  readonly hosts: readonly string[];
  /** The beginning of `iss` in version 1.0 access tokens. */
  readonly tokenIssuer: string;
  readonly instanceName: string;
  readonly deviceLoginPage: string;
  /** Resources of every tenant, without trailing slashes. */
  readonly resources: readonly string[];
  readonly graphHost: string;
}

export function realmOf(host: string, privateClouds: readonly PrivateCloud[]): Realm | undefined {
  const cloud = CLOUDS.find(({ loginHosts }) => loginHosts.includes(host));
  if (cloud !== undefined) return publicRealm(cloud, privateClouds);
  const privateCloud = privateClouds.find(({ loginEndpoint }) => new URL(loginEndpoint).host === host);
  return privateCloud && privateRealm(privateCloud);
}

export function realmOfCloud(name: string, privateClouds: readonly PrivateCloud[]): Realm | undefined {
  const cloud = CLOUDS.find((candidate) => candidate.name === name);
  if (cloud !== undefined) return publicRealm(cloud, privateClouds);
  const privateCloud = privateClouds.find((candidate) => candidate.name === name);
  return privateCloud && realmOf(new URL(privateCloud.loginEndpoint).host, privateClouds);
}

function publicRealm(cloud: Cloud, privateClouds: readonly PrivateCloud[]): Realm {
  const { name, loginHosts, resources, ...rest } = cloud;
  const hubs = privateClouds.filter(({ loginEndpoint }) => loginHosts.includes(new URL(loginEndpoint).host));
  const audiences = hubs.map(({ audience }) => withoutTrailingSlash(audience));
  const [host = ''] = loginHosts;
  return { ...rest, cloud: name, kind: 'entra', host, hosts: loginHosts, resources: [...resources, ...audiences] };
}

function privateRealm(cloud: PrivateCloud): Realm {
  const { host, origin } = new URL(cloud.loginEndpoint);
  const domain = host.split('.').slice(1).join('.');
  const isAdfs = cloud.identityProvider === 'ADFS';
  return {
    cloud: cloud.name,
    kind: isAdfs ? 'adfs' : 'entra',
    host,
    hosts: [host],
    tokenIssuer: isAdfs ? `${origin}/adfs` : origin,
    instanceName: domain,
    deviceLoginPage: `${origin}/deviceauth`,
    resources: [withoutTrailingSlash(cloud.audience), withoutTrailingSlash(cloud.resourceManager)],
    graphHost: `graph.${domain}`,
  };
}

export function withoutTrailingSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text;
}
