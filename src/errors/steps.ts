import { sanitize, sanitizeId, shellQuote } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import type { Method } from '../core/request.ts';

/* Steps of remediation, and words, that several tables share; and how a table gets the user's own values. */

/** How somebody signs in, after "sign in". */
export const BY_METHOD: Readonly<Record<Method, string>> = {
  oidc: "with GitHub's ID token",
  'client-secret': 'with a client secret',
  'client-certificate': 'with a certificate',
  'managed-identity': 'as a managed identity',
  'workload-identity': 'as a workload identity',
  password: 'with user name and password',
  'device-code': 'by device code',
  'publish-settings': 'with publish settings',
};

export const COMPARE_CLOCK = [
  'On a self-hosted runner, compare its clock with the true time, and set it if it is wrong:',
  '$ date -u',
] as const;
export const RUN_AGAIN = 'Run the job again.';
/** Sources: GitHub Docs, "Using secrets in GitHub Actions", "Dependabot on GitHub Actions", "Reusing workflows". */
export const EMPTY_SECRET =
  'Check that no value is empty. GitHub leaves a secret or a variable empty when its name is wrong, in runs from forks, in runs that Dependabot started, when it belongs to an environment that the job does not name, and in a reusable workflow without `secrets: inherit`.';
/** The same for a run of which it is known that it is none of those. */
export const WHY_SECRET_IS_EMPTY =
  'If the value comes from a secret or a variable, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (`environment:`), or when a reusable workflow is called without `secrets: inherit`.';
/** For `auth-type: auto`, which takes the ID token where no other credential arrived. */
export const OTHER_CREDENTIAL_MEANT =
  'If a secret or a certificate should sign in, its input is empty or misspelt: without one, the job signs in with its ID token.';

/** Events of pull requests, whose runs get neither write permissions nor secrets when the pull request comes from a fork. */
export function isOfPullRequest(env: Environment): boolean {
  return /^pull_request(?:_review|_review_comment)?$/.test(env['GITHUB_EVENT_NAME'] ?? '');
}

/** What some codes of a service mean at a sign-in, and the texts of the steps that mend it, the likeliest first. */
interface Row {
  readonly codes: readonly string[];
  readonly meaning: string;
  readonly steps: string[];
}

/**
 * The rows of a table. A text that begins with `# ` opens one: its codes with blanks between them, a colon, the meaning. The
 * others are those of `ErrorText`; `{clientId}` and its like in them stand for the user's own values.
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

/** What the placeholders of a table stand for. */
export type Values = Readonly<Record<string, string>>;

/**
 * A text of a table, with the values as they are set in a sentence; in code they are quoted for the shell.
 * @throws when the text names a value that there is not: a slip in the table, which its test shows
 */
export function filled(text: string, values: Values, setting: (value: string) => string = sanitizeId): string {
  const set = /^[$|] /.test(text) ? inCommand : setting;
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`No such placeholder: {${name}}`);
    return set(value);
  });
}

/** A value that would break the line or hide a part of it is no value that works, so there is nothing to keep exact. */
function inCommand(value: string): string {
  return shellQuote(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? sanitize(value, 120) : value);
}

/** What there is to say, a line each; `''` is nothing. */
export function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

/** `client ID, tenant ID`, without those that have no value. */
export function labelled(values: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(values).flatMap(([label, value]) => (value ? `${label} ${sanitizeId(value)}` : []));
  return known.join(', ');
}

/** What stands in a command for a value that is not known: the reader puts it in. */
export const STAND_INS = {
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

/** JSON for an argument in single quotes. What stands in it can be shown as it is: see `presentedClaims`. */
export function jsonArgument(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", '\\u0027');
}

/** Longer text is no choice with a typing error in it; comparing it would take time for nothing. */
const LONGEST_TYPO = 40;

/**
 * The choice that was probably meant: one that the value is, or is part of, but for punctuation, or one that a few
 * keystrokes turn it into. `undefined` when none is close enough to be worth suggesting.
 */
export function nearestChoice<Choice extends string>(value: string, choices: readonly Choice[]): Choice | undefined {
  const wanted = letters(value);
  if (wanted.length < 2 || wanted.length > LONGEST_TYPO) return undefined;
  const whole = wanted.length > 2 ? choices.find((choice) => letters(choice).includes(wanted)) : undefined;
  const near = choices
    .map((choice) => ({ choice, distance: editDistance(wanted, letters(choice)) }))
    .filter(({ choice: { length }, distance }) => distance <= Math.max(1, Math.min(wanted.length, length) / 3))
    .sort((one, other) => one.distance - other.distance);
  return whole ?? near[0]?.choice;
}

function letters(text: string): string {
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
