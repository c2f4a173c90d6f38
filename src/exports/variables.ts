import type { Values } from '../actions/runner.ts';
import type { CredentialMaterial } from '../core/credential.ts';
import { LOGINS_VARIABLE, type LoginEntry, type LoginVariable, loginsIn, trace } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { Principal, Selection } from '../core/session.ts';
import { isRestored, type VariableName, type Variables } from '../core/variable-names.ts';
import type { Carrier } from './token-credentials.ts';

/** Variables that a family sets together, so that no client sees half of this login and half of another. */
export interface VariableFamily {
  /** Every variable the family owns: those that this login does not set are blanked where they hold something. */
  readonly owned: readonly VariableName[];
  readonly variables: Variables;
  /** Whether replacing a value that the workflow set is worth a warning: not where another one says it better. */
  readonly replacing: 'warn' | 'silent';
  /** What the user should know about it besides. */
  readonly warnings?: readonly string[];
  /** Of the family that the SDKs read: how they get to the session. */
  readonly carrier?: Carrier;
}

/** Whether a value is the secret of this very login: then the workflow gives it to its clients itself, and rightly so. */
export function isSecretOf(material: CredentialMaterial, value: string | undefined): boolean {
  return material.kind === 'client-secret' && value === material.clientSecret;
}

/** `''` for users, and for a system assigned identity: with a client id it would be taken for a user-assigned one. */
export function clientIdOf(principal: Principal): string {
  const hasNone =
    principal.kind === 'user' || (principal.kind === 'managed-identity' && principal.assigned === 'system');
  return hasNone ? '' : principal.clientId;
}

/** `''` for a tenant-level account. */
export function subscriptionIdOf(selected: Selection): string {
  return selected.kind === 'subscription' ? selected.subscription.id : '';
}

/** The variables that will be exported, and what the user should know about it. */
export interface VariablePlan {
  readonly values: Values;
  readonly warnings: readonly string[];
}

/** What the variables of the job say of the logins before this one. */
export interface Past {
  readonly env: Environment;
  /** An earlier login's values are replaced without a word, and so is what the end of one left in place of nothing. */
  readonly login: 'none' | 'signed-in' | 'signed-out';
  /** What an empty value would break, and what to set instead where there was nothing before. */
  readonly unset: Variables;
}

/** @param login name of this login */
export function planExports(families: readonly VariableFamily[], login: string, past: Past): VariablePlan {
  const planned = families.flatMap((family) => plannedOf(family, past));
  const replacing = planned.filter((variable) => variable.replacing === 'warn');
  const [carrier = ''] = families.flatMap((family) => family.carrier ?? []);
  const variables = planned.map((variable) => [variable.name, undoOf(variable, past)]);
  const entry: LoginEntry = { login, began: Date.now(), carrier, variables: Object.fromEntries(variables) };
  const changes = planned.filter(({ name, value }) => value !== '' || past.env[name] !== '');
  return {
    values: {
      // First: of a step that is killed between two variables, post gives back what is there.
      ...withLogin(entry, past.env),
      ...Object.fromEntries(changes.map(({ name, value }) => [name, value])),
    },
    warnings: [
      ...families.flatMap(({ warnings = [] }) => warnings),
      ...replacing.flatMap((variable) => replaced(variable, past)),
    ],
  };
}

/** @returns the variable with one more login */
export function withLogin(login: LoginEntry, env: Environment): Values {
  return { [LOGINS_VARIABLE]: JSON.stringify([...loginsIn(env), login]) };
}

interface PlannedVariable extends Pick<VariableFamily, 'replacing'> {
  readonly name: VariableName;
  readonly value: string;
}

/** The variables of a family by what they are to hold: first those of others, then its own. */
function plannedOf({ owned, variables, replacing }: VariableFamily, { env, login, unset }: Past): PlannedVariable[] {
  const own = (Object.entries(variables) as [VariableName, string][]).filter(([, value]) => value !== '');
  const names = new Set(own.map(([name]) => name));
  const stale = owned.filter((name) => {
    const value = env[name];
    // One that an earlier login blanked stays blank when that one ends: it is recorded, though not exported again.
    return !names.has(name) && value !== undefined && (value !== '' || login === 'signed-in');
  });
  return [
    ...stale.map((name) => ({ name, value: unset[name] ?? '', replacing })),
    ...own.map(([name, value]) => ({ name, value, replacing })),
  ];
}

function undoOf({ name, value }: PlannedVariable, { env, unset }: Past): LoginVariable {
  const before = env[name] ?? '';
  return {
    set: trace(name, value),
    before: before === '' || !isRestored(name) ? (unset[name] ?? '') : before,
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

function replaced({ name, value }: PlannedVariable, past: Past): string[] {
  if (past.login === 'signed-in' || past.env[name] === value || !isChosenByWorkflow(name, past, [])) return [];
  return [
    value === ''
      ? `The workflow sets ${name}, which belongs to another way to sign in; it is blanked for later steps.`
      : `The workflow sets ${name} to another value; later steps get the one of this login.`,
  ];
}
