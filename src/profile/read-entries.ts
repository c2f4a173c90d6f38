import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, stringField } from '../core/json.ts';
import { type Documents, subscriptionsOf } from './documents.ts';
import {
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
