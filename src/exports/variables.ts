import { createHash } from 'node:crypto';
import type { Handover } from '../credential.ts';
import type { SavedVariable } from '../profile/saved-session.ts';
import type { Environment, Values } from '../runner/runner.ts';

/** A variable for later steps. */
export interface ExportedVariable {
  readonly name: string;
  readonly value: string;
  /** A secret is never saved, compared only by its digest, and blanked rather than restored. */
  readonly content: 'plain' | 'secret';
}

/** Variables that a family sets together, so that no client sees half of this login and half of another. */
export interface VariableFamily {
  /** Every variable the family owns: those that this login does not set are blanked where they hold something. */
  readonly owned: readonly string[];
  readonly variables: readonly ExportedVariable[];
  /** Whether replacing a value that the workflow set is worth a warning: not where another one says it better. */
  readonly replacing: 'warn' | 'silent';
}

/** Whether a value is the secret of this very login: then the workflow gives it to its clients itself, and rightly so. */
export function isSecretOf(handover: Handover, value: string | undefined): boolean {
  return handover.kind === 'client-secret' && value === handover.clientSecret;
}

/** What will be exported, how it is undone, and what the user should know about it. */
export interface ExportPlan {
  readonly values: Values;
  readonly undo: readonly SavedVariable[];
  readonly warnings: readonly string[];
}

/** Variables whose earlier value is a secret, or may be one: it must not be saved to be restored. */
const SECRET_NAMES = /SECRET$|PASSWORD$|TOKEN$|^ARM_CLIENT_CERTIFICATE$|^ARM_ACCESS_KEY$|SAS_TOKEN$/;

/** What an empty value would break, and what to set instead where there was nothing before. */
export interface Unset {
  readonly [name: string]: string;
}

/**
 * @param owner who set the current values: an earlier login's are replaced without a word
 */
export function planExports(
  families: readonly VariableFamily[],
  env: Environment,
  owner: 'workflow' | 'earlier-login',
  unset: Unset,
): ExportPlan {
  const changed = families.flatMap((family) => familyValues(family, env, unset));
  return {
    values: Object.fromEntries(changed.map(({ name, value }) => [name, value])),
    undo: changed.map((variable) => undo(variable, env, unset)),
    warnings: changed.flatMap((variable) =>
      owner === 'earlier-login' || variable.replacing === 'silent' ? [] : replaced(variable, env),
    ),
  };
}

type PlannedVariable = ExportedVariable & Pick<VariableFamily, 'replacing'>;

function familyValues(
  { owned, variables, replacing }: VariableFamily,
  env: Environment,
  unset: Unset,
): PlannedVariable[] {
  const set = new Set(variables.map(({ name }) => name));
  const stale = owned.filter((name) => !set.has(name) && (env[name] ?? '') !== '');
  return [
    ...stale.map((name) => ({ name, value: unset[name] ?? '', content: 'plain' as const, replacing })),
    ...variables.map((variable) => ({ ...variable, replacing })),
  ];
}

function undo({ name, value, content }: ExportedVariable, env: Environment, unset: Unset): SavedVariable {
  const before = env[name] ?? '';
  return {
    name,
    exported: content === 'secret' ? { kind: 'sha256', text: sha256(value) } : { kind: 'value', text: value },
    restore: before === '' || SECRET_NAMES.test(name) ? (unset[name] ?? '') : before,
  };
}

function replaced({ name, value }: ExportedVariable, env: Environment): string[] {
  const before = env[name] ?? '';
  if (before === '' || before === value) return [];
  return [
    value === ''
      ? `The workflow sets ${name}, which belongs to another way to sign in; it is blanked for later steps.`
      : `The workflow sets ${name} to another value; later steps get the one of this login.`,
  ];
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
