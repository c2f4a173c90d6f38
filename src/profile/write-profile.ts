import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { CommandMode } from '../core/request.ts';
import { changesBetween, NO_DOCUMENTS } from './documents.ts';
import type { ProfileFolder } from './folder.ts';
import { type LoginData, newDocuments } from './login.ts';
import { linkBicep, type RunnerImage } from './runner-image.ts';
import { MARKER_FILE } from './saved-session.ts';

/** A client that runs as root in a container would make these as root, and the runner could not remove what is in them. */
const CLIENT_FOLDERS = ['commands', 'logs', 'telemetry', 'cliextensions', 'bin', 'object_cache', 'ssh'];

/**
 * Fills a new folder so that `az` (2.45 to the newest) and the classic `azure` find themselves signed in.
 * @throws {SessionError} when a file cannot be written
 */
export function writeProfile(folder: ProfileFolder, loginData: LoginData, mode: CommandMode, image: RunnerImage): void {
  const { files, msalHttpCache } = loginData;
  folder.write(MARKER_FILE, `${JSON.stringify({ version: 1 })}\n`);
  for (const { name, content } of files) folder.write(name, content);
  if (msalHttpCache !== undefined) folder.write('msal_http_cache.bin', msalHttpCache);
  const documents = newDocuments({ loginData, mode, defaults: image.defaults }, randomUUID());
  for (const { file, content } of changesBetween(NO_DOCUMENTS, documents)) folder.write(file, content ?? '');
  addClientFolders(folder, image);
}

/** What clients would look for in the image's folder, or would make as another user. */
export function addClientFolders(folder: ProfileFolder, image: RunnerImage): void {
  for (const [name, content] of image.indexes) folder.write(name, content);
  for (const name of CLIENT_FOLDERS) folder.addFolder(name);
  if (image.bicep !== '') linkBicep(image.bicep, folder.pathOf(join('bin', basename(image.bicep))));
}
