/** How figures are written on the page and in the plot. */
import type { Summary } from '../measure/pairs.ts';

/** A median with its quartiles: `82 ms (80 to 85)`. */
export function milliseconds({ median, lowerQuartile, upperQuartile }: Summary): string {
  return `${whole(median)} ms (${whole(lowerQuartile)} to ${whole(upperQuartile)})`;
}

/** `1.32 (1.29 to 1.35)`. */
export function times({ median, lowerQuartile, upperQuartile }: Summary, digits = 2): string {
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median)} (${text(lowerQuartile)} to ${text(upperQuartile)})`;
}

export function whole(value: number): string {
  return grouped(Math.round(value));
}

/** A thousand has a comma. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** A table of Markdown; nothing where there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** Paragraphs and list items in lines of at most 120 columns; headings, tables, pictures and code as they are. */
export function wrapped(text: string): string {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) => (part.startsWith('```') ? part : part.replaceAll(/^(?![|#!])(\* )?\S.*(\n(?![|#!*]).+)*/gm, wrap)))
    .join('');
}

function wrap(paragraph: string): string {
  const indent = paragraph.startsWith('* ') ? '  ' : '';
  const lines: string[] = [];
  // A line never ends inside of backticks.
  for (const word of paragraph.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(word);
    else if (line.length + 1 + word.length <= 120) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
