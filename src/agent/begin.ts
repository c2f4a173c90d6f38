import { expiryOf } from '../core/jwt.ts';
import type { Environment } from '../core/machine.ts';
import type { Session } from '../core/session.ts';
import { utcTime } from '../core/utc-time.ts';
import type { LoginFiles } from '../profile/login-files.ts';
import type { ProfilePlace } from '../profile/place.ts';
import { idTokenServiceIn, type KeepAlivePlan, sessionEnd } from './plan.ts';

/** @returns `undefined` for a session that has no assertion to keep fresh */
export function keepAlivePlan(
  session: Session,
  place: ProfilePlace,
  files: LoginFiles,
  env: Environment,
): KeepAlivePlan | undefined {
  if (session.kind !== 'account' || session.handover.kind !== 'assertion') return undefined;
  const { principal, tenantId } = session.account;
  if (principal.kind !== 'service-principal') return undefined;
  const { source, assertion } = session.handover;
  return {
    folder: place.path,
    ...(place.loginId === '' ? {} : { sharedLogin: place.loginId }),
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
export function keptAliveUntil({ source, idTokenService }: KeepAlivePlan): string {
  if (source.kind === 'file') return 'The session lasts for as long as the pod renews its token.';
  const end = sessionEnd(expiryOf(idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
  return `The session lasts until ${utcTime(end)}.`;
}

export const NOT_STARTED =
  'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps have the tokens that are there, for about an hour, and can get new ones for some minutes.';
