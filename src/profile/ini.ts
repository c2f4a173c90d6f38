/**
 * Single options of an INI file as Python's ConfigParser reads it, without touching the rest of the text: comments,
 * order, blank lines and line ends stay. Values are raw, as they are in the file: `%` is doubled there.
 * Source: CPython, `Lib/configparser.py`.
 */

/** Where an option is, as line numbers; `end` is the line after its last continuation. */
interface OptionLines {
  readonly section: string;
  /** In lower case: ConfigParser ignores the case of options, but not of sections. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface SectionLines {
  readonly name: string;
  /** The line of the header. */
  readonly start: number;
  /** The line of the next header, or the end. */
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

/** @param value raw, on one line; `undefined` removes the option, and its section once that has nothing else in it */
export function writeOption(text: string, section: string, option: string, value: string | undefined): string {
  const layout = layoutOf(text);
  const found = findOption(layout, section, option);
  if (value === undefined) return found === undefined ? text : withoutOption(layout, found);
  const line = `${option} = ${value}${text.includes('\r\n') ? '\r' : ''}`;
  if (found !== undefined) return layout.lines.toSpliced(found.start, found.end - found.start, line).join('\n');
  const existing = layout.sections.find(({ name }) => name === section);
  if (existing === undefined) return withNewSection(text, section, line);
  return layout.lines.toSpliced(lastLine(layout, existing) + 1, 0, line).join('\n');
}

/** A value as it has to be written: `%` would begin an interpolation, a line break another option. */
export function rawValue(value: string): string {
  return value.replaceAll('%', '%%').replaceAll(/[\r\n]/g, ' ');
}

function findOption({ options }: Layout, section: string, option: string): OptionLines | undefined {
  return options.find((found) => found.section === section && found.name === option.toLowerCase());
}

function withoutOption(layout: Layout, { section, start, end }: OptionLines): string {
  const rest = layout.lines.toSpliced(start, end - start);
  const left = layoutOf(rest.join('\n')).sections.find(({ name }) => name === section);
  if (left === undefined || rest.slice(left.start + 1, left.end).some((line) => line.trim() !== '')) {
    return rest.join('\n');
  }
  const atEnd = left.end === rest.length;
  // The blank line before the section was the section's own; at the end of the file there must be no second one.
  const from = atEnd && rest[left.start - 1]?.trim() === '' ? left.start - 1 : left.start;
  const kept = rest.toSpliced(from, left.end - from);
  return (atEnd && kept.length > 0 ? [...kept, ''] : kept).join('\n');
}

function withNewSection(text: string, section: string, line: string): string {
  const lineEnd = line.endsWith('\r') ? '\r\n' : '\n';
  const before = text === '' ? '' : `${text}${text.endsWith('\n') ? '' : lineEnd}${lineEnd}`;
  return `${before}[${section}]${lineEnd}${line}\n`;
}

/** The last line of a section that is not blank: what is added follows it. */
function lastLine({ lines }: Layout, { end }: SectionLines): number {
  return lines.slice(0, end).findLastIndex((line) => line.trim() !== '');
}

function layoutOf(text: string): Layout {
  const lines = text.split('\n');
  const sections: SectionLines[] = [];
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
      closeSection(sections, at);
      sections.push({ name: header, start: at, end: lines.length });
      indent = undefined;
      continue;
    }
    const name = /^([^=:]+?)\s*[=:]/.exec(trimmed)?.[1] ?? trimmed;
    options.push({ section: sections.at(-1)?.name ?? '', name: name.toLowerCase(), start: at, end: at + 1 });
    indent = depth;
  }
  return { lines, sections, options };
}

function closeSection(sections: SectionLines[], end: number): void {
  const open = sections.pop();
  if (open !== undefined) sections.push({ ...open, end });
}
