import type { Runner } from '../../actions/runner.ts';
import type { SessionPfx } from '../../certificate/pfx.ts';
import { tokenEndpointUrl } from '../../core/credential.ts';
import { accountName, type SignedIn } from '../../core/session.ts';
import { powerShellError } from '../../errors/powershell.ts';
import type { Deadline } from '../../http/retry.ts';
import { CONNECT, type ConnectRequest, runPowerShell } from './run.ts';

/**
 * Connects Azure PowerShell, so that every later `pwsh` step of this user has the context.
 * @param pfx set only for a certificate sign-in
 * @throws {SessionError} when PowerShell or its module is missing, fails, or does not finish by the deadline
 */
export async function connectPowerShell(
  session: SignedIn,
  contextName: string,
  pfx: SessionPfx | undefined,
  runner: Pick<Runner, 'env' | 'platform'>,
  deadline: Deadline,
): Promise<void> {
  const { material } = session;
  const request = connectRequest(session, contextName, pfx);
  const { platform } = runner;
  // Exported for later steps, but this process does not have them yet.
  const endpoint =
    material.kind === 'token-endpoint'
      ? { IDENTITY_ENDPOINT: tokenEndpointUrl(material.endpoint), IDENTITY_HEADER: material.endpoint.secret }
      : {};
  const env = { ...runner.env, ...endpoint };
  const outcome = await runPowerShell(CONNECT, request, { env, platform, signal: deadline.signal });
  if (outcome.kind !== 'done') throw powerShellError(outcome, deadline.seconds);
}

export function connectRequest(session: SignedIn, contextName: string, pfx: SessionPfx | undefined): ConnectRequest {
  const { cloud, selected, tenantId } = session.account;
  const { parameters, ...credential } = credentialParameters(session, pfx);
  return {
    armEndpoint: cloud.metadataHost === '' ? '' : cloud.resourceManager,
    parameters: {
      Environment: cloud.name,
      Tenant: tenantId,
      ...(selected === undefined ? {} : { Subscription: selected.id }),
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
function credentialParameters(
  { account: { principal }, material, managementTokens: [{ token }] }: SignedIn,
  pfx: SessionPfx | undefined,
): Pick<ConnectRequest, 'parameters'> & Partial<Pick<ConnectRequest, 'secure' | 'credential'>> {
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
      return { parameters: { AccessToken: token, AccountId: name } };
  }
}
