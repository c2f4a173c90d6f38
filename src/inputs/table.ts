/**
 * Every input of the action. `npm run tables` writes from it what readers see who never see the source: `action.yml`,
 * `action-types.yml` and the tables of the README.
 */
export interface InputSpec {
  /** One or two plain sentences, as `action.yml` and the README show them. */
  readonly description: string;
  readonly value: InputValue;
  /** What an empty input means, where that is a fixed value. */
  readonly default?: string;
  /** What happens without a value where that is no fixed default, for the default column of the README. */
  readonly unset?: string;
  readonly secrecy?: 'may-be-secret';
}

export type InputValue =
  | { readonly kind: 'text'; readonly form: 'line' | 'document' }
  /** `strange` says what a value that is no boolean does. */
  | { readonly kind: 'boolean'; readonly strange: 'is-an-error' | 'counts-as-false' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Any of the values, separated by commas or line breaks. */
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  /** One value a line. */
  | { readonly kind: 'lines' };

/** Six hours: a job on a hosted runner lives no longer. */
const LONGEST_SIGN_IN_SECONDS = 21_600;

const LINE = { kind: 'text', form: 'line' } as const;
const DOCUMENT = { kind: 'text', form: 'document' } as const;
const BOOLEAN = { kind: 'boolean', strange: 'is-an-error' } as const;
/** As azure/login reads it. */
const LENIENT_BOOLEAN = { kind: 'boolean', strange: 'counts-as-false' } as const;

export const INPUTS = {
  'auth-type': {
    description:
      'How to sign in: `auto`, `oidc`, `client-secret`, `client-certificate`, `managed-identity`, `workload-identity`, `password`, `device-code` or `publish-settings`. `auto` decides by the other inputs alone; `SERVICE_PRINCIPAL` and `IDENTITY` mean what they mean to azure/login.',
    default: 'auto',
    value: {
      kind: 'choice',
      values: [
        'auto',
        'oidc',
        'client-secret',
        'client-certificate',
        'managed-identity',
        'workload-identity',
        'password',
        'device-code',
        'publish-settings',
        'SERVICE_PRINCIPAL',
        'IDENTITY',
      ],
    },
  },
  'client-id': {
    description:
      'Application (client) id or identifier URI of the service principal, or the client id of a user-assigned managed identity.',
    value: LINE,
  },
  'tenant-id': {
    description: 'Id or domain of the Entra tenant. Users may leave it out.',
    value: LINE,
  },
  'client-secret': {
    description: 'Value (not the id) of a client secret of the service principal.',
    secrecy: 'may-be-secret',
    value: LINE,
  },
  'client-certificate': {
    description: 'Certificate with its private key: a path, PEM text, or base64 of a PEM or PFX file.',
    secrecy: 'may-be-secret',
    value: DOCUMENT,
  },
  'client-certificate-password': {
    description: 'Password of the PFX file or of the encrypted private key.',
    secrecy: 'may-be-secret',
    value: LINE,
  },
  'send-certificate-chain': {
    description:
      'Send the certificate chain (x5c), for a service principal that trusts a subject name and issuer instead of one certificate.',
    default: 'false',
    value: BOOLEAN,
  },
  'federated-token-file': {
    description:
      'Projected token file for `workload-identity`. Without it the pod says where the file is, in AZURE_FEDERATED_TOKEN_FILE.',
    value: LINE,
  },
  username: {
    description: 'Name of a work or school account without multifactor authentication.',
    value: LINE,
  },
  password: {
    description: 'Password of the account that `username` names.',
    secrecy: 'may-be-secret',
    value: LINE,
  },
  creds: {
    description:
      'JSON that `az ad sp create-for-rbac` printed, with or without `--json-auth`. It is ignored beside `client-id`, `tenant-id` or `subscription-id`, as at azure/login.',
    secrecy: 'may-be-secret',
    value: DOCUMENT,
  },
  'publish-settings': {
    description: 'A `.publishsettings` file, as a path or as its XML text. It needs `mode: asm`.',
    secrecy: 'may-be-secret',
    value: DOCUMENT,
  },
  'delete-publish-settings': {
    description: 'Delete the publish settings file once it is imported: it is a key to the subscription.',
    default: 'false',
    value: BOOLEAN,
  },
  audience: {
    description:
      'Audience of the GitHub ID token. Without it the cloud decides: `api://AzureADTokenExchange`, or the same with `USGov` or `China` at its end; a private cloud with its own token issuer needs one of its own.',
    unset: 'by cloud',
    value: LINE,
  },
  environment: {
    description:
      'The cloud: `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`, `AzureGermanCloud` or `AzureStack`, in any letter case.',
    default: 'AzureCloud',
    value: {
      kind: 'choice',
      values: ['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud', 'AzureGermanCloud', 'AzureStack'],
    },
  },
  'resource-manager-url': {
    description:
      'Azure Resource Manager of a private cloud or an Azure Stack Hub. Its other endpoints are discovered there.',
    value: LINE,
  },
  subscription: {
    description:
      'Default subscription, by id or by name. Without it the first enabled one, or where none is enabled the first, becomes the default, with a warning if there are others.',
    value: LINE,
  },
  'subscription-id': {
    description: 'The same as `subscription`, under the name azure/login gives it.',
    value: LINE,
  },
  'list-subscriptions': {
    description:
      '`false` asks Azure about the named subscription alone, for tenants with very many. The subscription must then be given by id.',
    default: 'true',
    value: BOOLEAN,
  },
  'allow-no-subscriptions': {
    description: 'Succeed for an identity that sees no subscription, with a tenant-level account.',
    default: 'false',
    value: LENIENT_BOOLEAN,
  },
  mode: {
    description:
      'Command mode of the classic CLI: `arm` (Resource Manager) or `asm` (classic Service Management, for publish settings and users).',
    default: 'arm',
    value: { kind: 'choice', values: ['arm', 'asm'] },
  },
  'config-dir': {
    description:
      'Folder for the profile; `~` and paths relative to the workspace are understood. Logins that name the same folder share one profile.',
    unset: 'new private folder',
    value: LINE,
  },
  'export-env': {
    description:
      'Families of variables that later steps get: any of `azure` and `terraform`, separated by commas or line breaks, or `none`.',
    default: 'azure',
    value: { kind: 'list', values: ['azure', 'terraform', 'none'] },
  },
  'export-secrets': {
    description: 'Also export the secret itself, as AZURE_CLIENT_SECRET and ARM_CLIENT_SECRET.',
    default: 'false',
    value: BOOLEAN,
  },
  'token-scopes': {
    description:
      'Further resources or scopes to get access tokens for, one a line. The tokens go to the cache of the CLI and to the outputs.',
    value: { kind: 'lines' },
  },
  'keep-alive': {
    description:
      'For `oidc` and `workload-identity`: keep the session usable for the rest of the job by refreshing the federated token in the background.',
    default: 'true',
    value: BOOLEAN,
  },
  'enable-AzPSSession': {
    description: 'Also connect Azure PowerShell (`Connect-AzAccount`).',
    default: 'false',
    value: LENIENT_BOOLEAN,
  },
  logout: {
    description:
      'Sign out in the post step. AZURE_LOGIN_POST_CLEANUP=false in the environment means `false`, as at azure/login.',
    default: 'true',
    value: BOOLEAN,
  },
  'timeout-seconds': {
    description: 'Deadline for the whole sign-in, in seconds. `device-code` has 900 unless another value is given.',
    default: '300',
    value: { kind: 'integer', min: 1, max: LONGEST_SIGN_IN_SECONDS },
  },
  'max-attempts': {
    description: 'How often one request is tried when it fails for a passing reason, 1 to 20.',
    default: '5',
    value: { kind: 'integer', min: 1, max: 20 },
  },
  'job-summary': {
    description: 'When to write what happened to the job summary: `always`, `on-failure` or `never`.',
    default: 'on-failure',
    value: { kind: 'choice', values: ['always', 'on-failure', 'never'] },
  },
  'mask-ids': {
    description:
      'Also mask client, tenant and subscription ids in the log. GitHub then drops job outputs that contain them.',
    default: 'false',
    value: BOOLEAN,
  },
} as const satisfies Readonly<Record<string, InputSpec>>;

type Table = typeof INPUTS;

export type InputName = keyof Table;

/** The names of the inputs of one kind of value. */
export type InputOfKind<Kind extends InputValue['kind']> = {
  [Name in InputName]: Table[Name]['value']['kind'] extends Kind ? Name : never;
}[InputName];

/** The values among which a choice or list input chooses. */
export type ChoiceOf<Name extends InputOfKind<'choice' | 'list'>> = Table[Name]['value']['values'][number];

export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[];

const SPECS: Readonly<Record<string, InputSpec>> = INPUTS;

/** @returns `''` for an input without a default of its own */
export function defaultOf(name: InputName): string {
  return SPECS[name]?.default ?? '';
}
