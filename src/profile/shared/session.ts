import { asObject, type JsonObject, parseJsonObject, stringField } from '../../net/json.ts';

/**
 * What this program remembers of a shared folder, in `azure-session.json`: which logins are in it, and for every place
 * of the profile that one of them filled, what was there before. It holds credentials, like the files beside it.
 */
export interface SharedSession {
  readonly version: 1;
  /**
   * `made` by a login that shares it, so that it goes with the last one; `found`, as the user's own; or another step's
   * `private` folder, which that step removes.
   */
  readonly origin: 'made' | 'found' | 'private';
  /** Oldest first. */
  readonly logins: readonly SavedLogin[];
  /** Accounts of our logins that the folder had on its own before them: what clients cached for these stays. */
  readonly ownAccounts: Accounts;
  /** Files that were not there before the first login. */
  readonly absentFiles: readonly string[];
  /** By slot, then by the key in it. */
  readonly layers: Layers;
}

export interface SavedLogin {
  readonly id: string;
  readonly accounts: Accounts;
  /** Files that are this login's alone. */
  readonly files: readonly string[];
}

export interface Accounts {
  readonly applications: readonly ApplicationAccount[];
  readonly users: readonly UserAccount[];
}

/** A service principal, or what the classic CLI takes a managed identity for. */
export interface ApplicationAccount {
  readonly clientId: string;
  readonly tenantId: string;
}

export interface UserAccount {
  /** In lower case. */
  readonly username: string;
  /** MSAL's `<object id>.<tenant id>` of the user's home; `''` where only the name is known. */
  readonly homeAccountId: string;
}

export type Layers = Readonly<Record<string, Readonly<Record<string, readonly Layer[]>>>>;

/**
 * What one place of the profile held at one time. A stack of layers begins with what the folder itself had there; each
 * login lays its own on top, and what a client put there in between is a layer of the folder's too.
 */
export type Layer =
  /** Without a value there was nothing. */
  | { readonly from: 'folder'; readonly value?: LayerValue }
  | { readonly from: 'login'; readonly login: string; readonly value: LayerValue };

export type LayerValue = string | JsonObject;

export function newSession(origin: SharedSession['origin'], absentFiles: readonly string[]): SharedSession {
  const ownAccounts = { applications: [], users: [] };
  return { version: 1, origin, logins: [], ownAccounts, absentFiles, layers: {} };
}

/** @returns `undefined` for anything that this program would not have written */
export function parseSession(text: string): SharedSession | undefined {
  const found = parseJsonObject(text);
  if (found === undefined || found['version'] !== 1) return undefined;
  if (!Object.hasOwn(found, 'logins')) return newSession('private', []);
  const { logins, ownAccounts, absentFiles, layers } = found;
  const whole =
    list(logins, isLogin) &&
    isAccounts(ownAccounts) &&
    list(absentFiles, isString) &&
    table(layers, (slot) => table(slot, (stack) => list(stack, isLayer)));
  return whole ? (found as unknown as SharedSession) : undefined;
}

function isLogin(value: unknown): boolean {
  const login = asObject(value);
  return stringField(login, 'id') !== '' && isAccounts(login?.['accounts']) && list(login?.['files'], isString);
}

function isAccounts(value: unknown): boolean {
  const accounts = asObject(value);
  const ofStrings = (account: unknown): boolean => table(account, isString);
  return list(accounts?.['applications'], ofStrings) && list(accounts?.['users'], ofStrings);
}

function isLayer(value: unknown): boolean {
  const layer = asObject(value);
  if (layer === undefined) return false;
  const held = layer['value'];
  if (held !== undefined && !isString(held) && asObject(held) === undefined) return false;
  return layer['from'] === 'folder' || (layer['from'] === 'login' && isString(layer['login']) && held !== undefined);
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function list(value: unknown, each: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(each);
}

function table(value: unknown, each: (item: unknown) => boolean): boolean {
  const object = asObject(value);
  return object !== undefined && Object.values(object).every(each);
}
