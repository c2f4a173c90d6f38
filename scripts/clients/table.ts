/** What the runs with clients and on Windows say, of a test and at their end. */

/** A suite or a file fails when something in it does, which has been told already. */
export function isSumOfFailures(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

/** A row for each client, under a heading. Columns are as wide as their widest cell. */
export function clientTable(rows: readonly (readonly string[])[]): string[] {
  const table = [['client', 'version', 'seconds', 'signed in by'], ...rows.toSorted()];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** One line for each reason, with the first of those that were skipped for it. */
export function skippedLines(skipped: ReadonlyMap<string, readonly string[]>): string[] {
  return [...skipped].map(([reason, [first = '', ...more]]) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return `skipped: ${first}${others} (${reason})`;
  });
}
