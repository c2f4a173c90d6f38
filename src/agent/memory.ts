import { randomBytes } from 'node:crypto';
import type { Runner } from '../actions/runner.ts';
import { processStart } from '../core/machine.ts';
import type { SignInRequest, TokenRequest } from '../core/request.ts';
import type { Account, Session, SignedIn } from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import { isTokenEndpoint, type TokenEndpoint } from '../core/token-endpoint.ts';
import { forDirectory } from '../entra/credentials.ts';
import type { ConfigDir } from '../profile/config-dir.ts';
import { loginFiles } from '../profile/saved-session.ts';
import { idTokenServiceIn, type TokenPlan } from './plan.ts';
import type { Agent, Background } from './start.ts';

/**
 * A session whose credential goes to the agent alone. Later steps get the agent's endpoint in its place.
 * @throws {SessionError} when the agent does not run
 */
export async function inMemory(
  session: Session,
  request: SignInRequest,
  configDir: ConfigDir,
  agent: Agent | undefined,
  runner: Runner,
): Promise<Background> {
  if (session.kind !== 'account' || request.credentialStore.kind !== 'memory') {
    throw new Error('No token can be had by this credential.');
  }
  const secret = randomBytes(32).toString('hex');
  runner.mask(secret);
  // Those of the machine are saved, to be given back.
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) runner.mask(runner.env[variable] ?? '');
  const endpoint = { port: await portOf(agent), secret };
  const reached = ofOneTenant(session.account);
  const left = session.account.subscriptions.length - reached.subscriptions.length;
  if (left > 0) runner.warning(otherTenants(left, reached.tenantId));
  const plan = tokenPlan(session, request, configDir, endpoint, runner);
  return {
    session: {
      ...session,
      account: reached,
      material: { kind: 'token-endpoint', endpoint, podFile: podFileOf(session) },
    },
    agent,
    plan: { ...plan, audiences: request.credentialStore.audiences },
    notice: `The credential is in the memory of process ${agent?.refresher} alone, and the session lasts until the job ends.`,
  };
}

function podFileOf({ material }: SignedIn): string {
  return material.kind === 'assertion' && material.source.kind === 'file' ? material.source.path : '';
}

async function portOf(agent: Agent | undefined): Promise<number> {
  try {
    if (agent === undefined) throw new Error('The system did not start the agent.');
    return await agent.port;
  } catch (cause) {
    throw new SessionError('The process that is to keep the credential in memory did not start.', {
      why: 'With `credential-store: memory` there is nothing else that later steps could sign in with.',
      next: [
        'See whether the runner has memory and processes left. Or leave `credential-store` out, which keeps the credential in files.',
      ],
      cause,
    });
  }
}

function tokenPlan(
  { account, material, managementTokens, furtherTokens }: SignedIn,
  { credential }: SignInRequest,
  configDir: ConfigDir,
  { secret }: TokenEndpoint,
  { env }: Runner,
): Omit<TokenPlan, 'audiences'> {
  const { principal, tenantId, cloud } = account;
  const tokens = [...managementTokens, ...furtherTokens].filter((token) => token.tenantId === tenantId);
  const earlierSecret = env['IDENTITY_HEADER'] ?? '';
  return {
    folder: configDir.path,
    ...(configDir.loginId === '' ? {} : { sharedLogin: configDir.loginId }),
    idTokenService: idTokenServiceIn(env),
    secret,
    request: asSignedIn(forDirectory(credential as TokenRequest, cloud), material),
    credential: material,
    cloud,
    tenantId,
    clientId: principal.kind === 'user' ? '' : principal.clientId,
    objectId: principal.objectId,
    tokens: tokens.map(({ token, scope, expiresOn }) => ({ token, scope, expiresOn: expiresOn.getTime() })),
    ...(isTokenEndpoint(env['IDENTITY_ENDPOINT'])
      ? { earlier: { url: env['IDENTITY_ENDPOINT'] ?? '', secret: earlierSecret } }
      : {}),
    accountFile: loginFiles(configDir.path, configDir.loginId).tokenAccount.name,
    runner: { pid: process.ppid, started: process.ppid > 1 ? (processStart(process.ppid) ?? '') : '' },
  };
}

/** With the audience that Entra ID took in the end, and without what is in the credential already. */
function asSignedIn(request: TokenRequest, material: SignedIn['material']): TokenRequest {
  if (request.method === 'client-certificate') return { ...request, certificate: '', certificatePassword: '' };
  if (request.method === 'password') return { ...request, password: '' };
  const isGitHub = material.kind === 'assertion' && material.source.kind === 'github';
  return request.method === 'oidc' && isGitHub ? { ...request, audience: material.source.audience } : request;
}

/** The protocols name no tenant: each token is one of the account's own. */
function ofOneTenant(account: Account): Account {
  const { tenantId } = account;
  const bareTenants = account.bareTenants?.filter((bare) => bare === tenantId);
  return {
    ...account,
    subscriptions: account.subscriptions.filter((subscription) => subscription.tenantId === tenantId),
    ...(bareTenants === undefined ? {} : { bareTenants }),
  };
}

function otherTenants(count: number, tenantId: string): string {
  const what = count === 1 ? 'One subscription of another tenant is' : `${count} subscriptions of other tenants are`;
  return `${what} left out: with \`credential-store: memory\` later steps get tokens of the tenant ${tenantId} alone. Name another one in \`tenant-id\`, or sign in to each in a step of its own.`;
}
