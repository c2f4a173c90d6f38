import { join } from 'node:path';
import { asObject, type JsonObject, parseJson, stringField } from './json.ts';
import { type Environment, homeFolder } from './machine.ts';
import {
  DEFAULT_TOKEN_CREDENTIALS,
  isSecret,
  isVariableName,
  type VariableName,
  type Variables,
} from './variable-names.ts';

/**
 * Records which login owns each exported variable, because several logins of a job can export the same variable and end
 * in any order. The owner is the newest active login that set the current value.
 *
 * A step's saved state is not enough, since other steps cannot read it. So each login adds an entry to a job variable:
 * the values it set, the values before that, and how the SDKs use the session. This variable is written together with
 * the variables that it describes, before them when a login begins and after them when it ends, so that post can undo a
 * step that was killed in between. A separate file could disagree with the runner.
 *
 * Any step can change this variable but gains nothing: it can write the same variables itself. An entry that it removes
 * is also in the login's saved state and, without the earlier values, in its record.
 */
export const LOGINS_VARIABLE = 'AZURE_SESSION_LOGINS';

export interface LoginEntry {
  /** See `loginName`. */
  readonly login: string;
  /** In milliseconds since 1970. */
  readonly began: number;
  /** How the SDKs use the session; `''` if the login exports no variables for them. */
  readonly sdkCredential: string;
  readonly variables: LoginVariables;
}

type LoginVariables = { [Name in VariableName]?: LoginVariable };

export interface LoginVariable {
  /** The value that the login set, as returned by `fingerprint`. */
  readonly set: string;
  /** The value to restore; `''` if there was none, since the runner can blank variables but not remove them. */
  before: string;
}

/** @returns the active logins, oldest first */
export function activeLogins(env: Environment): LoginEntry[] {
  const entries = parseJson(env[LOGINS_VARIABLE] ?? '');
  return Array.isArray(entries) ? entries.map(asObject).flatMap((entry) => parseLoginEntry(entry) ?? []) : [];
}

/** @returns `undefined` for an invalid entry */
export function parseLoginEntry(entry: JsonObject | undefined): LoginEntry | undefined {
  const [login, variables] = [stringField(entry, 'login'), asObject(entry?.['variables'])];
  if (login === '' || variables === undefined) return undefined;
  const known = Object.entries(variables).flatMap(([name, value]) => {
    const variable = asObject(value);
    const [set, before] = [stringField(variable, 'set'), stringField(variable, 'before')];
    return isVariableName(name) ? [[name, { set, before }] as const] : [];
  });
  const began = Number(entry?.['began']) || 0;
  return { login, began, sdkCredential: stringField(entry, 'sdkCredential'), variables: Object.fromEntries(known) };
}

export function variablesOf({ variables }: LoginEntry): [VariableName, LoginVariable][] {
  return Object.entries(variables) as [VariableName, LoginVariable][];
}

/** @returns the job's own value of a variable: without what active logins set, unless a step has set it since */
export function valueWithoutLogins(name: VariableName, env: Environment): string {
  return activeLogins(env).reduceRight((value, { variables: { [name]: variable } }) => {
    return variable?.set === fingerprint(name, value) ? variable.before : value;
  }, env[name] ?? '');
}

/**
 * Identifies a value without revealing a secret: returns the value, or 16 bits of its digest if it is secret. That is
 * enough to notice that a step replaced the secret, but too little to find it by brute force, since the log shows the
 * digest.
 */
export function fingerprint(name: VariableName, value: string): string {
  if (value === '' || !isSecret(name)) return value;
  // Not imported, so that most post runs need not load `node:crypto`.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(value).digest('hex').slice(0, 4);
}

/**
 * The runner can blank a variable but not remove it, and some clients fail on a blank one: the SDK for Go on
 * `AZURE_TOKEN_CREDENTIALS`, the SDK for Python on `AZURE_AUTHORITY_HOST`. So these get what a client without the
 * variable tries first.
 */
export function valuesForUnset(env: Environment): Variables {
  return {
    AZURE_CONFIG_DIR: join(homeFolder(), '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    AZURE_TOKEN_CREDENTIALS: DEFAULT_TOKEN_CREDENTIALS,
    ANSIBLE_AZURE_AUTH_SOURCE: 'auto',
    // Most clients read only the first spelling that is set, and a blank one hides the other.
    NO_PROXY: env['no_proxy'] ?? '',
    no_proxy: env['NO_PROXY'] ?? '',
  };
}

/**
 * The entry for the record in the login's folder, without the earlier values: any process that can write there could
 * plant one, such as the URL of a token issuer. Signing out restores defaults instead.
 */
export function withoutEarlierValues(entry: LoginEntry, env: Environment): LoginEntry {
  const unset = valuesForUnset(env);
  const variables = variablesOf(entry).map(([name, { set }]) => [name, { set, before: unset[name] ?? '' }]);
  return { ...entry, variables: Object.fromEntries(variables) };
}
