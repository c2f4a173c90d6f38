import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, stringField } from '../../net/json.ts';
import { type Documents, subscriptionsOf, withSubscriptions } from './documents.ts';
import { readOption, writeOption } from './ini.ts';
import type { LayerValue } from './session.ts';
import {
  joinSubscription,
  labelOf,
  relabelled,
  sameAccount,
  sameCertificate,
  splitSubscription,
} from './subscription-halves.ts';

/** One kind of place in the profile, told apart by a key: what is there, how something else gets there. */
interface Slot {
  /** Looks things up, by their keys. */
  reader(documents: Documents): (key: string) => LayerValue | undefined;
  /** Puts things in their places, or takes them away. */
  write(documents: Documents, changes: Changes): Documents;
  /** Whether what is there is what a login put there, however clients have rewritten it since. */
  same(there: LayerValue, laid: LayerValue): boolean;
  /** Whether the value names a subscription, and nothing else than one that is there will do. */
  readonly value: 'any' | 'subscription-id';
}

/** By key; `undefined` is nothing. */
export type Changes = ReadonlyMap<string, LayerValue | undefined>;

export type SlotName =
  | 'accounts'
  | 'certificates'
  | 'labels'
  | 'servicePrincipals'
  | 'msalTokens'
  | 'classicTokens'
  | 'config'
  | 'mode'
  | 'telemetry'
  | 'clouds'
  | 'environments'
  | 'cloudDefault'
  | 'default';

export const SLOTS: { readonly [K in SlotName]: Slot } = {
  accounts: halfSlot('account', sameAccount),
  certificates: halfSlot('certificate', sameCertificate),
  labels: { reader: labelReader, write: writeLabels, same: () => true, value: 'any' },
  servicePrincipals: listSlot('servicePrincipals', servicePrincipalKey, sameServicePrincipal),
  msalTokens: singly(readMsalToken, writeMsalToken, () => true),
  classicTokens: listSlot('classicTokens', classicTokenKey, sameClassicToken),
  config: optionSlot('config'),
  mode: singly(readMode, writeMode, equal),
  telemetry: singly(readTelemetry, writeTelemetry, equal),
  clouds: optionSlot('clouds'),
  environments: singly(readEnvironment, writeEnvironment, isDeepStrictEqual),
  cloudDefault: { ...optionSlot('clouds'), value: 'subscription-id' },
  default: { ...singly(readDefault, writeDefault, sameId), value: 'subscription-id' },
};

/** Tells whether there is a subscription of an id. */
export function subscriptionFinder(documents: Documents): (id: LayerValue) => boolean {
  const ids = new Set(subscriptionsOf(documents).map(idKey));
  return (id) => ids.has(subscriptionKey(textOf(id) ?? ''));
}

/** Ids are GUIDs, and publish settings files write them in upper case. */
export function subscriptionKey(id: string): string {
  return id.toLowerCase();
}

export function servicePrincipalKey(entry: JsonObject): string {
  return compositeKey(stringField(entry, 'client_id'), stringField(entry, 'tenant'));
}

/** Two bearer tokens of one key would be "ambiguous" to the classic CLI, and both ignored. */
export function classicTokenKey(token: JsonObject): string {
  if (Object.hasOwn(token, 'servicePrincipalId')) {
    return compositeKey('key', stringField(token, 'servicePrincipalId'), stringField(token, 'servicePrincipalTenant'));
  }
  const user = stringField(token, 'userId').toLowerCase();
  const names = ['_clientId', 'resource', '_authority'].map((name) => stringField(token, name));
  return compositeKey('bearer', user, ...names);
}

export function optionKey(section: string, option: string): string {
  return compositeKey(section, option);
}

export function msalTokenKey(section: string, key: string): string {
  return compositeKey(section, key);
}

function compositeKey(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

function keyParts(key: string): readonly [string, string] {
  const [first = '', second = ''] = JSON.parse(key) as string[];
  return [first, second];
}

/** A slot with few places, read and written one by one. */
function singly(
  read: (documents: Documents, key: string) => LayerValue | undefined,
  write: (documents: Documents, value: LayerValue | undefined, key: string) => Documents,
  same: Slot['same'],
): Slot {
  return {
    reader: (documents) => (key) => read(documents, key),
    write: (documents, changes) =>
      [...changes].reduce((written, [key, value]) => write(written, value, key), documents),
    same,
    value: 'any',
  };
}

function halfSlot(half: 'account' | 'certificate', same: (one: JsonObject, other: JsonObject) => boolean): Slot {
  return {
    reader(documents) {
      const entries = firstByKey(subscriptionsOf(documents), idKey);
      return (key) => {
        const entry = entries.get(key);
        return entry === undefined ? undefined : splitSubscription(entry)[half];
      };
    },
    write(documents, changes) {
      const rejoined = (value: LayerValue | undefined, entry: JsonObject | undefined): JsonObject | undefined => {
        const others = entry === undefined ? { account: undefined, certificate: undefined } : splitSubscription(entry);
        return joinSubscription({ ...others, [half]: asObject(value) }, entry?.['isDefault'] === true);
      };
      return withSubscriptions(documents, replaced(subscriptionsOf(documents), idKey, changes, rejoined));
    },
    same: bothObjects(same),
    value: 'any',
  };
}

/** How a subscription is called, which is not the same in a publish settings file and in Resource Manager. */
function labelReader(documents: Documents): (key: string) => JsonObject | undefined {
  const entries = firstByKey(subscriptionsOf(documents), idKey);
  return (key) => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : labelOf(entry);
  };
}

/** A subscription comes and goes with its halves, not with its label. */
function writeLabels(documents: Documents, changes: Changes): Documents {
  const labelled = subscriptionsOf(documents).map((entry) => {
    const label = asObject(changes.get(idKey(entry)));
    return label === undefined ? entry : relabelled(entry, label);
  });
  return withSubscriptions(documents, labelled);
}

function listSlot(
  name: 'servicePrincipals' | 'classicTokens',
  keyOf: (item: JsonObject) => string,
  same: (one: JsonObject, other: JsonObject) => boolean,
): Slot {
  return {
    reader(documents) {
      const items = firstByKey(documents[name] ?? [], keyOf);
      return (key) => items.get(key);
    },
    write: (documents, changes) => ({
      ...documents,
      [name]: replaced(documents[name] ?? [], keyOf, changes, asObject),
    }),
    same: bothObjects(same),
    value: 'any',
  };
}

function firstByKey(items: readonly JsonObject[], keyOf: (item: JsonObject) => string): Map<string, JsonObject> {
  return new Map(items.map((item): [string, JsonObject] => [keyOf(item), item]).reverse());
}

/** The list with items replaced in their places, left out, or added at the end. */
function replaced(
  items: readonly JsonObject[],
  keyOf: (item: JsonObject) => string,
  changes: Changes,
  replace: (value: LayerValue | undefined, item: JsonObject | undefined) => JsonObject | undefined,
): readonly JsonObject[] {
  const left = new Map(changes);
  const list = (item: JsonObject | undefined): JsonObject[] => (item === undefined ? [] : [item]);
  const inPlace = items.flatMap((item) => {
    const key = keyOf(item);
    if (!changes.has(key)) return [item];
    // A second one of the same key is of no use to anybody.
    return left.delete(key) ? list(replace(changes.get(key), item)) : [];
  });
  return [...inPlace, ...[...left.values()].flatMap((value) => list(replace(value, undefined)))];
}

/** A federated assertion is replaced all the time by whoever keeps it fresh; any other credential is its login's own. */
function sameServicePrincipal(one: JsonObject, other: JsonObject): boolean {
  if (typeof one['client_assertion'] === 'string' && typeof other['client_assertion'] === 'string') return true;
  return ['client_secret', 'certificate', 'client_assertion'].every((name) => one[name] === other[name]);
}

/** Bearer tokens are cached and renewed by clients: the place is the login's, whichever token is in it. */
function sameClassicToken(one: JsonObject, other: JsonObject): boolean {
  if (!Object.hasOwn(one, 'servicePrincipalId')) return true;
  return ['accessToken', 'certificateFile'].every((name) => one[name] === other[name]);
}

/** MSAL renews tokens in their places, so whatever is in one that a login filled counts as the login's. */
function readMsalToken({ msalTokens }: Documents, key: string): JsonObject | undefined {
  const [section, name] = keyParts(key);
  const tokens = asObject(msalTokens?.[section]);
  return tokens !== undefined && Object.hasOwn(tokens, name) ? asObject(tokens[name]) : undefined;
}

function writeMsalToken(documents: Documents, value: LayerValue | undefined, key: string): Documents {
  const [section, name] = keyParts(key);
  const { [name]: _replaced, ...others } = asObject(documents.msalTokens?.[section]) ?? {};
  const tokens = value === undefined ? others : { ...others, [name]: value };
  const { [section]: _section, ...sections } = documents.msalTokens ?? {};
  const msalTokens = Object.keys(tokens).length === 0 ? sections : { ...documents.msalTokens, [section]: tokens };
  return { ...documents, msalTokens };
}

function optionSlot(name: 'config' | 'clouds'): Slot {
  return singly(
    (documents, key) => readOption(documents[name] ?? '', ...keyParts(key)),
    (documents, value, key) => {
      const text = writeOption(documents[name] ?? '', ...keyParts(key), textOf(value));
      return { ...documents, [name]: text };
    },
    equal,
  );
}

function readTelemetry({ classicTelemetry }: Documents): string | undefined {
  return classicTelemetry;
}

function writeTelemetry(documents: Documents, text: LayerValue | undefined): Documents {
  return { ...documents, classicTelemetry: textOf(text) };
}

function readMode({ classicConfig }: Documents): string | undefined {
  return stringField(classicConfig, 'mode') || undefined;
}

function writeMode(documents: Documents, mode: LayerValue | undefined): Documents {
  const { mode: _replaced, ...others } = documents.classicConfig ?? {};
  return { ...documents, classicConfig: mode === undefined ? others : { ...documents.classicConfig, mode } };
}

/** The definitions of private clouds, for the classic CLI; the keys are their names. */
function environmentsOf({ profile }: Documents): readonly unknown[] {
  const environments = profile?.['environments'];
  return Array.isArray(environments) ? environments : [];
}

function isNamed(name: string): (environment: unknown) => boolean {
  return (environment) => stringField(asObject(environment), 'name') === name;
}

function readEnvironment(documents: Documents, name: string): JsonObject | undefined {
  return asObject(environmentsOf(documents).find(isNamed(name)));
}

function writeEnvironment(documents: Documents, environment: LayerValue | undefined, name: string): Documents {
  const others = environmentsOf(documents).filter((other) => !isNamed(name)(other));
  const environments = environment === undefined ? others : [...others, environment];
  return { ...documents, profile: { ...documents.profile, environments } };
}

function readDefault(documents: Documents): string | undefined {
  return stringField(subscriptionsOf(documents).find(isDefault), 'id') || undefined;
}

/** `az` wants one default in the whole file. */
function writeDefault(documents: Documents, id: LayerValue | undefined): Documents {
  const marked = subscriptionsOf(documents).map((entry) => {
    const selected = id !== undefined && sameId(stringField(entry, 'id'), id);
    return selected === isDefault(entry) ? entry : { ...entry, isDefault: selected };
  });
  return withSubscriptions(documents, marked);
}

function isDefault(entry: JsonObject): boolean {
  return entry['isDefault'] === true;
}

function idKey(entry: JsonObject): string {
  return subscriptionKey(stringField(entry, 'id'));
}

function sameId(one: LayerValue, other: LayerValue): boolean {
  return subscriptionKey(textOf(one) ?? '') === subscriptionKey(textOf(other) ?? '');
}

function equal(one: LayerValue, other: LayerValue): boolean {
  return one === other;
}

function bothObjects(same: (one: JsonObject, other: JsonObject) => boolean): Slot['same'] {
  return (one, other) => typeof one === 'object' && typeof other === 'object' && same(one, other);
}

function textOf(value: LayerValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
