import { readFileSync } from 'node:fs';
import { WorkflowError } from './expression.ts';

/**
 * Reads `name=value`, and values of several lines between two delimiters.
 * Source: GitHub Docs, "Workflow commands for GitHub Actions", multiline strings.
 * @throws {WorkflowError} for any other line
 */
export function readFileCommands(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
  const values: Record<string, string> = {};
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [, name = '', kind, rest = ''] = /^(.+?)(=|<<)(.*)$/.exec(line) ?? [];
    if (kind === undefined) throw new WorkflowError(`This line of a command file is not a command: ${line}`);
    if (kind === '=') {
      values[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest, at + 1);
    if (end === -1) throw new WorkflowError(`The value of ${name} has no end delimiter.`);
    values[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return values;
}
