/**
 * The commands of `az` in the documentation, the examples and the error messages, with the options that they use, are in
 * `az-commands.txt`. Add each new command there. `node __tests__/docs/az-commands.ts` then compares the table with the
 * help of the newest `az` that `npm run test:clients` installed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AZ_NEWEST } from '../../scripts/clients/clients.ts';

export const AZ_COMMANDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  readFileSync(join(import.meta.dirname, 'az-commands.txt'), 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => [line.replace(/ --.*/, ''), line.match(/--[\w-]+/g) ?? []]),
);

/** Options of every command. */
const GLOBAL_OPTIONS: readonly string[] = ['--output', '--query'];

/** Commands with positional arguments: `az config set name=value`. */
const POSITIONAL: readonly string[] = ['config set'];

/**
 * @param words the arguments of `az`
 * @returns why the table does not allow the command, or `''`
 */
export function commandError(words: readonly string[]): string {
  const first = words.findIndex((word) => word.startsWith('-'));
  const plain = words.slice(0, first === -1 ? undefined : first);
  const command = plain.map((_, at) => plain.slice(0, plain.length - at).join(' ')).find((name) => name in AZ_COMMANDS);
  if (command === undefined) return `az ${plain.join(' ')} is not in the table`;
  const extra = plain.slice(command.split(' ').length);
  if (extra.length > 0 && !POSITIONAL.includes(command)) return `az ${command} does not take ${extra.join(' ')}`;
  const options = words.filter((word) => word.startsWith('--'));
  const known = [...(AZ_COMMANDS[command] ?? []), ...GLOBAL_OPTIONS];
  const unknown = options.filter((option) => !known.includes(option));
  return unknown.length === 0 ? '' : `the table has no ${unknown.join(' ')} for az ${command}`;
}

if (import.meta.main) {
  for (const [command, options] of Object.entries(AZ_COMMANDS)) {
    const help = execFileSync(AZ_NEWEST, [...command.split(' '), '--help'], { encoding: 'utf8' });
    const missing = [...options, ...GLOBAL_OPTIONS].filter((option) => !new RegExp(`${option}\\b`).test(help));
    console.log(`az ${command}: ${missing.length === 0 ? 'correct' : `az has no ${missing.join(' ')}`}`);
    if (missing.length > 0) process.exitCode = 1;
  }
}
