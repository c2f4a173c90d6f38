import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobStorage } from './blob-storage.ts';
import { createCertificate } from './certificates.ts';
import { ClassicManagement } from './classic.ts';
import { Clock } from './clock.ts';
import { CERTIFICATE_NAMES, defaultPrivateClouds } from './clouds.ts';
import { DataPlane } from './data-plane.ts';
import { Directory } from './directory.ts';
import type { EntraSettings } from './entra/endpoint.ts';
import { Entra } from './entra/entra.ts';
import type { Call, Service } from './exchange.ts';
import { Faults } from './faults.ts';
import { Front, type ListenAddress } from './front.ts';
import { GITHUB_ISSUER, GitHub } from './github.ts';
import { type IssuerLookup, Issuers } from './issuers.ts';
import { signingKey } from './json-web-token.ts';
import { ManagedIdentityEndpoints } from './managed-identity.ts';
import { type ConnectProxy, type ProxyCredentials, startProxy } from './proxy.ts';
import { type EscapedConnection, Records, type RequestRecord } from './records.ts';
import { ResourceManager, type ResourceManagerSettings } from './resource-manager/resource-manager.ts';

export interface SimulatorOptions {
  /** Addresses for TLS. Default: any free port of 127.0.0.1. */
  readonly tls?: readonly ListenAddress[];
  readonly proxyPort?: number;
  /** Makes the proxy require Basic credentials, which are then in `environment`. */
  readonly proxyCredentials?: ProxyCredentials;
  /** The address for the managed-identity endpoints, on plain http. */
  readonly managedIdentity?: ListenAddress;
  readonly arc?: ListenAddress;
}

export type Simulator = Awaited<ReturnType<typeof startSimulator>>;

/**
 * Azure and GitHub's OIDC provider on loopback. Clients use the real host names, through its proxy or with a hosts file,
 * and trust the simulator's certificate authority.
 */
export async function startSimulator(options: SimulatorOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'azure-session-simulator-'));
  certificates ??= createTlsCertificates();
  const { authority, leaf } = await certificates;
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  const world = createWorld(folder);
  const records = new Records();
  const faults = new Faults();
  const front = new Front({ certificate: leaf, records, faults, router: world.router });
  const listeners = options.tls ?? [{ host: '127.0.0.1', port: 0 }];
  const tlsPorts = await Promise.all(listeners.map((address) => front.listen('https', address)));
  const loopback = { host: '127.0.0.1', port: 0 };
  await world.managedIdentity.listen(front, {
    metadata: options.managedIdentity ?? loopback,
    arc: options.arc ?? loopback,
  });
  const proxy = await startProxy({
    port: options.proxyPort ?? 0,
    credentials: options.proxyCredentials,
    records,
    serves: world.serves,
    tunnel: (socket) => front.adopt(socket),
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all([proxy.close(), front.close(), world.managedIdentity.close()]).then(() =>
      rmSync(folder, { recursive: true, force: true }),
    );
    return closed;
  };
  const proxyUrl = urlOfProxy(proxy, options.proxyCredentials);
  return {
    /** A temporary folder, which `close()` removes. */
    folder,
    /** The certificate authority, in PEM. */
    caFile,
    tlsPorts,
    proxyPort: proxy.port,
    proxyUrl,
    /** The variables for client processes. */
    environment: clientEnvironment(caFile, proxyUrl) as Readonly<Record<string, string>>,
    ...world.settings,
    faults,
    /** The requests to simulated services, in the order of arrival. */
    requests: records.requests as readonly RequestRecord[],
    /** Connections to other hosts. */
    escaped: records.escaped as readonly EscapedConnection[],
    connections: records.connections,
    requestsTo: (host: string, path: string | RegExp = /^/): RequestRecord[] => {
      const isPath = (one: string): boolean => (typeof path === 'string' ? one === path : path.test(one));
      return records.requests.filter((request) => request.host === host && isPath(request.path));
    },
    /** Clears the records and the faults. */
    clear: () => {
      records.clear();
      faults.clear();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createWorld(folder: string) {
  const directory = new Directory();
  const privateClouds = defaultPrivateClouds();
  const clock = new Clock();
  const issuers = new Issuers();
  const github = new GitHub();
  const entraKey = signingKey('https://login.microsoftonline.com');
  const key = () => entraKey;
  const entraSettings: EntraSettings = { accessTokenLifetimeSeconds: 3599 };
  const resourceManagerSettings: ResourceManagerSettings = { pageSize: 50 };
  const findIssuer: IssuerLookup = async (url) =>
    url === GITHUB_ISSUER
      ? { reachable: github.keys === 'reachable', key: await github.signingKey() }
      : issuers.find(url);
  const shared = { directory, clock, key };
  const entraContext = { ...shared, privateClouds, settings: entraSettings, findIssuer };
  const entra = new Entra(entraContext);
  const managedIdentity = new ManagedIdentityEndpoints(entraContext, folder);
  const services = [
    entra,
    new ResourceManager({ ...shared, privateClouds, settings: resourceManagerSettings }),
    new ClassicManagement(shared),
    github,
    new DataPlane(shared),
    new BlobStorage(shared),
  ];
  const serviceOf = (host: string): Service | undefined =>
    services.map((each) => each.serviceOf(host)).find((service) => service !== undefined);
  return {
    settings: {
      directory,
      entra: entraSettings,
      resourceManager: resourceManagerSettings,
      privateClouds,
      github,
      issuers,
      deviceLogin: entra.deviceLogin,
      managedIdentity,
      clock,
    },
    managedIdentity,
    router: (call: Call) => (call.scheme === 'http' ? managedIdentity.serviceOf(call) : serviceOf(call.host)),
    serves: (host: string) => serviceOf(host) !== undefined,
  };
}

/** All simulators of a process share them. */
let certificates: ReturnType<typeof createTlsCertificates> | undefined;

/** An elliptic-curve key takes a millisecond. */
async function createTlsCertificates() {
  const commonName = 'Azure Session simulator';
  const names = CERTIFICATE_NAMES;
  const issuer = await createCertificate({ commonName: `${commonName} authority`, key: 'ec', purpose: 'authority' });
  const leaf = await createCertificate({ commonName, key: 'ec', purpose: 'server', issuer, names });
  return { authority: issuer, leaf };
}

function urlOfProxy(proxy: ConnectProxy, credentials: ProxyCredentials | undefined): string {
  const url = new URL(`http://127.0.0.1:${proxy.port}`);
  if (credentials !== undefined) {
    url.username = encodeURIComponent(credentials.username);
    url.password = encodeURIComponent(credentials.password);
  }
  return url.origin === 'null' ? url.href : url.href.replace(/\/$/, '');
}

/** Both spellings of the proxy variables, as the runner sets them. */
function clientEnvironment(caFile: string, proxyUrl: string): Record<string, string> {
  return {
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    NODE_EXTRA_CA_CERTS: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    CURL_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
  };
}
