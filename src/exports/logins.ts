import type { Values } from '../actions/runner.ts';
import { LOGINS_VARIABLE, type LoginEntry, type LoginVariable, loginsIn, trace, variablesOf } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import { NO_TOKEN_CREDENTIALS, type VariableName } from '../core/variable-names.ts';

/**
 * @param saved the entry of the login as it began; `undefined` once the login is over
 * @returns what to change when a login ends: the variables it owns get their earlier values. One that is over and has no
 * entry owns none: what still looks like its own has been given back, and belongs to somebody else
 */
export async function withoutLogin(login: string, saved: LoginEntry | undefined, env: Environment): Promise<Values> {
  const logins = completed(loginsIn(env), saved);
  const at = logins.findIndex((one) => one.login === login);
  const ending = logins[at];
  if (ending === undefined) return {};
  const values: Record<string, string> = {};
  for (const [name, variable] of variablesOf(ending)) {
    const now = env[name] ?? '';
    // A later login that was killed before it exported the variable owns nothing of it.
    const owner = logins.findLast(({ variables }) => variables[name]?.set === trace(name, now));
    if (owner === ending && now !== variable.before) values[name] = variable.before;
    passOn(name, variable, logins.slice(at + 1));
  }
  const left = logins.toSpliced(at, 1);
  const newest = left.findLast(({ carrier }) => carrier !== '');
  if (newest !== undefined) Object.assign(values, await ledToAz(newest, { ...env, ...values }));
  const rest = left.length === 0 ? '' : JSON.stringify(left);
  return rest === (env[LOGINS_VARIABLE] ?? '') ? values : { ...values, [LOGINS_VARIABLE]: rest };
}

/**
 * What the job's variable says of a login comes first: it knows of those that ended meanwhile, and a container that
 * mounts the folder of a login can change its record but not the variable. Its order is that in which they began,
 * which the clock may contradict.
 */
function completed(logins: LoginEntry[], saved: LoginEntry | undefined): LoginEntry[] {
  if (saved === undefined) return logins;
  const found = logins.find(({ login }) => login === saved.login);
  if (found === undefined) return [...logins, saved].sort((one, other) => one.began - other.began);
  return Object.keys(found.variables).length > 0 ? logins : logins.map((one) => (one === found ? saved : one));
}

/** Those that found a login's value, up to one that set the same, give back what was there before it. */
function passOn(name: VariableName, { set, before }: LoginVariable, later: readonly LoginEntry[]): void {
  for (const variable of later.flatMap(({ variables }) => variables[name] ?? [])) {
    if (trace(name, variable.before) !== set) return;
    variable.before = before;
    if (variable.set === set) return;
  }
}

const CHAIN = 'AZURE_TOKEN_CREDENTIALS';

/**
 * The end of a login can change which of the variables are blank, and so how the SDKs get to the one that is left. Where
 * that is by `az` alone, they are led there, which counts as done by that login.
 */
async function ledToAz({ carrier, variables }: LoginEntry, env: Environment): Promise<Values> {
  const { needsAz } = await import('./token-credentials.ts');
  if (!needsAz(carrier, env)) return {};
  variables[CHAIN] = { set: 'dev', before: variables[CHAIN]?.before ?? (env[CHAIN] || NO_TOKEN_CREDENTIALS) };
  return { [CHAIN]: 'dev' };
}
