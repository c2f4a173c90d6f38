/** The tests of the suite that fail under Wine 8 and not on Windows, as `file: name`, and what Wine does differently. */
const REASONS: Readonly<Record<string, readonly string[]>> = {};

export const RED_UNDER_WINE: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);
