import { asObject, type JsonObject, parseJson, stringField } from './json.ts';
import type { Environment } from './machine.ts';
import { isSecret, isVariableName, type VariableName } from './variable-names.ts';

/**
 * Who owns a variable, when several logins of a job have exported it and end in any order.
 *
 * The owner is the newest login that is not over and set what the variable holds. No saved state alone tells: it is that of
 * one step, and the others cannot read it. So each login adds itself to a variable of the job: what it set each of its
 * variables to, what each held before, and how the SDKs get to it. That variable is written together with those it
 * describes, before them when a login begins and after them when it ends, so that a step killed in between can still be
 * undone; a file beside them could say one thing and the runner another.
 *
 * Any step can change this variable, and gains nothing: what it could make the post step write, it can write itself. What
 * it takes away of a login is in the saved state of that login too, and without the earlier values in its record.
 */
export const LOGINS_VARIABLE = 'AZURE_SESSION_LOGINS';

export interface LoginEntry {
  /** See `loginName`. */
  readonly login: string;
  /** In milliseconds since 1970. */
  readonly began: number;
  /** How the SDKs get to the session; `''` where the login has no variables of theirs. */
  readonly carrier: string;
  readonly variables: LoginVariables;
}

type LoginVariables = { [Name in VariableName]?: LoginVariable };

export interface LoginVariable {
  /** What the login set it to, as `trace` gives it. */
  readonly set: string;
  /** What it is given back; `''` blanks it, since the runner cannot remove one. */
  before: string;
}

/** @returns the logins that are not over, the oldest first */
export function loginsIn(env: Environment): LoginEntry[] {
  const entries = parseJson(env[LOGINS_VARIABLE] ?? '');
  return Array.isArray(entries) ? entries.map(asObject).flatMap((entry) => loginEntry(entry) ?? []) : [];
}

/** @returns `undefined` for what no login writes */
export function loginEntry(entry: JsonObject | undefined): LoginEntry | undefined {
  const [login, variables] = [stringField(entry, 'login'), asObject(entry?.['variables'])];
  if (login === '' || variables === undefined) return undefined;
  const known = Object.entries(variables).flatMap(([name, value]) => {
    const variable = asObject(value);
    const [set, before] = [stringField(variable, 'set'), stringField(variable, 'before')];
    return isVariableName(name) ? [[name, { set, before }] as const] : [];
  });
  const began = Number(entry?.['began']) || 0;
  return { login, began, carrier: stringField(entry, 'carrier'), variables: Object.fromEntries(known) };
}

export function variablesOf({ variables }: LoginEntry): [VariableName, LoginVariable][] {
  return Object.entries(variables) as [VariableName, LoginVariable][];
}

/** @returns what a variable held before the first login of the job that exported it; `undefined` when none did */
export function beforeLogins(name: VariableName, env: Environment): string | undefined {
  return loginsIn(env).find(({ variables }) => Object.hasOwn(variables, name))?.variables[name]?.before;
}

/**
 * What tells a value from others: the value itself, or of a secret 16 bits of its digest. They are enough to see that a step
 * put another secret there, and too few to find the secret by trying: the log shows them.
 */
export function trace(name: VariableName, value: string): string {
  if (value === '' || !isSecret(name)) return value;
  // `node:crypto` is there anyway; asking for it only here spares the usual post its loading.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(value).digest('hex').slice(0, 4);
}
