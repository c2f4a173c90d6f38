import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const onWindows = process.platform === 'win32';

/**
 * Creates the files by which the action detects `az`, where pip or the Windows installer puts them.
 * @param packages metadata folders of pip, such as `azure_cli_core-2.86.0.dist-info`
 * @returns the folder for the PATH
 */
export function installAz(folder: string, packages: readonly string[]): string {
  const bin = join(folder, onWindows ? 'wbin' : 'bin');
  const python = onWindows ? join(folder, 'Lib', 'site-packages') : join(folder, 'lib', 'python3.13', 'site-packages');
  for (const path of [bin, ...packages.map((name) => join(python, name))]) mkdirSync(path, { recursive: true });
  if (packages.length > 0) writeFileSync(join(bin, onWindows ? 'az.cmd' : 'az'), '');
  return bin;
}
