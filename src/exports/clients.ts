import type { ClientAccess } from '../actions/summary.ts';
import type { Environment } from '../core/machine.ts';
import type { SignInRequest } from '../core/request.ts';
import type { Session, SignedIn } from '../core/session.ts';
import { utcTime } from '../core/utc-time.ts';

/**
 * The clients that are signed in for later steps, and by what; none with `export-env: none`, where each step has to name
 * the folder first. What a client does with a credential that reaches it is told by the tests with real clients.
 * @param env the variables of later steps
 */
export function clientsOf(session: Session, request: SignInRequest, env: Environment): ClientAccess[] {
  const { exports, mode, powershell } = request;
  if (exports.families === 'none') return [];
  if (session.kind === 'management-certificates') return [{ client: 'azure', by: `its profile folder, mode ${mode}` }];
  const inMemory = session.material.kind === 'token-endpoint';
  return [
    { client: 'az', by: inMemory ? 'memory' : 'its profile folder' },
    ...(inMemory ? [] : [{ client: 'azure', by: classicAccess(session, mode) }]),
    { client: 'Azure SDKs', by: sdkAccess(session, exports.families.includes('azure'), env) },
    ...terraformAccess(session, exports.families.includes('terraform')),
    ...(powershell ? [{ client: 'Azure PowerShell', by: 'its context' }] : []),
  ];
}

/** It knows no federation and no managed identity, and so cannot renew the token that it finds. */
function classicAccess({ material, managementTokens: [{ expiresOn }] }: SignedIn, mode: SignInRequest['mode']): string {
  const isRenewed = material.kind !== 'assertion' && material.kind !== 'managed-identity';
  return `its profile folder, mode ${mode}${isRenewed ? '' : `, until ${utcTime(expiresOn)}`}`;
}

const BY_AZ = ['dev', 'azureclicredential'];

function sdkAccess({ material }: SignedIn, hasFamily: boolean, env: Environment): string {
  if (!hasFamily || BY_AZ.includes((env['AZURE_TOKEN_CREDENTIALS'] ?? '').toLowerCase())) return 'through az';
  if (material.kind === 'token-endpoint') return 'memory';
  return material.kind === 'managed-identity' ? 'the identity of the machine' : 'variables';
}

/** Through `az` its provider takes users alone. */
function terraformAccess({ material: { kind } }: SignedIn, hasFamily: boolean): ClientAccess[] {
  if (kind === 'user') return [{ client: 'Terraform', by: 'through az' }];
  return hasFamily ? [{ client: 'Terraform', by: 'variables' }] : [];
}
