import type { Runner } from '../actions/runner.ts';
import { expiryOf } from '../core/jwt.ts';
import type { Environment } from '../core/machine.ts';
import type { SignInRequest } from '../core/request.ts';
import type { Session } from '../core/session.ts';
import { utcTime } from '../core/utc-time.ts';
import type { ConfigDir } from '../profile/config-dir.ts';
import { loginFiles } from '../profile/saved-session.ts';
import { idTokenServiceIn, type KeepAlivePlan, sessionEnd } from './plan.ts';
import type { Agent, Background } from './start.ts';

/**
 * @param agent started already, and waiting for its plan
 * @returns `undefined` for a session that needs no process
 * @throws {SessionError} when its credential should be in a process, and there is none
 */
export async function backgroundOf(
  session: Session,
  request: SignInRequest,
  configDir: ConfigDir,
  agent: Agent | undefined,
  runner: Runner,
): Promise<Background | undefined> {
  if (request.credentialStore.kind === 'memory') {
    const { inMemory } = await import('./memory.ts');
    return inMemory(session, request, configDir, agent, runner);
  }
  const plan = request.keepAlive ? keepAlivePlan(session, configDir, runner.env) : undefined;
  return plan && { session, agent, plan, notice: keptAliveUntil(plan) };
}

/** @returns `undefined` for a session that has no assertion to keep fresh */
function keepAlivePlan(session: Session, configDir: ConfigDir, env: Environment): KeepAlivePlan | undefined {
  if (session.kind !== 'account' || session.material.kind !== 'assertion') return undefined;
  const { principal, tenantId } = session.account;
  if (principal.kind !== 'service-principal') return undefined;
  const { source, assertion } = session.material;
  const files = loginFiles(configDir.path, configDir.loginId);
  return {
    folder: configDir.path,
    ...(configDir.loginId === '' ? {} : { sharedLogin: configDir.loginId }),
    idTokenService: idTokenServiceIn(env),
    clientId: principal.clientId,
    tenantId,
    source,
    expiresOn: expiryOf(assertion).getTime(),
    tokenFile: source.kind === 'github' ? files.federatedToken.name : '',
    logFile: files.keepAliveLog.name,
  };
}

/** How long later steps can get tokens, as a sentence. */
function keptAliveUntil({ source, idTokenService }: KeepAlivePlan): string {
  if (source.kind === 'file') return 'The session lasts for as long as the pod renews its token.';
  const end = sessionEnd(expiryOf(idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
  return `The session lasts until ${utcTime(end)}.`;
}

export const NOT_STARTED =
  'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps have the tokens that are there, for about an hour, and can get new ones for some minutes.';
