import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The variable by which Node loads a module into the built action. The path is relative to this folder. */
export function preload(module: string): Record<'NODE_OPTIONS', string> {
  // A URL, since NODE_OPTIONS treats the backslashes of a Windows path as escapes.
  return { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, module)).href}` };
}

/** The variable by which Node runs a piece of code before the built action. */
export function preloadCode(code: string): Record<'NODE_OPTIONS', string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}
