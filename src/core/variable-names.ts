/**
 * Every variable that a session can export. The post step never changes another one, whatever the saved state contains.
 *
 * The end of a login restores the variables in `RESTORED`, whose values cannot be secret (URLs, paths, ids, switches
 * and names), and blanks those in `BLANKED`, whose earlier values are never saved. Add a new name to `BLANKED` unless
 * its value cannot be secret.
 */

/** Read by the Azure SDKs. */
const RESTORED_FOR_SDKS = [
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
] as const;
const BLANKED_FOR_SDKS = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_USERNAME',
  'AZURE_PASSWORD',
] as const;
export const SDK_VARIABLES = [...RESTORED_FOR_SDKS, ...BLANKED_FOR_SDKS] as const;

/** Read by Terraform's providers and its backend. */
const RESTORED_FOR_TERRAFORM = [
  'ARM_TENANT_ID',
  'ARM_CLIENT_ID',
  'ARM_CLIENT_ID_FILE_PATH',
  'ARM_SUBSCRIPTION_ID',
  'ARM_ENVIRONMENT',
  'ARM_METADATA_HOSTNAME',
  'ARM_METADATA_HOST',
  'ARM_RESOURCE_MANAGER_ENDPOINT',
  'ARM_RESOURCE_MANAGER_AUDIENCE',
  'ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST',
  'ARM_CLIENT_CERTIFICATE_PATH',
  'ARM_CLIENT_SECRET_FILE_PATH',
  'ARM_USE_OIDC',
  'ARM_OIDC_TOKEN_FILE_PATH',
  'ARM_OIDC_REQUEST_URL',
  'ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID',
  'ARM_OIDC_AZURE_SERVICE_CONNECTION_ID',
  'ARM_USE_AKS_WORKLOAD_IDENTITY',
  'ARM_USE_MSI',
] as const;
const BLANKED_FOR_TERRAFORM = [
  'ARM_CLIENT_SECRET',
  'ARM_CLIENT_CERTIFICATE',
  'ARM_CLIENT_CERTIFICATE_PASSWORD',
  'ARM_OIDC_REQUEST_TOKEN',
] as const;
export const TERRAFORM_VARIABLES = [...RESTORED_FOR_TERRAFORM, ...BLANKED_FOR_TERRAFORM] as const;

const RESTORED = [
  ...RESTORED_FOR_SDKS,
  ...RESTORED_FOR_TERRAFORM,
  'AZURE_CONFIG_DIR',
  'AZURE_EXTENSION_DIR',
  'AZURE_TOKEN_CREDENTIALS',
  'ANSIBLE_AZURE_AUTH_SOURCE',
  'AZURE_CLOUD_NAME',
  'AZURE_CORE_ENCRYPT_TOKEN_CACHE',
  'AZURE_CORE_USE_MSAL_HTTP_CACHE',
  'AZURE_ACCESS_TOKEN_FILE',
  'AZURE_USE_SECURE_TOKEN_STORAGE',
  'AZURE_RESOURCEMANAGERENDPOINT_URL',
  'AZURE_MANAGEMENTENDPOINT_URL',
  'AZURE_ACTIVEDIRECTORY_ENDPOINT_URL',
  'AZURE_ACTIVEDIRECTORY_RESOURCE_ID',
  'ARM_USE_CLI',
  'ARM_DISABLE_INSTANCE_DISCOVERY',
  'NO_PROXY',
  'no_proxy',
  'IDENTITY_ENDPOINT',
  'IDENTITY_SERVER_THUMBPRINT',
] as const;

/** Secrets, and values that a workflow may store as secrets, such as a user name. */
const BLANKED = [
  ...BLANKED_FOR_SDKS,
  ...BLANKED_FOR_TERRAFORM,
  'AZURE_CONSOLE_TOKENS',
  'COPILOT_AGENT_SESSION_ID',
  'ARM_OIDC_TOKEN',
] as const;

/**
 * Secrets of an identity endpoint. A machine's secret is restored: it is valid only on this machine, whose processes
 * all have it in their environment.
 */
const ENDPOINT_SECRETS = ['IDENTITY_HEADER', 'MSI_ENDPOINT', 'MSI_SECRET', 'ARM_MSI_ENDPOINT'] as const;

export type VariableName = (typeof RESTORED | typeof ENDPOINT_SECRETS | typeof BLANKED)[number];

/** Variables by name. A blank value means unset: clients that distinguish the two fail on a blank one. */
export type Variables<Name extends VariableName = VariableName> = Readonly<Partial<Record<Name, string>>>;

/** Whether the earlier value of a variable may be saved. */
export function isRestored(name: VariableName): boolean {
  return !isOneOf(BLANKED, name);
}

/** Whether only a fingerprint of the exported value may be recorded. */
export function isSecret(name: VariableName): boolean {
  return !isOneOf(RESTORED, name);
}

export function isVariableName(name: string): name is VariableName {
  return isOneOf([...RESTORED, ...ENDPOINT_SECRETS, ...BLANKED], name);
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** Values of `AZURE_TOKEN_CREDENTIALS`, in lower case, that make the Azure SDKs get tokens from `az`. */
export const AZ_TOKEN_CREDENTIALS: readonly string[] = ['dev', 'azureclicredential'];

/** The value of `AZURE_TOKEN_CREDENTIALS` after the end of a login, if it had none before. */
export const DEFAULT_TOKEN_CREDENTIALS = 'prod';
