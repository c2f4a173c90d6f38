import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionsRunner } from '../../src/actions/actions-runner.ts';
import type { Runner } from '../../src/actions/runner.ts';

/**
 * A workflow command that the runner executes for a line of the log.
 * Source: actions/runner, `ActionCommand.cs`, `TryParseV2` and `TryParse`; .NET, `String.TrimStart` and `Char.IsWhiteSpace`.
 */
export interface WorkflowCommand {
  readonly name: string;
  readonly data: string;
}

/** White space of .NET, which includes NEL, unlike JavaScript. */
const BLANKS = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

export function commandsIn(log: string): WorkflowCommand[] {
  return log.split(/\r\n|\n|\r/).flatMap((line) => commandOf(line) ?? []);
}

function commandOf(line: string): WorkflowCommand | undefined {
  const trimmed = line.replace(BLANKS, '');
  const end = trimmed.startsWith('::') ? trimmed.indexOf('::', 2) : -1;
  if (end >= 0) return { name: trimmed.slice(2, end).split(' ')[0] ?? '', data: trimmed.slice(end + 2) };
  const begin = line.indexOf('##[');
  const close = begin < 0 ? -1 : line.indexOf(']', begin);
  if (close < 0) return undefined;
  return { name: line.slice(begin + 3, close).split(' ')[0] ?? '', data: line.slice(close + 1) };
}

/** Characters that begin a line, or may begin one, before a command. */
const BEFORE = '\n|\r|\r\n|\n \t|\n\u0085|\n\u00a0|\n\u2028|\n\u3000|\n\v|\n\0|\n\u200b|\n\ufeff'.split('|');
const COMMANDS = ['::EVIL::x', '::EVIL name=x::y', '::add-mask::EVIL', '##[EVIL]x', ' ##[EVIL x]', '%0A::EVIL::x'];

/** Texts that try to inject the command `EVIL`. */
export const PAYLOADS: readonly string[] = BEFORE.flatMap((before) => COMMANDS.map((each) => `x${before}${each}`));

/** Commands that a payload caused. Annotations and debug lines of the action may quote a payload. */
export function injectedCommands(log: string): WorkflowCommand[] {
  const own = new Set(['error', 'warning', 'notice', 'debug']);
  return commandsIn(log).filter(({ name, data }) => /EVIL/.test(name) || (/EVIL/.test(data) && !own.has(name)));
}

/** @returns the log and the file of variables that `use` writes */
export function captureRunner(use: (runner: Runner) => void): { readonly log: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  const file = join(folder, 'variables');
  writeFileSync(file, '');
  const before = process.env['GITHUB_ENV'];
  const { write } = process.stdout;
  let log = '';
  process.env['GITHUB_ENV'] = file;
  process.stdout.write = (text) => {
    log += text;
    return true;
  };
  try {
    use(actionsRunner(process));
    return { log, file: readFileSync(file, 'utf8') };
  } finally {
    process.stdout.write = write;
    if (before === undefined) delete process.env['GITHUB_ENV'];
    else process.env['GITHUB_ENV'] = before;
    rmSync(folder, { recursive: true });
  }
}
