import type { Runner } from '../actions/runner.ts';
import { expiryOf } from '../core/jwt.ts';
import type { Session } from '../core/session.ts';
import type { LoginFiles } from '../profile/login-files.ts';
import type { ProfilePlace } from '../profile/place.ts';
import { type KeepAlivePlan, sessionEnd } from './plan.ts';
import { startRefresher } from './start.ts';
import type { RefresherProcess } from './stop.ts';

/**
 * Starts the refresher of a federated session, says until when it can keep it alive, and waits for neither.
 * @returns no process for a session that has no assertion to keep fresh
 */
export function keepAlive(session: Session, place: ProfilePlace, files: LoginFiles, runner: Runner): RefresherProcess {
  const none = { refresher: 0, refresherStarted: '' };
  if (session.kind !== 'account' || session.handover.kind !== 'assertion') return none;
  const { principal, tenantId } = session.account;
  if (principal.kind !== 'service-principal') return none;
  const { source, assertion } = session.handover;
  const plan: KeepAlivePlan = {
    folder: place.path,
    ...(place.loginId === '' ? {} : { sharedLogin: place.loginId }),
    clientId: principal.clientId,
    tenantId,
    source,
    expiresOn: expiryOf(assertion).getTime(),
    tokenFile: source.kind === 'github' ? files.federatedToken.name : '',
    logFile: files.keepAliveLog.name,
  };
  const refresher = startRefresher(plan, runner.env);
  if (refresher === undefined) runner.warning(NOT_STARTED);
  else runner.info(until(plan, runner));
  return refresher ?? none;
}

const NOT_STARTED =
  'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps have the tokens that are there, for about an hour, and can get new ones for some minutes.';

function until({ source }: KeepAlivePlan, { env }: Runner): string {
  if (source.kind === 'file') return 'The session is kept alive for as long as the pod renews its token.';
  const end = sessionEnd(expiryOf(env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
  const minute = end.toISOString().slice(0, 16).replace('T', ' ');
  return `The session is kept alive until ${minute} UTC, when GitHub's request token ends.`;
}
