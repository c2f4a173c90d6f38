import { asObject, type JsonObject, stringField } from '../core/json.ts';
import { type Documents, subscriptionsOf, withSubscriptions } from './documents.ts';
import { writeOption } from './ini.ts';

/**
 * The documents of a profile as one flat map: an entry is what a login, a client or the user can put there, replace or
 * take away on its own, such as a service principal, a cached token or an option of an INI file.
 */
export type Entries = ReadonlyMap<EntryKey, EntryValue>;
export type EntryValue = string | JsonObject;
/** Kind and names, as JSON. */
export type EntryKey = string;
/** By key; `undefined` removes the entry. */
export type Changes = ReadonlyMap<EntryKey, EntryValue | undefined>;

/**
 * A subscription of `azureProfile.json` is three entries. It can be reached in two ways that come and go on their own:
 * by an account, and by the management certificate of a publish settings file. The third says what it is called.
 * Source: azure-xplat-cli, `lib/util/profile/profile.js` (import and logout).
 */
type SubscriptionPart = 'account' | 'certificate' | 'title';

type EntryKind =
  | SubscriptionPart
  | 'principal'
  | 'msal'
  | 'classic'
  | 'config'
  | 'clouds'
  | 'mode'
  | 'telemetry'
  | 'environment'
  | 'default';

export function entryKey(kind: EntryKind, ...names: readonly string[]): EntryKey {
  return JSON.stringify([kind, ...names]);
}

export function partsOf(key: EntryKey): readonly [kind: EntryKind, ...names: string[]] {
  return JSON.parse(key) as [EntryKind, ...string[]];
}

export function kindOf(key: EntryKey): EntryKind {
  return key.slice(2, key.indexOf('"', 2)) as EntryKind;
}

/** Which subscription is the default of the profile: `az` wants one in the whole file. */
export const DEFAULT_KEY = entryKey('default');

/** Subscription ids are GUIDs, and publish settings files write them in upper case. */
export function subscriptionKey(part: SubscriptionPart, id: string): EntryKey {
  return entryKey(part, id.toLowerCase());
}

export function principalKey(entry: JsonObject): EntryKey {
  return entryKey('principal', stringField(entry, 'client_id'), stringField(entry, 'tenant'));
}

/** Two bearer tokens of one key are "ambiguous" to the classic CLI, which then ignores both. */
export function classicKey(token: JsonObject): EntryKey {
  if (Object.hasOwn(token, 'servicePrincipalId')) {
    return entryKey(
      'classic',
      'key',
      stringField(token, 'servicePrincipalId'),
      stringField(token, 'servicePrincipalTenant'),
    );
  }
  const user = stringField(token, 'userId').toLowerCase();
  return entryKey('classic', user, ...['_clientId', 'resource', '_authority'].map((name) => stringField(token, name)));
}

export function msalEntries(cache: JsonObject | undefined): [EntryKey, EntryValue][] {
  return Object.entries(cache ?? {}).flatMap(([section, tokens]) =>
    Object.entries(asObject(tokens) ?? {}).flatMap(([name, token]): [EntryKey, EntryValue][] => {
      const value = asObject(token);
      return value === undefined ? [] : [[entryKey('msal', section, name), value]];
    }),
  );
}

/** Keys of a subscription by part; every other one but `isDefault`, which belongs to the profile, is of the title. */
const PART_OF: ReadonlyMap<string, SubscriptionPart> = new Map([
  ...['user', 'tenantId', 'state', 'homeTenantId', 'managedByTenants', 'tenantDefaultDomain', 'tenantDisplayName'].map(
    (name) => [name, 'account'] as const,
  ),
  ...['managementCertificate', 'managementEndpointUrl'].map((name) => [name, 'certificate'] as const),
]);

/** @returns the entries of one subscription, its default flag left out */
export function subscriptionEntries(subscription: JsonObject): [EntryKey, EntryValue][] {
  const id = stringField(subscription, 'id');
  return Object.entries(splitSubscription(subscription)).map(([part, value]) => [
    subscriptionKey(part as SubscriptionPart, id),
    value,
  ]);
}

type SubscriptionParts = Partial<Record<SubscriptionPart, JsonObject>>;

function splitSubscription(subscription: JsonObject): SubscriptionParts {
  const parts: Record<SubscriptionPart, Record<string, unknown>> = { account: {}, certificate: {}, title: {} };
  for (const [name, value] of Object.entries(subscription)) {
    if (name !== 'isDefault') parts[PART_OF.get(name) ?? 'title'][name] = value;
  }
  const { account, certificate, title } = parts;
  if (asObject(subscription['managementCertificate']) === undefined) return { account, title };
  return asObject(subscription['user']) === undefined ? { certificate, title } : parts;
}

/** Applies changes, and leaves all else as it is: order, unknown keys, comments. */
export function withEntries(documents: Documents, changes: Changes): Documents {
  const byKind = Map.groupBy(changes, ([key]) => kindOf(key));
  const of = (kind: EntryKind): readonly Change[] =>
    (byKind.get(kind) ?? []).map(([key, value]) => [partsOf(key).slice(1), value]);
  const steps: readonly (readonly [readonly EntryKind[], (written: Documents) => Documents])[] = [
    [['account', 'certificate', 'title'], (written) => withSubscriptionParts(written, changes)],
    [['principal'], (written) => withList(written, 'servicePrincipals', principalKey, changes, 'principal')],
    [['msal'], (written) => withMsalTokens(written, of('msal'))],
    [['classic'], (written) => withList(written, 'classicTokens', classicKey, changes, 'classic')],
    [['config'], (written) => ({ ...written, config: withOptions(written.config, of('config')) })],
    [['clouds'], (written) => ({ ...written, clouds: withOptions(written.clouds, of('clouds')) })],
    [['mode'], (written) => withMode(written, of('mode'))],
    [['telemetry'], (written) => ({ ...written, classicTelemetry: textOf(of('telemetry')[0]?.[1]) })],
    [['environment'], (written) => withEnvironments(written, of('environment'))],
    [['default'], (written) => withDefault(written, textOf(of('default')[0]?.[1]))],
  ];
  return steps
    .filter(([kinds]) => kinds.some((kind) => byKind.has(kind)))
    .reduce((written, [, step]) => step(written), documents);
}

/** One change of a kind, by the names that follow the kind in the key. */
type Change = readonly [names: readonly string[], value: EntryValue | undefined];

/** A subscription goes when neither an account nor a certificate is left; a title alone does not keep it. */
function withSubscriptionParts(documents: Documents, changes: Changes): Documents {
  const left = new Map<string, Map<SubscriptionPart, JsonObject | undefined>>();
  for (const [key, value] of changes) {
    const part = kindOf(key);
    if (part !== 'account' && part !== 'certificate' && part !== 'title') continue;
    const [, id = ''] = partsOf(key);
    left.set(id, (left.get(id) ?? new Map()).set(part, asObject(value)));
  }
  const inPlace = subscriptionsOf(documents).flatMap((subscription) => {
    const id = stringField(subscription, 'id').toLowerCase();
    const parts = left.get(id);
    if (parts === undefined) return [subscription];
    left.delete(id);
    const before = splitSubscription(subscription);
    const title = parts.get('title') ?? before.title;
    return joined({ ...before, ...Object.fromEntries(parts), title }, isDefault(subscription));
  });
  const added = [...left.values()].flatMap((parts) => joined(Object.fromEntries(parts), false));
  return withSubscriptions(documents, [...inPlace, ...added]);
}

function joined(
  { account, certificate, title }: { readonly [part in SubscriptionPart]?: JsonObject | undefined },
  selected: boolean,
): JsonObject[] {
  if (account === undefined && certificate === undefined) return [];
  return [{ ...title, ...certificate, ...account, isDefault: selected }];
}

/** The list with entries replaced in their places, left out, or added at the end. */
function withList(
  documents: Documents,
  name: 'servicePrincipals' | 'classicTokens',
  keyOf: (item: JsonObject) => EntryKey,
  changes: Changes,
  kind: EntryKind,
): Documents {
  const left = new Map([...changes].filter(([key]) => kindOf(key) === kind));
  const items = (value: EntryValue | undefined): JsonObject[] => (typeof value === 'object' ? [value] : []);
  const inPlace = (documents[name] ?? []).flatMap((item) => {
    const key = keyOf(item);
    if (!changes.has(key)) return [item];
    const value = left.get(key);
    // A second one of the same key is of no use to anybody.
    return left.delete(key) ? items(value) : [];
  });
  return { ...documents, [name]: [...inPlace, ...[...left.values()].flatMap(items)] };
}

function withMsalTokens(documents: Documents, changes: readonly Change[]): Documents {
  const sections = new Map(
    Object.entries(documents.msalTokens ?? {}).map(([name, tokens]) => [name, { ...asObject(tokens) }]),
  );
  const touched = new Set<string>();
  for (const [[section = '', name = ''], value] of changes) {
    const tokens = sections.get(section) ?? {};
    if (value === undefined) delete tokens[name];
    else tokens[name] = value;
    sections.set(section, tokens);
    touched.add(section);
  }
  for (const section of touched) if (Object.keys(sections.get(section) ?? {}).length === 0) sections.delete(section);
  return { ...documents, msalTokens: Object.fromEntries(sections) };
}

function withOptions(text: string | undefined, changes: readonly Change[]): string {
  return changes.reduce(
    (written, [[section = '', name = ''], value]) => writeOption(written, section, name, textOf(value)),
    text ?? '',
  );
}

function withMode(documents: Documents, [change]: readonly Change[]): Documents {
  const { mode: _replaced, ...others } = documents.classicConfig ?? {};
  const mode = textOf(change?.[1]);
  return { ...documents, classicConfig: mode === undefined ? others : { ...documents.classicConfig, mode } };
}

/** The definitions of private clouds, for the classic CLI. */
export function environmentsOf(profile: JsonObject | undefined): JsonObject[] {
  const environments = profile?.['environments'];
  return Array.isArray(environments)
    ? environments.flatMap((environment): JsonObject[] =>
        asObject(environment) === undefined ? [] : [environment as JsonObject],
      )
    : [];
}

function withEnvironments(documents: Documents, changes: readonly Change[]): Documents {
  const changed = new Map(changes.map(([[name = ''], value]) => [name, value]));
  const others = environmentsOf(documents.profile).filter((other) => !changed.has(stringField(other, 'name')));
  const environments = [...others, ...[...changed.values()].filter((value) => value !== undefined)];
  return { ...documents, profile: { ...documents.profile, environments } };
}

function withDefault(documents: Documents, id: string | undefined): Documents {
  const marked = subscriptionsOf(documents).map((subscription) => {
    const selected = id !== undefined && sameText(stringField(subscription, 'id'), id);
    return selected === isDefault(subscription) ? subscription : { ...subscription, isDefault: selected };
  });
  return withSubscriptions(documents, marked);
}

export function isDefault(subscription: JsonObject): boolean {
  return subscription['isDefault'] === true;
}

function textOf(value: EntryValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Ids and user names: clients write them in any letter case. */
export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
