/** Prints the README's tables of inputs and outputs: `node scripts/tables.ts`. */
import { OUTPUTS } from '../src/exports/outputs-table.ts';
import { INPUTS, type InputSpec } from '../src/inputs/table.ts';

export function inputsMarkdown(): string {
  const inputs: Readonly<Record<string, InputSpec>> = INPUTS;
  return markdownTable(
    ['input', 'default', 'meaning'],
    Object.entries(inputs).map(([name, spec]) => [`\`${name}\``, defaultColumn(spec), spec.description]),
  );
}

export function outputsMarkdown(): string {
  return markdownTable(
    ['output', 'value'],
    Object.entries(OUTPUTS).map(([name, description]) => [`\`${name}\``, description]),
  );
}

function defaultColumn(spec: InputSpec): string {
  return spec.default === '' ? spec.unset : `\`${spec.default}\``;
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

if (import.meta.main) {
  process.stdout.write(`${inputsMarkdown()}\n\n${outputsMarkdown()}\n`);
}
