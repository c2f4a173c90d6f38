import { quotable, quotableId } from '../core/foreign-text.ts';
import type { Method } from '../core/request.ts';
import type { Step } from '../core/session-error.ts';

/**
 * A remediation step before it is known whom it is for. `{clientId}` and its like stand for the user's own values:
 * as they are in the sentence, quoted for the shell in the command.
 */
export type StepTemplate = Step & {
  /** The methods this step is for; all of them without it. */
  readonly methods?: readonly Method[];
  /** Only for a workflow that gives this input. */
  readonly ifGiven?: 'audience';
};

/** A step that is a sentence alone may stand in a table as that sentence. */
export function stepTemplate(step: string | StepTemplate): StepTemplate {
  return typeof step === 'string' ? { say: step } : step;
}

/** What the placeholders of a table stand for. */
export type TemplateValues = Readonly<Record<string, string>>;

/** How a value is set in a sentence. */
type Setting = (value: string) => string;

export function filledStep(step: string | StepTemplate, values: TemplateValues, setting: Setting = quotableId): Step {
  const template = stepTemplate(step);
  const say = filled(template.say, values, setting);
  if (template.command !== undefined) return { say, command: filled(template.command, values, inCommand) };
  return template.yaml === undefined ? { say } : { say, yaml: filled(template.yaml, values, inCommand) };
}

/** A value that would break the line or hide a part of it is no value that works, so there is nothing to keep exact. */
function inCommand(value: string): string {
  return shellWord(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? quotable(value, 120) : value);
}

/** @throws when the template names a value that the table does not have: a slip in the table, which its test shows */
export function filled(template: string, values: TemplateValues, setting: Setting = quotableId): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`No such placeholder: {${name}}`);
    return setting(value);
  });
}

/** What there is to say, a line each; `''` is nothing. */
export function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

/** `client ID, tenant ID`, without those that have no value. */
export function labelled(values: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return known.map(([label, value]) => `${label} ${quotableId(value ?? '')}`).join(', ');
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

/**
 * One argument of a command line for a POSIX shell: as it is where no character has a meaning, else in single quotes.
 * Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting.
 */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

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
  return (
    (wanted.length > 2 ? choices.find((choice) => letters(choice).includes(wanted)) : undefined) ??
    closest(wanted, choices)
  );
}

function letters(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function closest<Choice extends string>(wanted: string, choices: readonly Choice[]): Choice | undefined {
  let best: { choice: Choice; distance: number } | undefined;
  for (const choice of choices) {
    const distance = editDistance(wanted, letters(choice));
    const limit = Math.max(1, Math.floor(Math.min(wanted.length, choice.length) / 3));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { choice, distance };
  }
  return best?.choice;
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
