/**
 * Every variable that a session can export. The post step changes no other, whatever it is told.
 *
 * Each is `RESTORED` or `BLANKED`. Restored are the names whose value cannot be a secret: addresses, paths, ids, switches
 * and names. Only their earlier values are saved, to be given back. A new name belongs to `BLANKED` unless the same can be
 * said of it.
 */

/** What the Azure SDKs read. */
const RESTORED_OF_SDKS = [
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
] as const;
const BLANKED_OF_SDKS = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_USERNAME',
  'AZURE_PASSWORD',
] as const;
export const OF_SDKS = [...RESTORED_OF_SDKS, ...BLANKED_OF_SDKS] as const;

/** What Terraform's providers and its backend read. */
const RESTORED_OF_TERRAFORM = [
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
const BLANKED_OF_TERRAFORM = [
  'ARM_CLIENT_SECRET',
  'ARM_CLIENT_CERTIFICATE',
  'ARM_CLIENT_CERTIFICATE_PASSWORD',
  'ARM_OIDC_REQUEST_TOKEN',
] as const;
export const OF_TERRAFORM = [...RESTORED_OF_TERRAFORM, ...BLANKED_OF_TERRAFORM] as const;

const RESTORED = [
  ...RESTORED_OF_SDKS,
  ...RESTORED_OF_TERRAFORM,
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

/** Secrets, and what a workflow may keep as one, such as a user name. */
const BLANKED = [
  ...BLANKED_OF_SDKS,
  ...BLANKED_OF_TERRAFORM,
  'AZURE_CONSOLE_TOKENS',
  'COPILOT_AGENT_SESSION_ID',
  'ARM_OIDC_TOKEN',
] as const;

/**
 * Secrets of an identity endpoint. A machine's own proves something on this machine alone, to processes that all have it
 * in their environment: so it is restored.
 */
const OF_ENDPOINT = ['IDENTITY_HEADER', 'MSI_ENDPOINT', 'MSI_SECRET', 'ARM_MSI_ENDPOINT'] as const;

export type VariableName = (typeof RESTORED | typeof OF_ENDPOINT | typeof BLANKED)[number];

/** Variables by name. A blank one is as good as none: clients that tell the two apart fail on it. */
export type Variables<Name extends VariableName = VariableName> = Readonly<Partial<Record<Name, string>>>;

/** Whether the earlier value of a variable may be saved. */
export function isRestored(name: VariableName): boolean {
  return !isOneOf(BLANKED, name);
}

/** Whether what a login exports must not be recorded, but only a trace of it. */
export function isSecret(name: VariableName): boolean {
  return !isOneOf(RESTORED, name);
}

export function isVariableName(name: string): name is VariableName {
  return isOneOf([...RESTORED, ...OF_ENDPOINT, ...BLANKED], name);
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** Values of `AZURE_TOKEN_CREDENTIALS`, in lower case, by which the Azure SDKs get to the session by way of `az`. */
export const BY_AZ: readonly string[] = ['dev', 'azureclicredential'];

/** What the end of a login leaves in `AZURE_TOKEN_CREDENTIALS` where there was nothing before. */
export const NO_TOKEN_CREDENTIALS = 'prod';
