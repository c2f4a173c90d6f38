import { KNOWN_CLOUDS, type KnownCloudName } from '../core/clouds.ts';
import { httpsOrigin } from '../core/forms.ts';
import type { CloudRequest } from '../core/request.ts';
import type { Creds } from './credential.ts';
import type { InputReader } from './reader.ts';
import { type ChoiceOf, CLOUD_NAMES } from './table.ts';

/**
 * The runner fills in the default `environment: AzureCloud`, so `resource-manager-url` takes precedence over
 * `AzureCloud`. The URL in `creds` is used only with `AzureStack`, as in azure/login, because `az ad sp
 * create-for-rbac` writes the public cloud's URL there.
 */
export function readCloud(inputs: InputReader, creds: Creds): CloudRequest {
  const environment = inputs.choice('environment');
  // For a private cloud the ids are checked least strictly, so an unknown cloud causes no second error.
  if (!inputs.isValid('environment')) return privateCloud('');
  if (inputs.isSet('resource-manager-url')) return readCloudByUrl(inputs, environment);
  if (environment !== 'AzureStack') {
    checkCloudOfCreds(inputs, creds.resourceManagerUrl, environment);
    return { kind: 'known', name: environment };
  }
  // Invalid `creds` might contain the URL.
  if (creds.resourceManagerUrl === '' && creds.state !== 'invalid') inputs.error('stackWithoutUrl');
  return privateCloud(checkedUrl(inputs, '`resourceManagerEndpointUrl` in `creds`', creds.resourceManagerUrl));
}

function readCloudByUrl(inputs: InputReader, environment: ChoiceOf<'environment'>): CloudRequest {
  const url = checkedUrl(inputs, '`resource-manager-url`', inputs.text('resource-manager-url'));
  if (url === '' || environment === 'AzureStack') return privateCloud(url);
  const owner = CLOUD_NAMES.find((name) => KNOWN_CLOUDS[name].resourceManager === url);
  if (owner === environment) return { kind: 'known', name: environment };
  if (environment !== 'AzureCloud') inputs.error('urlOfAnotherCloud', environment);
  else if (owner !== undefined) inputs.error('urlOfKnownCloud', owner);
  return privateCloud(url);
}

/**
 * Returns the origin of a Resource Manager URL. Classic Service Management has a similar URL, but no metadata.
 * @param name the URL's name in messages
 * @returns `''` for an empty or invalid value
 */
function checkedUrl(inputs: InputReader, name: string, value: string): string {
  if (value === '') return '';
  const url = httpsOrigin(value);
  const owner = cloudOfHost(url ?? '', 'serviceManagement');
  if (url === undefined) inputs.error('notHttpsUrl', name);
  else if (owner !== undefined) inputs.error('classicUrl', name, owner);
  return owner === undefined ? (url ?? '') : '';
}

function privateCloud(resourceManagerUrl: string): CloudRequest {
  return { kind: 'discovered', resourceManagerUrl };
}

function cloudOfHost(url: string, endpoint: 'resourceManager' | 'serviceManagement'): KnownCloudName | undefined {
  const host = hostIn(url);
  return CLOUD_NAMES.find((name) => host !== '' && hostIn(KNOWN_CLOUDS[name][endpoint]) === host);
}

/** Ignores the port, since the classic service has several, and accepts a hand-written value without a scheme. */
function hostIn(value: string): string {
  return URL.parse(/^https?:/i.test(value) ? value : `https://${value}`)?.hostname ?? '';
}

/** Entra ID rejects a principal of another cloud only as an unknown tenant, which does not explain the cause. */
function checkCloudOfCreds(inputs: InputReader, url: string, environment: KnownCloudName): void {
  if (url === '') return;
  const owner = cloudOfHost(url, 'serviceManagement') ?? cloudOfHost(url, 'resourceManager');
  if (owner !== environment) inputs.warning('credsFromOtherCloud', environment, owner);
}
