import { isUri } from '../core/forms.ts';
import { type JsonObject, parseJson, parseJsonObject } from '../core/json.ts';
import { describeCertificate, isBase64 } from '../core/key-material.ts';
import type { Environment } from '../core/machine.ts';
import type { Method } from '../core/request.ts';
import { sanitizeId } from '../core/sanitize.ts';
import { SessionError, stepsOf } from '../core/session-error.ts';
import { BY_METHOD, isPullRequestEvent, nearestChoice, SKIP_FORKS, WHY_SECRET_IS_EMPTY } from './steps.ts';

/**
 * The texts of all errors and warnings about the inputs. They are loaded only by a run with an error or a warning.
 * Each text names its input. No text quotes a value that may be secret.
 */

/** The name of a text and its arguments. Only the text may be shown: the arguments can contain secrets. */
export interface Diagnostic {
  readonly name: DiagnosticName;
  readonly args: readonly unknown[];
}

export type DiagnosticName = keyof Texts;

export type Texts = typeof TEXTS;

/** What is wrong, and the steps that fix it, in whole sentences. */
type Text = string | readonly [what: string, ...next: readonly string[]];

const EXAMPLE_GUID = '00000000-0000-0000-0000-000000000000';

const URL_FORM = 'It must look like https://management.local.azurestack.external, without a path.';

const EXPECTED_CREDS =
  'It must be the JSON that `az ad sp create-for-rbac` prints, with `clientId`, `clientSecret`, `tenantId` and `subscriptionId`, or with `appId`, `password` and `tenant`.';

/** By option, why it has no effect. */
const WHY_NO_EFFECT: Readonly<Record<string, string>> = {
  audience: ': it is for the ID token of `oidc`.',
  'send-certificate-chain': ': no `client-certificate` is given.',
  'export-secrets': ': there is no client secret to export.',
  'export-env: terraform': ': Terraform does not accept management certificates.',
};

const PATH_ERRORS = {
  control: 'contains a line break or another control character.',
  variable: 'begins with a shell variable, which is not expanded here. Use a workflow expression instead.',
  drive: 'names a drive without a folder on it. Write a backslash after the colon.',
  otherHome: 'names the home folder of another user. Write an absolute path, or ./ before the name.',
  noHome: 'begins with ~, but the runner has no home folder.',
  noWorkspace: 'is a relative path, but the runner set no GITHUB_WORKSPACE. Write an absolute path.',
} as const;

/** By option, why it conflicts with `credential-store: memory`, and what to do. */
const MEMORY_CONFLICTS = {
  'a managed identity': [
    'there is no credential to keep, because the machine issues tokens to every process.',
    'Leave `credential-store` out.',
  ],
  'publish settings': [
    'the classic CLI reads the management certificate from its profile.',
    'Leave `credential-store` out.',
  ],
  '`mode: asm`': [
    'the classic CLI reads its credential from files.',
    'Use `mode: arm`, or leave `credential-store` out.',
  ],
  '`export-secrets: true`': [
    'the secret would be in the environment of every later step.',
    'Leave `export-secrets` out: clients get tokens without the secret.',
  ],
  '`logout: false`': [
    'the process that holds the credential ends with the job, and the profile would not work without it. AZURE_LOGIN_POST_CLEANUP=false means the same.',
    'Leave `logout` out, or leave `credential-store` out.',
  ],
  '`export-env: none`': [
    'clients find the process that holds the credential through exported variables.',
    'Leave `export-env` out, or leave `credential-store` out.',
  ],
} as const;

const TEXTS = {
  // Any input
  unevaluated: (name: string) => [
    `\`${name}\` contains an expression that was not evaluated: its value includes \`\${{\`.`,
    'Write the expression in the workflow itself: GitHub does not evaluate expressions in the value of a variable, a file or a script.',
  ],
  controlCharacter: (name: string) => `\`${name}\` contains a line break or another control character.`,
  notBoolean,
  countsAsFalse: (name: string, value: string) => `${notBoolean(name, value)} It counts as false, as in azure/login.`,
  notInteger: (name: string, value: string, min: number, max: number) =>
    `\`${name}\` is ${quoted(value)}, which is not a whole number from ${min} to ${max}.`,
  unknownChoice: (name: string, value: string, values: readonly string[], choose: 'one' | 'several') => {
    const nearest = nearestChoice(value, values);
    const unseparated = choose === 'several' && /[\s;|]/.test(value);
    const suggestion = nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`;
    const advice = unseparated ? ' Separate several values with commas.' : suggestion;
    return `\`${name}\` is ${quoted(value)}, which is not one of ${codeList(values, 'disjunction')}.${advice}`;
  },

  /** GitHub already warns about every unknown input. This text only adds the name that the workflow probably meant. */
  misspelled: (name: string, names: readonly string[]) => {
    const nearest = nearestChoice(name, names);
    return nearest === undefined
      ? ''
      : `The action has no input \`${sanitizeId(name)}\`, and ignores it. Did you mean \`${nearest}\`?`;
  },

  // Which credential
  severalCredentials: (credentials: readonly (readonly string[])[]) => [
    `${credentials.length === 2 ? 'Two' : credentials.length} credentials are given at once: ${sentenceList(credentials.map((names) => codeList(names)))}.`,
    'Keep the one to sign in with.',
  ],
  unnamedWorkloadIdentity: () => [
    '`federated-token-file` is given, but a workload identity must be named in `auth-type`.',
    'Set `auth-type: workload-identity`.',
  ],
  noCredential: (env: Environment) => [
    'The inputs do not say who signs in: `client-id`, `tenant-id` and every credential are empty.',
    'Set `client-id` and `tenant-id` to sign in with the ID token that GitHub issues to the job, or set another credential.',
    'A managed identity, a workload identity and a device code must be named in `auth-type`.',
    ...whySecretsAreEmpty(env),
  ],
  credentialMismatch: (authType: string, method: Method, names: readonly string[]) => [
    `\`auth-type: ${authType}\` does not use ${codeList(names)}.`,
    `Remove ${codeList(names)}, or set \`auth-type: ${method}\`.`,
  ],
  emptyInputs: (
    method: Method,
    names: readonly string[],
    empty: readonly string[],
    creds: 'creds-ignored' | 'no-creds',
    env: Environment,
  ) => [
    `Signing in ${BY_METHOD[method]} needs ${requiredInputs(names, empty)} empty.`,
    ...(creds === 'creds-ignored'
      ? ['To use `creds`, remove `client-id`, `tenant-id` and `subscription-id`. `subscription` can stay.']
      : []),
    ...whySecretsAreEmpty(env),
  ],
  emptyInPod: (names: readonly string[], empty: readonly string[], variables: readonly string[]) => [
    `Signing in ${BY_METHOD['workload-identity']} needs ${requiredInputs(names, empty)} empty, and so ${isOrAre(empty)} ${sentenceList(variables)} in the environment.`,
    'A pod has these variables when it has the label `azure.workload.identity/use: "true"` and uses a service account annotated with `azure.workload.identity/client-id`. A container job must pass them to its container.',
  ],
  certificateAsSecret: (certificate: string) => [
    `\`client-secret\` contains ${certificate}, not the value of a client secret.`,
    'Set `client-certificate` to the certificate with its key, and remove `client-secret`.',
  ],
  jsonAsSecret: () => [
    '`client-secret` contains JSON, not the value of a client secret.',
    'Set `creds` to the JSON that `az ad sp create-for-rbac` prints, and remove `client-secret`, `client-id`, `tenant-id` and `subscription-id`.',
  ],
  passwordWithoutCertificate: (env: Environment) => [
    '`client-certificate-password` is given, but `client-certificate` is empty.',
    ...whySecretsAreEmpty(env),
  ],
  passwordUnused: (method: Method) => `\`client-certificate-password\` is given, but ${method} does not use it.`,

  // Ids
  clientIdForm: (name: string, id: string) =>
    `${name} is neither a GUID like ${EXAMPLE_GUID} nor an identifier URI like api://my-app.${hint(id)}`,
  tenantIdForm: (name: string, id: string) =>
    `${name} is neither a GUID like ${EXAMPLE_GUID} nor a domain like contoso.onmicrosoft.com.${isUri(id) ? ' It is a URL: use only the part that names the tenant.' : hint(id)}`,
  managedIdentityForm: (id: string) => [
    `\`client-id\` is not the client id of a user-assigned managed identity, which is a GUID like ${EXAMPLE_GUID}.${hint(id)}`,
    'Set `client-id` to the client id of the identity, not to its resource id or name. Leave `client-id` out for the system-assigned identity.',
  ],

  // `creds`
  credsIgnored: (names: readonly string[]) =>
    `\`creds\` is ignored, because ${codeList(names)} ${isOrAre(names)} given too. azure/login does the same.`,
  credsIgnoredByIdentity: () => '`creds` is ignored with `auth-type: IDENTITY`. azure/login does the same.',
  credsNotAnObject: (json: string) => {
    const [what, ...steps] = credsMistake(json);
    return [`\`creds\` is ${what}. ${EXPECTED_CREDS}`, ...steps];
  },
  credsFieldsMissing: (names: readonly string[], fields: JsonObject, env: Environment) => {
    const present = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
    const isBlank = names.some((name) => typeof fields[name] === 'string');
    const isMisspelled = names.some((name) => !Object.hasOwn(fields, name) && present.has(name.toLowerCase()));
    return [
      `\`creds\` lacks ${codeList(names)}.${isMisspelled ? ' The letter case of the names counts.' : ''} ${EXPECTED_CREDS}`,
      ...(isBlank ? whySecretsAreEmpty(env) : []),
    ];
  },
  credsWithCertificate: (field: string) => [
    `\`creds\` names a certificate, \`${field}\`, instead of a client secret.`,
    USE_CERTIFICATE,
  ],
  certificateInCreds: (field: string, certificate: string) => [
    `\`${field}\` in \`creds\` contains ${certificate}, not a client secret.`,
    USE_CERTIFICATE,
  ],

  // The cloud
  stackWithoutUrl: () => [
    '`environment: AzureStack` needs the address of the Azure Stack Hub or private cloud.',
    'Set `resource-manager-url` to its Resource Manager, for example https://management.local.azurestack.external. `resourceManagerEndpointUrl` in `creds` works too.',
  ],
  notHttpsUrl: (name: string) => `${name} is not the https URL of a Resource Manager. ${URL_FORM}`,
  classicUrl: (name: string, owner: string) => [
    `${name} is the classic Service Management of ${owner}, not a Resource Manager.`,
    `For that cloud, set \`environment: ${owner}\` and leave the URL out. For a private cloud, use the URL of its Resource Manager. ${URL_FORM}`,
  ],
  urlOfAnotherCloud: (environment: string) => [
    `\`environment: ${environment}\` and \`resource-manager-url\` name different clouds.`,
    `Remove \`resource-manager-url\` for ${environment}, or set \`environment: AzureStack\` for a private cloud.`,
  ],
  urlOfKnownCloud: (owner: string) => [
    `\`resource-manager-url\` is the Resource Manager of ${owner}.`,
    `Set \`environment: ${owner}\` instead.`,
  ],
  credsFromOtherCloud: (environment: string, owner: string | undefined) =>
    `\`creds\` belongs to ${owner ?? 'another cloud'}, according to its \`resourceManagerEndpointUrl\`, but \`environment\` is ${environment}. Set \`environment: ${owner ?? 'AzureStack'}\` if the sign-in fails.`,

  // The session
  settingsNeedAsm: () =>
    '`publish-settings` needs `mode: asm`: a management certificate signs in to classic Service Management, not to Resource Manager.',
  asmUnsupported: (method: Method) => [
    `\`mode: asm\` cannot be used with ${method}: classic Service Management accepts management certificates and users, but not service principals or managed identities.`,
    'Use `mode: arm`, or sign in with `publish-settings` or as a user.',
  ],
  twoSubscriptions: () => [
    '`subscription` and `subscription-id` are two names for one input, but have different values.',
    'Set only one of them.',
  ],
  unlistedWithoutId: () => [
    '`list-subscriptions: false` needs a subscription.',
    'Set `subscription` to its id, or set `allow-no-subscriptions: true` to sign in without one.',
  ],
  unlistedByName: () =>
    '`list-subscriptions: false` needs the id of the subscription: a name can only be looked up in the list.',
  configDirIsRoot: () => '`config-dir` is the root of a file system. Name a folder on it.',
  unusableName: (name: string) =>
    `\`config-dir\` contains the name "${name}", which other programs on Windows cannot open.`,
  path: (name: string, reason: keyof typeof PATH_ERRORS) => `${name} ${PATH_ERRORS[reason]}`,
  memoryConflict: (option: keyof typeof MEMORY_CONFLICTS) => {
    const [why, step] = MEMORY_CONFLICTS[option];
    return [`\`credential-store: memory\` cannot be used with ${option}: ${why}`, step];
  },
  audiencesWithoutMemory: () => [
    '`token-audiences` needs `credential-store: memory`: with the credential in files, clients get tokens for every resource.',
    'Set `credential-store: memory`, or leave `token-audiences` out.',
  ],
  audienceForm: (line: string, number: number) =>
    `Line ${number} of \`token-audiences\` is neither \`arm\`, \`graph\`, \`keyvault\` or \`storage\` nor a resource like https://servicebus.azure.net.${/[,;]/.test(line) ? ' Write one per line.' : hint(line)}`,
  noneAndFamily: () => '`export-env` contains both `none` and a family. Use one or the other.',
  scopesWithSettings: () =>
    '`token-scopes` cannot be used with publish settings: a management certificate does not get access tokens.',
  scopeForm: (line: string, number: number) =>
    `Line ${number} of \`token-scopes\` is neither a resource like https://vault.azure.net nor a scope like https://vault.azure.net/.default.${hint(line) || (/[,;]/.test(line) ? ' Write one per line.' : '')}`,
  powershellWithSettings: () =>
    '`enable-AzPSSession` cannot be used with publish settings: Azure PowerShell signs in to Resource Manager, which does not accept management certificates.',

  // Without effect
  secretsNotExported: () => '`export-secrets` has no effect with `export-env: none`.',
  noEffect: (option: string, context: string) =>
    `\`${option}\` has no effect with ${context}${WHY_NO_EFFECT[option] ?? '.'}`,
} satisfies Readonly<Record<string, (...args: never[]) => Text>>;

/** Combines all errors about the inputs. A step that several errors share appears once. */
export function inputError(errors: readonly Diagnostic[]): SessionError {
  const texts = errors.map(textOf);
  const [[first] = ['The inputs cannot be used.'], ...others] = texts;
  const steps = stepsOf(texts.flatMap(([, ...next]) => next));
  const next = [...new Map(steps.map((step) => [JSON.stringify(step), step])).values()];
  if (others.length === 0) return new SessionError(first, { next });
  const why = texts.map(([what]) => `- ${what}`).join('\n');
  return new SessionError(`There are ${texts.length} errors in the inputs:`, { why, next });
}

export function warningTexts(warnings: readonly Diagnostic[]): string[] {
  return warnings.map((warning) => textOf(warning)[0]).filter((text) => text !== '');
}

function textOf({ name, args }: Diagnostic): Exclude<Text, string> {
  const render = TEXTS[name] as (...args: readonly unknown[]) => Text;
  const text = render(...args);
  return typeof text === 'string' ? [text] : text;
}

/**
 * Why a secret or a variable of the workflow can be empty in the action. The likeliest reason for this run comes first.
 * Sources: GitHub Docs, "Using secrets in GitHub Actions", "Dependabot on GitHub Actions", "Reusing workflows"; for the
 * variables, GitHub's answer in community discussion 44322.
 */
export function whySecretsAreEmpty(env: Environment): readonly string[] {
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]')
    return [
      'Dependabot started this run, and its runs get no Actions secrets: add the secrets under Settings > Secrets and variables > Dependabot.',
      WHY_SECRET_IS_EMPTY,
    ];
  if (!isPullRequestEvent(env)) return [WHY_SECRET_IS_EMPTY];
  return [
    `A \`${env['GITHUB_EVENT_NAME']}\` event started this run: if the pull request comes from a fork, GitHub gives the run no secrets, no variables and no ID token. Skip the job for forks:`,
    SKIP_FORKS,
    WHY_SECRET_IS_EMPTY,
  ];
}

/** `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``. */
function codeList(names: readonly string[], type?: Intl.ListFormatType): string {
  return sentenceList(
    names.map((name) => `\`${name}\``),
    type,
  );
}

function sentenceList(parts: readonly string[], type: Intl.ListFormatType = 'conjunction'): string {
  return new Intl.ListFormat('en-GB', { type }).format(parts);
}

/** The required inputs and which of them are missing, up to the verb: `` `a`, which is``, `` `a` and `b`, but `b` is``. */
function requiredInputs(names: readonly string[], missing: readonly string[]): string {
  return names.length === missing.length
    ? `${codeList(names)}, which ${isOrAre(missing)}`
    : `${codeList(names)}, but ${codeList(missing)} ${isOrAre(missing)}`;
}

function notBoolean(name: string, value: string): string {
  return `\`${name}\` is ${quoted(value)}, which is neither true nor false.`;
}

const MAX_QUOTE_LENGTH = 40;

/**
 * Quotes a short value. A longer one may be a secret in the wrong input, and is not shown: the runner does not mask a part
 * of a secret, or a secret with changed white space.
 */
function quoted(value: string): string {
  const isShort = value.length <= MAX_QUOTE_LENGTH && !/\p{Cc}/u.test(value);
  return isShort ? `'${value}'` : `a value of ${value.length} characters`;
}

function isOrAre(subjects: readonly unknown[]): string {
  return subjects.length === 1 ? 'is' : 'are';
}

/** Why a value is not an id, as a sentence without quotes from it; `''` if there is no obvious reason. */
function hint(value: string): string {
  if (/^\$\{?\w|^%\w+%$/.test(value)) return ' It is a shell variable, which is not expanded here.';
  if (/["'`]/.test(value)) return ' It contains quotation marks.';
  if (/\p{Cf}/u.test(value)) return ' It contains an invisible character: type it again.';
  if (/\s/.test(value)) return ' It contains white space.';
  if (/[{}<>]/.test(value)) return ' It contains brackets.';
  return '';
}

const USE_CERTIFICATE =
  'Instead of `creds`, set `client-certificate` to the certificate with its key, and set `client-id` and `tenant-id`.';

/**
 * Describes a `creds` that is not a JSON object, to continue "`creds` is", and the steps that fix it. The first match
 * counts. Nothing of the value is quoted.
 */
function credsMistake(json: string): readonly [what: string, ...steps: readonly string[]] {
  const text = json.trim();
  const value = parseJson(json);
  if (/^(?:\$\{?(?:env:)?\w+\}?|%\w+%|(?:secrets|env|vars|inputs)\.[\w-]+)$/i.test(text))
    return [
      'the name of a secret or a variable, not its value',
      'Pass the secret with a workflow expression:',
      '| creds: ${{ secrets.NAME_OF_THE_SECRET }}',
    ];
  if (describeCertificate(text) !== undefined) return ['a certificate, not JSON', USE_CERTIFICATE];
  if ((typeof value === 'string' && isObject(value)) || /^["']?\s*\{(?:\s|\\[nrt])*\\"/.test(text))
    return [
      'JSON that was encoded twice: a string that contains the object',
      'Store the object itself, without quotation marks around it and without backslashes before those in it.',
    ];
  if (/^[A-Za-z0-9+/_\s-]+={0,2}$/.test(text) && isObject(decoded(text)))
    return [
      'JSON in base64',
      'Decode it, and store the JSON itself as the secret: the action does not decode `creds`.',
    ];
  if (/^(?:[a-z]:)?[^\s{}"':,]{1,255}$/i.test(text) && /^@|[/\\]|\.json$/i.test(text) && !isBase64(text))
    return [
      'the name of a file, but the action reads no file here',
      'Store the content of the file as a secret, and set `creds` to that secret.',
    ];
  if (/[\u2018-\u201f]|^\{\s*'/.test(text))
    return [
      'not valid JSON: its quotation marks are not plain double ones',
      'Write plain double quotation marks (") around each name and each value.',
    ];
  if (isObject(text.replaceAll(/,(?=\s*[}\]])/g, '')))
    return ['not valid JSON: there is a comma before a closing brace', 'Remove the comma after the last field.'];
  return [
    value === undefined ? 'not valid JSON' : 'JSON, but not an object',
    'Store the whole output as one secret, from the first brace to the last, with nothing around it.',
  ];
}

function isObject(json: string): boolean {
  return parseJsonObject(json) !== undefined;
}

/** Windows PowerShell encodes text as UTF-16. */
function decoded(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString(bytes.includes(0) ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}
