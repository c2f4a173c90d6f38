import { realpathSync } from 'node:fs';
import path from 'node:path';
import { ignoreErrors } from '../core/ignore-errors.ts';
import type { Environment } from '../core/machine.ts';
import { sanitize } from '../core/sanitize.ts';
import { cloudOfSession, type Session } from '../core/session.ts';
import type { VariableName } from '../core/variable-names.ts';
import type { VariableFamily } from './variables.ts';

/**
 * Warnings about parts of the job's environment that can expose the session in later steps. They are not corrected: the
 * workflow may have no alternative.
 */
export function safetyWarnings(folder: string, env: Environment, platform: NodeJS.Platform): string[] {
  return [
    ...TLS_SWITCHES.filter(({ name, isOff }) => isOff(env[name] ?? '')).map(
      ({ name, clients, alternative }) =>
        `The variable ${name} is set: ${clients} in later steps do not verify the servers to which they send the session's tokens. The sign-in itself still does. Remove the variable. To trust a certificate authority of your own, set ${alternative} to its file.`,
    ),
    ...(isWithin(folder, env['GITHUB_WORKSPACE'] ?? '', platform)
      ? [
          `The profile folder ${sanitize(folder, 1000)} is in the workspace. Anything that copies files from there also copies the session's credentials: an upload of artifacts, a cache, \`docker build\`, \`git add\`. Set \`config-dir\` to a folder outside the workspace, or leave it out.`,
        ]
      : []),
  ];
}

/** Variables that disable the verification of TLS certificates. Sources: Node.js, `tls`; azure-cli-core, `util.py`. */
const TLS_SWITCHES = [
  {
    name: 'NODE_TLS_REJECT_UNAUTHORIZED',
    clients: 'programs that run on Node.js',
    alternative: 'NODE_EXTRA_CA_CERTS',
    isOff: (value: string) => value === '0',
  },
  {
    name: 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION',
    clients: 'commands of `az`',
    alternative: 'REQUESTS_CA_BUNDLE',
    // Any value disables it, even `0` and `false`.
    isOff: (value: string) => value !== '',
  },
] as const;

/**
 * Compares real paths, because uploads and `git` work on these too. On Windows the relative path to another drive is
 * absolute.
 */
function isWithin(folder: string, workspace: string, platform: NodeJS.Platform): boolean {
  if (workspace === '') return false;
  const rules = platform === 'win32' ? path.win32 : path.posix;
  const relative = rules.relative(realPath(workspace), realPath(folder));
  return !rules.isAbsolute(relative) && relative !== '..' && !relative.startsWith(`..${rules.sep}`);
}

function realPath(folder: string): string {
  return ignoreErrors(() => realpathSync(folder)) ?? folder;
}

/** A variable that can keep a client from using the session. */
type MisleadingVariable = {
  readonly effect: string;
  /** Other values that mean the same to the client as the correct one, in lower case. */
  readonly synonyms?: readonly string[];
  readonly appliesTo?: (session: Session) => boolean;
} & (
  | {
      readonly name: VariableName;
      /** The value with which the client uses the session, `''` to blank it. */
      readonly correct: (session: Session) => string;
    }
  /** Only the workflow can remove the variable. */
  | { readonly name: string; readonly correct?: undefined }
);

const blank = (): string => '';

/** How Python's ConfigParser reads booleans. Source: CPython, `Lib/configparser.py`. */
const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];

/**
 * Variables of the job that would make a client ignore the profile or sign in as another identity. `az` rejects most
 * blank variables as invalid or crashes on them, so its variables get the correct value instead.
 * Source: knack, `config.py`; azure-xplat-cli, `lib/util/profile/environment.js` and `lib/util/authentication/`;
 * hashicorp/go-azure-sdk, `sdk/auth`.
 */
const MISLEADING: readonly MisleadingVariable[] = [
  {
    name: 'AZURE_CLOUD_NAME',
    effect: 'az would look for another cloud',
    correct: (session) => cloudOfSession(session).name,
  },
  {
    name: 'AZURE_CORE_ENCRYPT_TOKEN_CACHE',
    effect: 'az would look for an encrypted profile',
    correct: () => 'false',
    synonyms: FALSE,
  },
  {
    name: 'AZURE_CORE_USE_MSAL_HTTP_CACHE',
    effect: 'az would look up the tenant in every command',
    correct: () => 'true',
    synonyms: TRUE,
  },
  {
    name: 'COPILOT_AGENT_SESSION_ID',
    effect: 'az would ignore the tokens of a user and start an interactive sign-in',
    correct: blank,
    appliesTo: (session) => session.kind === 'account' && session.account.principal.kind === 'user',
  },
  {
    name: 'AZURE_ACCESS_TOKEN_FILE',
    effect: 'the classic CLI would read its tokens from another file',
    correct: blank,
  },
  {
    name: 'AZURE_USE_SECURE_TOKEN_STORAGE',
    effect: 'the classic CLI would read its tokens from a keychain',
    correct: blank,
  },
  { name: 'AZURE_CONSOLE_TOKENS', effect: 'the classic CLI would sign in as the Cloud Shell', correct: blank },
  { name: 'AZURE_RESOURCEMANAGERENDPOINT_URL', effect: 'the classic CLI would send its tokens there', correct: blank },
  { name: 'AZURE_MANAGEMENTENDPOINT_URL', effect: 'the classic CLI would send its tokens there', correct: blank },
  { name: 'AZURE_ACTIVEDIRECTORY_ENDPOINT_URL', effect: 'the classic CLI would sign in there', correct: blank },
  { name: 'AZURE_ACTIVEDIRECTORY_RESOURCE_ID', effect: 'the classic CLI would request tokens for it', correct: blank },
  { name: 'ARM_OIDC_TOKEN', effect: 'Terraform would use this token, which expires within minutes', correct: blank },
  { name: 'ARM_CLOUD_METADATA_URL', effect: 'az reads its clouds from there' },
  {
    name: 'MSAL_FORCE_REGION',
    effect: 'az would use a regional host, which does not serve service principals of customers',
  },
];

/**
 * Whether corrected values are exported. After an earlier login a correct value may be that login's correction, which
 * is undone when it ends, so it is exported again.
 */
type Corrections = 'exported' | 'exported-again' | 'not-exported';

export function misleadingVariables(session: Session, env: Environment, corrections: Corrections): VariableFamily {
  const set = MISLEADING.filter(({ name, appliesTo = () => true }) => env[name] !== undefined && appliesTo(session));
  const wrong = set.filter(({ name, correct, synonyms = [] }) => {
    const value = env[name] ?? '';
    return value !== (correct?.(session) ?? '') && !synonyms.includes(value.toLowerCase());
  });
  const corrected = (corrections === 'exported-again' ? set : wrong).flatMap(({ name, correct }) =>
    correct === undefined ? [] : [[name, correct(session)] as const],
  );
  return {
    owned: corrected.map(([name]) => name),
    variables: Object.fromEntries(corrected),
    onReplace: 'silent',
    warnings: wrong.map(
      (variable) =>
        `The variable ${variable.name} is set: ${variable.effect}. ${remediation(variable, session, corrections)}`,
    ),
  };
}

function remediation({ correct }: MisleadingVariable, session: Session, corrections: Corrections): string {
  if (correct === undefined)
    return 'The action cannot unset it, and clients fail if it is empty: remove it from the job.';
  const value = correct(session);
  if (corrections === 'not-exported') {
    return `\`export-env: none\` leaves it unchanged: ${value === '' ? 'blank it' : `set it to ${value}`} in the steps that use the session.`;
  }
  return value === '' ? 'It is blanked for later steps.' : `It is set to ${value} for later steps.`;
}
