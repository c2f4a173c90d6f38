import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import type { Account } from './accounts.ts';
import { type Documents, subscriptionsOf } from './documents.ts';
import {
  type Changes,
  classicKey,
  DEFAULT_KEY,
  type Entries,
  type EntryKey,
  type EntryValue,
  entryKey,
  environmentsOf,
  isDefault,
  kindOf,
  msalEntries,
  partsOf,
  principalKey,
  sameText,
  subscriptionEntries,
} from './entries.ts';
import { allOptions } from './ini.ts';

/**
 * What this program remembers of a shared folder, in `azure-session.json`: which logins are in it, and in which order
 * they, clients and the user wrote its entries. What an entry should hold is what the topmost layer says of it. The
 * ledger holds credentials, like the files beside it.
 */
export interface Ledger {
  readonly version: 1;
  /**
   * `made` by a login that shares it, so that it goes with the last one; `found`, as the user's own; or another step's
   * `private` folder, which that step removes.
   */
  readonly origin: 'made' | 'found' | 'private';
  /** Oldest first. */
  readonly logins: readonly LedgerLogin[];
  /** Accounts of our logins that the folder had on its own before them: what clients cached for these stays. */
  readonly ownAccounts: readonly Account[];
  /** Files that were not there before the first login. */
  readonly absentFiles: readonly string[];
  /** Oldest first. The first one is what the folder held on its own before any login. */
  readonly layers: readonly Layer[];
}

interface LedgerLogin {
  readonly id: string;
  readonly accounts: readonly Account[];
  /** Files that are this login's alone. */
  readonly files: readonly string[];
}

/** Entries that were written together; `null` says that there was nothing. */
interface Layer {
  /** `''` for the folder's own, and what clients changed in between. */
  readonly login: string;
  readonly entries: Readonly<Record<EntryKey, EntryValue | null>>;
}

const FOLDER = '';

export function newLedger(origin: Ledger['origin'], absentFiles: readonly string[]): Ledger {
  return { version: 1, origin, logins: [], ownAccounts: [], absentFiles, layers: [{ login: FOLDER, entries: {} }] };
}

/**
 * Lays the entries of a login on top. What is there now and was not written by the layer that should be on top is
 * remembered first, so that it comes back.
 * @param now what the folder holds
 */
export function withLayer(ledger: Ledger, now: Entries, login: string, entries: Entries): Ledger {
  const base: Record<EntryKey, EntryValue | null> = {};
  const displaced = new Map<string, Record<EntryKey, EntryValue | null>>();
  for (const key of entries.keys()) {
    const there = now.get(key);
    const layers = layersOf(ledger.layers, key);
    const top = layers.at(-1);
    if (top === undefined) base[key] = there ?? null;
    else if (!sameEntry(key, there, valueIn(top, key))) {
      const owner = there === undefined ? FOLDER : writerOf(layers, key, there);
      displaced.set(owner, { ...displaced.get(owner), [key]: there ?? null });
    }
  }
  const [first, ...others] = ledger.layers;
  return {
    ...ledger,
    layers: [
      { login: FOLDER, entries: { ...first?.entries, ...base } },
      ...others,
      ...[...displaced].map(([owner, found]): Layer => ({ login: owner, entries: found })),
      { login, entries: Object.fromEntries(entries) },
    ],
  };
}

/** An earlier login, where a client went back to its value or a later one was killed before it wrote; else the folder. */
function writerOf(layers: readonly Layer[], key: EntryKey, there: EntryValue): string {
  const writer = layers.findLast(
    ({ login, ...layer }) => login !== FOLDER && sameEntry(key, there, valueIn(layer, key)),
  );
  return writer?.login ?? FOLDER;
}

/**
 * What has to change in the folder when a login leaves: where its value is in front, the one below comes back. What a
 * client put there since stays, unless it does not fit any more.
 * @param concerned which entries to look at
 * @param fits whether a value makes sense in the folder as it will be
 */
export function changesWithout(
  { layers }: Ledger,
  now: Entries,
  login: string,
  concerned: (key: EntryKey) => boolean,
  fits: (value: EntryValue) => boolean = () => true,
): Changes {
  const changes = new Map<EntryKey, EntryValue | undefined>();
  for (const key of keysOf(layers.filter((layer) => layer.login === login))) {
    const there = now.get(key);
    if (!concerned(key) || there === undefined) continue;
    const all = layersOf(layers, key);
    const top = valueIn(all.at(-1), key);
    const isInFront = sameEntry(key, there, top);
    if (!isInFront && fits(there)) continue;
    const left = all.filter((layer) => layer.login !== login).map((layer) => valueIn(layer, key));
    const next = left.findLast((value) => value === undefined || fits(value));
    if (!isInFront || next !== top) changes.set(key, next);
  }
  return changes;
}

/** Forgets a login, and what was under entries that no other one wrote. */
export function withoutLogin(ledger: Ledger, login: string): Ledger {
  const layers = ledger.layers.filter((layer) => layer.login !== login);
  const used = keysOf(layers.filter((layer) => layer.login !== FOLDER));
  return {
    ...ledger,
    logins: ledger.logins.filter(({ id }) => id !== login),
    layers: layers.map((layer) =>
      layer.login === FOLDER
        ? { ...layer, entries: Object.fromEntries(Object.entries(layer.entries).filter(([key]) => used.has(key))) }
        : layer,
    ),
  };
}

/**
 * Changes what a login wrote, wherever it is in the order.
 * @returns the ledger, and what has to change in the folder because the login's value is in front
 */
export function withRevision(
  ledger: Ledger,
  now: Entries,
  login: string,
  revised: (key: EntryKey, value: EntryValue) => EntryValue | undefined,
): { readonly ledger: Ledger; readonly changes: Changes } {
  const changes = new Map<EntryKey, EntryValue>();
  const layers = ledger.layers.map((layer) => {
    if (layer.login !== login) return layer;
    const entries = Object.entries(layer.entries).map(([key, value]) => {
      const next = value === null ? undefined : revised(key, value);
      const there = now.get(key);
      const isInFront = layersOf(ledger.layers, key).at(-1) === layer && sameEntry(key, there, value ?? undefined);
      if (next !== undefined && isInFront && there !== undefined) changes.set(key, revised(key, there) ?? there);
      return [key, next ?? value] as const;
    });
    return { ...layer, entries: Object.fromEntries(entries) };
  });
  return { ledger: { ...ledger, layers }, changes };
}

/** What the folder held before logins wrote over it. */
export function folderEntries({ layers }: Ledger): [EntryKey, EntryValue][] {
  return layers
    .filter(({ login }) => login === FOLDER)
    .flatMap(({ entries }) => Object.entries(entries))
    .flatMap(([key, value]): [EntryKey, EntryValue][] => (value === null ? [] : [[key, value]]));
}

function layersOf(layers: readonly Layer[], key: EntryKey): readonly Layer[] {
  return layers.filter(({ entries }) => Object.hasOwn(entries, key));
}

function valueIn(layer: Pick<Layer, 'entries'> | undefined, key: EntryKey): EntryValue | undefined {
  return layer?.entries[key] ?? undefined;
}

function keysOf(layers: readonly Layer[]): ReadonlySet<EntryKey> {
  return new Set(layers.flatMap(({ entries }) => Object.keys(entries)));
}

/** @returns `undefined` for anything that this program would not have written */
export function parseLedger(text: string): Ledger | undefined {
  const found = parseJsonObject(text);
  if (found === undefined || found['version'] !== 1) return undefined;
  if (!Object.hasOwn(found, 'logins')) return newLedger('private', []);
  const whole =
    isList(found['logins'], isLogin) &&
    isList(found['ownAccounts'], isTableOfStrings) &&
    isList(found['absentFiles'], isString) &&
    isList(found['layers'], isLayer);
  return whole ? (found as unknown as Ledger) : undefined;
}

function isLogin(value: unknown): boolean {
  const login = asObject(value);
  return (
    stringField(login, 'id') !== '' &&
    isList(login?.['accounts'], isTableOfStrings) &&
    isList(login?.['files'], isString)
  );
}

function isLayer(value: unknown): boolean {
  const layer = asObject(value);
  const isValue = (entry: unknown): boolean => entry === null || isString(entry) || asObject(entry) !== undefined;
  return isString(layer?.['login']) && isTable(layer?.['entries'], isValue);
}

function isTableOfStrings(value: unknown): boolean {
  return isTable(value, isString);
}

function isTable(value: unknown, each: (item: unknown) => boolean): boolean {
  const object: JsonObject | undefined = asObject(value);
  return object !== undefined && Object.values(object).every(each);
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isList(value: unknown, each: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(each);
}

/** @returns every entry; of two with the same key, the first */
export function entriesIn(documents: Documents): Entries {
  const { profile, servicePrincipals, msalTokens, classicTokens, config, clouds, classicConfig } = documents;
  const subscriptions = subscriptionsOf(documents);
  const mode = stringField(classicConfig, 'mode');
  const id = stringField(subscriptions.find(isDefault), 'id');
  const all: [EntryKey, EntryValue][] = [
    ...subscriptions.flatMap(subscriptionEntries),
    ...(servicePrincipals ?? []).map((entry): [EntryKey, EntryValue] => [principalKey(entry), entry]),
    ...msalEntries(msalTokens),
    ...(classicTokens ?? []).map((token): [EntryKey, EntryValue] => [classicKey(token), token]),
    ...optionEntries('config', config),
    ...optionEntries('clouds', clouds),
    ...(mode === '' ? [] : [[entryKey('mode'), mode] satisfies [EntryKey, EntryValue]]),
    ...(documents.classicTelemetry === undefined
      ? []
      : [[entryKey('telemetry'), documents.classicTelemetry] satisfies [EntryKey, EntryValue]]),
    ...environmentsOf(profile).map((environment): [EntryKey, EntryValue] => [
      entryKey('environment', stringField(environment, 'name')),
      environment,
    ]),
    ...(id === '' ? [] : [[DEFAULT_KEY, id] satisfies [EntryKey, EntryValue]]),
  ];
  return new Map(all.reverse());
}

function optionEntries(kind: 'config' | 'clouds', text: string | undefined): [EntryKey, EntryValue][] {
  if (text === undefined) return [];
  return allOptions(text).map(({ section, name, value }) => [entryKey(kind, section, name), value]);
}

/** Whether the value of an entry is the id of a subscription, which has to be there. */
export function namesSubscription(key: EntryKey): boolean {
  return key === DEFAULT_KEY || (kindOf(key) === 'clouds' && partsOf(key)[2] === 'subscription');
}

/**
 * Whether what is in a place is what was written there, however clients have rewritten it since: they refresh names
 * and states, and renew tokens and federated assertions in place.
 */
export function sameEntry(key: EntryKey, one: EntryValue | undefined, other: EntryValue | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (typeof one === 'string' || typeof other === 'string') {
    if (typeof one !== 'string' || typeof other !== 'string') return false;
    return namesSubscription(key) ? sameText(one, other) : one === other;
  }
  switch (kindOf(key)) {
    case 'account':
      return sameAccountEntry(one, other);
    case 'certificate':
      return isDeepStrictEqual(one['managementCertificate'], other['managementCertificate']);
    case 'label':
    case 'msal':
      return true;
    case 'principal':
      return samePrincipal(one, other);
    case 'classic':
      return !Object.hasOwn(one, 'servicePrincipalId') || sameFields(['accessToken', 'certificateFile'], one, other);
    default:
      return isDeepStrictEqual(one, other);
  }
}

function sameAccountEntry(one: JsonObject, other: JsonObject): boolean {
  const [user, otherUser] = [asObject(one['user']), asObject(other['user'])];
  if (user === undefined || otherUser === undefined) return isDeepStrictEqual(one, other);
  return (
    sameText(stringField(user, 'name'), stringField(otherUser, 'name')) &&
    // Every user-assigned managed identity has the same name.
    sameFields(['type', 'assignedIdentityInfo'], user, otherUser) &&
    one['tenantId'] === other['tenantId']
  );
}

function samePrincipal(one: JsonObject, other: JsonObject): boolean {
  if (typeof one['client_assertion'] === 'string' && typeof other['client_assertion'] === 'string') return true;
  return sameFields(['client_secret', 'certificate', 'client_assertion'], one, other);
}

function sameFields(names: readonly string[], one: JsonObject, other: JsonObject): boolean {
  return names.every((name) => one[name] === other[name]);
}
