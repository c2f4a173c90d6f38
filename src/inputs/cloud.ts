import { KNOWN_CLOUDS, type KnownCloudName } from '../core/clouds.ts';
import { httpsOrigin } from '../core/forms.ts';
import type { CloudRequest } from '../core/request.ts';
import type { Creds } from './creds.ts';
import { combine, type InputReader, isReported, type Reported } from './reader.ts';

/** What the clients of later steps call a cloud that is not one of Microsoft's. */
const PRIVATE_CLOUD_NAME = 'AzureStack';

const INPUT = '`resource-manager-url`';
const FIELD_IN_CREDS = '`resourceManagerEndpointUrl` in `creds`';

/**
 * The cloud to sign in to.
 *
 * The runner fills in `environment: AzureCloud` when the workflow names none, so `AzureCloud` beside a
 * `resource-manager-url` is no contradiction: the URL decides. The URL inside `creds` counts for `AzureStack` alone, as
 * at azure/login, because `az ad sp create-for-rbac` writes the public cloud's there.
 */
export function readCloud(inputs: InputReader, creds: Creds): CloudRequest | Reported {
  const environment = inputs.choice('environment');
  if (isReported(environment)) return environment;
  if (environment === 'AzureStack') return readPrivateCloud(inputs, creds);
  if (inputs.given('resource-manager-url')) return readCloudByUrl(inputs, environment);
  if (creds.kind === 'read') checkCloudOfCreds(inputs, creds.principal.resourceManagerUrl, environment);
  return { kind: 'known', name: environment };
}

function readPrivateCloud(inputs: InputReader, creds: Creds): CloudRequest | Reported {
  if (inputs.given('resource-manager-url'))
    return combine({ url: readUrlInput(inputs) }, ({ url }) => privateCloud(url));
  // It might have held the URL.
  if (creds.kind === 'unusable') return creds.principal;
  const fromCreds = creds.kind === 'read' ? creds.principal.resourceManagerUrl : '';
  if (fromCreds === '') return inputs.error('stackWithoutUrl');
  return combine({ url: checkUrl(inputs, FIELD_IN_CREDS, fromCreds) }, ({ url }) => privateCloud(url));
}

function readCloudByUrl(inputs: InputReader, environment: KnownCloudName): CloudRequest | Reported {
  const url = readUrlInput(inputs);
  if (isReported(url)) return url;
  const owner = cloudAt(url);
  if (owner === environment) return { kind: 'known', name: environment };
  if (environment !== 'AzureCloud') return inputs.error('urlOfAnotherCloud', environment);
  return owner === undefined ? privateCloud(url) : inputs.error('urlOfKnownCloud', owner);
}

function readUrlInput(inputs: InputReader): string | Reported {
  const value = inputs.value('resource-manager-url');
  return isReported(value) ? value : checkUrl(inputs, INPUT, value);
}

/** The origin of a Resource Manager. Classic Service Management has a similar name, and describes no cloud. */
function checkUrl(inputs: InputReader, name: string, value: string): string | Reported {
  const url = httpsOrigin(value);
  if (url === undefined) return inputs.error('noHttpsUrl', name);
  const owner = cloudOfHost(hostIn(url), 'serviceManagement');
  return owner === undefined ? url : inputs.error('classicUrl', name, owner);
}

function privateCloud(resourceManagerUrl: string): CloudRequest {
  return { kind: 'discovered', name: PRIVATE_CLOUD_NAME, resourceManagerUrl };
}

function cloudAt(url: string): KnownCloudName | undefined {
  const names = Object.keys(KNOWN_CLOUDS) as KnownCloudName[];
  return names.find((name) => KNOWN_CLOUDS[name].resourceManager === url);
}

function cloudOfHost(host: string, endpoint: 'resourceManager' | 'serviceManagement'): KnownCloudName | undefined {
  const names = Object.keys(KNOWN_CLOUDS) as KnownCloudName[];
  return names.find((name) => host !== '' && hostIn(KNOWN_CLOUDS[name][endpoint]) === host);
}

/** Whatever stands around it: the classic service has ports of its own, and a value typed by hand may lack its scheme. */
function hostIn(value: string): string {
  const url = /^https?:/i.test(value) ? value : `https://${value}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** Entra refuses a principal of another cloud as an unknown tenant, which says little. */
function checkCloudOfCreds(inputs: InputReader, resourceManagerUrl: string, environment: KnownCloudName): void {
  if (resourceManagerUrl === '') return;
  const host = hostIn(resourceManagerUrl);
  const classic = cloudOfHost(host, 'serviceManagement');
  const owner = classic ?? cloudOfHost(host, 'resourceManager');
  if (owner !== environment) inputs.warning('credsOfAnotherCloud', environment, owner);
  else if (classic !== undefined) inputs.warning('classicUrlInCreds', classic, KNOWN_CLOUDS[classic].resourceManager);
}
