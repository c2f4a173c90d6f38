import type { Values } from '../actions/runner.ts';
import { asObject, parseJson, stringField } from '../core/json.ts';
import type { Environment } from '../core/machine.ts';
import type { SavedVariable } from '../profile/saved-session.ts';
import type { Carrier } from './token-credentials.ts';

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

interface LoginEntry {
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

/** @returns the variable with one more login */
export function withLogin(
  login: string,
  undo: readonly SavedVariable[],
  carrier: Carrier | '',
  env: Environment,
): string {
  const before = Object.fromEntries(undo.map(({ name, restore }) => [name, restore]));
  const same = undo.filter(({ name, exported }) => isValueOf(exported, env[name] ?? '')).map(({ name }) => name);
  const entry: LoginEntry = { login, before, same, carrier };
  return JSON.stringify([...entriesIn(env), entry]);
}

/**
 * @returns what to change when a login ends: the variables it owns get their earlier values. One without an entry is over:
 * what still looks like its own has been given back, and belongs to somebody else
 */
export async function givenBack(login: string, saved: readonly SavedVariable[], env: Environment): Promise<Values> {
  const entries = entriesIn(env);
  const at = entries.findIndex((entry) => entry.login === login);
  const ending = entries[at];
  if (ending === undefined) return {};
  const later = entries.slice(at + 1);
  const variables = ending.led === 'az' ? [...saved.filter(({ name }) => name !== CHAIN), LED_TO_AZ] : saved;
  const values: Record<string, string> = {};
  for (const { name, exported, restore } of variables) {
    const before = ending.before[name] ?? restore;
    const now = env[name] ?? '';
    const [next, ...others] = later.filter((entry) => Object.hasOwn(entry.before, name));
    // A step that was killed before it exported the variable has an entry all the same.
    const isExported =
      next !== undefined && (others.length > 0 || next.same.includes(name) || !isValueOf(exported, now));
    if (!isValueOf(exported, isExported ? (next.before[name] ?? '') : now)) continue;
    if (next !== undefined) {
      next.before[name] = before;
      if (before === now) next.same.push(name);
    }
    if (!isExported && now !== before) values[name] = before;
  }
  const rest = entries.filter((_, n) => n !== at);
  const left = rest.findLast(({ carrier }) => carrier !== '');
  if (left !== undefined) Object.assign(values, await ledToAz(left, { ...env, ...values }));
  const text = rest.length === 0 ? '' : JSON.stringify(rest);
  return { ...values, [LOGINS_VARIABLE]: text };
}

function isValueOf({ kind, text }: SavedVariable['exported'], value: string): boolean {
  return text === (kind === 'value' ? value : digest(value));
}

const CHAIN = 'AZURE_TOKEN_CREDENTIALS';
const LED_TO_AZ: SavedVariable = { name: CHAIN, exported: { kind: 'value', text: 'dev' }, restore: '' };

/** Leads the SDKs to the login that is left, which takes the variable back when it ends in turn. */
async function ledToAz(left: LoginEntry, env: Environment): Promise<Values> {
  const { needsAz, NO_TOKEN_CREDENTIALS } = await import('./token-credentials.ts');
  if (!needsAz(left.carrier, env)) return {};
  left.led = 'az';
  left.before[CHAIN] ??= env[CHAIN] || NO_TOKEN_CREDENTIALS;
  return { [CHAIN]: 'dev' };
}

function entriesIn(env: Environment): LoginEntry[] {
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

/** `node:crypto` is there anyway; asking for it only here spares the usual post its loading. */
function digest(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}
