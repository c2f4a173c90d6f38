import type { Runner } from '../../actions/runner.ts';
import { type AccessToken, type CredentialMaterial, tokenEndpointUrl } from '../../core/credential.ts';
import type { Environment } from '../../core/machine.ts';
import { type Account, accountName } from '../../core/session.ts';
import { powerShellError } from '../../errors/powershell.ts';
import type { Deadline } from '../../http/retry.ts';
import type { SessionPfx } from '../pfx.ts';
import { CONNECT, type ConnectRequest, runPowerShell } from './run.ts';

interface PowerShellSession {
  readonly account: Account;
  readonly material: CredentialMaterial;
  /** For Resource Manager, in the account's tenant. For a user, it is all that PowerShell gets. */
  readonly token: AccessToken;
  /** Set only for a certificate sign-in. */
  readonly pfx: SessionPfx | undefined;
  readonly contextName: string;
}

/**
 * Connects Azure PowerShell, so that every later `pwsh` step of this user has the context.
 * @throws {SessionError} when PowerShell or its module is missing, fails, or does not finish by the deadline
 */
export async function connectPowerShell(
  session: PowerShellSession,
  runner: Pick<Runner, 'env' | 'platform'>,
  deadline: Deadline,
): Promise<void> {
  const request = connectRequest(session);
  const { platform } = runner;
  const env = { ...runner.env, ...endpointVariables(session) };
  const outcome = await runPowerShell(CONNECT, request, { env, platform, signal: deadline.signal });
  if (outcome.kind !== 'done') throw powerShellError(outcome, deadline.seconds);
}

/** These are exported for later steps, but this process does not have them yet. */
function endpointVariables({ material }: PowerShellSession): Environment {
  if (material.kind !== 'token-endpoint') return {};
  return { IDENTITY_ENDPOINT: tokenEndpointUrl(material.endpoint), IDENTITY_HEADER: material.endpoint.secret };
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
 * One parameter set of `Connect-AzAccount` for each method. It accepts no refresh token, so a user's context ends with
 * the access token. A federated context gets tokens for other resources only for the minutes until the assertion
 * expires.
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
