import { fileProblem, located, MAX_FILE_SIZE } from '../certificate/files.ts';
import { CertificateProblem } from '../certificate/problem.ts';
import { identityOfName, identityOfOpenFile } from '../core/file-identity.ts';
import { readOpenFile, withRegularFile } from '../core/regular-file.ts';
import type { PublishSettingsFile, PublishSettingsSource } from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import { fileRefusal, isFileProblem } from '../errors/files.ts';
import { STORE_AGAIN, WHOLE_FILE } from './problems.ts';
import { SETTINGS_FILE } from './refusals.ts';

/** Reads the file that the input names. */
export interface PublishSettingsFiles {
  /** The absolute path that a value stands for. */
  locate(value: string): string;
  /** @throws {CertificateProblem} when it is no regular file, may not be read, or is larger than 1 MB */
  read(path: string): Promise<PublishSettingsFile>;
}

/** @param folders where a relative path and a leading `~` start: `GITHUB_WORKSPACE` and the user's home */
export function publishSettingsFiles(folders: {
  readonly workspace: string;
  readonly home: string;
}): PublishSettingsFiles {
  return {
    locate: (value) => located(value, folders),
    read: async (path) => {
      try {
        const name = identityOfName(path);
        return withRegularFile(path, 'follow', (file) => ({
          xml: readOpenFile(file, MAX_FILE_SIZE),
          identity: identityOfOpenFile(file),
          name,
        }));
      } catch (error) {
        throw fileProblem(error);
      }
    },
  };
}

/**
 * Tells the XML text from a path: text begins with `<`, after a byte order mark and white space at most, a path does
 * not.
 *
 * @param value the `publish-settings` input
 * @throws {SessionError} that quotes neither the value nor the file
 */
export async function readPublishSettings(value: string, files: PublishSettingsFiles): Promise<PublishSettingsSource> {
  if (value.trimStart().startsWith('<')) return { kind: 'text', xml: value };
  if (!mayBePath(value.trim())) throw neitherPathNorText();
  const path = files.locate(value.trim());
  try {
    return { kind: 'file', path, ...(await files.read(path)) };
  } catch (error) {
    if (!(error instanceof CertificateProblem) || !isFileProblem(error.problem)) throw error;
    throw fileRefusal(error.problem, SETTINGS_FILE);
  }
}

const MAX_PATH_LENGTH = 4096;

/** A file's content that lost its `<`, or went through base64 on its way, is no path: no file is looked for. */
function mayBePath(value: string): boolean {
  const isBase64 = /^[A-Za-z0-9+/]{200,}={0,2}$/.test(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no path that a workflow names can hold
  return value !== '' && value.length <= MAX_PATH_LENGTH && !/[\u0000-\u001f\u007f]/.test(value) && !isBase64;
}

function neitherPathNorText(): SessionError {
  return new SessionError('publish-settings is neither a path nor the text of a publish settings file.', {
    why: 'The text begins with `<`, and a path is one short line. GitHub leaves a secret empty that the job may not see.',
    next: [WHOLE_FILE, STORE_AGAIN],
  });
}
