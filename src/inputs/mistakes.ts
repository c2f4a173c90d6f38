import { isUri } from '../core/forms.ts';
import { type JsonObject, parseJson } from '../core/json.ts';
import type { Environment } from '../core/machine.ts';
import { nearestChoice } from '../core/nearest.ts';
import type { Method } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { credsMistake, GIVE_CERTIFICATE, STORE_WHOLE } from './creds-mistakes.ts';
import { INPUTS, type InputName } from './table.ts';

/**
 * The texts of all errors and warnings about the inputs. Only a run that has one loads them.
 * Each names its input, and none quotes a value that may be secret.
 */

/** Which text, and what it names. What it names may hold a secret: only the text is fit to be shown. */
export interface Diagnostic {
  readonly name: DiagnosticName;
  readonly about: readonly unknown[];
}

export type DiagnosticName = keyof Texts;

export type Texts = typeof TEXTS;

/** Whole sentences that say what is wrong, and what to do next. */
type Text = string | readonly [what: string, ...next: (string | Step)[]];

/** An example that no one takes for a real id. */
const EXAMPLE_GUID = '00000000-0000-0000-0000-000000000000';

const URL_FORM = 'It must look like https://management.local.azurestack.external, without a path.';

const EXPECTED_CREDS =
  'It must be the JSON that `az ad sp create-for-rbac` prints, with `clientId`, `clientSecret`, `tenantId` and `subscriptionId`, or with `appId`, `password` and `tenant`.';

const SIGNING_IN: Readonly<Record<Method, string>> = {
  oidc: 'Signing in with the ID token of the job',
  'client-secret': 'Signing in with a client secret',
  'client-certificate': 'Signing in with a certificate',
  'managed-identity': 'Signing in as a managed identity',
  'workload-identity': 'Signing in as a workload identity',
  password: 'Signing in with a user name and password',
  'device-code': 'Signing in with a device code',
  'publish-settings': 'Signing in with publish settings',
};

/** Options that only tune something, so that a workflow may pass the same ones to every method, and why they have no effect. */
const NO_EFFECT = {
  'client-id': '.',
  'tenant-id': '.',
  audience: ': it is for the ID token of `oidc`.',
  'send-certificate-chain': ': no `client-certificate` is given.',
  'delete-publish-settings': ': no `publish-settings` is given.',
  'export-secrets': ': there is no client secret to export.',
  'export-env: terraform': ': Terraform takes no management certificate.',
} as const;

const PATH = {
  control: 'contains a line break or another control character.',
  variable:
    'begins with a variable of the shell, which nothing expands here. Write an expression of the workflow in its place.',
  drive: 'names a drive without a folder on it. Write a backslash after the colon.',
  otherHome: 'names the home folder of another user. Write an absolute path, or ./ before the name.',
  noHome: 'begins with ~, but the runner has no home folder.',
  noWorkspace: 'is a relative path, but the runner set no GITHUB_WORKSPACE. Write an absolute path.',
} as const;

const TEXTS = {
  // Any input
  unevaluated: (name: InputName) => [
    `\`${name}\` holds an expression that was not evaluated: its value contains \`\${{\`.`,
    'GitHub evaluates an expression only where it stands in the workflow. Text that a variable, a file or a script brings along stays as it is.',
  ],
  controlCharacter: (name: InputName) => `\`${name}\` contains a line break or another control character.`,
  notBoolean,
  countsAsFalse: (name: InputName, value: string) =>
    `${notBoolean(name, value)} It counts as false, as at azure/login.`,
  notInteger: (name: InputName, value: string, min: number, max: number) =>
    `\`${name}\` is ${quoted(value)}, which is no whole number from ${min} to ${max}.`,
  unknownChoice: (name: InputName, value: string, values: readonly string[]) => {
    const nearest = nearestChoice(value, values);
    const unseparated = INPUTS[name].value.kind === 'list' && /[\s;|]/.test(value);
    const suggestion = nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`;
    const advice = unseparated ? ' Several are separated by commas.' : suggestion;
    return `\`${name}\` is ${quoted(value)}, which is none of ${codeList(values, 'or')}.${advice}`;
  },

  // Which credential
  severalCredentials: (offers: readonly (readonly InputName[])[]) => [
    `${offers.length === 2 ? 'Two' : offers.length} credentials are given at once: ${sentenceList(offers.map((names) => codeList(names)))}.`,
    'Keep the one to sign in with.',
  ],
  unnamedWorkloadIdentity: () => [
    '`federated-token-file` is given, but a workload identity must be asked for by name.',
    'Set `auth-type: workload-identity`.',
  ],
  noCredential: (env: Environment) => [
    'The inputs do not say who signs in: `client-id`, `tenant-id` and every credential are empty.',
    'Give `client-id` and `tenant-id` to sign in with the ID token GitHub issues to the job, or give another credential.',
    'A managed identity, a workload identity and a device code must be asked for by name, in `auth-type`.',
    ...whySecretsAreEmpty(env),
  ],
  otherCredential: (authType: string, method: Method, names: readonly InputName[]) => [
    `\`auth-type: ${authType}\` does not use ${codeList(names)}.`,
    `Remove ${codeList(names)}, or set \`auth-type: ${method}\`.`,
  ],
  emptyInputs: (
    method: Method,
    names: readonly InputName[],
    empty: readonly InputName[],
    creds: 'creds-ignored' | 'no-creds',
    env: Environment,
  ) => [
    `${SIGNING_IN[method]} needs ${needed(names, empty)} empty.`,
    ...(creds === 'creds-ignored'
      ? ['To use `creds`, remove `client-id`, `tenant-id` and `subscription-id`. `subscription` can stay beside it.']
      : []),
    ...whySecretsAreEmpty(env),
  ],
  emptyPod: (names: readonly InputName[], empty: readonly InputName[], variables: readonly string[]) => [
    `${SIGNING_IN['workload-identity']} needs ${needed(names, empty)} empty, and so ${isOrAre(empty)} ${sentenceList(variables)} in the environment.`,
    'A pod has these variables when it carries the label `azure.workload.identity/use: "true"` and runs as a service account annotated with `azure.workload.identity/client-id`. In a container job they must be passed on to the container.',
  ],
  certificateAsSecret: (certificate: string) => [
    `\`client-secret\` holds ${certificate}, not the value of a client secret.`,
    'Give the certificate with its key in `client-certificate`, and remove `client-secret`.',
  ],
  jsonAsSecret: () => [
    '`client-secret` holds JSON, not the value of a client secret.',
    'Give the JSON that `az ad sp create-for-rbac` prints as `creds`, without `client-id`, `tenant-id` and `subscription-id` beside it.',
  ],
  passwordOfNothing: (env: Environment) => [
    '`client-certificate-password` is given, but `client-certificate` is empty.',
    ...whySecretsAreEmpty(env),
  ],
  passwordUnused: (method: Method) => `\`client-certificate-password\` is given beside ${method}.`,

  // Ids
  clientIdForm: (name: string, id: string) =>
    `${name} is neither a GUID like ${EXAMPLE_GUID} nor an identifier URI like api://my-app.${hint(id)}`,
  tenantIdForm: (name: string, id: string) =>
    `${name} is neither a GUID like ${EXAMPLE_GUID} nor a domain like contoso.onmicrosoft.com.${isUri(id) ? ' It is a URL: give the part that names the tenant.' : hint(id)}`,
  managedIdentityForm: (id: string) => [
    `\`client-id\` is no client id of a user-assigned managed identity, which is a GUID like ${EXAMPLE_GUID}.${hint(id)}`,
    'Give the client id of the identity, not its resource id or name. Leave `client-id` out for the system-assigned identity.',
  ],

  // `creds`
  credsIgnored: (names: readonly InputName[]) =>
    `\`creds\` is ignored, because ${codeList(names)} ${isOrAre(names)} given too. It is the same at azure/login.`,
  credsIgnoredByIdentity: () => '`creds` is ignored with `auth-type: IDENTITY`. It is the same at azure/login.',
  credsNoObject: (json: string) => {
    const value = parseJson(json);
    const otherwise = value === undefined ? 'not valid JSON' : 'JSON, but not an object';
    const { is, write } = credsMistake(json, value) ?? { is: otherwise, write: STORE_WHOLE };
    return [`\`creds\` is ${is}. ${EXPECTED_CREDS}`, write];
  },
  credsLacks: (names: readonly string[], fields: JsonObject, env: Environment) => {
    const present = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
    const blank = names.some((name) => typeof fields[name] === 'string');
    const misspelt = names.some((name) => !Object.hasOwn(fields, name) && present.has(name.toLowerCase()));
    return [
      `\`creds\` lacks ${codeList(names)}.${misspelt ? ' The letter case of the names counts.' : ''} ${EXPECTED_CREDS}`,
      ...(blank ? whySecretsAreEmpty(env) : []),
    ];
  },
  credsOfCertificate: (field: string) => [
    `\`creds\` names a certificate, \`${field}\`, instead of a client secret.`,
    GIVE_CERTIFICATE,
  ],
  certificateInCreds: (field: string, certificate: string) => [
    `\`${field}\` in \`creds\` holds ${certificate}, not a client secret.`,
    GIVE_CERTIFICATE,
  ],

  // The cloud
  stackWithoutUrl: () => [
    '`environment: AzureStack` needs to know where the Azure Stack Hub or private cloud is.',
    'Give its Resource Manager in `resource-manager-url`, for example https://management.local.azurestack.external. `resourceManagerEndpointUrl` in `creds` does as well.',
  ],
  noHttpsUrl: (name: string) => `${name} is not the https URL of a Resource Manager. ${URL_FORM}`,
  classicUrl: (name: string, owner: string) => [
    `${name} is the classic Service Management of ${owner}, not a Resource Manager.`,
    `For that cloud, set \`environment: ${owner}\` and leave the URL out. For a private cloud, give its Resource Manager. ${URL_FORM}`,
  ],
  urlOfAnotherCloud: (environment: string) => [
    `\`environment: ${environment}\` and \`resource-manager-url\` name different clouds.`,
    `Remove \`resource-manager-url\` for ${environment}, or set \`environment: AzureStack\` for a private cloud.`,
  ],
  urlOfKnownCloud: (owner: string) => [
    `\`resource-manager-url\` is the Resource Manager of ${owner}.`,
    `Set \`environment: ${owner}\` instead.`,
  ],
  classicUrlInCreds: (owner: string, resourceManager: string) =>
    `\`resourceManagerEndpointUrl\` in \`creds\` is the classic Service Management of ${owner}. It has no effect here; other tools need the Resource Manager there, ${resourceManager}/.`,
  credsOfAnotherCloud: (environment: string, owner: string | undefined) =>
    `\`creds\` was made in ${owner ?? 'another cloud'}, by its \`resourceManagerEndpointUrl\`, but \`environment\` is ${environment}. Set \`environment: ${owner ?? 'AzureStack'}\` if the sign-in is refused.`,

  // The session
  settingsNeedAsm: () =>
    '`publish-settings` needs `mode: asm`: a management certificate opens classic Service Management, not Resource Manager.',
  asmUnfit: (method: Method) => [
    `\`mode: asm\` does not go with ${method}: classic Service Management knows management certificates and users, but no service principals and no managed identities.`,
    'Use `mode: arm`, or sign in with `publish-settings` or as a user.',
  ],
  twoSubscriptions: () => [
    '`subscription` and `subscription-id` have different values, but are one input under two names.',
    'Give one of them.',
  ],
  unlistedUnknown: () => [
    '`list-subscriptions: false` needs to know the subscription.',
    'Give its id in `subscription`, or set `allow-no-subscriptions: true` to do without one.',
  ],
  unlistedName: () =>
    '`list-subscriptions: false` needs the id of the subscription: a name can only be looked up in the list.',
  configDirIsRoot: () => '`config-dir` is the root of a file system. Name a folder on it.',
  unusableName: (name: string) =>
    `\`config-dir\` has the name "${name}" in it, which other programs on Windows cannot open.`,
  path: (name: string, mistake: keyof typeof PATH) => `${name} ${PATH[mistake]}`,
  noneAndFamily: () => '`export-env` says `none` and also names a family. Give one or the other.',
  scopesOfSettings: () =>
    '`token-scopes` does not go with publish settings: a management certificate gets no access tokens.',
  scopeForm: (line: string, number: number) =>
    `Line ${number} of \`token-scopes\` is neither a resource like https://vault.azure.net nor a scope like https://vault.azure.net/.default.${hint(line) || (/[,;]/.test(line) ? ' Write one a line.' : '')}`,
  powershellOfSettings: () =>
    '`enable-AzPSSession` does not go with publish settings: Azure PowerShell signs in to Resource Manager, which takes no management certificate.',

  // Without effect
  noEffect: (option: keyof typeof NO_EFFECT, method: Method) =>
    `\`${option}\` has no effect with ${method}${NO_EFFECT[option]}`,
  nothingToDelete: () =>
    '`delete-publish-settings` has no effect: `publish-settings` holds the text, not a file to delete.',
  secretsNotExported: () => '`export-secrets` has no effect with `export-env: none`.',
  listInClassicMode: () => '`list-subscriptions` has no effect in `mode: asm`.',
} satisfies Readonly<Record<string, (...about: never[]) => Text>>;

/** All errors of the inputs as one. Steps that several of them share appear once. */
export function inputError(errors: readonly Diagnostic[]): SessionError {
  const texts = errors.map(textOf);
  const steps = texts.flatMap(([, ...next]) => next.map((step) => (typeof step === 'string' ? { say: step } : step)));
  const next = steps.filter((step, at) => steps.findIndex((other) => sameStep(other, step)) === at);
  const [[first] = ['The inputs cannot be used.'], ...others] = texts;
  if (others.length === 0) return new SessionError(first, { next });
  const why = texts.map(([what]) => `- ${what}`).join('\n');
  return new SessionError(`There are ${texts.length} problems with the inputs:`, { why, next });
}

export function warningText(warning: Diagnostic): string {
  return textOf(warning)[0];
}

function textOf({ name, about }: Diagnostic): Exclude<Text, string> {
  const make = TEXTS[name] as (...about: readonly unknown[]) => Text;
  const text = make(...about);
  return typeof text === 'string' ? [text] : text;
}

function sameStep(one: Step, other: Step): boolean {
  return one.say === other.say && one.command === other.command && one.yaml === other.yaml;
}

/** Events of pull requests that get no secrets when the pull request comes from a fork. */
const FORK_EVENTS = new Set(['pull_request', 'pull_request_review', 'pull_request_review_comment']);

/**
 * Why a secret that the workflow names can reach the action empty, the likeliest reason for this run first.
 * Sources: GitHub Docs, "Using secrets in GitHub Actions", "Dependabot on GitHub Actions", "Reusing workflows".
 */
export function whySecretsAreEmpty(env: Environment): readonly string[] {
  const event = env['GITHUB_EVENT_NAME'] ?? '';
  const reasons: string[] = [];
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
    reasons.push(
      'Dependabot started this run, and its runs get no Actions secrets: add the secrets under Settings > Secrets and variables > Dependabot.',
    );
  } else if (FORK_EVENTS.has(event)) {
    reasons.push(
      `This run was started by \`${event}\`: GitHub gives it no secrets when the pull request comes from a fork.`,
    );
  }
  reasons.push(
    'If the value comes from a secret, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (`environment:`), or when a reusable workflow is called without `secrets: inherit`.',
  );
  return reasons;
}

/** `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``. */
function codeList(names: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  return sentenceList(
    names.map((name) => `\`${name}\``),
    conjunction,
  );
}

function sentenceList(parts: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** What is needed and which of it is missing, up to the verb: `` `a`, which is``, `` `a` and `b`, but `b` is``. */
function needed(names: readonly string[], missing: readonly string[]): string {
  return names.length === missing.length
    ? `${codeList(names)}, which ${isOrAre(missing)}`
    : `${codeList(names)}, but ${codeList(missing)} ${isOrAre(missing)}`;
}

function notBoolean(name: InputName, value: string): string {
  return `\`${name}\` is ${quoted(value)}, which is neither true nor false.`;
}

const LONGEST_QUOTE = 40;

/**
 * A short value as it is. A longer one may be a secret in the wrong place, so it is not shown at all: of a value that is
 * masked a part, or one with other white space in it, would not be.
 */
function quoted(value: string): string {
  const whole = value.length <= LONGEST_QUOTE && !/\p{Cc}/u.test(value);
  return whole ? `'${value}'` : `a text of ${value.length} characters`;
}

function isOrAre(subjects: readonly unknown[]): string {
  return subjects.length === 1 ? 'is' : 'are';
}

/** What makes a value no id at all, as a sentence that quotes nothing; `''` when nothing stands out. */
function hint(value: string): string {
  if (/^\$\{?\w|^%\w+%$/.test(value)) return ' It is a variable of the shell, which nothing expands here.';
  if (/["'`]/.test(value)) return ' It contains quotation marks.';
  if (/\s/.test(value)) return ' It contains white space.';
  if (/[{}<>]/.test(value)) return ' It contains brackets.';
  return '';
}
