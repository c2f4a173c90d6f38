/** The tests of the suite that fail under Wine 8 and not on Windows, as `file: name`, and what Wine does differently. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  'Wine takes connections for a program that does not, so no machine is silent': [
    'action/managed-identity.test.ts: without an endpoint it is told after one try, and what a GitHub-hosted runner is',
    'action/managed-identity.test.ts: App Service: the header that proves the process is hidden',
  ],
  'Wine does not follow the links that Node makes': [
    'action/variables.test.ts: a profile folder in the workspace is a warning, also through a link; one outside is none',
  ],
};

export const RED_UNDER_WINE: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);
