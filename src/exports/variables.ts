import type { Values } from '../actions/runner.ts';
import type { CredentialMaterial } from '../core/credential.ts';
import { activeLogins, fingerprint, LOGINS_VARIABLE, type LoginEntry, type LoginVariable } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { Principal } from '../core/session.ts';
import { isRestored, type VariableName, type Variables } from '../core/variable-names.ts';
import type { SdkCredential } from './token-credentials.ts';

/** Variables that are exported together, so that no client combines values of two logins. */
export interface VariableFamily {
  /** Every variable of the family. Any of them that this login does not set is blanked if it has a value. */
  readonly owned: readonly VariableName[];
  readonly variables: Variables;
  /** Whether to warn when a value of the workflow is replaced. `silent` where a more specific warning exists. */
  readonly onReplace: 'warn' | 'silent';
  readonly warnings?: readonly string[];
  /** Set for the family that the Azure SDKs read. */
  readonly sdkCredential?: SdkCredential;
}

/** Whether a value equals this login's client secret: the workflow then passes the secret to its clients itself. */
export function isClientSecret(material: CredentialMaterial, value: string | undefined): boolean {
  return material.kind === 'client-secret' && value === material.clientSecret;
}

/** `''` for users, and for system-assigned identities, which clients with a client id take for user-assigned ones. */
export function clientIdOf(principal: Principal): string {
  const hasNone =
    principal.kind === 'user' || (principal.kind === 'managed-identity' && principal.assigned === 'system');
  return hasNone ? '' : principal.clientId;
}

/** The variables to export, and the warnings about them. */
export interface VariablePlan {
  readonly values: Values;
  readonly warnings: readonly string[];
}

/** The job's variables before this login. */
export interface PriorState {
  readonly env: Environment;
  /** Whether an earlier login of the job is active, or has ended. Replacing a value that it left never warns. */
  readonly earlierLogin: 'none' | 'active' | 'ended';
  /** For variables whose readers fail on an empty value: the value to set instead. */
  readonly unset: Variables;
}

/** @param login name of this login */
export function planExports(families: readonly VariableFamily[], login: string, prior: PriorState): VariablePlan {
  const planned = families.flatMap((family) => planFamily(family, prior));
  const [sdkCredential = ''] = families.flatMap((family) => family.sdkCredential ?? []);
  const variables = planned.map((variable) => [variable.name, loginVariable(variable, prior)]);
  const entry: LoginEntry = { login, began: Date.now(), sdkCredential, variables: Object.fromEntries(variables) };
  const changes = planned.filter(({ name, value }) => value !== '' || prior.env[name] !== '');
  return {
    values: {
      // Written first, so that post can undo a step that is killed between two variables.
      [LOGINS_VARIABLE]: JSON.stringify([...activeLogins(prior.env), entry]),
      ...Object.fromEntries(changes.map(({ name, value }) => [name, value])),
    },
    warnings: [
      ...families.flatMap(({ warnings = [] }) => warnings),
      ...planned.flatMap((variable) => replacementWarning(variable, prior)),
    ],
  };
}

interface PlannedVariable extends Pick<VariableFamily, 'onReplace'> {
  readonly name: VariableName;
  readonly value: string;
}

/** The new values of a family's variables: first those to blank, then those to set. */
function planFamily(
  { owned, variables, onReplace }: VariableFamily,
  { env, earlierLogin, unset }: PriorState,
): PlannedVariable[] {
  const set = (Object.entries(variables) as [VariableName, string][]).filter(([, value]) => value !== '');
  const names = new Set(set.map(([name]) => name));
  const stale = owned.filter((name) => {
    const value = env[name];
    // A variable that an earlier login blanked must stay blank when that login ends: it is recorded, but not exported.
    return !names.has(name) && value !== undefined && (value !== '' || earlierLogin === 'active');
  });
  return [
    ...stale.map((name) => ({ name, value: unset[name] ?? '', onReplace })),
    ...set.map(([name, value]) => ({ name, value, onReplace })),
  ];
}

function loginVariable({ name, value }: PlannedVariable, { env, unset }: PriorState): LoginVariable {
  const before = env[name] ?? '';
  return {
    set: fingerprint(name, value),
    before: before === '' || !isRestored(name) ? (unset[name] ?? '') : before,
  };
}

/**
 * Whether the workflow set a variable. False if the value may come from an earlier login of the job.
 * @param loginValues the values that logins export for this variable
 */
export function isSetByWorkflow(
  name: VariableName,
  { env, earlierLogin, unset }: PriorState,
  loginValues: readonly string[],
): boolean {
  const value = env[name] ?? '';
  if (value === '') return false;
  if (earlierLogin === 'active') return !loginValues.includes(value);
  return earlierLogin === 'none' || value !== unset[name];
}

function replacementWarning({ name, value, onReplace }: PlannedVariable, prior: PriorState): string[] {
  if (onReplace === 'silent' || prior.earlierLogin === 'active' || prior.env[name] === value) return [];
  if (!isSetByWorkflow(name, prior, [])) return [];
  if (value === '')
    return [`The workflow sets ${name}, which belongs to another way to sign in; it is blanked for later steps.`];
  // Steps that set the variable themselves, as workflows with several logins of azure/login do, see another folder.
  const folder = name === 'AZURE_CONFIG_DIR' ? ' To sign in to that folder instead, set `config-dir` to it.' : '';
  return [
    `The workflow sets ${name} to another value; later steps that do not set it get the one of this login.${folder}`,
  ];
}
