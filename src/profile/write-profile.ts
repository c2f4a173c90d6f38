import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { CommandMode } from '../inputs/request.ts';
import { asciiJson, azCloudsConfig, azConfig } from './az-profile.ts';
import type { AzureProfile } from './azure-profile.ts';
import { CLASSIC_TELEMETRY, classicConfig } from './classic-profile.ts';
import type { Contribution } from './contribution.ts';
import type { ProfileFolder } from './folder.ts';
import { linkBicep, MARKER_FILE, type RunnerImage } from './runner-image.ts';

/** A client that runs as root in a container would make these as root, and the runner could not remove what is in them. */
const CLIENT_FOLDERS = ['commands', 'logs', 'telemetry', 'cliextensions', 'bin', 'object_cache', 'ssh'];

/**
 * Fills a new folder so that `az` (2.45 to the newest) and the classic `azure` find themselves signed in.
 * @throws {SessionError} when a file cannot be written
 */
export function writeProfile(
  folder: ProfileFolder,
  contribution: Contribution,
  mode: CommandMode,
  image: RunnerImage,
): void {
  for (const [name, content] of profileFiles(contribution, mode, image.defaults)) folder.write(name, content);
  addClientFolders(folder, image);
}

/** What clients would look for in the image's folder, or would make as another user. */
export function addClientFolders(folder: ProfileFolder, image: RunnerImage): void {
  for (const [name, content] of image.indexes) folder.write(name, content);
  for (const name of CLIENT_FOLDERS) folder.addFolder(name);
  if (image.bicep !== '') linkBicep(image.bicep, folder.pathOf(join('bin', basename(image.bicep))));
}

function profileFiles(
  contribution: Contribution,
  mode: CommandMode,
  defaults: readonly string[],
): [string, string | Buffer][] {
  const { cloudName, clientCloud, subscriptions, servicePrincipals, msalTokens, msalHttpCache, files } = contribution;
  const environments = clientCloud === undefined ? [] : [clientCloud.classicEnvironment];
  const profile: AzureProfile = { installationId: randomUUID(), environments, subscriptions };
  return [
    [MARKER_FILE, `${JSON.stringify({ version: 1 })}\n`],
    ...files.map(({ name, content }): [string, string | Buffer] => [name, content]),
    ...(msalTokens === undefined ? [] : ([['msal_token_cache.json', asciiJson(msalTokens)]] as [string, string][])),
    ...(msalHttpCache === undefined ? [] : ([['msal_http_cache.bin', msalHttpCache]] as [string, Buffer][])),
    ['service_principal_entries.json', asciiJson(servicePrincipals)],
    ['config', azConfig(cloudName, clientCloud, defaults)],
    ['clouds.config', azCloudsConfig(cloudName, clientCloud, subscriptions)],
    ['accessTokens.json', JSON.stringify(contribution.classicTokens, null, 2)],
    ['config.json', classicConfig(mode)],
    ['telemetry.json', CLASSIC_TELEMETRY],
    ['azureProfile.json', JSON.stringify(profile, null, 2)],
  ];
}
