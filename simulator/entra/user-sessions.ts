import { randomBytes } from 'node:crypto';
import type { Application, Tenant, User } from '../directory.ts';
import type { Endpoint, EntraContext, TenantPath } from './endpoint.ts';
import { errors } from './errors.ts';
import type { UserSession } from './tokens.ts';

/** Wrong passwords in a row. Source: "Microsoft Entra smart lockout", the public cloud's default. */
const LOCKOUT_THRESHOLD = 10;

const REFRESH_TOKEN_LIFETIME_MS = 90 * 24 * 3600 * 1000;

/** How a user has signed in. */
export interface Authentication {
  readonly user: User;
  readonly amr: readonly string[];
  /** Tenants whose requirement of multifactor authentication is met. */
  readonly strongTenants: readonly string[];
}

interface RefreshGrant extends Authentication {
  readonly clientId: string;
  /** Clients of one family may use each other's refresh tokens. */
  readonly family: boolean;
  readonly issuedOn: number;
}

/** The users' side of the token service: passwords, lockout and refresh tokens. */
export class UserSessions {
  readonly #context: EntraContext;
  readonly #grants = new Map<string, RefreshGrant>();

  constructor(context: EntraContext) {
    this.#context = context;
  }

  /** @throws {EntraError} AADSTS50034, 50053, 50126, 50057 or 50055 */
  checkPassword(userPrincipalName: string, password: string, cloud: string, path: TenantPath): User {
    const { directory } = this.#context;
    const user = directory.user(userPrincipalName);
    const home = user && directory.tenant(user.tenantId);
    const isMember = user !== undefined && (path.kind === 'any' || identityIn(path.tenant, user) !== undefined);
    if (!isMember || home?.cloud !== cloud) throw errors.unknownUser(path.kind === 'any' ? path.name : path.tenant.id);
    if (user.failedSignIns >= LOCKOUT_THRESHOLD) throw errors.lockedAccount();
    // Only the organization's own identity provider knows a federated user's password.
    const domain = userPrincipalName.toLowerCase().split('@')[1] ?? '';
    if (user.password !== password || home.federatedDomains.includes(domain)) {
      user.failedSignIns += 1;
      throw errors.wrongPassword();
    }
    if (!user.enabled) throw errors.disabledUser();
    if (user.passwordState === 'expired') throw errors.expiredPassword();
    user.failedSignIns = 0;
    return user;
  }

  /** @throws {EntraError} when a policy of the tenant is not met */
  session({ tenant }: Endpoint, { clientId }: Application, authentication: Authentication): UserSession {
    const { user, amr, strongTenants } = authentication;
    const identity = identityIn(tenant, user);
    if (identity === undefined) throw errors.userOfAnotherTenant(user, tenant);
    if (!user.enabled) throw errors.disabledUser();
    if (tenant.blockedByConditionalAccess.includes(identity.objectId)) throw errors.blockedByConditionalAccess();
    if (identity.multifactor !== 'none' && !strongTenants.includes(tenant.id)) {
      throw identity.multifactor === 'required' ? errors.multifactorRequired() : errors.multifactorUnregistered();
    }
    return { user, objectId: identity.objectId, clientId, amr };
  }

  refreshToken(session: UserSession, { kind }: Application, { strongTenants }: Authentication): string {
    const { user, clientId, amr } = session;
    const token = `1.${randomBytes(48).toString('base64url')}`;
    const issuedOn = this.#context.clock.now();
    this.#grants.set(token, { user, clientId, family: kind === 'first-party', issuedOn, amr, strongTenants });
    return token;
  }

  /** @throws {EntraError} AADSTS9002313, 70000 or 700082 */
  redeem(refreshToken: string, { clientId, kind }: Application): Authentication {
    const grant = this.#grants.get(refreshToken);
    if (grant === undefined) throw errors.malformedGrant();
    const isFamily = grant.family && kind === 'first-party';
    if (grant.clientId !== clientId && !isFamily) throw errors.grantOfAnotherClient();
    const age = this.#context.clock.now() - grant.issuedOn;
    if (age >= REFRESH_TOKEN_LIFETIME_MS) throw errors.expiredRefreshToken(grant.issuedOn);
    return grant;
  }
}

function identityIn(tenant: Tenant, user: User): Pick<User, 'objectId' | 'multifactor'> | undefined {
  if (user.tenantId === tenant.id) return user;
  return user.guestIn.find((guest) => guest.tenantId === tenant.id);
}
