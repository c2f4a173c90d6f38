import { createHash } from 'node:crypto';
import type { Values } from '../actions/runner.ts';
import type { CredentialMaterial } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import { isRestored, type VariableName } from '../core/variable-names.ts';
import type { SavedVariable } from '../profile/saved-session.ts';
import { LOGINS_VARIABLE, withLogin } from './later-logins.ts';
import type { Carrier } from './token-credentials.ts';

/** A variable for later steps. */
export interface ExportedVariable {
  readonly name: VariableName;
  readonly value: string;
  /** A secret is never saved, compared only by its digest, and blanked rather than restored. */
  readonly content: 'plain' | 'secret';
}

/** Variables that a family sets together, so that no client sees half of this login and half of another. */
export interface VariableFamily {
  /** Every variable the family owns: those that this login does not set are blanked where they hold something. */
  readonly owned: readonly VariableName[];
  readonly variables: readonly ExportedVariable[];
  /** Whether replacing a value that the workflow set is worth a warning: not where another one says it better. */
  readonly replacing: 'warn' | 'silent';
}

/** Whether a value is the secret of this very login: then the workflow gives it to its clients itself, and rightly so. */
export function isSecretOf(material: CredentialMaterial, value: string | undefined): boolean {
  return material.kind === 'client-secret' && value === material.clientSecret;
}

/** What will be exported, how it is undone, and what the user should know about it. */
export interface ExportPlan {
  readonly values: Values;
  readonly undo: readonly SavedVariable[];
  readonly warnings: readonly string[];
}

/** What an empty value would break, and what to set instead where there was nothing before. */
export type Unset = Readonly<Partial<Record<VariableName, string>>>;

/** What the variables of the job say of the logins before this one. */
export interface Past {
  readonly env: Environment;
  /** An earlier login's values are replaced without a word, and so is what the end of one left in place of nothing. */
  readonly login: 'none' | 'signed-in' | 'signed-out';
  readonly unset: Unset;
}

/**
 * @param login name of this login
 * @param carrier how the SDKs get to it; `''` where it has no variables of theirs
 */
export function planExports(
  families: readonly VariableFamily[],
  login: string,
  carrier: Carrier | '',
  past: Past,
): ExportPlan {
  const planned = families.flatMap((family) => familyValues(family, past));
  const undo = planned.map((variable) => undoOf(variable, past));
  const isChange = ({ name, value }: ExportedVariable): boolean => value !== '' || past.env[name] !== '';
  return {
    values: {
      // First: of a step that is killed between two variables, post gives back what is there.
      [LOGINS_VARIABLE]: withLogin(login, undo, carrier, past.env),
      ...Object.fromEntries(planned.filter(isChange).map(({ name, value }) => [name, value])),
    },
    undo,
    warnings: planned.flatMap((variable) => (variable.replacing === 'silent' ? [] : replaced(variable, past))),
  };
}

/**
 * Whether the workflow chose the value of a variable, or an earlier login of this job may have.
 * @param ofLogins the values that logins export
 */
export function isChosenByWorkflow(
  name: VariableName,
  { env, login, unset }: Past,
  ofLogins: readonly string[],
): boolean {
  const value = env[name] ?? '';
  if (value === '') return false;
  if (login === 'signed-in') return !ofLogins.includes(value);
  return login === 'none' || value !== unset[name];
}

type PlannedVariable = ExportedVariable & Pick<VariableFamily, 'replacing'>;

function familyValues({ owned, variables, replacing }: VariableFamily, { env, login, unset }: Past): PlannedVariable[] {
  const set = new Set(variables.map(({ name }) => name));
  const stale = owned.filter((name) => {
    const value = env[name];
    // One that an earlier login blanked stays blank when that one ends: it is recorded, though not exported again.
    return !set.has(name) && value !== undefined && (value !== '' || login === 'signed-in');
  });
  return [
    ...stale.map((name) => ({ name, value: unset[name] ?? '', content: 'plain' as const, replacing })),
    ...variables.map((variable) => ({ ...variable, replacing })),
  ];
}

function undoOf({ name, value, content }: ExportedVariable, { env, unset }: Past): SavedVariable {
  const before = env[name] ?? '';
  return {
    name,
    exported: content === 'secret' ? { kind: 'sha256', text: sha256(value) } : { kind: 'value', text: value },
    restore: before === '' || !isRestored(name) ? (unset[name] ?? '') : before,
  };
}

function replaced({ name, value }: ExportedVariable, past: Past): string[] {
  const { env, login, unset } = past;
  const before = env[name] ?? '';
  if (before === '' || before === value || login === 'signed-in') return [];
  if (login === 'signed-out' && before === unset[name]) return [];
  return [
    value === ''
      ? `The workflow sets ${name}, which belongs to another way to sign in; it is blanked for later steps.`
      : `The workflow sets ${name} to another value; later steps get the one of this login.`,
  ];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
