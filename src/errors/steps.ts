import type { Environment } from '../core/machine.ts';
import type { Method } from '../core/request.ts';
import { sanitize, sanitizeId, shellQuote } from '../core/sanitize.ts';

/* Steps and phrases that several tables share, and the templates in which the tables show the user's own values. */

/** Follows "sign in". */
export const BY_METHOD: Readonly<Record<Method, string>> = {
  oidc: "with GitHub's ID token",
  'client-secret': 'with a client secret',
  'client-certificate': 'with a certificate',
  'managed-identity': 'as a managed identity',
  'workload-identity': 'as a workload identity',
  password: 'with a user name and password',
  'device-code': 'with a device code',
  'publish-settings': 'with publish settings',
};

export const COMPARE_CLOCK = [
  'On a self-hosted runner, compare the clock with the actual time (UTC), and correct it if it is wrong:',
  '$ date -u',
] as const;
export const RUN_AGAIN = 'Run the job again.';
/** Sources: GitHub Docs, "Using secrets in GitHub Actions", "Dependabot on GitHub Actions", "Reusing workflows". */
export const EMPTY_SECRET =
  'Check that no value is empty. GitHub leaves a secret or a variable empty when its name is misspelled, when the run comes from a fork or from Dependabot, when it belongs to an environment that the job does not name, or, for a secret, when a reusable workflow is called without `secrets: inherit`.';
/** The same without forks and Dependabot, for texts that mention those only for a run that may come from one. */
export const WHY_SECRET_IS_EMPTY =
  'If the value comes from a secret or a variable, GitHub leaves it empty when the name is misspelled, when it belongs to an environment that the job does not name (`environment:`), or, for a secret, when a reusable workflow is called without `secrets: inherit`.';
/** For `auth-type: auto`, which uses the ID token if no other credential is set. */
export const OTHER_CREDENTIAL_MEANT =
  'If you meant to sign in with a secret or a certificate, its input is empty or misspelled: without one, the job signs in with its ID token.';

/** The condition of a job that signs in, so that a pull request from a fork skips it. */
export const SKIP_FORKS = '| if: github.event.pull_request.head.repo.full_name == github.repository';

/** Whether a run of this event gets no ID token, secrets and variables if its pull request comes from a fork. */
export function isPullRequestEvent(env: Environment): boolean {
  return /^pull_request(?:_review|_review_comment)?$/.test(env['GITHUB_EVENT_NAME'] ?? '');
}

/** The meaning of some codes of a service at a sign-in, and the steps that fix the error, the likeliest first. */
interface Row {
  readonly codes: readonly string[];
  readonly meaning: string;
  readonly steps: string[];
}

/**
 * The rows of a table. A text that begins with `# ` starts a row: its codes, separated by spaces, a colon, and the
 * meaning. The other texts are steps as in `ErrorText`, with template variables such as `{clientId}` for the user's
 * own values.
 */
export function rowsOf(texts: readonly string[]): Row[] {
  const rows: Row[] = [];
  for (const text of texts) {
    const [, codes, meaning = ''] = /^# ([\w ]+): ([\s\S]+)$/.exec(text) ?? [];
    if (codes === undefined) rows.at(-1)?.steps.push(text);
    else rows.push({ codes: codes.split(' '), meaning, steps: [] });
  }
  return rows;
}

/** The values of template variables, by name. */
export type Values = Readonly<Record<string, string>>;

/**
 * Replaces the variables of a template; in commands and YAML it quotes the values for the shell.
 * @param format of a value in a sentence
 * @throws {Error} when a variable has no value: a mistake in the table, which its test shows
 */
export function fillTemplate(text: string, values: Values, format: (value: string) => string = sanitizeId): string {
  const formatValue = /^[$|] /.test(text) ? inCommand : format;
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`No such template variable: {${name}}`);
    return formatValue(value);
  });
}

/** A value with control or format characters cannot be a valid one, so it need not stay exact. */
function inCommand(value: string): string {
  return shellQuote(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? sanitize(value, 120) : value);
}

/** One line for each part that is not empty. */
export function joinLines(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

/** `client ID, tenant ID`, without the labels that have no value. */
export function formatIds(ids: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(ids)
    .flatMap(([label, id]) => (id ? `${label} ${sanitizeId(id)}` : []))
    .join(', ');
}

/** Placeholders in commands for unknown values, which the reader replaces. */
export const PLACEHOLDERS = {
  clientId: 'CLIENT_ID',
  credentialName: 'github',
  issuer: 'ISSUER',
  objectId: 'PRINCIPAL_OBJECT_ID',
  subject: 'SUBJECT',
  subscriptionId: 'SUBSCRIPTION_ID',
  tenantId: 'TENANT_ID',
  thumbprint: 'THUMBPRINT',
  username: 'USER_NAME',
} as const;

/** JSON for an argument in single quotes. Its values are safe to show: see `presentedClaims`. */
export function jsonArgument(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", '\\u0027');
}

/** Longer text is not a misspelled choice, so comparing it would only waste time. */
const MAX_TYPO_LENGTH = 40;

/**
 * The choice that the user probably meant: one that contains the value, apart from case and punctuation, or else one
 * that differs from it by a few edits. `undefined` if no choice is close enough.
 */
export function nearestChoice<Choice extends string>(value: string, choices: readonly Choice[]): Choice | undefined {
  const typed = normalize(value);
  if (typed.length < 2 || typed.length > MAX_TYPO_LENGTH) return undefined;
  const containing = typed.length > 2 ? choices.find((choice) => normalize(choice).includes(typed)) : undefined;
  const near = choices
    .map((choice) => ({ choice, distance: editDistance(typed, normalize(choice)) }))
    .filter(({ choice: { length }, distance }) => distance <= Math.max(1, Math.min(typed.length, length) / 3))
    .sort((one, other) => one.distance - other.distance);
  return containing ?? near[0]?.choice;
}

function normalize(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, length) => length);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const replace = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const swap = swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replace, swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
