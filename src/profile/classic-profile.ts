import { AZURE_CLI_CLIENT_ID, type CredentialMaterial, resourceOf, type TenantToken } from '../core/credential.ts';
import { type Account, accountName } from '../core/session.ts';
import { classicIssuer } from './cloud-definition.ts';

/**
 * The files that the classic cross-platform CLI (`azure` 0.10.20) alone reads.
 * Source: azure-xplat-cli, `lib/util/authentication/`, `lib/util/utilsCore.js`; adal-node, `lib/cache-driver.js`.
 */

/** One entry of `accessTokens.json`: a service principal's key, or a bearer token. */
export type ClassicToken = ClassicKey | ClassicBearer;

interface ClassicKey {
  readonly servicePrincipalId: string;
  readonly servicePrincipalTenant: string;
  readonly resource: 'Azure Cli Service Principal Key Cache';
  /** The client secret. */
  readonly accessToken?: string;
  /** PEM with the key. */
  readonly certificateFile?: string;
  /** SHA-1, hex. */
  readonly thumbprint?: string;
}

interface ClassicBearer {
  readonly tokenType: 'Bearer';
  /** Seconds from now. */
  readonly expiresIn: number;
  /** ISO 8601. */
  readonly expiresOn: string;
  readonly resource: string;
  readonly accessToken: string;
  /** Whether its refresh token gets tokens for other resources. An application has none, and would send an empty one. */
  readonly isMRRT: boolean;
  readonly _clientId: string;
  readonly _authority: string;
  readonly refreshToken?: string;
  readonly userId?: string;
  readonly oid?: string;
}

/**
 * The key with which the CLI gets tokens by itself, and the first tokens, which spare it a request each. It knows no
 * federation, no managed identity and no private token issuer: there the key is a placeholder, and a token serves until
 * it ends.
 * @param tokens no two for the same resource and tenant: the CLI would take neither
 */
export function classicTokens(
  account: Account,
  material: CredentialMaterial,
  tokens: readonly TenantToken[],
  certificatePath: string,
  now: Date,
): ClassicToken[] {
  // It knows no such endpoint, and whatever it could take would be on disk.
  if (material.kind === 'token-endpoint') return [];
  const bearers = tokens.map((token) => bearer(account, material, token, now));
  if (material.kind === 'user') return bearers;
  const key: ClassicKey = {
    servicePrincipalId: accountName(account.principal),
    servicePrincipalTenant: account.tenantId,
    resource: 'Azure Cli Service Principal Key Cache',
    ...(classicIssuer(account.cloud).kind === 'own' ? keyOf(material, certificatePath) : PLACEHOLDER),
  };
  return [key, ...bearers];
}

const PLACEHOLDER = { accessToken: '-' };

function keyOf(
  material: CredentialMaterial,
  certificatePath: string,
): Pick<ClassicKey, 'accessToken' | 'certificateFile' | 'thumbprint'> {
  switch (material.kind) {
    case 'client-secret':
      return { accessToken: material.clientSecret };
    case 'client-certificate':
      return { certificateFile: certificatePath, thumbprint: material.certificate.thumbprint };
    case 'assertion':
    case 'managed-identity':
    case 'user':
    case 'token-endpoint':
      return PLACEHOLDER;
  }
}

function bearer(account: Account, material: CredentialMaterial, token: TenantToken, now: Date): ClassicBearer {
  const issuer = classicIssuer(account.cloud);
  const user =
    material.kind === 'user'
      ? {
          ...(issuer.kind === 'own' ? { refreshToken: material.grant.refreshToken } : {}),
          userId: accountName(account.principal),
          oid: material.grant.homeObjectId,
        }
      : {};
  return {
    tokenType: 'Bearer',
    expiresIn: Math.max(0, Math.floor((token.expiresOn.getTime() - now.getTime()) / 1000)),
    expiresOn: token.expiresOn.toISOString(),
    resource: resourceOf(token.scope),
    accessToken: token.token,
    isMRRT: material.kind === 'user' && issuer.kind === 'own',
    _clientId: material.kind === 'user' ? AZURE_CLI_CLIENT_ID : accountName(account.principal),
    _authority: `${issuer.url}/${token.tenantId}`,
    ...user,
  };
}

/** `telemetry.json`: the answer to a question that would otherwise wait half a minute in the first command. */
export const CLASSIC_TELEMETRY = `${JSON.stringify({ telemetry: false })}\n`;
