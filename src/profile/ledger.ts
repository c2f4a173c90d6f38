import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { type Documents, type Ledger, type LoginRecord, subscriptionsOf } from './documents.ts';
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

const FOLDER = '';

export function newLedger(origin: Ledger['origin'], absentFiles: readonly string[]): Ledger {
  return { version: 1, origin, logins: [], ownAccounts: [], absentFiles, records: [{ login: FOLDER, entries: {} }] };
}

/**
 * Lays the entries of a login on top. What is there now and was not written by the record that should be on top is
 * remembered first, so that it comes back.
 * @param now what the folder holds
 */
export function withRecord(ledger: Ledger, now: Entries, login: string, entries: Entries): Ledger {
  const base: Record<EntryKey, EntryValue | null> = {};
  const displaced = new Map<string, Record<EntryKey, EntryValue | null>>();
  for (const key of entries.keys()) {
    const there = now.get(key);
    const records = recordsOf(ledger.records, key);
    const top = records.at(-1);
    if (top === undefined) base[key] = there ?? null;
    else if (!sameEntry(key, there, valueIn(top, key))) {
      const owner = there === undefined ? FOLDER : writerOf(records, key, there);
      displaced.set(owner, { ...displaced.get(owner), [key]: there ?? null });
    }
  }
  const [first, ...others] = ledger.records;
  return {
    ...ledger,
    records: [
      { login: FOLDER, entries: { ...first?.entries, ...base } },
      ...others,
      ...[...displaced].map(([owner, found]): LoginRecord => ({ login: owner, entries: found })),
      { login, entries: Object.fromEntries(entries) },
    ],
  };
}

/** An earlier login, where a client went back to its value or a later one was killed before it wrote; else the folder. */
function writerOf(records: readonly LoginRecord[], key: EntryKey, there: EntryValue): string {
  const writer = records.findLast(
    ({ login, ...record }) => login !== FOLDER && sameEntry(key, there, valueIn(record, key)),
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
  { records }: Ledger,
  now: Entries,
  login: string,
  concerned: (key: EntryKey) => boolean,
  fits: (value: EntryValue) => boolean = () => true,
): Changes {
  const changes = new Map<EntryKey, EntryValue | undefined>();
  for (const key of keysOf(records.filter((record) => record.login === login))) {
    const there = now.get(key);
    if (!concerned(key) || there === undefined) continue;
    const all = recordsOf(records, key);
    const top = valueIn(all.at(-1), key);
    const isInFront = sameEntry(key, there, top);
    if (!isInFront && fits(there)) continue;
    const left = all.filter((record) => record.login !== login).map((record) => valueIn(record, key));
    const next = left.findLast((value) => value === undefined || fits(value));
    if (!isInFront || next !== top) changes.set(key, next);
  }
  return changes;
}

/** Forgets a login, and what was under entries that no other one wrote. */
export function withoutLogin(ledger: Ledger, login: string): Ledger {
  const records = ledger.records.filter((record) => record.login !== login);
  const used = keysOf(records.filter((record) => record.login !== FOLDER));
  return {
    ...ledger,
    logins: ledger.logins.filter(({ id }) => id !== login),
    records: records.map((record) =>
      record.login === FOLDER
        ? { ...record, entries: Object.fromEntries(Object.entries(record.entries).filter(([key]) => used.has(key))) }
        : record,
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
  const records = ledger.records.map((record) => {
    if (record.login !== login) return record;
    const entries = Object.entries(record.entries).map(([key, value]) => {
      const next = value === null ? undefined : revised(key, value);
      const there = now.get(key);
      const isInFront = recordsOf(ledger.records, key).at(-1) === record && sameEntry(key, there, value ?? undefined);
      if (next !== undefined && isInFront && there !== undefined) changes.set(key, revised(key, there) ?? there);
      return [key, next ?? value] as const;
    });
    return { ...record, entries: Object.fromEntries(entries) };
  });
  return { ledger: { ...ledger, records }, changes };
}

/** What the folder held before logins wrote over it. */
export function folderEntries({ records }: Ledger): [EntryKey, EntryValue][] {
  return records
    .filter(({ login }) => login === FOLDER)
    .flatMap(({ entries }) => Object.entries(entries))
    .flatMap(([key, value]): [EntryKey, EntryValue][] => (value === null ? [] : [[key, value]]));
}

function recordsOf(records: readonly LoginRecord[], key: EntryKey): readonly LoginRecord[] {
  return records.filter(({ entries }) => Object.hasOwn(entries, key));
}

function valueIn(record: Pick<LoginRecord, 'entries'> | undefined, key: EntryKey): EntryValue | undefined {
  return record?.entries[key] ?? undefined;
}

function keysOf(records: readonly LoginRecord[]): ReadonlySet<EntryKey> {
  return new Set(records.flatMap(({ entries }) => Object.keys(entries)));
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
    isList(found['records'], isRecord);
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

function isRecord(value: unknown): boolean {
  const record = asObject(value);
  const isValue = (entry: unknown): boolean => entry === null || isString(entry) || asObject(entry) !== undefined;
  return isString(record?.['login']) && isTable(record?.['entries'], isValue);
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
    case 'title':
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
