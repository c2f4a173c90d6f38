import type { Values } from '../actions/runner.ts';
import {
  activeLogins,
  fingerprint,
  LOGINS_VARIABLE,
  type LoginEntry,
  type LoginVariable,
  variablesOf,
} from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import { DEFAULT_TOKEN_CREDENTIALS, type VariableName } from '../core/variable-names.ts';

/**
 * Returns the variables to change when a login ends: its variables get their earlier values.
 * @param saved the login's entry from the saved state; `undefined` once the login has ended. An ended login that has no
 * entry in the environment owns nothing: its variables were restored before, and equal values belong to another login
 */
export async function withoutLogin(login: string, saved: LoginEntry | undefined, env: Environment): Promise<Values> {
  const listed = activeLogins(env);
  const logins = withSavedEntry(listed, saved);
  const index = logins.findIndex((entry) => entry.login === login);
  const ending = logins[index];
  if (ending === undefined) return {};
  const values: Record<string, string> = {};
  const later = logins.slice(index + 1);
  // A step can select an earlier login by its folder, perhaps only for itself.
  const latestFolder = later.findLast(({ variables }) => variables.AZURE_CONFIG_DIR)?.variables.AZURE_CONFIG_DIR?.set;
  for (const [name, variable] of variablesOf(ending)) {
    const current = env[name] ?? '';
    const hasSet = ({ variables }: LoginEntry): boolean => variables[name]?.set === fingerprint(name, current);
    // A later login that was killed before it exported the variable does not own it, and is not listed.
    const owner = listed.findLast(hasSet) ?? logins.findLast(hasSet);
    const next = (name === 'AZURE_CONFIG_DIR' && latestFolder) || variable.before;
    if (owner === ending && current !== next) values[name] = next;
    updateLaterLogins(name, variable, later);
  }
  const remaining = logins.toSpliced(index, 1);
  const newest = remaining.findLast(({ sdkCredential }) => sdkCredential !== '');
  if (newest !== undefined) Object.assign(values, await switchToAz(newest, { ...env, ...values }));
  const json = remaining.length === 0 ? '' : JSON.stringify(remaining);
  return json === (env[LOGINS_VARIABLE] ?? '') ? values : { ...values, [LOGINS_VARIABLE]: json };
}

/**
 * Adds the saved entry to the logins of the environment, unless these have it. The environment takes precedence: it
 * reflects the logins that have ended since, and a container that mounts the login's folder can change the saved record
 * but not the variable. The order of its entries is kept too, because the clock may have been set back.
 */
function withSavedEntry(logins: LoginEntry[], saved: LoginEntry | undefined): LoginEntry[] {
  if (saved === undefined) return logins;
  const current = logins.find(({ login }) => login === saved.login);
  if (current === undefined) return [...logins, saved].sort((one, other) => one.began - other.began);
  return Object.keys(current.variables).length > 0
    ? logins
    : logins.map((entry) => (entry === current ? saved : entry));
}

/** Makes later logins restore the value before the ended login's, up to and including one that set the same value. */
function updateLaterLogins(name: VariableName, { set, before }: LoginVariable, later: readonly LoginEntry[]): void {
  for (const variable of later.flatMap(({ variables }) => variables[name] ?? [])) {
    if (fingerprint(name, variable.before) !== set) return;
    variable.before = before;
    if (variable.set === set) return;
  }
}

const TOKEN_CREDENTIALS = 'AZURE_TOKEN_CREDENTIALS';

/**
 * The end of a login can change which variables are blank, and so which credential the SDKs use for the remaining
 * login. If only `az` works then, the SDKs are switched to it, which is recorded as a change by the remaining login.
 */
async function switchToAz({ sdkCredential, variables }: LoginEntry, env: Environment): Promise<Values> {
  const { needsAz } = await import('./token-credentials.ts');
  if (!needsAz(sdkCredential, env)) return {};
  const before = variables[TOKEN_CREDENTIALS]?.before ?? (env[TOKEN_CREDENTIALS] || DEFAULT_TOKEN_CREDENTIALS);
  variables[TOKEN_CREDENTIALS] = { set: 'dev', before };
  return { [TOKEN_CREDENTIALS]: 'dev' };
}
