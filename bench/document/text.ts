/** Formats figures for the page and the plot. */
import type { Summary } from '../measure/pairs.ts';

/** A median with its quartiles: `82 ms (80 to 85)`. */
export function milliseconds({ median, lowerQuartile, upperQuartile }: Summary): string {
  return `${rounded(median)} ms (${rounded(lowerQuartile)} to ${rounded(upperQuartile)})`;
}

/** `1.32 (1.29 to 1.35)`. */
export function times({ median, lowerQuartile, upperQuartile }: Summary, digits = 2): string {
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median)} (${text(lowerQuartile)} to ${text(upperQuartile)})`;
}

export function rounded(value: number): string {
  return grouped(Math.round(value));
}

/** With commas between groups of three digits. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** Wraps paragraphs and list items at 120 columns. Headings, tables, pictures and code stay unchanged. */
export function wrapped(text: string): string {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) => (part.startsWith('```') ? part : part.replaceAll(/^(?![|#!])(\* )?\S.*(\n(?![|#!*]).+)*/gm, wrap)))
    .join('');
}

function wrap(paragraph: string): string {
  const indent = paragraph.startsWith('* ') ? '  ' : '';
  const lines: string[] = [];
  // Text in backticks stays on one line.
  for (const word of paragraph.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(word);
    else if (line.length + 1 + word.length <= 120) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
