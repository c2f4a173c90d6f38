import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The variable that loads one of the modules beside this file into the built action, which is itself unmodified. */
export function loadedIntoAction(module: string): Record<'NODE_OPTIONS', string> {
  // A path of Windows would be read as one with escapes.
  return { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, module)).href}` };
}
