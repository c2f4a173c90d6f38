import { AZURE_CLI_CLIENT_ID } from '../../credential.ts';
import { asObject, type JsonObject, stringField } from '../../net/json.ts';
import { type Documents, subscriptionsOf, withSubscriptions } from './documents.ts';
import type { Accounts, ApplicationAccount, UserAccount } from './session.ts';
import { joinSubscription, splitSubscription } from './subscription-halves.ts';

/** Accounts, and what clients cached for them, wherever a profile names them. */

/** The accounts that have a credential in the profile, or subscriptions. */
export function accountsIn(documents: Documents): Accounts {
  const { applications, users } = accountsWithCredentials(documents);
  const halves = subscriptionsOf(documents).flatMap((entry): JsonObject[] => {
    const { account } = splitSubscription(entry);
    return account === undefined ? [] : [account];
  });
  return {
    applications: distinct([...applications, ...halves.flatMap(applicationOfSubscription)]),
    users: distinct([...users, ...halves.flatMap(userOfSubscription)]),
  };
}

/** An account has many subscriptions. */
function distinct<T>(accounts: readonly T[]): T[] {
  return [...new Map(accounts.map((account) => [JSON.stringify(account), account])).values()];
}

/** The accounts that clients can get tokens for: subscriptions alone do not give any. */
export function accountsWithCredentials({ servicePrincipals, classicTokens, msalTokens }: Documents): Accounts {
  return {
    applications: [
      ...(servicePrincipals ?? []).map((entry) => application(entry, 'client_id', 'tenant')),
      ...(classicTokens ?? [])
        .filter((token) => Object.hasOwn(token, 'servicePrincipalId'))
        .map((token) => application(token, 'servicePrincipalId', 'servicePrincipalTenant')),
    ],
    users: [
      ...section(msalTokens, 'Account').map(([, account]) => ({
        username: stringField(account, 'username').toLowerCase(),
        homeAccountId: stringField(account, 'home_account_id'),
      })),
      ...(classicTokens ?? []).map(userIdOf).flatMap((username) => (username === '' ? [] : [nameOnly(username)])),
    ],
  };
}

/** Those of the first that are not among the second. */
export function accountsWithout(accounts: Accounts, others: Accounts): Accounts {
  return {
    applications: accounts.applications.filter(
      (one) => !others.applications.some((other) => sameApplication(one, other)),
    ),
    users: accounts.users.filter((one) => !others.users.some((other) => sameUser(one, other))),
  };
}

/** Those that are one of the others, or the same application in another tenant. */
export function accountsRelatedTo(accounts: Accounts, others: Accounts): Accounts {
  return {
    applications: accounts.applications.filter(({ clientId }) =>
      others.applications.some((other) => other.clientId === clientId),
    ),
    users: accounts.users.filter((one) => others.users.some((other) => sameUser(one, other))),
  };
}

export function accountsTogether(all: readonly Accounts[]): Accounts {
  return { applications: all.flatMap(({ applications }) => applications), users: all.flatMap(({ users }) => users) };
}

/**
 * Removes what clients cached for accounts that nobody has any more: tokens, and the subscriptions that they listed.
 * @param gone accounts that were in the folder by our logins alone
 * @param staying accounts that somebody still has; an application may be among both, in different tenants
 */
export function forgetAccounts(documents: Documents, gone: Accounts, staying: Accounts): Documents {
  const wholly = new Set(
    gone.applications
      .map(({ clientId }) => clientId)
      .filter((clientId) => !staying.applications.some((other) => other.clientId === clientId)),
  );
  const test: GoneTest = {
    application: (account) =>
      wholly.has(account.clientId) || gone.applications.some((one) => sameApplication(one, account)),
    user: (account) => gone.users.some((one) => sameUser(one, account)),
  };
  const { msalTokens, classicTokens } = documents;
  const kept: Documents = {
    ...documents,
    msalTokens: msalTokens && withoutUnusedMetadata(keptMsalTokens(msalTokens, test), gone),
    classicTokens: classicTokens?.filter((token) => !isOfGone(token, test)),
  };
  return kept.profile === undefined ? kept : withSubscriptions(kept, keptSubscriptions(kept, test));
}

/** Whether an account is gone. */
interface GoneTest {
  application(account: ApplicationAccount): boolean;
  user(account: UserAccount): boolean;
}

function keptMsalTokens(cache: JsonObject, gone: GoneTest): JsonObject {
  const isKept = (token: JsonObject): boolean => {
    const homeAccountId = stringField(token, 'home_account_id');
    return homeAccountId === ''
      ? !gone.application(application(token, 'client_id', 'realm'))
      : !gone.user({ homeAccountId, username: '' });
  };
  return Object.fromEntries(
    Object.keys(cache).map((name) => {
      const entries = section(cache, name);
      // It tells of a client, not of an account.
      return [
        name,
        Object.fromEntries(name === 'AppMetadata' ? entries : entries.filter(([, token]) => isKept(token))),
      ];
    }),
  );
}

/** Drops what MSAL noted of clients that only the accounts that are gone had used. */
function withoutUnusedMetadata(cache: JsonObject, gone: Accounts): JsonObject {
  const ofGone = new Set([
    ...gone.applications.map(({ clientId }) => clientId),
    ...(gone.users.length > 0 ? [AZURE_CLI_CLIENT_ID] : []),
  ]);
  const used = new Set(
    ['AccessToken', 'RefreshToken', 'IdToken'].flatMap((name) =>
      section(cache, name).map(([, token]) => stringField(token, 'client_id')),
    ),
  );
  const metadata = section(cache, 'AppMetadata').filter(([, client]) => {
    const clientId = stringField(client, 'client_id');
    return !ofGone.has(clientId) || used.has(clientId);
  });
  return Object.hasOwn(cache, 'AppMetadata') ? { ...cache, AppMetadata: Object.fromEntries(metadata) } : cache;
}

function isOfGone(token: JsonObject, gone: GoneTest): boolean {
  const username = userIdOf(token);
  if (username !== '') return gone.user(nameOnly(username));
  if (Object.hasOwn(token, 'servicePrincipalId')) {
    return gone.application(application(token, 'servicePrincipalId', 'servicePrincipalTenant'));
  }
  const tenantId = stringField(token, '_authority').split('/').at(-1) ?? '';
  return gone.application({ clientId: stringField(token, '_clientId'), tenantId });
}

function keptSubscriptions(documents: Documents, gone: GoneTest): JsonObject[] {
  return subscriptionsOf(documents).flatMap((entry): JsonObject[] => {
    const { account, certificate } = splitSubscription(entry);
    const kept =
      account === undefined ||
      !(applicationOfSubscription(account).some(gone.application) || userOfSubscription(account).some(gone.user));
    if (kept) return [entry];
    const left = joinSubscription({ account: undefined, certificate }, entry['isDefault'] === true);
    return left === undefined ? [] : [left];
  });
}

function applicationOfSubscription(half: JsonObject): ApplicationAccount[] {
  const user = asObject(half['user']);
  if (stringField(user, 'type') !== 'servicePrincipal') return [];
  return [{ clientId: stringField(user, 'name'), tenantId: stringField(half, 'tenantId') }];
}

function userOfSubscription(half: JsonObject): UserAccount[] {
  const user = asObject(half['user']);
  return stringField(user, 'type') === 'user' ? [nameOnly(stringField(user, 'name'))] : [];
}

function application(object: JsonObject, clientId: string, tenantId: string): ApplicationAccount {
  return { clientId: stringField(object, clientId), tenantId: stringField(object, tenantId) };
}

/** The classic CLI writes the name of a user in any case. */
function userIdOf(token: JsonObject): string {
  return stringField(token, 'userId').toLowerCase();
}

function nameOnly(username: string): UserAccount {
  return { username: username.toLowerCase(), homeAccountId: '' };
}

function sameApplication(one: ApplicationAccount, other: ApplicationAccount): boolean {
  return one.clientId === other.clientId && one.tenantId === other.tenantId;
}

function sameUser(one: UserAccount, other: UserAccount): boolean {
  if (one.homeAccountId !== '' && other.homeAccountId !== '') return one.homeAccountId === other.homeAccountId;
  return one.username !== '' && one.username === other.username;
}

function section(cache: JsonObject | undefined, name: string): [string, JsonObject][] {
  const entries = Object.entries(asObject(cache?.[name]) ?? {});
  return entries.flatMap(([key, value]): [string, JsonObject][] => {
    const object = asObject(value);
    return object === undefined ? [] : [[key, object]];
  });
}
