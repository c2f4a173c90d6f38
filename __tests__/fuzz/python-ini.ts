/** How Python's ConfigParser reads a file, as far as tests need it: its lines and its sections. */

/** Text mode ends a line at CR, LF or both. */
export function pythonLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/**
 * The sections, in order. A line that is indented further than the option before it continues that option.
 * Source: CPython, `Lib/configparser.py`, `_read`.
 */
export function sectionsOf(text: string): string[] {
  const sections: string[] = [];
  let indentOfOption: number | undefined;
  for (const line of pythonLines(text)) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    const indent = line.search(/\S/);
    if (indentOfOption !== undefined && indent > indentOfOption) continue;
    const header = /^\[(.+)\]/.exec(trimmed)?.[1];
    indentOfOption = header === undefined ? indent : undefined;
    if (header !== undefined) sections.push(header);
  }
  return sections;
}
