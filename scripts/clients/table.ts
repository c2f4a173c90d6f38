/** Shared output of the test runs with clients and on Windows. */

/** Whether a suite or a file failed only because of its tests, whose failures are already reported. */
export function isSubtestsFailed(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

/** Formats a row for each client, under a heading. */
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

/** One line for each reason, with the name of the first skipped test. */
export function skippedLines(skipped: ReadonlyMap<string, readonly string[]>): string[] {
  return [...skipped].map(([reason, [first = '', ...more]]) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return `skipped: ${first}${others} (${reason})`;
  });
}
