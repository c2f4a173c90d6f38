import { type CloudServices, HOST_SUFFIXES, SERVICE_URLS, type ServiceUrl } from '../core/cloud-services.ts';
import { ADFS_TENANT, type Cloud, hostOf, KNOWN_CLOUDS, knownCloudOfIssuer, originOf } from '../core/clouds.ts';
import { quotable } from '../core/foreign-text.ts';
import { asObject, type JsonObject, stringField } from '../core/json.ts';
import type { CloudRequest } from '../core/request.ts';
import type { SessionError } from '../core/session-error.ts';
import { foreignAudience, isMicrosoftAudience, isMicrosoftHost, isOwnAudience } from '../entra/private-cloud.ts';
import { cloudError } from '../errors/private-cloud.ts';
import { readResourceManagerError } from '../errors/resource-manager.ts';
import { type HttpResponse, parseAnswer } from '../http/exchange.ts';
import type { HttpClient } from '../http/http.ts';
import { type RetryPolicy, withRetry } from '../http/retry.ts';

/** The newest first: an Azure Stack Hub knows the last alone. */
const VERSIONS: readonly string[] = ['2022-09-01', '2019-05-01', '2015-01-01'];

/**
 * Asks a private cloud for its endpoints: one request for each version of the interface until it knows one. Nothing
 * secret is in them.
 * @throws {SessionError} when it is no private cloud, must not be followed, or the tries or the time are used up
 */
export async function discoverCloud(
  { name, resourceManagerUrl: url }: Extract<CloudRequest, { readonly kind: 'discovered' }>,
  http: HttpClient,
  retry: RetryPolicy,
): Promise<Cloud> {
  const reasons: string[] = [];
  for (const version of VERSIONS) {
    const answer = await withRetry('The discovery of the endpoints of the private cloud', retry, async () =>
      readAnswer(await http.send({ method: 'GET', url: `${url}/metadata/endpoints?api-version=${version}` })),
    );
    if ('metadata' in answer) return cloudFromMetadata(name, url, answer.metadata);
    reasons.push(`${version}: ${answer.why}`);
  }
  throw cloudError('undescribed', url, reasons);
}

function readAnswer(response: HttpResponse): { readonly metadata: unknown } | { readonly why: string } {
  const { status, headers, body } = response;
  if (status === 200) {
    // Every description has it, in each of the shapes.
    const namesIssuer = (each: unknown): boolean =>
      stringField(authenticationOf(asObject(each)), 'loginEndpoint') !== '';
    return parseAnswer(response, 'the endpoints of a cloud', (metadata) =>
      [metadata].flat().some(namesIssuer) ? { metadata } : undefined,
    );
  }
  const { code, message } = readResourceManagerError(status, headers, body);
  return { why: [`HTTP ${status}`, code, message].filter((part) => part !== '').join(', ') };
}

function authenticationOf(description: JsonObject | undefined): JsonObject | undefined {
  return asObject(description?.['authentication']);
}

/**
 * Reads what a cloud says of itself, in any of three shapes: an object (2022-09-01), an array with one such object for
 * each cloud that it knows (2019-05-01), or the few endpoints of an Azure Stack Hub (2015-01-01). The shape is told by
 * the content: a server may answer an old version with a new shape.
 * Source: Azure Stack Hub, "Connect to Azure Stack Hub with Azure CLI"; azure-cli, `azure/cli/core/cloud.py`;
 * hashicorp/go-azure-sdk, `sdk/internal/metadata`.
 * @param name what clients will call it. The name that it gives itself is not taken: it may be that of another cloud,
 *   whose endpoints clients would then use
 * @param url origin of its Resource Manager
 * @throws {SessionError} when something is missing, not https, or somebody else's
 */
export function cloudFromMetadata(name: string, url: string, metadata: unknown): Cloud {
  const description = descriptionFor(url, metadata);
  const authentication = authenticationOf(description);
  const { authority, directory } = issuerOf(url, stringField(authentication, 'loginEndpoint'));
  const isStack = directory === 'adfs' || isStackHub(description);
  return {
    name,
    authority,
    directory,
    resourceManager: url,
    resourceManagerAudience: audienceOf(url, authentication?.['audiences'], authority),
    resourceManagerVersion: isStack ? '2016-06-01' : KNOWN_CLOUDS.AzureCloud.resourceManagerVersion,
    serviceManagement: '',
    federatedAudience: knownCloudOfIssuer(authority)?.federatedAudience ?? '',
    terraformName: '',
    metadataHost: new URL(url).host,
    definition: {
      kind: 'written',
      apiProfile: isStack ? '2020-09-01-hybrid' : 'latest',
      services: servicesOf(url, description),
    },
  };
}

/** The description of this cloud among those that were sent. That of a Stack Hub has no Resource Manager: it is asked. */
function descriptionFor(url: string, metadata: unknown): JsonObject {
  const entries: unknown[] = [metadata].flat();
  const all = entries.map(asObject).filter((entry) => entry !== undefined);
  const named = all.map((description) => stringField(description, 'resourceManager'));
  const own = all.find((_, at) => originOf(named[at] ?? '') === url);
  if (own !== undefined) return own;
  const [only] = all;
  if (only !== undefined && !Array.isArray(metadata) && named[0] === '') return only;
  const others = named.filter((other) => other !== '');
  throw others.length === 0
    ? cloudError('unusable', url, 'It names no Resource Manager at all.')
    : cloudError('otherClouds', url, others);
}

/** Source: hashicorp/go-azure-sdk, `sdk/environments`, which tells it the same way where there is more than the old shape. */
function isStackHub(description: JsonObject): boolean {
  const authentication = authenticationOf(description);
  return (
    stringField(description, 'resourceManager') === '' ||
    stringField(description, 'name') === 'AzureStackCloud' ||
    !['', 'AAD'].includes(stringField(authentication, 'identityProvider')) ||
    !['', 'common'].includes(stringField(authentication, 'tenant'))
  );
}

/** An AD FS is told by the path of its URL, as `az` tells it. */
function issuerOf(url: string, loginEndpoint: string): Pick<Cloud, 'authority' | 'directory'> {
  const { pathname, search, hash } = new URL(httpsUrl(url, 'token issuer', loginEndpoint));
  const path = pathname.replaceAll(/^\/+|\/+$/g, '').toLowerCase();
  if ((path !== '' && path !== ADFS_TENANT) || search !== '' || hash !== '') {
    const why = `Its token issuer is neither an Entra ID nor an AD FS: ${quotable(loginEndpoint, 200)}`;
    throw cloudError('unusable', url, why);
  }
  return { authority: originOf(loginEndpoint), directory: path === ADFS_TENANT ? 'adfs' : 'entra' };
}

/**
 * What tokens for its Resource Manager are asked for: an identifier, often of another host than the cloud's.
 *
 * The token will be sent to a host that the workflow named, so it must be a token for nothing else. A private cloud that
 * shares an issuer of Microsoft's could otherwise have itself given a token for Microsoft's services.
 */
function audienceOf(url: string, audiences: unknown, authority: string): string {
  const first: unknown = Array.isArray(audiences) ? audiences[0] : undefined;
  if (typeof first !== 'string' || !/^[a-z][a-z0-9+.-]*:[^\s"'`<>{}|\\^%]+$/i.test(first)) {
    throw cloudError('unusable', url, 'It names no audience for the tokens of its Resource Manager.');
  }
  const mayBeMicrosofts = knownCloudOfIssuer(authority) !== undefined || isMicrosoftHost(hostOf(authority));
  if (isOwnAudience(url, first) || (!mayBeMicrosofts && !isMicrosoftAudience(first))) return first;
  throw foreignAudience(url, first);
}

/** Where the old shape has another name for a service, or leaves it to the host name of the Resource Manager. */
const OLD_NAMES: Readonly<Partial<Record<ServiceUrl, string>>> = {
  gallery: 'galleryEndpoint',
  graphAudience: 'graphEndpoint',
  portal: 'portalEndpoint',
};

function servicesOf(url: string, description: JsonObject): CloudServices {
  const suffixes = asObject(description['suffixes']);
  const services: Record<string, string> = {};
  if (suffixes === undefined) {
    // Source: Azure Stack Hub, "Connect to Azure Stack Hub with Azure CLI", the arguments of `az cloud register`.
    const domain = new URL(url).hostname.replace(/^[^.]+\./, '');
    Object.assign(services, { storage: domain, keyVaultDns: `vault.${domain}` } satisfies CloudServices);
  }
  for (const name of Object.keys(SERVICE_URLS) as ServiceUrl[]) {
    const value = stringField(description, name) || stringField(description, OLD_NAMES[name] ?? name);
    if (value !== '') services[name] = httpsUrl(url, name, value);
  }
  for (const name of Object.keys(HOST_SUFFIXES)) {
    const value = stringField(suffixes, name);
    if (value !== '') services[name] = hostSuffix(url, name, value);
  }
  return services;
}

/** @throws {SessionError} when it is anything but an https URL without credentials and hidden characters */
function httpsUrl(url: string, what: string, value: string): string {
  if (/^https:\/\/[^\s"'`<>{}|\\^@]+$/i.test(value) && URL.canParse(value)) return value;
  throw malformed(url, what, value, 'the URL of an https host');
}

function hostSuffix(url: string, what: string, value: string): string {
  if (/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value)) return value.replace(/^\./, '');
  throw malformed(url, what, value, 'the ending of a host name');
}

function malformed(url: string, what: string, value: string, form: string): SessionError {
  const given = value === '' ? 'it names none' : `it is ${quotable(value, 200)}`;
  return cloudError('unusable', url, `Its ${what} must be ${form}, but ${given}.`);
}
