import { randomBytes } from 'node:crypto';
import type { Runner } from '../actions/runner.ts';
import { isTokenEndpoint } from '../core/credential.ts';
import { utcTime } from '../core/forms.ts';
import { expiryOf } from '../core/jwt.ts';
import { type Environment, processStart } from '../core/machine.ts';
import type { SignInRequest, TokenRequest } from '../core/request.ts';
import type { Account, Session, SignedIn } from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import { forDirectory } from '../entra/credentials.ts';
import type { ConfigDir } from '../profile/config-dir.ts';
import { type CommonPlan, type KeepAlivePlan, sessionEnd, type TokenPlan } from './plan.ts';
import type { Agent, Background } from './start.ts';

/**
 * @param agent started already, and waiting for its plan
 * @returns `undefined` for a session that needs no process
 * @throws {SessionError} when its credential should be in a process, and there is none
 */
export async function backgroundOf(
  session: Session,
  request: SignInRequest,
  { path: folder, loginId }: ConfigDir,
  agent: Agent | undefined,
  runner: Runner,
): Promise<Background | undefined> {
  if (session.kind !== 'account') return undefined;
  const { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = runner.env;
  const common = {
    folder,
    ...(loginId === '' ? {} : { sharedLogin: loginId }),
    idTokenService: { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN },
  };
  if (request.credentialStore.kind === 'memory') return inMemory(session, request, common, agent, runner);
  const plan = request.keepAlive ? keepAlivePlan(session, common) : undefined;
  return plan && { session, agent, plan, notice: keptAliveUntil(plan) };
}

/** @returns `undefined` for a session that has no assertion to keep fresh */
function keepAlivePlan({ account, material }: SignedIn, common: CommonPlan): KeepAlivePlan | undefined {
  const { principal, tenantId } = account;
  if (material.kind !== 'assertion' || principal.kind !== 'service-principal') return undefined;
  const { source, assertion } = material;
  return { ...common, clientId: principal.clientId, tenantId, source, expiresOn: expiryOf(assertion).getTime() };
}

/** How long later steps can get tokens, as a sentence. */
function keptAliveUntil({ source, idTokenService }: KeepAlivePlan): string {
  if (source.kind === 'file') return 'The session lasts for as long as the pod renews its token.';
  const end = sessionEnd(expiryOf(idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
  return `The session lasts until ${utcTime(end)}.`;
}

export const NOT_STARTED =
  'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps have the tokens that are there, for about an hour, and can get new ones for some minutes.';

/**
 * A session whose credential goes to the agent alone. Later steps get the agent's endpoint in its place.
 * @throws {SessionError} when the agent does not run
 */
async function inMemory(
  session: SignedIn,
  request: SignInRequest,
  common: CommonPlan,
  agent: Agent | undefined,
  runner: Runner,
): Promise<Background> {
  const secret = randomBytes(32).toString('hex');
  runner.mask(secret);
  // Those of the machine are saved, to be given back.
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) runner.mask(runner.env[variable] ?? '');
  const { account, material } = session;
  const podFile = material.kind === 'assertion' && material.source.kind === 'file' ? material.source.path : '';
  const endpoint = { port: await portOf(agent), secret };
  return {
    session: {
      ...session,
      account: ofOneTenant(account, runner),
      material: { kind: 'token-endpoint', endpoint, podFile },
    },
    agent,
    plan: { ...common, ...tokenPlan(session, request, runner.env), secret },
    notice: `The credential is in the memory of process ${agent?.refresher} alone, and the session lasts until the job ends.`,
  };
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

/** The protocols name no tenant: each token is one of the account's own. */
function ofOneTenant(account: Account, runner: Runner): Account {
  const { tenantId, bareTenants } = account;
  const subscriptions = account.subscriptions.filter((subscription) => subscription.tenantId === tenantId);
  const left = account.subscriptions.length - subscriptions.length;
  if (left > 0) {
    const what = left === 1 ? 'One subscription of another tenant is' : `${left} subscriptions of other tenants are`;
    runner.warning(
      `${what} left out: with \`credential-store: memory\` later steps get tokens of the tenant ${tenantId} alone. Name another one in \`tenant-id\`, or sign in to each in a step of its own.`,
    );
  }
  const ofTenant = bareTenants && { bareTenants: bareTenants.filter((bare) => bare === tenantId) };
  return { ...account, subscriptions, ...ofTenant };
}

function tokenPlan(
  { account: { principal, tenantId, cloud }, material, managementTokens, furtherTokens }: SignedIn,
  { credential, credentialStore }: SignInRequest,
  env: Environment,
): Omit<TokenPlan, keyof CommonPlan | 'secret'> {
  const url = env['IDENTITY_ENDPOINT'];
  return {
    request: asSignedIn(forDirectory(credential as TokenRequest, cloud), material),
    credential: material,
    cloud,
    tenantId,
    clientId: principal.kind === 'user' ? '' : principal.clientId,
    objectId: principal.objectId,
    audiences: credentialStore.kind === 'memory' ? credentialStore.audiences : [],
    tokens: [...managementTokens, ...furtherTokens].filter((token) => token.tenantId === tenantId),
    ...(isTokenEndpoint(url) ? { earlier: { url, secret: env['IDENTITY_HEADER'] ?? '' } } : {}),
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
