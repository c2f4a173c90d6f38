import { KNOWN_CLOUDS, type KnownCloudName } from '../core/clouds.ts';
import { httpsOrigin } from '../core/forms.ts';
import type { CloudRequest } from '../core/request.ts';
import type { Creds } from './credential.ts';
import type { InputReader } from './reader.ts';
import type { ChoiceOf } from './table.ts';

const INPUT = '`resource-manager-url`';
const FIELD_IN_CREDS = '`resourceManagerEndpointUrl` in `creds`';

/**
 * The cloud to sign in to.
 *
 * The runner fills in `environment: AzureCloud` when the workflow names none, so `AzureCloud` beside a
 * `resource-manager-url` is no contradiction: the URL decides. The URL inside `creds` counts for `AzureStack` alone, as
 * at azure/login, because `az ad sp create-for-rbac` writes the public cloud's there.
 */
export function readCloud(inputs: InputReader, creds: Creds): CloudRequest {
  const environment = inputs.choice('environment');
  // Any other cloud would ask more of the ids than the one that was meant.
  if (!inputs.usable('environment')) return privateCloud('');
  if (inputs.given('resource-manager-url')) return readCloudByUrl(inputs, environment);
  if (environment !== 'AzureStack') {
    checkCloudOfCreds(inputs, creds.resourceManagerUrl, environment);
    return { kind: 'known', name: environment };
  }
  // What is unusable might have held the URL.
  if (creds.resourceManagerUrl === '' && creds.state !== 'unusable') inputs.error('stackWithoutUrl');
  return privateCloud(checkedUrl(inputs, FIELD_IN_CREDS, creds.resourceManagerUrl));
}

function readCloudByUrl(inputs: InputReader, environment: ChoiceOf<'environment'>): CloudRequest {
  const url = checkedUrl(inputs, INPUT, inputs.text('resource-manager-url'));
  if (url === '' || environment === 'AzureStack') return privateCloud(url);
  const owner = CLOUD_NAMES.find((name) => KNOWN_CLOUDS[name].resourceManager === url);
  if (owner === environment) return { kind: 'known', name: environment };
  if (environment !== 'AzureCloud') inputs.error('urlOfAnotherCloud', environment);
  else if (owner !== undefined) inputs.error('urlOfKnownCloud', owner);
  return privateCloud(url);
}

/**
 * The origin of a Resource Manager. Classic Service Management has a similar name, and describes no cloud.
 * @param name what a message calls the URL
 * @returns `''` for one that is reported, or is none
 */
function checkedUrl(inputs: InputReader, name: string, value: string): string {
  if (value === '') return '';
  const url = httpsOrigin(value);
  const owner = cloudOfHost(url ?? '', 'serviceManagement');
  if (url === undefined) inputs.error('noHttpsUrl', name);
  else if (owner !== undefined) inputs.error('classicUrl', name, owner);
  return owner === undefined ? (url ?? '') : '';
}

/** @returns a cloud under the name by which clients know one that is not Microsoft's */
function privateCloud(resourceManagerUrl: string): CloudRequest {
  return { kind: 'discovered', name: 'AzureStack', resourceManagerUrl };
}

const CLOUD_NAMES = Object.keys(KNOWN_CLOUDS) as KnownCloudName[];

function cloudOfHost(url: string, endpoint: 'resourceManager' | 'serviceManagement'): KnownCloudName | undefined {
  const host = hostIn(url);
  return CLOUD_NAMES.find((name) => host !== '' && hostIn(KNOWN_CLOUDS[name][endpoint]) === host);
}

/** Whatever stands around it: the classic service has ports of its own, and a value typed by hand may lack its scheme. */
function hostIn(value: string): string {
  return URL.parse(/^https?:/i.test(value) ? value : `https://${value}`)?.hostname ?? '';
}

/** Entra refuses a principal of another cloud as an unknown tenant, which says little. */
function checkCloudOfCreds(inputs: InputReader, url: string, environment: KnownCloudName): void {
  if (url === '') return;
  const owner = cloudOfHost(url, 'serviceManagement') ?? cloudOfHost(url, 'resourceManager');
  if (owner !== environment) inputs.warning('credsOfAnotherCloud', environment, owner);
}
