/**
 * Reads and writes single options of an INI file for Python's ConfigParser. The rest of the text does not change:
 * comments, order, blank lines and line ends. Values are raw, as in the file, where `%` is doubled.
 * Source: CPython, `Lib/configparser.py`.
 */

/** The line numbers of an option; `end` is exclusive and includes continuation lines. */
interface OptionLines {
  readonly section: string;
  /** Lower case: ConfigParser ignores the case of options, but not of sections. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface SectionLines {
  readonly name: string;
  /** The line of the header. */
  readonly start: number;
  /** The line of the next header, or the number of lines. */
  readonly end: number;
}

interface Layout {
  readonly lines: readonly string[];
  readonly sections: readonly SectionLines[];
  readonly options: readonly OptionLines[];
}

/** @returns every option with its raw value; names are in lower case */
export function allOptions(text: string): { section: string; name: string; value: string }[] {
  const layout = layoutOf(text);
  return layout.options.map((option) => ({ ...option, value: rawText(layout, option) }));
}

function rawText({ lines }: Layout, { start, end }: OptionLines): string {
  const [first = '', ...continued] = lines.slice(start, end).map((line) => line.trim());
  return [first.replace(/^[^=:]*[=:]\s*/, ''), ...continued].join('\n').trim();
}

/** @param value raw, on one line; `undefined` removes the option, and its section if it is then empty */
export function writeOption(text: string, section: string, option: string, value: string | undefined): string {
  const layout = layoutOf(text);
  const current = layout.options.find((each) => each.section === section && each.name === option.toLowerCase());
  if (value === undefined) return current === undefined ? text : withoutOption(layout, current);
  const line = `${option} = ${value}${text.includes('\r\n') ? '\r' : ''}`;
  if (current !== undefined) return layout.lines.toSpliced(current.start, current.end - current.start, line).join('\n');
  const existing = layout.sections.find(({ name }) => name === section);
  if (existing === undefined) return withNewSection(text, section, line);
  // After the last line of the section that is not blank.
  const last = layout.lines.slice(0, existing.end).findLastIndex((each) => each.trim() !== '');
  return layout.lines.toSpliced(last + 1, 0, line).join('\n');
}

/** Escapes a value: `%` would start an interpolation, a line break a new option. */
export function rawValue(value: string): string {
  return value.replaceAll('%', '%%').replaceAll(/[\r\n]/g, ' ');
}

function withoutOption(layout: Layout, { section, start, end }: OptionLines): string {
  const rest = layout.lines.toSpliced(start, end - start);
  const parent = layoutOf(rest.join('\n')).sections.find(({ name }) => name === section);
  if (parent === undefined || rest.slice(parent.start + 1, parent.end).some((line) => line.trim() !== '')) {
    return rest.join('\n');
  }
  const atEnd = parent.end === rest.length;
  // `withNewSection` added the blank line before the section; at the end of the file it goes with the section.
  const from = atEnd && rest[parent.start - 1]?.trim() === '' ? parent.start - 1 : parent.start;
  const kept = rest.toSpliced(from, parent.end - from);
  return (atEnd && kept.length > 0 ? [...kept, ''] : kept).join('\n');
}

function withNewSection(text: string, section: string, line: string): string {
  const lineEnd = line.endsWith('\r') ? '\r\n' : '\n';
  const before = text === '' ? '' : `${text}${text.endsWith('\n') ? '' : lineEnd}${lineEnd}`;
  return `${before}[${section}]${lineEnd}${line}\n`;
}

function layoutOf(text: string): Layout {
  const lines = text.split('\n');
  const headers: Omit<SectionLines, 'end'>[] = [];
  const options: OptionLines[] = [];
  let indent: number | undefined;
  for (const [at, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    const depth = line.search(/\S/);
    const option = options.at(-1);
    if (indent !== undefined && depth > indent && option !== undefined) {
      options[options.length - 1] = { ...option, end: at + 1 };
      continue;
    }
    const header = /^\[(.+)\]/.exec(trimmed)?.[1];
    if (header !== undefined) {
      headers.push({ name: header, start: at });
      indent = undefined;
      continue;
    }
    const name = /^([^=:]+?)\s*[=:]/.exec(trimmed)?.[1] ?? trimmed;
    options.push({ section: headers.at(-1)?.name ?? '', name: name.toLowerCase(), start: at, end: at + 1 });
    indent = depth;
  }
  const sections = headers.map((header, at) => ({ ...header, end: headers[at + 1]?.start ?? lines.length }));
  return { lines, sections, options };
}
