import { randomBytes } from 'node:crypto';
import type { Tenant, User } from '../directory.ts';
import type { Client } from './client.ts';
import type { Endpoint, EntraContext } from './endpoint.ts';
import { refuse } from './refusals.ts';
import type { UserSession } from './tokens.ts';

/** Wrong passwords in a row that lock an account. Source: "Microsoft Entra smart lockout", the public cloud's default. */
const LOCKOUT_THRESHOLD = 10;

const REFRESH_TOKEN_LIFETIME_MS = 90 * 24 * 3600 * 1000;

interface Grant {
  readonly user: User;
  readonly clientId: string;
  /** Clients of one family may use each other's refresh tokens. */
  readonly family: boolean;
  readonly issuedOn: number;
  readonly amr: readonly string[];
  /** Tenants whose demand for more than a password was met when the user signed in. */
  readonly strongTenants: readonly string[];
}

/** The users' side of the token service: passwords, lockout, and the refresh tokens given out. */
export class UserSessions {
  readonly #context: EntraContext;
  readonly #grants = new Map<string, Grant>();

  constructor(context: EntraContext) {
    this.#context = context;
  }

  /**
   * The user whom the password proves.
   *
   * @throws {Refusal} AADSTS50034, 50053, 50126, 50057 or 50055
   */
  checkPassword(
    userPrincipalName: string,
    password: string,
    where: { cloud: string; tenant: Tenant | undefined; name: string },
  ): User {
    const user = this.#context.directory.user(userPrincipalName);
    const home = user === undefined ? undefined : this.#context.directory.tenant(user.tenantId);
    if (user === undefined || home === undefined || home.cloud !== where.cloud) throw refuse.unknownUser(where.name);
    if (where.tenant !== undefined && identityIn(where.tenant, user) === undefined)
      throw refuse.unknownUser(where.name);
    if (user.failedSignIns >= LOCKOUT_THRESHOLD) throw refuse.lockedAccount();
    // A federated user's password is known to the organisation's own provider alone.
    const domain = userPrincipalName.toLowerCase().split('@')[1] ?? '';
    if (user.password !== password || home.federatedDomains.includes(domain)) {
      user.failedSignIns += 1;
      throw refuse.wrongPassword();
    }
    if (!user.enabled) throw refuse.disabledUser();
    if (user.passwordState === 'expired') throw refuse.expiredPassword();
    user.failedSignIns = 0;
    return user;
  }

  /** The user as a tenant knows him, once its own policies are met. */
  session(
    endpoint: Endpoint,
    user: User,
    clientId: string,
    proof: { amr: readonly string[]; strongTenants: readonly string[] },
  ): UserSession {
    const { tenant } = endpoint;
    const identity = identityIn(tenant, user);
    if (identity === undefined) throw refuse.userOfAnotherTenant(user, tenant);
    if (!user.enabled) throw refuse.disabledUser();
    if (tenant.blockedByConditionalAccess.includes(identity.objectId)) throw refuse.blockedByConditionalAccess();
    if (identity.multifactor !== 'none' && !proof.strongTenants.includes(tenant.id)) {
      throw identity.multifactor === 'required' ? refuse.multifactorRequired() : refuse.multifactorUnregistered();
    }
    return { user, objectId: identity.objectId, clientId, amr: proof.amr };
  }

  /** A new refresh token. */
  remember(session: UserSession, client: Client, strongTenants: readonly string[]): string {
    const token = `1.${randomBytes(48).toString('base64url')}`;
    this.#grants.set(token, {
      user: session.user,
      clientId: client.application.clientId,
      family: client.application.kind === 'first-party',
      issuedOn: this.#context.clock.now(),
      amr: session.amr,
      strongTenants,
    });
    return token;
  }

  /**
   * What a refresh token stands for.
   *
   * @throws {Refusal} AADSTS9002313, 70000 or 700082
   */
  redeem(
    refreshToken: string,
    client: Client,
  ): { user: User; amr: readonly string[]; strongTenants: readonly string[] } {
    const grant = this.#grants.get(refreshToken);
    if (grant === undefined) throw refuse.malformedGrant();
    const isFamily = grant.family && client.application.kind === 'first-party';
    if (grant.clientId !== client.application.clientId && !isFamily) throw refuse.foreignGrant();
    const age = this.#context.clock.now() - grant.issuedOn;
    if (age >= REFRESH_TOKEN_LIFETIME_MS) throw refuse.expiredRefreshToken(grant.issuedOn);
    return grant;
  }
}

function identityIn(tenant: Tenant, user: User): { objectId: string; multifactor: User['multifactor'] } | undefined {
  if (user.tenantId === tenant.id) return user;
  return user.guestIn.find((guest) => guest.tenantId === tenant.id);
}
