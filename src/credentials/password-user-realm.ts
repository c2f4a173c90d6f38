import { quotable, quotableId } from '../foreign-text.ts';
import { parseJsonObject, stringField } from '../net/json.ts';
import { SessionError } from '../session-error.ts';
import type { SignInContext } from '../sign-in-context.ts';
import type { EntraRefused } from './token-answer.ts';

/** Refusals that a federated user gets: the password is wrong, there is none, there is no such user. */
const SUGGEST_FEDERATION: ReadonlySet<string> = new Set(['50126', '50056', '50034', '51004']);

/**
 * The error for a user whose password Entra ID does not know, since another identity provider checks it. Asked only
 * after a refusal that suggests it, so that it costs the good path nothing. Clients that speak WS-Trust could go on to
 * that provider; this one does not.
 * Source: MSAL Python, `authority.py`, `user_realm_discovery`.
 *
 * @returns `undefined` when the user is not federated, or it cannot be found out: then the refusal itself is told
 */
export async function federatedUser(
  username: string,
  refused: EntraRefused,
  context: SignInContext,
): Promise<SessionError | undefined> {
  const { refusal } = refused;
  if (!SUGGEST_FEDERATION.has(refusal.code)) return undefined;
  const provider = await federationProvider(username, context);
  if (provider === undefined) return undefined;
  return new SessionError(
    `The user ${quotableId(username)} cannot sign in with a password here: the account is federated.`,
    {
      why: [
        `The domain leaves passwords to an identity provider of its own${provider === '' ? '' : ` (${provider})`}, and Entra ID does not know them (AADSTS${refusal.code}).`,
        `Entra ID says: ${refusal.description}`,
      ].join('\n'),
      next: [
        { say: 'Let the workflow sign in as a service principal by OIDC instead:', run: 'auth-type: oidc' },
        'Or use an account whose password Entra ID keeps, for example one of the domain NAME.onmicrosoft.com.',
      ],
      cause: refused,
    },
  );
}

/** Host of the provider, `''` when it is not named; `undefined` for an account that is not federated. */
async function federationProvider(username: string, { cloud, http }: SignInContext): Promise<string | undefined> {
  try {
    const url = `${cloud.authority}/common/userrealm/${encodeURIComponent(username)}?api-version=1.0`;
    const realm = parseJsonObject((await http.send({ method: 'GET', url })).body);
    if (stringField(realm, 'account_type').toLowerCase() !== 'federated') return undefined;
    return quotable(URL.parse(stringField(realm, 'federation_active_auth_url'))?.host ?? '', 100);
  } catch {
    return undefined;
  }
}
