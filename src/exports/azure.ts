import type { Account, Principal } from '../azure/account.ts';
import { KNOWN_CLOUDS } from '../azure/clouds.ts';
import type { Handover } from '../credential.ts';
import type { ExportRequest } from '../inputs/request.ts';
import type { LoginFiles } from '../profile/login-files.ts';
import type { Environment } from '../runner/runner.ts';
import type { ImportedCertificates } from '../session.ts';
import { type ExportedVariable, isSecretOf, type VariableFamily } from './variables.ts';

/**
 * The `azure` family: what the Azure SDKs read, above all `DefaultAzureCredential`. A credential that is there but
 * refused ends its chain, so nothing is left that belongs to another method.
 * Source: Azure SDK design guidelines, "Environment variables"; `@azure/identity`, `environmentCredential.ts`.
 */
const OWNED = [
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
  'AZURE_CLIENT_SECRET',
  'AZURE_USERNAME',
  'AZURE_PASSWORD',
] as const;

type Name = (typeof OWNED)[number];

/** After an import of management certificates: no SDK takes these, so nothing of another login may stay. */
export function azureFamilyOfCertificates({ selected }: ImportedCertificates): VariableFamily {
  return { owned: OWNED, variables: [plain('AZURE_SUBSCRIPTION_ID', selected.id)], replacing: 'warn' };
}

/** What the family needs beside the account. */
export interface AzureSources {
  readonly secrets: ExportRequest['secrets'];
  /** Whether the federated token is kept fresh: a file that is not would be fatal after five minutes. */
  readonly keepAlive: 'on' | 'off';
  readonly env: Environment;
}

export function azureFamily(
  account: Account,
  handover: Handover,
  files: LoginFiles,
  { secrets, keepAlive, env }: AzureSources,
): VariableFamily {
  const { principal, tenantId, cloud, selected } = account;
  const variables = [
    plain('AZURE_TENANT_ID', tenantId),
    ...clientIdVariables(principal),
    ...(selected.kind === 'subscription' ? [plain('AZURE_SUBSCRIPTION_ID', selected.subscription.id)] : []),
    ...(cloud.name === KNOWN_CLOUDS.AzureCloud.name ? [] : [plain('AZURE_AUTHORITY_HOST', `${cloud.authority}/`)]),
    ...credentialVariables(handover, files, secrets, keepAlive),
  ];
  return { owned: OWNED.filter((name) => !isSecretOf(handover, env[name])), variables, replacing: 'warn' };
}

/**
 * A user has none: with a client id, `DefaultAzureCredential` would look for a managed identity of that id. A system
 * assigned identity has none to give either: with one, it would be taken for user-assigned.
 */
function clientIdVariables(principal: Principal): ExportedVariable[] {
  if (principal.kind === 'user') return [];
  if (principal.kind === 'managed-identity' && principal.assigned === 'system') return [];
  return [plain('AZURE_CLIENT_ID', principal.clientId)];
}

function credentialVariables(
  handover: Handover,
  files: LoginFiles,
  secrets: ExportRequest['secrets'],
  keepAlive: 'on' | 'off',
): ExportedVariable[] {
  switch (handover.kind) {
    case 'client-secret':
      return secrets === 'withhold'
        ? []
        : [{ name: 'AZURE_CLIENT_SECRET' satisfies Name, value: handover.clientSecret, content: 'secret' }];
    case 'client-certificate':
      return [
        plain('AZURE_CLIENT_CERTIFICATE_PATH', files.certificate.path),
        ...(handover.chain === 'send' ? [plain('AZURE_CLIENT_SEND_CERTIFICATE_CHAIN', 'true')] : []),
      ];
    case 'assertion':
      if (handover.source.kind === 'file') return [plain('AZURE_FEDERATED_TOKEN_FILE', handover.source.path)];
      return keepAlive === 'on' ? [plain('AZURE_FEDERATED_TOKEN_FILE', files.federatedToken.path)] : [];
    case 'managed-identity':
    case 'user':
      return [];
  }
}

function plain(name: Name, value: string): ExportedVariable {
  return { name, value, content: 'plain' };
}
