/**
 * Writes the files that repeat the tables of inputs and outputs: `action.yml`, `action-types.yml` and the README.
 *
 *     npm run tables
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultOf, INPUT_NAMES, INPUTS, type InputName, type InputValue } from '../src/inputs/table.ts';
import { DESCRIPTIONS, GROUPS, OUTPUTS, UNSET } from './descriptions.ts';

const ROOT = join(import.meta.dirname, '..');
const HEAD = '# npm run tables writes this file.\n';
const outputs: readonly (readonly [string, string])[] = Object.entries(OUTPUTS);

/** @returns the content of the generated files, by path from the root */
export function tables(): ReadonlyMap<string, string> {
  return new Map([
    ['action.yml', actionYaml()],
    ['action-types.yml', actionTypesYaml()],
    ['logout/action.yml', logoutYaml()],
    ['logout/action-types.yml', `${HEAD}inputs:\n  config-dir:\n    type: string\n`],
    ['README.md', readme(readFileSync(join(ROOT, 'README.md'), 'utf8'))],
  ]);
}

function actionYaml(): string {
  return `${HEAD}name: "Azure Session"
description: "Signs a job in to Azure once, for az, the classic CLI, the SDKs, Terraform and PowerShell, and leaves nothing behind."
author: "The Azure Session authors"

branding:
  icon: "log-in"
  color: "blue"

inputs:
${INPUT_NAMES.map(inputYaml).join('')}
outputs:
${outputs.map(([name, description]) => `  ${name}:\n    description: ${quoted(description)}\n`).join('')}
runs:
  using: "node24"
  main: "dist/main/index.js"
  post: "dist/post/index.js"
`;
}

/**
 * The action that signs out before the last step. GitHub's runner and act allow a `main` outside the action's folder.
 */
function logoutYaml(): string {
  return `${HEAD}name: "Azure Session: sign out"
description: "Signs a job out of Azure before its last step: removes the folder, tokens, background process and variables."
author: "The Azure Session authors"

inputs:
  config-dir:
    description: ${quoted(LOGOUT_CONFIG_DIR)}
    required: false

runs:
  using: "node24"
  main: "../dist/logout/index.js"
`;
}

const LOGOUT_CONFIG_DIR =
  'Folder of the session to sign out of: the output `config-dir` of its sign-in. Default: AZURE_CONFIG_DIR, or the folder of the latest sign-in if that variable names no session.';

function inputYaml(name: InputName): string {
  const fallback = defaultOf(name) === '' ? '' : `    default: ${quoted(defaultOf(name))}\n`;
  return `  ${name}:\n    description: ${quoted(DESCRIPTIONS[name])}\n    required: false\n${fallback}`;
}

/** For editors and binding generators. Source: the README of github-actions-typing. */
function actionTypesYaml(): string {
  const outputTypes = outputs.map(([name]) => `  ${name}:\n    type: string\n`);
  const inputTypes = INPUT_NAMES.map((name) => `  ${name}:\n${typeYaml(INPUTS[name].value, '    ')}`);
  return `${HEAD}inputs:\n${inputTypes.join('')}\noutputs:\n${outputTypes.join('')}`;
}

function typeYaml(value: InputValue, indent: string): string {
  const lines = (...all: readonly string[]): string => all.map((line) => `${indent}${line}\n`).join('');
  const listOf = (separator: string, item: InputValue): string =>
    lines('type: list', `separator: ${quoted(separator)}`, 'list-item:') + typeYaml(item, `${indent}  `);
  switch (value.kind) {
    case 'text':
      return lines('type: string');
    case 'boolean':
    case 'integer':
      return lines(`type: ${value.kind}`);
    case 'choice':
      return lines('type: enum', 'allowed-values:', ...value.values.map((choice) => `  - ${quoted(choice)}`));
    case 'list':
      return listOf(',', { kind: 'choice', values: value.values });
    case 'lines':
      return listOf('\n', { kind: 'text', form: 'line' });
  }
}

/** A JSON string is also a YAML string. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function readme(text: string): string {
  const outputRows = outputs.map(([name, description]) => [`\`${name}\``, description]);
  const logoutRow = ['`config-dir`', '`AZURE_CONFIG_DIR`', LOGOUT_CONFIG_DIR];
  return [
    ['inputs', inputGroups()],
    ['outputs', markdownTable([['output', 'value'], ...outputRows])],
    ['logout', markdownTable([['input', 'default', 'meaning'], logoutRow])],
  ].reduce((page, [marker = '', content = '']) => between(page, marker, content), text);
}

function inputGroups(): string {
  const starts = [...GROUPS.map(({ first }) => INPUT_NAMES.indexOf(first)), INPUT_NAMES.length];
  const groups = GROUPS.map(({ title }, at) => {
    const rows = INPUT_NAMES.slice(starts[at], starts[at + 1]).map((name) => [
      `\`${name}\``,
      defaultColumn(name),
      DESCRIPTIONS[name],
    ]);
    return `### ${title}\n\n${markdownTable([['input', 'default', 'meaning'], ...rows])}`;
  });
  return groups.join('\n\n');
}

function defaultColumn(name: InputName): string {
  return defaultOf(name) === '' ? (UNSET[name] ?? '') : `\`${defaultOf(name)}\``;
}

/** @throws when the text does not have exactly two markers of that name */
function between(text: string, marker: string, tables: string): string {
  const [before, , after, ...more] = text.split(`<!-- ${marker} -->`);
  if (after === undefined || more.length > 0) throw new Error(`README.md needs two markers <!-- ${marker} -->.`);
  return `${before}<!-- ${marker} -->\n${tables}\n<!-- ${marker} -->${after}`;
}

function markdownTable([heads = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

if (import.meta.main) {
  for (const [file, content] of tables()) writeFileSync(join(ROOT, file), content);
}
