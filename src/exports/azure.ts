import type { CredentialMaterial } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportRequest } from '../core/request.ts';
import type { Account, ImportedCertificates, Principal } from '../core/session.ts';
import type { LoginFiles } from '../profile/login-files.ts';
import { type Carrier, tokenCredentials } from './token-credentials.ts';
import { type ExportedVariable, isChosenByWorkflow, isSecretOf, type Past, type VariableFamily } from './variables.ts';

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

type Name = (typeof OWNED)[number] | 'AZURE_TOKEN_CREDENTIALS' | 'ANSIBLE_AZURE_AUTH_SOURCE';

/** The family, how the SDKs get to the session by it, and where they do not. */
interface AzureFamily {
  readonly family: VariableFamily;
  readonly carrier: Carrier;
  readonly warnings: readonly string[];
}

/**
 * After an import of management certificates: no SDK takes these, so nothing of another login may stay, and no identity
 * of the machine may stand in.
 */
export function azureFamilyOfCertificates({ selected }: ImportedCertificates, past: Past): AzureFamily {
  return withTokenCredentials(OWNED, [plain('AZURE_SUBSCRIPTION_ID', selected.id)], 'az', past);
}

/** What the family needs beside the account. */
interface AzureSources {
  readonly secrets: ExportRequest['secrets'];
  /** Whether the federated token is kept fresh: a file that is not would be fatal after five minutes. */
  readonly keepAlive: 'on' | 'off';
  readonly past: Past;
}

export function azureFamily(
  account: Account,
  material: CredentialMaterial,
  files: LoginFiles,
  { secrets, keepAlive, past }: AzureSources,
): AzureFamily {
  const { principal, tenantId, cloud, selected } = account;
  const { env } = past;
  const credential = credentialVariables(material, files, secrets, keepAlive);
  const carrier = carrierOf(material, credential, env);
  const variables = [
    plain('AZURE_TENANT_ID', tenantId),
    ...clientIdVariables(principal, carrier),
    ...(selected.kind === 'subscription' ? [plain('AZURE_SUBSCRIPTION_ID', selected.subscription.id)] : []),
    // In the public cloud too: azure-identity 1.13 to 1.23.1 for Python takes a token file only where this is set.
    plain('AZURE_AUTHORITY_HOST', `${cloud.authority}/`),
    ...ansibleVariables(past),
    ...credential,
  ];
  const owned = OWNED.filter((name) => !isSecretOf(material, env[name]));
  return withTokenCredentials(owned, variables, carrier, past);
}

function withTokenCredentials(
  owned: VariableFamily['owned'],
  variables: readonly ExportedVariable[],
  carrier: Carrier,
  past: Past,
): AzureFamily {
  const { env } = past;
  const exported = new Set(variables.map(({ name }) => name));
  const isChosen = isChosenByWorkflow('AZURE_TOKEN_CREDENTIALS', past, ['dev', 'prod']);
  const chosen = isChosen ? (env['AZURE_TOKEN_CREDENTIALS'] ?? '') : '';
  const { value, warnings } = tokenCredentials(carrier, exported, env, chosen);
  const chain = value === undefined ? [] : [plain('AZURE_TOKEN_CREDENTIALS', value)];
  return { family: { owned, variables: [...variables, ...chain], replacing: 'warn' }, carrier, warnings };
}

/** A secret that is withheld may be one that the workflow gives to its clients itself. */
function carrierOf(material: CredentialMaterial, credential: readonly ExportedVariable[], env: Environment): Carrier {
  switch (material.kind) {
    case 'client-secret':
      return credential.length > 0 || isSecretOf(material, env['AZURE_CLIENT_SECRET']) ? 'client-secret' : 'az';
    case 'assertion':
      return credential.length > 0 ? 'workload-identity' : 'az';
    case 'client-certificate':
    case 'managed-identity':
      return material.kind;
    case 'token-endpoint':
      return material.podFile === '' ? material.kind : 'workload-identity';
    case 'user':
      return 'az';
  }
}

/**
 * Only beside a credential, or for the machine's identity of that id: on its own `DefaultAzureCredential` takes it for
 * the client id of such an identity, and the SDK for Go fails where there is none. A system assigned identity has none to
 * give: with one, it would be taken for user-assigned.
 */
function clientIdVariables(principal: Principal, carrier: Carrier): ExportedVariable[] {
  if (principal.kind === 'user' || carrier === 'az') return [];
  if (principal.kind === 'managed-identity' && principal.assigned === 'system') return [];
  return [plain('AZURE_CLIENT_ID', principal.clientId)];
}

/**
 * From `AZURE_SUBSCRIPTION_ID` Ansible concludes that all of a credential is in variables, and misses `AZURE_SECRET`;
 * with that one it signs in by itself.
 * Source: azure.azcollection, `plugins/module_utils/azure_rm_common.py`.
 */
function ansibleVariables(past: Past): ExportedVariable[] {
  const isChosen = isChosenByWorkflow('ANSIBLE_AZURE_AUTH_SOURCE', past, ['cli']);
  if (isChosen || (past.env['AZURE_SECRET'] ?? '') !== '') return [];
  return [plain('ANSIBLE_AZURE_AUTH_SOURCE', 'cli')];
}

function credentialVariables(
  material: CredentialMaterial,
  files: LoginFiles,
  secrets: ExportRequest['secrets'],
  keepAlive: 'on' | 'off',
): ExportedVariable[] {
  switch (material.kind) {
    case 'client-secret':
      return secrets === 'withhold'
        ? []
        : [{ name: 'AZURE_CLIENT_SECRET' satisfies Name, value: material.clientSecret, content: 'secret' }];
    case 'client-certificate':
      return [
        plain('AZURE_CLIENT_CERTIFICATE_PATH', files.certificate.path),
        ...(material.chain === 'send' ? [plain('AZURE_CLIENT_SEND_CERTIFICATE_CHAIN', 'true')] : []),
      ];
    case 'assertion':
      if (material.source.kind === 'file') return [plain('AZURE_FEDERATED_TOKEN_FILE', material.source.path)];
      return keepAlive === 'on' ? [plain('AZURE_FEDERATED_TOKEN_FILE', files.federatedToken.path)] : [];
    case 'token-endpoint':
      // A pod has it anyway, and a blank one ends the chain of the SDK for Go.
      return material.podFile === '' ? [] : [plain('AZURE_FEDERATED_TOKEN_FILE', material.podFile)];
    case 'managed-identity':
    case 'user':
      return [];
  }
}

function plain(name: Name, value: string): ExportedVariable {
  return { name, value, content: 'plain' };
}
