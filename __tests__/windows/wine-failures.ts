/** Tests that fail under Wine 8 but not on Windows, as `file: title`, by the difference of Wine. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  'Wine accepts connections for a program that does not, so no host is unresponsive': [
    'action/managed-identity.test.ts: without an endpoint, one attempt, and the error explains GitHub-hosted runners',
  ],
  'Wine does not follow the links that Node creates': [
    'action/variables.test.ts: a profile folder in the workspace is a warning, also through a link; one outside is not',
  ],
};

export const WINE_FAILURES: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);
