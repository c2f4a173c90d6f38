import { KNOWN_CLOUDS, type KnownCloudName } from '../core/clouds.ts';
import type { ExportFamily, Method } from '../core/request.ts';

/**
 * Every input of the action, for the parser. From this table and `descriptions.ts`, `npm run tables` writes
 * `action.yml`, `action-types.yml` and the README.
 */
export interface InputSpec {
  readonly value: InputValue;
  /** The value that an empty input stands for. */
  readonly default?: string;
}

export type InputValue =
  /** A `line` must not contain control characters. A `secret` may, and goes to the token issuer unchanged. */
  | { readonly kind: 'text'; readonly form: 'line' | 'secret' | 'document' }
  /** `invalid`: how to treat a value that is neither true nor false. */
  | { readonly kind: 'boolean'; readonly invalid: 'is-an-error' | 'counts-as-false' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Any of the values, separated by commas or line breaks. */
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  /** One value per line. */
  | { readonly kind: 'lines' };

/** Six hours, the longest that a job runs on a hosted runner. */
const MAX_SIGN_IN_SECONDS = 21_600;

const LINE = { value: { kind: 'text', form: 'line' } } as const;
const SECRET = { value: { kind: 'text', form: 'secret' } } as const;
const DOCUMENT = { value: { kind: 'text', form: 'document' } } as const;
const BOOLEAN = { kind: 'boolean', invalid: 'is-an-error' } as const;
const FALSE = { default: 'false', value: BOOLEAN } as const;
const TRUE = { default: 'true', value: BOOLEAN } as const;
/** For compatibility with azure/login. */
const LENIENT_FALSE = { default: 'false', value: { kind: 'boolean', invalid: 'counts-as-false' } } as const;

/** Every member of a union, checked by the compiler. */
function every<Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(names) as Name[];
}

const METHODS = every<Method>({
  oidc: true,
  'client-secret': true,
  'client-certificate': true,
  'managed-identity': true,
  'workload-identity': true,
  password: true,
  'device-code': true,
  'publish-settings': true,
});
export const CLOUD_NAMES = Object.keys(KNOWN_CLOUDS) as KnownCloudName[];
const EXPORT_FAMILIES = every<ExportFamily>({ azure: true, terraform: true });

export const INPUTS = {
  'auth-type': {
    default: 'auto',
    value: {
      kind: 'choice',
      values: ['auto', ...METHODS, 'SERVICE_PRINCIPAL', 'IDENTITY'],
    },
  },
  'client-id': LINE,
  'tenant-id': LINE,
  'client-secret': SECRET,
  'client-certificate': DOCUMENT,
  'client-certificate-password': SECRET,
  'send-certificate-chain': FALSE,
  'federated-token-file': LINE,
  username: LINE,
  password: SECRET,
  creds: DOCUMENT,
  'publish-settings': DOCUMENT,
  'delete-publish-settings': FALSE,
  audience: LINE,
  environment: {
    default: 'AzureCloud',
    value: {
      kind: 'choice',
      values: [...CLOUD_NAMES, 'AzureStack'],
    },
  },
  'resource-manager-url': LINE,
  subscription: LINE,
  'subscription-id': LINE,
  'list-subscriptions': TRUE,
  'allow-no-subscriptions': LENIENT_FALSE,
  mode: { default: 'arm', value: { kind: 'choice', values: ['arm', 'asm'] } },
  'config-dir': LINE,
  'credential-store': { default: 'folder', value: { kind: 'choice', values: ['folder', 'memory'] } },
  'token-audiences': { value: { kind: 'lines' } },
  'export-env': { default: 'azure', value: { kind: 'list', values: [...EXPORT_FAMILIES, 'none'] } },
  'export-secrets': FALSE,
  'token-scopes': { value: { kind: 'lines' } },
  'keep-alive': TRUE,
  'enable-AzPSSession': LENIENT_FALSE,
  logout: TRUE,
  'timeout-seconds': { default: '300', value: { kind: 'integer', min: 1, max: MAX_SIGN_IN_SECONDS } },
  'max-attempts': { default: '5', value: { kind: 'integer', min: 1, max: 20 } },
  'job-summary': { default: 'on-failure', value: { kind: 'choice', values: ['always', 'on-failure', 'never'] } },
  'mask-ids': FALSE,
} as const satisfies Readonly<Record<string, InputSpec>>;

type Table = typeof INPUTS;

export type InputName = keyof Table;

/** The names of the inputs with one kind of value. */
export type InputOfKind<Kind extends InputValue['kind']> = {
  [Name in InputName]: Table[Name]['value']['kind'] extends Kind ? Name : never;
}[InputName];

/** The allowed values of a choice or list input. */
export type ChoiceOf<Name extends InputOfKind<'choice' | 'list'>> = Table[Name]['value']['values'][number];

export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[];

/** @returns `''` for an input without a default */
export function defaultOf(name: InputName): string {
  const { default: value = '' }: InputSpec = INPUTS[name];
  return value;
}
