/** What stands in for Windows: Wine, and Node as it is published for Windows. */
import { join } from 'node:path';
import { REPOSITORY } from '../clients/clients.ts';

/** Not under version control, and kept between runs. */
export const CACHE = join(REPOSITORY, '.cache', 'windows');

/** Wine's own C: and registry. */
export const PREFIX = join(CACHE, 'prefix');

/**
 * The Node of today's runners, and one in which `fs.rmSync` does nothing where the path has a letter that is not ASCII, as
 * in that of runners 2.327 to 2.331.
 */
export const NODE_VERSIONS = ['24.21.0', '24.11.1'];

export function nodeOf(version: string): string {
  return join(CACHE, `node-${version}.exe`);
}

/** The newest `az` of the Python package index, beside Python as it is published for Windows. */
export const WINDOWS_AZ_FOLDER = join(CACHE, 'az');
export const WINDOWS_PYTHON = join(WINDOWS_AZ_FOLDER, 'python.exe');

/** Names of files are UTF-8, and nothing of Wine's own goes to the log. */
export const WINE_VARIABLES: Readonly<Record<string, string>> = {
  WINEPREFIX: PREFIX,
  WINEDEBUG: '-all',
  LC_ALL: 'C.UTF-8',
};
