import type { CommandMode } from '../../inputs/request.ts';
import { asObject, type JsonObject, stringField } from '../../net/json.ts';
import { CLASSIC_TELEMETRY } from '../classic-profile.ts';
import type { Contribution } from '../contribution.ts';
import type { Documents } from './documents.ts';
import { rawValue } from './ini.ts';
import { type Claim, same } from './layers.ts';
import { classicTokenKey, msalTokenKey, optionKey, SLOTS, servicePrincipalKey, subscriptionKey } from './slots.ts';
import { labelOf, splitSubscription } from './subscription-halves.ts';

/** A login as it comes to a shared folder. */
export interface SharedLogin {
  /** Random, and known to this login's own post run alone. */
  readonly id: string;
  readonly contribution: Contribution;
  readonly mode: CommandMode;
  /** Names of files that will be written for it later, and go with it. */
  readonly laterFiles: readonly string[];
  /** Lines `name = value` for the section `[defaults]` of a folder that was not there before. */
  readonly defaults: readonly string[];
}

/** What has to be known of the folder beside its documents. */
export interface FolderNature {
  readonly origin: 'made' | 'found';
  /** Whether `az` encrypts its token stores where its configuration says nothing. */
  readonly encryptsByDefault: boolean;
  /** Whether the folder has token stores that `az` encrypted. */
  readonly encryptedStores: 'present' | 'absent';
  /** For a profile that has to be made: without it `az` would rewrite the profile in its first command. */
  readonly installationId: string;
}

/** Everything a login puts into the folder, the default subscription last: it must be there by then. */
export function claimsOf(documents: Documents, login: SharedLogin, nature: FolderNature): Claim[] {
  const { contribution } = login;
  const subscriptions = contribution.subscriptions.map((entry): JsonObject => ({ ...entry }));
  const selected = stringField(
    subscriptions.find((entry) => entry['isDefault'] === true),
    'id',
  );
  return [
    ...subscriptions.flatMap(subscriptionClaims(documents)),
    ...contribution.servicePrincipals.map((entry) =>
      entryClaim('servicePrincipals', servicePrincipalKey, { ...entry }),
    ),
    ...msalClaims(contribution),
    ...contribution.classicTokens.map((token) => entryClaim('classicTokens', classicTokenKey, { ...token })),
    ...cloudClaims(contribution),
    ...polite(documents, settings(nature)),
    { slot: 'mode', key: '', value: login.mode },
    ...(selected === '' ? [] : defaultClaims(contribution.cloudName, selected)),
  ];
}

/** An import from a publish settings file leaves the name of a subscription that is there already. */
function subscriptionClaims(documents: Documents): (entry: JsonObject) => Claim[] {
  const labelThere = SLOTS.labels.reader(documents);
  return (entry) => {
    const key = subscriptionKey(stringField(entry, 'id'));
    const { account, certificate } = splitSubscription(entry);
    const label = account === undefined ? labelThere(key) : undefined;
    return [
      ...(account === undefined ? [] : [{ slot: 'accounts', key, value: account } as const]),
      ...(certificate === undefined ? [] : [{ slot: 'certificates', key, value: certificate } as const]),
      { slot: 'labels', key, value: label ?? labelOf(entry) },
    ];
  };
}

function entryClaim(
  slot: 'servicePrincipals' | 'classicTokens',
  keyOf: (entry: JsonObject) => string,
  value: JsonObject,
): Claim {
  return { slot, key: keyOf(value), value };
}

function msalClaims({ msalTokens }: Contribution): Claim[] {
  return Object.entries(msalTokens ?? {}).flatMap(([section, entries]) =>
    Object.entries(asObject(entries) ?? {}).flatMap(([name, entry]): Claim[] => {
      const value = asObject(entry);
      return value === undefined ? [] : [{ slot: 'msalTokens', key: msalTokenKey(section, name), value }];
    }),
  );
}

/** Which cloud is the active one, and where it is if not every client knows that. */
function cloudClaims({ cloudName, clientCloud }: Contribution): Claim[] {
  const active = option('cloud', 'name', rawValue(cloudName));
  if (clientCloud === undefined) return [active];
  const { azCloud, azCore, classicEnvironment } = clientCloud;
  return [
    active,
    ...azCore.map(([name, value]) => option('core', name, rawValue(value))),
    ...azCloud.map(
      ([name, value]): Claim => ({ slot: 'clouds', key: optionKey(cloudName, name), value: rawValue(value) }),
    ),
    { slot: 'environments', key: cloudName, value: { ...classicEnvironment } },
  ];
}

/**
 * What the clients would otherwise stumble over. The options of a user's own folder are the user's; only where `az` would
 * look for an encrypted store and find none is it told to read the plain one.
 */
function settings({ encryptsByDefault }: FolderNature): Claim[] {
  return [
    ...(encryptsByDefault ? [option('core', 'encrypt_token_cache', 'false')] : []),
    { slot: 'telemetry', key: '', value: CLASSIC_TELEMETRY },
  ];
}

/**
 * The configuration of a folder that was made for this login. No login takes it out again: it goes with the folder, and
 * if a client signed somebody else in there, that account needs it too.
 */
export function furnished(documents: Documents, { contribution, defaults }: SharedLogin): Documents {
  const claims = [
    ...cloudClaims(contribution),
    option('core', 'collect_telemetry', 'no'),
    option('core', 'encrypt_token_cache', 'false'),
    ...defaults.flatMap((line): Claim[] => {
      const [, name = '', value = ''] = /^([\w.-]+)\s*=\s*(.*)$/.exec(line.trim()) ?? [];
      return name === '' ? [] : [option('defaults', name, value)];
    }),
  ];
  return polite(documents, claims).reduce(
    (written, { slot, key, value }) => SLOTS[slot].write(written, new Map([[key, value]])),
    documents,
  );
}

/** Those that would replace nothing but the same. */
function polite(documents: Documents, claims: readonly Claim[]): Claim[] {
  return claims.filter(({ slot, key, value }) => {
    const there = SLOTS[slot].reader(documents)(key);
    return there === undefined || same(slot, there, value);
  });
}

function option(section: string, name: string, value: string): Claim {
  return { slot: 'config', key: optionKey(section, name), value };
}

function defaultClaims(cloudName: string, id: string): Claim[] {
  return [
    { slot: 'cloudDefault', key: optionKey(cloudName, 'subscription'), value: id },
    { slot: 'default', key: '', value: id },
  ];
}
