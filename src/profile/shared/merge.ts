import { asObject, type JsonObject, stringField } from '../../net/json.ts';
import type { Contribution } from '../contribution.ts';
import {
  accountsIn,
  accountsRelatedTo,
  accountsTogether,
  accountsWithCredentials,
  accountsWithout,
  forgetAccounts,
} from './accounts.ts';
import { claimsOf, type FolderNature, furnished, type SharedLogin } from './claims.ts';
import { DOCUMENT_NAMES, type Documents, subscriptionsOf, withoutEmpty, withSubscriptions } from './documents.ts';
import { folderValues, lay, lift, type SharedDocuments } from './layers.ts';
import { refuseUnfit } from './refusals.ts';
import { type Accounts, newSession, type SharedSession } from './session.ts';
import { SLOTS, type SlotName, subscriptionKey } from './slots.ts';
import { sameAccount, splitSubscription } from './subscription-halves.ts';

/**
 * Logins that share a profile. Each lays what it brings over what is there, and takes it out again in any order: a
 * place goes back to the newest login that is left and fills it, else to what the folder had on its own.
 */
export interface Added {
  readonly documents: SharedDocuments;
  readonly warnings: readonly string[];
}

/** @throws {SessionError} when the folder cannot take this login: another cloud, or an encrypted token store */
export function addLogin(documents: Documents, login: SharedLogin, nature: FolderNature): Added {
  const { contribution } = login;
  refuseUnfit(documents, contribution, nature);
  const session = sessionBefore(documents, nature);
  const accounts = accountsOf(contribution);
  const joined: SharedSession = {
    ...session,
    ownAccounts: accountsTogether([session.ownAccounts, ownAccounts(documents, session, accounts)]),
    logins: [...session.logins, { id: login.id, accounts, files: filesOf(login) }],
  };
  const profile = documents.profile ?? { installationId: nature.installationId, environments: [], subscriptions: [] };
  const bare: Documents = { ...documents, profile };
  const start = { ...(nature.origin === 'made' ? furnished(bare, login) : bare), session: joined };
  return {
    documents: lay(start, claimsOf(start, login, nature), login.id),
    warnings: takenOver(documents, contribution),
  };
}

export type Removed =
  | { readonly kind: 'unknown-login' }
  /** `folder` says whether a folder that a login made has no account left, and can go. */
  | { readonly kind: 'removed'; readonly documents: Documents; readonly folder: 'keep' | 'remove' };

/** Takes out what a login brought, and what clients cached for its accounts unless somebody else has them too. */
export function removeLogin(documents: Documents, id: string): Removed {
  const { session } = documents;
  const login = session?.logins.find((other) => other.id === id);
  if (session === undefined || login === undefined) return { kind: 'unknown-login' };
  const logins = session.logins.filter((other) => other !== login);
  const start: SharedDocuments = { ...documents, session: { ...session, logins } };
  const slots = Object.keys(SLOTS) as SlotName[];
  const liftAll = (from: SharedDocuments, value: 'any' | 'subscription-id'): SharedDocuments =>
    slots.filter((slot) => SLOTS[slot].value === value).reduce((left, slot) => lift(left, slot, id, documents), from);

  const lifted = liftAll(start, 'any');
  const staying = accountsTogether([
    ...logins.map(({ accounts }) => accounts),
    session.ownAccounts,
    { ...accountsWithCredentials(lifted), users: [] },
  ]);
  const forgotten = forgetAccounts(lifted, accountsWithout(login.accounts, staying), staying);
  // Only now is it known which subscriptions are left to be the default.
  const left = liftAll({ ...forgotten, session: lifted.session }, 'subscription-id');
  return logins.length > 0 ? { kind: 'removed', documents: left, folder: 'keep' } : afterLast(left);
}

/** A private folder keeps its marker: it says whose folder it is. */
function afterLast(documents: SharedDocuments): Removed {
  const { origin, absentFiles } = documents.session;
  const { applications, users } = accountsIn(documents);
  const abandoned = applications.length === 0 && users.length === 0 && subscriptionsOf(documents).length === 0;
  const session = origin === 'private' ? newSession('private', []) : undefined;
  return {
    kind: 'removed',
    documents: withoutEmpty({ ...documents, session }, absentFiles),
    folder: origin === 'made' && abandoned ? 'remove' : 'keep',
  };
}

function filesOf({ contribution, laterFiles }: SharedLogin): string[] {
  return [...contribution.files.map(({ name }) => name), ...laterFiles];
}

/** The session a login joins; the first one begins it with what the folder lacks. */
function sessionBefore(documents: Documents, { origin }: FolderNature): SharedSession {
  const { session } = documents;
  // Another login may have been faster in a folder that this one made.
  if (session !== undefined && session.logins.length > 0) return origin === 'made' ? { ...session, origin } : session;
  const absent = DOCUMENT_NAMES.filter((name) => documents[name] === undefined && name !== 'session');
  return newSession(session?.origin ?? origin, absent);
}

/** The accounts of a login, and its applications in other tenants, that the folder has without any login of ours. */
function ownAccounts(documents: Documents, session: SharedSession, accounts: Accounts): Accounts {
  const ofLogins = accountsTogether([...session.logins.map((login) => login.accounts), session.ownAccounts]);
  const beneath = folderValues(session, 'accounts').flatMap((half): JsonObject[] =>
    typeof half === 'object' ? [half] : [],
  );
  const inFolder = accountsIn(withSubscriptions(documents, [...subscriptionsOf(documents), ...beneath]));
  return accountsRelatedTo(accountsWithout(inFolder, ofLogins), accounts);
}

/** What a contribution says of accounts, read as the documents are. */
function accountsOf(contribution: Contribution): Accounts {
  return accountsIn({
    session: undefined,
    servicePrincipals: contribution.servicePrincipals.map((entry) => ({ ...entry })),
    msalTokens: contribution.msalTokens === undefined ? undefined : { ...contribution.msalTokens },
    classicTokens: contribution.classicTokens.map((token) => ({ ...token })),
    config: undefined,
    clouds: undefined,
    classicConfig: undefined,
    classicTelemetry: undefined,
    profile: { subscriptions: contribution.subscriptions.map((entry) => ({ ...entry })) },
  });
}

const NAMED_AT_MOST = 3;

/** The CLIs know one account a subscription: where another one had it, the user should know. */
function takenOver(documents: Documents, { subscriptions }: Contribution): string[] {
  const read = SLOTS.accounts.reader(documents);
  const taken = subscriptions.flatMap((entry): string[] => {
    const { account } = splitSubscription({ ...entry });
    const before = read(subscriptionKey(entry.id));
    if (account === undefined || typeof before !== 'object' || userName(before) === '') return [];
    return sameAccount(account, before) ? [] : [`${entry.name} (${entry.id}), until now ${userName(before)}`];
  });
  if (taken.length === 0) return [];
  const more = taken.length > NAMED_AT_MOST ? `; and ${taken.length - NAMED_AT_MOST} more` : '';
  return [
    `Another account of the shared profile sees the same subscriptions: ${taken.slice(0, NAMED_AT_MOST).join('; ')}${more}. ` +
      'The clients know one account for each: it is that of this login, until it is logged out.',
  ];
}

function userName(half: JsonObject): string {
  return stringField(asObject(half['user']), 'name');
}
