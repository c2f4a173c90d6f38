import type { Values } from '../actions/runner.ts';
import { entriesIn, LOGINS_VARIABLE, type LoginEntry } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { SavedVariable } from '../profile/saved-session.ts';
import type { Carrier } from './token-credentials.ts';

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

/** `node:crypto` is there anyway; asking for it only here spares the usual post its loading. */
function digest(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}
