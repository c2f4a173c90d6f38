import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../core/json.ts';
import { asciiJson } from './az-profile.ts';
import { MARKER_FILE } from './saved-session.ts';

/**
 * What this program remembers of a shared folder, in `azure-session.json`: which logins are in it, and in which order
 * they, clients and the user wrote its entries. What an entry should hold is what the topmost record says of it. The
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
  readonly records: readonly LoginRecord[];
}

interface LedgerLogin {
  readonly id: string;
  readonly accounts: readonly Account[];
  /** Files that are this login's alone. */
  readonly files: readonly string[];
}

/** Entries that were written together; `null` says that there was nothing. */
export interface LoginRecord {
  /** `''` for the folder's own, and what clients changed in between. */
  readonly login: string;
  readonly entries: Readonly<Record<string, string | JsonObject | null>>;
}

/** Whose entries of a profile are: accounts, and what clients cached for them. */
export type Account = ApplicationAccount | UserAccount;

/** A service principal, or what the classic CLI takes a managed identity for. */
interface ApplicationAccount {
  readonly kind: 'application';
  readonly clientId: string;
  readonly tenantId: string;
}

interface UserAccount {
  readonly kind: 'user';
  /** In lower case; `''` where only the id is known. */
  readonly username: string;
  /** MSAL's `<object id>.<tenant id>` of the user's home; `''` where only the name is known. */
  readonly homeAccountId: string;
}

/** The files of a profile folder that logins share, parsed. `undefined` is a file that is not there. */
export interface Documents {
  readonly session: Ledger | undefined;
  readonly servicePrincipals: readonly JsonObject[] | undefined;
  readonly msalTokens: JsonObject | undefined;
  readonly config: string | undefined;
  readonly clouds: string | undefined;
  readonly classicTokens: readonly JsonObject[] | undefined;
  readonly classicConfig: JsonObject | undefined;
  readonly classicTelemetry: string | undefined;
  readonly profile: JsonObject | undefined;
}

/** Those of a folder in which no file is. */
export const NO_DOCUMENTS: Documents = {
  session: undefined,
  servicePrincipals: undefined,
  msalTokens: undefined,
  config: undefined,
  clouds: undefined,
  classicTokens: undefined,
  classicConfig: undefined,
  classicTelemetry: undefined,
  profile: undefined,
};

export type DocumentName = keyof Documents;

interface DocumentForm<T> {
  readonly file: string;
  format(value: T): string;
}

const asIs = (content: string): string => content;

const FORMS: { readonly [K in DocumentName]: DocumentForm<NonNullable<Documents[K]>> } = {
  session: { file: MARKER_FILE, format: (ledger) => `${JSON.stringify(ledger)}\n` },
  servicePrincipals: { file: 'service_principal_entries.json', format: asciiJson },
  msalTokens: { file: 'msal_token_cache.json', format: asciiJson },
  config: { file: 'config', format: asIs },
  clouds: { file: 'clouds.config', format: asIs },
  classicTokens: { file: 'accessTokens.json', format: (tokens) => JSON.stringify(tokens) },
  classicConfig: { file: 'config.json', format: (config) => `${JSON.stringify(config, null, 4)}\n` },
  classicTelemetry: { file: 'telemetry.json', format: asIs },
  // On one line, as `az` writes it: indented, that of a tenant with very many subscriptions is half as long again.
  profile: { file: 'azureProfile.json', format: (profile) => JSON.stringify(profile) },
};

/**
 * The order a login is written in. What is needed to undo it comes first, and the profile, by which clients see the
 * login, last: a process that is killed in between leaves something usable that can be undone. Logging out goes backwards.
 */
export const DOCUMENT_NAMES = [
  'session',
  'servicePrincipals',
  'msalTokens',
  'config',
  'clouds',
  'classicTokens',
  'classicConfig',
  'classicTelemetry',
  'profile',
] as const satisfies readonly DocumentName[];

export function fileOf(name: DocumentName): string {
  return FORMS[name].file;
}

/** What has to be written to get from one state of the folder to another; `undefined` content removes the file. */
export interface FileChange {
  readonly file: string;
  readonly content: string | undefined;
}

/** @returns the changes in the order of `DOCUMENT_NAMES`; files that say the same as before are left alone */
export function changesBetween(before: Documents, after: Documents): FileChange[] {
  return DOCUMENT_NAMES.flatMap((name) => {
    if (before[name] === after[name] || (before[name] !== undefined && isDeepStrictEqual(before[name], after[name])))
      return [];
    return [{ file: fileOf(name), content: contentOf(after, name) }];
  });
}

function contentOf<K extends DocumentName>(documents: Documents, name: K): string | undefined {
  const value = documents[name] as NonNullable<Documents[K]> | undefined;
  return value === undefined ? undefined : FORMS[name].format(value);
}

/** The subscriptions of the profile, as they are in the file. */
export function subscriptionsOf({ profile }: Documents): readonly JsonObject[] {
  return (profile?.['subscriptions'] ?? []) as readonly JsonObject[];
}

export function withSubscriptions(documents: Documents, subscriptions: readonly JsonObject[]): Documents {
  return { ...documents, profile: { ...documents.profile, subscriptions } };
}
