import { AZURE_CLI_CLIENT_ID, type CredentialMaterial, resourceOf, type TenantToken } from '../core/credential.ts';
import type { JsonObject } from '../core/json.ts';
import { type Account, accountName } from '../core/session.ts';
import { classicIssuer } from './cloud-definition.ts';

/**
 * The files that only the classic cross-platform CLI (`azure` 0.10.20) reads.
 * Source: azure-xplat-cli, `lib/util/authentication/`, `lib/util/utilsCore.js`; adal-node, `lib/cache-driver.js`.
 */

/**
 * The entries of `accessTokens.json`: the key with which the CLI requests tokens, and the first tokens, which save it a
 * request each. The CLI does not support federation, managed identities and private token issuers. For these, the key
 * is a placeholder, and a token lasts until it expires.
 * @param tokens at most one per resource and tenant: the CLI ignores duplicates
 */
export function classicTokens(
  account: Account,
  material: CredentialMaterial,
  tokens: readonly TenantToken[],
  certificatePath: string,
  now: Date,
): JsonObject[] {
  // The CLI does not support token endpoints, and any other credential would be on disk.
  if (material.kind === 'token-endpoint') return [];
  const bearers = tokens.map((token) => bearer(account, material, token, now));
  if (material.kind === 'user') return bearers;
  const key = {
    servicePrincipalId: accountName(account.principal),
    servicePrincipalTenant: account.tenantId,
    resource: 'Azure Cli Service Principal Key Cache',
    ...(classicIssuer(account.cloud).kind === 'own' ? keyFields(material, certificatePath) : PLACEHOLDER),
  };
  return [key, ...bearers];
}

const PLACEHOLDER = { accessToken: '-' };

function keyFields(material: CredentialMaterial, certificatePath: string): JsonObject {
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

function bearer(account: Account, material: CredentialMaterial, token: TenantToken, now: Date): JsonObject {
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
    // Whether the refresh token is valid for other resources. An application has none, and would send an empty one.
    isMRRT: material.kind === 'user' && issuer.kind === 'own',
    _clientId: material.kind === 'user' ? AZURE_CLI_CLIENT_ID : accountName(account.principal),
    _authority: `${issuer.url}/${token.tenantId}`,
    ...user,
  };
}

/** `telemetry.json`. Without it, the first command prompts for consent and waits half a minute. */
export const CLASSIC_TELEMETRY = `${JSON.stringify({ telemetry: false })}\n`;
