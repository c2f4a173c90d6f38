import type { InputName } from '../src/inputs/table.ts';

/**
 * The description of each input in `action.yml` and the README, in one or two sentences. Only `npm run tables` and
 * tests read it, so it is not part of the action.
 */
export const DESCRIPTIONS: Readonly<Record<InputName, string>> = {
  'auth-type':
    'How to sign in: `auto`, `oidc`, `client-secret`, `client-certificate`, `managed-identity`, `workload-identity`, `password`, `device-code` or `publish-settings`. `auto` chooses based on the other inputs; `SERVICE_PRINCIPAL` and `IDENTITY` work as in azure/login.',
  'client-id':
    'Application (client) id or identifier URI of the service principal, or the client id of a user-assigned managed identity.',
  'tenant-id': 'Id or domain of the Entra tenant. Optional for users.',
  'client-secret': 'Value (not the id) of a client secret of the service principal.',
  'client-certificate': 'Certificate with its private key: a path, PEM text, or base64 of a PEM or PFX file.',
  'client-certificate-password': 'Password of the PFX file or of the encrypted private key.',
  'send-certificate-chain':
    'Send the certificate chain (x5c), for a service principal that trusts a subject name and issuer instead of one certificate.',
  'federated-token-file':
    'Projected token file for `workload-identity`. Default: the value of AZURE_FEDERATED_TOKEN_FILE in the pod.',
  username: 'Name of a work or school account without multifactor authentication.',
  password: 'Password of the account in `username`.',
  creds:
    'JSON output of `az ad sp create-for-rbac`, with or without `--json-auth`. Ignored if `client-id`, `tenant-id` or `subscription-id` is given, as in azure/login.',
  'publish-settings': 'A `.publishsettings` file: a path or the XML text. Needs `mode: asm`.',
  'delete-publish-settings':
    'Delete the publish settings file after the import, because it is a key to the subscription.',
  audience:
    'Audience of the GitHub ID token. Default: `api://AzureADTokenExchange`, with `USGov` or `China` appended in those clouds; required in a private cloud with its own token issuer.',
  environment:
    'The cloud: `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`, `AzureGermanCloud` or `AzureStack`, in any letter case.',
  'resource-manager-url':
    'URL of Azure Resource Manager in a private cloud or Azure Stack Hub. The other endpoints are discovered from it.',
  subscription:
    'Default subscription, by id or name. Without it, the first enabled subscription is the default, or the first one if none is enabled, with a warning if there are others.',
  'subscription-id': 'The same as `subscription`, under the name that azure/login uses.',
  'list-subscriptions':
    '`false` requests only the default subscription, which you must then set by id. For tenants with thousands of subscriptions.',
  'allow-no-subscriptions': 'Succeed with a tenant-level account if the identity sees no subscription.',
  mode: 'Command mode of the classic CLI: `arm` (Resource Manager) or `asm` (classic Service Management, for publish settings and users).',
  'config-dir':
    'Folder for the profile; may begin with `~` or be relative to the workspace. Sign-ins with the same folder share one profile.',
  'credential-store':
    'Where the credential is stored: `folder`, in files that clients read, or `memory`, in one process that issues short-lived access tokens, so that no secret, key, password or refresh token is on disk.',
  'token-audiences':
    'With `credential-store: memory`: the only resources that later steps can get tokens for, one per line: `arm`, `graph`, `keyvault`, `storage`, or a URI.',
  'export-env':
    'Families of variables for later steps: `azure`, `terraform` or both, separated by commas or line breaks, or `none`.',
  'export-secrets': 'Also export the secret itself, as AZURE_CLIENT_SECRET and ARM_CLIENT_SECRET.',
  'token-scopes':
    'Additional resources or scopes to request access tokens for, one per line. The tokens go to the CLI cache and to the outputs.',
  'keep-alive':
    'For `oidc` and `workload-identity`: renew the federated token in the background, so that the session lasts for the whole job.',
  'enable-AzPSSession': 'Also connect Azure PowerShell (`Connect-AzAccount`).',
  logout:
    'Sign out in the post step. AZURE_LOGIN_POST_CLEANUP=false in the environment means `false`, as in azure/login.',
  'timeout-seconds': 'Deadline for the whole sign-in, in seconds. The default for `device-code` is 900.',
  'max-attempts': 'Number of attempts for a request with transient failures, 1 to 20.',
  'job-summary': 'When to write the result to the job summary: `always`, `on-failure` or `never`.',
  'mask-ids':
    'Also mask client, tenant and subscription ids in the log. GitHub then drops job outputs that contain them.',
};

/** The groups of the README, in the order of the table. Each begins with the input `first` and ends before the next. */
export const GROUPS: readonly { readonly first: InputName; readonly title: string }[] = [
  { first: 'auth-type', title: 'Identity' },
  { first: 'environment', title: 'Cloud and subscription' },
  { first: 'mode', title: 'Session and later steps' },
  { first: 'logout', title: 'Behavior' },
];

/** The default column of the README for inputs without a fixed default. */
export const UNSET: Readonly<Partial<Record<InputName, string>>> = {
  audience: 'by cloud',
  'config-dir': 'new private folder',
};

/** The outputs of the action. `npm run tables` writes them into `action.yml` and the README. */
export const OUTPUTS = {
  account: 'Who is signed in: a client id, a user name, `systemAssignedIdentity` or `userAssignedIdentity`.',
  'principal-id': 'Object id of the identity in the tenant.',
  'client-id': 'Client id of the sign-in.',
  'tenant-id': 'Tenant id of the sign-in.',
  'subscription-id': 'Id of the default subscription.',
  'subscription-name': 'Name of the default subscription.',
  subscriptions:
    'JSON array of the enabled subscriptions and the default as `{id, name, tenantId, state, isDefault}`, for a `matrix`. Truncated, with a warning, below the GitHub limit of 1 MB.',
  environment: 'Name of the cloud.',
  mode: '`arm` or `asm`.',
  'config-dir': 'The profile folder, for `env: AZURE_CONFIG_DIR` of a single step.',
  'expires-on': 'When the Resource Manager access token expires, ISO 8601 in UTC.',
  'access-token': 'Only with `token-scopes`: the access token for the first scope. Masked.',
  'access-tokens': 'Only with `token-scopes`: JSON `{scope: {token, expiresOn}}`. Masked.',
} as const satisfies Readonly<Record<string, string>>;
