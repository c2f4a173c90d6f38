import type { CommandMode } from '../core/request.ts';
import { CLASSIC_TELEMETRY } from './classic-profile.ts';
import type { Contribution } from './contribution.ts';
import { type Documents, NO_DOCUMENTS } from './documents.ts';
import {
  classicKey,
  DEFAULT_KEY,
  type Entries,
  type EntryKey,
  type EntryValue,
  entryKey,
  msalEntries,
  principalKey,
  subscriptionEntries,
  withEntries,
} from './entries.ts';
import { rawValue } from './ini.ts';

/** What a login brings to a profile. */
interface NewLogin {
  readonly contribution: Contribution;
  readonly mode: CommandMode;
}

/** The documents of a folder that is made for one login. */
export function newDocuments(
  login: NewLogin & { readonly defaults: readonly string[] },
  installationId: string,
): Documents {
  const profile = { installationId, subscriptions: [] };
  const entries = [...folderEntries(login.contribution, login.defaults), ...loginEntries(login)];
  return withEntries({ ...NO_DOCUMENTS, profile }, new Map(entries));
}

/** What a login writes into the documents of a profile, the default subscription included. */
export function loginEntries({ contribution, mode }: NewLogin): Entries {
  const { subscriptions, servicePrincipals, msalTokens, classicTokens, cloudName } = contribution;
  const selected = subscriptions.find(({ isDefault }) => isDefault)?.id;
  return new Map<EntryKey, EntryValue>([
    ...subscriptions.flatMap((subscription) => subscriptionEntries({ ...subscription })),
    ...servicePrincipals.map((entry): [EntryKey, EntryValue] => [principalKey({ ...entry }), { ...entry }]),
    ...msalEntries(msalTokens && { ...msalTokens }),
    ...classicTokens.map((token): [EntryKey, EntryValue] => [classicKey({ ...token }), { ...token }]),
    ...cloudEntries(contribution),
    [entryKey('mode'), mode],
    ...(selected === undefined
      ? []
      : ([
          [entryKey('clouds', cloudName, 'subscription'), selected],
          [DEFAULT_KEY, selected],
        ] as const)),
  ]);
}

/**
 * The configuration of a folder that is made for a login. It goes with the folder, and stays as long as any account is
 * in there: all of them need it.
 *
 * `encrypt_token_cache` is off because `az` on Windows, and soon everywhere, would look for an encrypted store instead
 * and ignore this one. Telemetry is off because it rewrites the profile in a read-only command and leaves an uploader
 * running when the job ends.
 * @param defaults lines `name = value` of the section `[defaults]` of the runner's own profile
 */
export function folderEntries(contribution: Contribution, defaults: readonly string[]): Entries {
  return new Map<EntryKey, EntryValue>([
    [entryKey('config', 'cloud', 'name'), rawValue(contribution.cloudName)],
    [entryKey('config', 'core', 'collect_telemetry'), 'no'],
    [entryKey('config', 'core', 'encrypt_token_cache'), 'false'],
    ...cloudEntries(contribution),
    ...defaults.flatMap((line): [EntryKey, EntryValue][] => {
      const [, name = '', value = ''] = /^([\w.-]+)\s*=\s*([^\r\n]*)$/.exec(line.trim()) ?? [];
      return name === '' ? [] : [[entryKey('config', 'defaults', name), value]];
    }),
    [entryKey('telemetry'), CLASSIC_TELEMETRY],
  ]);
}

/** Which cloud is the active one, and where it is if not every client knows that. */
function cloudEntries({ cloudName, clientCloud }: Contribution): [EntryKey, EntryValue][] {
  const active: [EntryKey, EntryValue] = [entryKey('config', 'cloud', 'name'), rawValue(cloudName)];
  if (clientCloud === undefined) return [active];
  const { azCloud, azCore, classicEnvironment } = clientCloud;
  return [
    active,
    ...azCore.map(([name, value]): [EntryKey, EntryValue] => [entryKey('config', 'core', name), rawValue(value)]),
    ...azCloud.map(([name, value]): [EntryKey, EntryValue] => [entryKey('clouds', cloudName, name), rawValue(value)]),
    [entryKey('environment', cloudName), { ...classicEnvironment }],
  ];
}
