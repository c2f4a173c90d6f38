/** The substitute for Windows: Wine, and Node for Windows. */
import { join } from 'node:path';
import { REPOSITORY } from '../clients/clients.ts';

/** Not under version control, and kept between runs. */
export const CACHE = join(REPOSITORY, '.cache', 'windows');

/** Wine's C: drive and registry. */
export const PREFIX = join(CACHE, 'prefix');

/**
 * The Node of current runners, and a version whose `fs.rmSync` does nothing if the path has a non-ASCII character, as
 * in the Node of runners 2.327 to 2.331.
 */
export const NODE_VERSIONS = ['24.21.0', '24.11.1'];

export function nodeOf(version: string): string {
  return join(CACHE, `node-${version}.exe`);
}

/** The newest `az` of the Python package index, with Python for Windows. */
export const WINDOWS_AZ_FOLDER = join(CACHE, 'az');
export const WINDOWS_PYTHON = join(WINDOWS_AZ_FOLDER, 'python.exe');

/** UTF-8 file names, and no debug output of Wine. */
export const WINE_VARIABLES: Readonly<Record<string, string>> = {
  WINEPREFIX: PREFIX,
  WINEDEBUG: '-all',
  LC_ALL: 'C.UTF-8',
};
