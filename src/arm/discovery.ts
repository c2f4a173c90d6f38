import {
  ADFS_TENANT,
  type Cloud,
  type CloudServices,
  HOST_SUFFIXES,
  hostOf,
  KNOWN_CLOUDS,
  knownCloudOfIssuer,
  originOf,
  SERVICE_URLS,
  type ServiceUrl,
} from '../core/clouds.ts';
import { asObject, type JsonObject, stringField } from '../core/json.ts';
import { sanitize } from '../core/sanitize.ts';
import type { SessionError } from '../core/session-error.ts';
import { foreignAudience, isMicrosoftAudience, isMicrosoftHost, isOwnAudience } from '../entra/private-cloud.ts';
import { cloudError } from '../errors/private-cloud.ts';
import { readResourceManagerError } from '../errors/resource-manager.ts';
import { type HttpResponse, parseResponse } from '../http/exchange.ts';
import type { HttpClient } from '../http/http.ts';
import { type RetryPolicy, withRetry } from '../http/retry.ts';

/** Newest first. An Azure Stack Hub supports only the last one. */
const API_VERSIONS: readonly string[] = ['2022-09-01', '2019-05-01', '2015-01-01'];

const CHECK_URL =
  'Check `resource-manager-url`. If it is correct, check that the runner can reach the host: the name may resolve only in the network of the cloud.';

/**
 * Gets the endpoints of a private cloud. Tries each API version in turn until the cloud supports one. The requests
 * contain no secret.
 * @throws {SessionError} when the host is not a private cloud, its description is invalid or unsafe, or attempts or
 *   time run out
 */
export async function discoverCloud(url: string, http: HttpClient, retry: RetryPolicy): Promise<Cloud> {
  const failures: string[] = [];
  const policy = { ...retry, remediation: CHECK_URL };
  for (const version of API_VERSIONS) {
    const result = await withRetry('The discovery of the endpoints of the private cloud', policy, async () =>
      readMetadata(await http.send({ method: 'GET', url: `${url}/metadata/endpoints?api-version=${version}` })),
    );
    if ('metadata' in result) return cloudFromMetadata(url, result.metadata);
    failures.push(`${version}: ${result.failure}`);
  }
  throw cloudError('noMetadata', url, failures);
}

function readMetadata(response: HttpResponse): { readonly metadata: unknown } | { readonly failure: string } {
  const { status, headers, body } = response;
  if (status === 200) {
    // Descriptions have this field in all formats.
    const hasIssuer = (description: unknown): boolean =>
      stringField(authenticationOf(asObject(description)), 'loginEndpoint') !== '';
    return parseResponse(response, 'the endpoints of a cloud', (metadata) =>
      [metadata].flat().some(hasIssuer) ? { metadata } : undefined,
    );
  }
  const { code, message } = readResourceManagerError(status, headers, body);
  return { failure: [`HTTP ${status}`, code, message].filter((part) => part !== '').join(', ') };
}

function authenticationOf(description: JsonObject | undefined): JsonObject | undefined {
  return asObject(description?.['authentication']);
}

/**
 * Reads a cloud's description in any of three formats: an object (2022-09-01), an array with such an object for each
 * known cloud (2019-05-01), or the few endpoints of an Azure Stack Hub (2015-01-01). Detects the format from the
 * content, since a server may respond to an old version in a new format.
 * Source: Azure Stack Hub, "Connect to Azure Stack Hub with Azure CLI"; azure-cli, `azure/cli/core/cloud.py`;
 * hashicorp/go-azure-sdk, `sdk/internal/metadata`.
 * @param url origin of the cloud's Resource Manager
 * @throws {SessionError} when an endpoint is missing, not https, or belongs to another cloud
 */
export function cloudFromMetadata(url: string, metadata: unknown): Cloud {
  const description = descriptionFor(url, metadata);
  const authentication = authenticationOf(description);
  const { authority, directory } = tokenIssuerOf(url, stringField(authentication, 'loginEndpoint'));
  const isStack = directory === 'adfs' || isStackHub(description);
  return {
    // Clients use this name. The description may have the name of another cloud, whose endpoints they would use.
    name: 'AzureStack',
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

/** Selects this cloud's description. Only an Azure Stack Hub omits `resourceManager`: it describes only itself. */
function descriptionFor(url: string, metadata: unknown): JsonObject {
  const entries: unknown[] = [metadata].flat();
  const descriptions = entries.map(asObject).filter((entry) => entry !== undefined);
  const resourceManagers = descriptions.map((description) => stringField(description, 'resourceManager'));
  const match = descriptions.find((_, index) => originOf(resourceManagers[index] ?? '') === url);
  if (match !== undefined) return match;
  const [first] = descriptions;
  if (first !== undefined && !Array.isArray(metadata) && resourceManagers[0] === '') return first;
  const others = resourceManagers.filter((other) => other !== '');
  throw others.length === 0
    ? cloudError('invalidMetadata', url, 'It names no Resource Manager at all.')
    : cloudError('otherClouds', url, others);
}

/** For newer formats, applies the rule of hashicorp/go-azure-sdk, `sdk/environments`. */
function isStackHub(description: JsonObject): boolean {
  const authentication = authenticationOf(description);
  return (
    stringField(description, 'resourceManager') === '' ||
    stringField(description, 'name') === 'AzureStackCloud' ||
    !['', 'AAD'].includes(stringField(authentication, 'identityProvider')) ||
    !['', 'common'].includes(stringField(authentication, 'tenant'))
  );
}

/** Detects AD FS by the URL path, as `az` does. */
function tokenIssuerOf(url: string, loginEndpoint: string): Pick<Cloud, 'authority' | 'directory'> {
  const { pathname, search, hash } = new URL(httpsUrl(url, 'token issuer', loginEndpoint));
  const path = pathname.replaceAll(/^\/+|\/+$/g, '').toLowerCase();
  if ((path !== '' && path !== ADFS_TENANT) || search !== '' || hash !== '') {
    const why = `Its token issuer is neither an Entra ID nor an AD FS: ${sanitize(loginEndpoint, 200)}`;
    throw cloudError('invalidMetadata', url, why);
  }
  return { authority: originOf(loginEndpoint), directory: path === ADFS_TENANT ? 'adfs' : 'entra' };
}

/**
 * The audience of Resource Manager tokens, whose host often differs from the cloud's. The token goes to a host that the
 * workflow named, so it must not be valid anywhere else: a private cloud that uses one of Microsoft's issuers could
 * otherwise obtain a token for Microsoft's services.
 */
function audienceOf(url: string, audiences: unknown, authority: string): string {
  const first: unknown = Array.isArray(audiences) ? audiences[0] : undefined;
  if (typeof first !== 'string' || !/^[a-z][a-z0-9+.-]*:[^\s"'`<>{}|\\^%]+$/i.test(first)) {
    throw cloudError('invalidMetadata', url, 'It names no audience for the tokens of its Resource Manager.');
  }
  const hasMicrosoftIssuer = knownCloudOfIssuer(authority) !== undefined || isMicrosoftHost(hostOf(authority));
  if (isOwnAudience(url, first) || (!hasMicrosoftIssuer && !isMicrosoftAudience(first))) return first;
  throw foreignAudience(url, first);
}

/** The names of the 2015-01-01 format. */
const OLD_NAMES: Readonly<Partial<Record<ServiceUrl, string>>> = {
  gallery: 'galleryEndpoint',
  graphAudience: 'graphEndpoint',
  portal: 'portalEndpoint',
};

function servicesOf(url: string, description: JsonObject): CloudServices {
  const suffixes = asObject(description['suffixes']);
  const services: Record<string, string> = {};
  if (suffixes === undefined) {
    // The 2015-01-01 format omits these suffixes. Source: Azure Stack Hub, "Connect to Azure Stack Hub with Azure CLI".
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

/** @throws {SessionError} for anything but an https URL without credentials, white space, quotes or brackets */
function httpsUrl(url: string, field: string, value: string): string {
  if (/^https:\/\/[^\s"'`<>{}|\\^@]+$/i.test(value) && URL.canParse(value)) return value;
  throw malformed(url, field, value, 'the URL of an https host');
}

function hostSuffix(url: string, field: string, value: string): string {
  if (/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value)) return value.replace(/^\./, '');
  throw malformed(url, field, value, 'the ending of a host name');
}

function malformed(url: string, field: string, value: string, expected: string): SessionError {
  const actual = value === '' ? 'it names none' : `it is ${sanitize(value, 200)}`;
  return cloudError('invalidMetadata', url, `Its ${field} must be ${expected}, but ${actual}.`);
}
