import type { Runner } from '../../actions/runner.ts';
import { type AccessToken, type CredentialMaterial, urlOf } from '../../core/credential.ts';
import type { Environment } from '../../core/machine.ts';
import { type Account, accountName } from '../../core/session.ts';
import { powerShellError } from '../../errors/powershell.ts';
import type { Deadline } from '../../http/retry.ts';
import type { SessionPfx } from '../pfx.ts';
import { CONNECT, type ConnectRequest, runPowerShell } from './run.ts';

/** Who is to be connected, and by what name the context will be known. */
interface PowerShellSession {
  readonly account: Account;
  readonly material: CredentialMaterial;
  /** Of Resource Manager, for the account's own tenant: all that a user has to show to PowerShell. */
  readonly token: AccessToken;
  /** There for a certificate sign-in alone. */
  readonly pfx: SessionPfx | undefined;
  readonly contextName: string;
}

/**
 * Connects Azure PowerShell, so that every later `pwsh` step of this user finds the context.
 * @throws {SessionError} when it is missing, refuses or is not done by the deadline
 */
export async function connectPowerShell(
  session: PowerShellSession,
  runner: Pick<Runner, 'env' | 'platform'>,
  deadline: Deadline,
): Promise<void> {
  const request = connectRequest(session);
  const { platform } = runner;
  const env = { ...runner.env, ...endpointOf(session) };
  const outcome = await runPowerShell(CONNECT, request, { env, platform, signal: deadline.signal });
  if (outcome.kind !== 'done') throw powerShellError(outcome, deadline.seconds);
}

/** Which later steps find in their environment. */
function endpointOf({ material }: PowerShellSession): Environment {
  if (material.kind !== 'token-endpoint') return {};
  return { IDENTITY_ENDPOINT: urlOf(material.endpoint), IDENTITY_HEADER: material.endpoint.secret };
}

export function connectRequest(session: PowerShellSession): ConnectRequest {
  const { account, contextName } = session;
  const { cloud, selected, tenantId } = account;
  const { parameters, ...credential } = credentialParameters(session);
  return {
    armEndpoint: cloud.metadataHost === '' ? '' : cloud.resourceManager,
    parameters: {
      Environment: cloud.name,
      Tenant: tenantId,
      ...(selected.kind === 'subscription' ? { Subscription: selected.subscription.id } : {}),
      ContextName: contextName,
      Force: true,
      ...parameters,
    },
    secure: {},
    ...credential,
  };
}

/**
 * One parameter set of `Connect-AzAccount` a method. It takes no refresh token: a user's context ends with the access
 * token. A federated one gets tokens for other resources only as long as the assertion lives, some minutes.
 */
function credentialParameters({
  account: { principal },
  material,
  token,
  pfx,
}: PowerShellSession): Pick<ConnectRequest, 'parameters'> & Partial<Pick<ConnectRequest, 'secure' | 'credential'>> {
  const name = accountName(principal);
  switch (material.kind) {
    case 'client-secret':
      return { parameters: { ServicePrincipal: true }, credential: { user: name, password: material.clientSecret } };
    case 'client-certificate': {
      const chain = material.chain === 'send' ? ({ SendCertificateChain: true } as const) : {};
      return {
        parameters: { ServicePrincipal: true, ApplicationId: name, CertificatePath: pfx?.path ?? '', ...chain },
        secure: { CertificatePassword: pfx?.password ?? '' },
      };
    }
    case 'assertion':
      return { parameters: { ServicePrincipal: true, ApplicationId: name, FederatedToken: material.assertion } };
    case 'managed-identity': {
      const userAssigned = principal.kind === 'managed-identity' && principal.assigned === 'user';
      return { parameters: { Identity: true, ...(userAssigned ? { AccountId: principal.clientId } : {}) } };
    }
    case 'token-endpoint':
      return {
        parameters: { Identity: true, ...(principal.kind === 'service-principal' ? { AccountId: name } : {}) },
      };
    case 'user':
      return { parameters: { AccessToken: token.token, AccountId: name } };
  }
}
