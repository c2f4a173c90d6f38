import { asObject, parseJson, stringField } from './json.ts';
import type { Environment } from './machine.ts';

/**
 * Who owns a variable, when several logins of a job have exported it and end in any order.
 *
 * The owner is the newest login that is not over. No value tells: two logins of one tenant export the same
 * `AZURE_TENANT_ID`. Nor does the saved state: it is that of one step, and the others cannot read it. So each login adds
 * itself to a variable of the job: its name, what each of its variables held before, and how the SDKs get to it. That
 * variable is written together with those it describes, before them when a login begins and after them when it ends, so
 * that a step killed in between can still be undone; a file beside them could say one thing and the runner another.
 *
 * A login that ends while a later one has the variable leaves it alone. Where the later one would give the value back
 * that ends here, it is told what was there before that.
 *
 * `AZURE_TOKEN_CREDENTIALS` depends on what others are blank, so the end of one login can change what another one needs.
 *
 * Any step can change this variable, and gains nothing: what it could make the post step write, it can write itself.
 */
export const LOGINS_VARIABLE = 'AZURE_SESSION_LOGINS';

export interface LoginEntry {
  readonly login: string;
  /** By name, what each exported variable is given back. */
  readonly before: Record<string, string>;
  /** Names of variables that held the value of this login before it exported it. */
  readonly same: string[];
  /** How the SDKs get to the session; `''` where the login has no variables of theirs. */
  readonly carrier: string;
  /** There when the end of another login led the SDKs to `az`, by `AZURE_TOKEN_CREDENTIALS`. */
  led?: 'az';
}

/** @returns the logins that are not over, the oldest first */
export function entriesIn(env: Environment): LoginEntry[] {
  const entries = parseJson(env[LOGINS_VARIABLE] ?? '');
  return Array.isArray(entries) ? entries.flatMap(entryOf) : [];
}

function entryOf(value: unknown): LoginEntry[] {
  const entry = asObject(value);
  const login = stringField(entry, 'login');
  const before = asObject(entry?.['before']);
  if (login === '' || before === undefined) return [];
  const texts = Object.fromEntries(Object.keys(before).map((name) => [name, stringField(before, name)]));
  const led = stringField(entry, 'led') === 'az' ? ({ led: 'az' } as const) : {};
  const same = Array.isArray(entry?.['same']) ? entry['same'].map(String) : [];
  return [{ login, before: texts, same, carrier: stringField(entry, 'carrier'), ...led }];
}

/** @returns what a variable held before the first login of the job that exported it; `undefined` when none did */
export function beforeLogins(name: string, env: Environment): string | undefined {
  return entriesIn(env).find(({ before }) => Object.hasOwn(before, name))?.before[name];
}
