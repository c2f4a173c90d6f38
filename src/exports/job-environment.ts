import { realpathSync } from 'node:fs';
import path from 'node:path';
import { quotable } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import { cloudOfSession, type Session } from '../core/session.ts';
import type { VariableName } from '../core/variable-names.ts';
import type { VariableFamily } from './variables.ts';

/**
 * What of the job's surroundings gives the session away in later steps. It stays as it is: the workflow may have no other
 * way, and what it does there is no fault of this login.
 */
export function safetyWarnings(folder: string, env: Environment, platform: NodeJS.Platform): string[] {
  return [
    ...UNVERIFIED.filter(({ name, isOff }) => isOff(env[name] ?? '')).map(
      ({ name, who, instead }) =>
        `The variable ${name} is set: ${who} in later steps do not check who they send the session's tokens to. The sign-in itself checks it all the same. Remove the variable. Where an authority of your own signs certificates, name its file in ${instead}.`,
    ),
    ...(isWithin(folder, env['GITHUB_WORKSPACE'] ?? '', platform)
      ? [
          `The profile folder ${quotable(folder, 1000)} lies in the workspace. Whatever takes files from there takes the session's credentials along: an upload of artifacts, a cache, \`docker build\`, \`git add\`. Name a \`config-dir\` outside of it, or leave \`config-dir\` out.`,
        ]
      : []),
  ];
}

/** Variables that turn off the check of TLS certificates. Sources: Node.js, `tls`; azure-cli-core, `util.py`. */
const UNVERIFIED = [
  {
    name: 'NODE_TLS_REJECT_UNAUTHORIZED',
    who: 'programs that run on Node.js',
    instead: 'NODE_EXTRA_CA_CERTS',
    isOff: (value: string) => value === '0',
  },
  {
    name: 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION',
    who: 'commands of `az`',
    instead: 'REQUESTS_CA_BUNDLE',
    // Whatever the text says: `0` and `false` turn it off too.
    isOff: (value: string) => value !== '',
  },
] as const;

/** Both as they are once links are followed, which uploads and `git` do not undo. On Windows paths have two separators and drives. */
function isWithin(folder: string, workspace: string, platform: NodeJS.Platform): boolean {
  if (workspace === '') return false;
  const rules = platform === 'win32' ? path.win32 : path.posix;
  const relative = rules.relative(resolved(workspace), resolved(folder));
  return !rules.isAbsolute(relative) && relative !== '..' && !relative.startsWith(`..${rules.sep}`);
}

function resolved(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** A variable that stands between a client and the session. */
type Misleading = {
  readonly harm: string;
  /** Other spellings that mean the same to the client, in lower case. */
  readonly alsoRight?: readonly string[];
  readonly concerns?: (session: Session) => boolean;
} & (
  | {
      readonly name: VariableName;
      /** The value with which the client sees the session, `''` to blank it. */
      readonly right: (session: Session) => string;
    }
  /** Only the workflow can help. */
  | { readonly name: string; readonly right?: undefined }
);

const blank = (): string => '';

/** How Python's ConfigParser reads booleans. Source: CPython, `Lib/configparser.py`. */
const ALSO_TRUE = ['true', 'yes', 'on', '1'];
const ALSO_FALSE = ['false', 'no', 'off', '0'];

/**
 * Variables of the job that would make a client ignore the profile or sign in as somebody else. A blank one is not an
 * absent one to `az`, which takes it for a wrong value or crashes; so what `az` reads is set to what is right.
 * Source: knack, `config.py`; azure-xplat-cli, `lib/util/profile/environment.js` and `lib/util/authentication/`;
 * hashicorp/go-azure-sdk, `sdk/auth`.
 */
const MISLEADING: readonly Misleading[] = [
  {
    name: 'AZURE_CLOUD_NAME',
    harm: 'az would look for another cloud',
    right: (session) => cloudOfSession(session).name,
  },
  {
    name: 'AZURE_CORE_ENCRYPT_TOKEN_CACHE',
    harm: 'az would look for an encrypted profile',
    right: () => 'false',
    alsoRight: ALSO_FALSE,
  },
  {
    name: 'AZURE_CORE_USE_MSAL_HTTP_CACHE',
    harm: 'az would look up the tenant in every command',
    right: () => 'true',
    alsoRight: ALSO_TRUE,
  },
  {
    name: 'COPILOT_AGENT_SESSION_ID',
    harm: 'az would pass over the tokens of a user and ask a person to sign in',
    right: blank,
    concerns: (session) => session.kind === 'account' && session.account.principal.kind === 'user',
  },
  { name: 'AZURE_ACCESS_TOKEN_FILE', harm: 'the classic CLI would read its tokens from another file', right: blank },
  {
    name: 'AZURE_USE_SECURE_TOKEN_STORAGE',
    harm: 'the classic CLI would read its tokens from a keychain',
    right: blank,
  },
  { name: 'AZURE_CONSOLE_TOKENS', harm: 'the classic CLI would sign in as the Cloud Shell', right: blank },
  { name: 'AZURE_RESOURCEMANAGERENDPOINT_URL', harm: 'the classic CLI would send its tokens there', right: blank },
  { name: 'AZURE_MANAGEMENTENDPOINT_URL', harm: 'the classic CLI would send its tokens there', right: blank },
  { name: 'AZURE_ACTIVEDIRECTORY_ENDPOINT_URL', harm: 'the classic CLI would sign in there', right: blank },
  { name: 'AZURE_ACTIVEDIRECTORY_RESOURCE_ID', harm: 'the classic CLI would ask for tokens of it', right: blank },
  { name: 'ARM_OIDC_TOKEN', harm: 'Terraform would use this token, which ends after minutes', right: blank },
  { name: 'ARM_CLOUD_METADATA_URL', harm: 'az takes its clouds from there' },
  { name: 'MSAL_FORCE_REGION', harm: 'az asks a regional host that is not for service principals of customers' },
];

/**
 * Whether later steps get what is right, or nothing is exported. After an earlier login what is right may be its
 * correction, which goes with it: so it is exported again.
 */
type Corrections = 'exported' | 'exported-again' | 'left-to-the-workflow';

/** @returns the corrections for what is set wrongly, and a warning for each */
export function misleadingVariables(session: Session, env: Environment, corrections: Corrections): VariableFamily {
  const set = MISLEADING.filter(({ name, concerns = () => true }) => env[name] !== undefined && concerns(session));
  const found = set.filter(({ name, right, alsoRight = [] }) => {
    const value = env[name] ?? '';
    return value !== (right?.(session) ?? '') && !alsoRight.includes(value.toLowerCase());
  });
  const corrected = (corrections === 'exported-again' ? set : found).flatMap(({ name, right }) =>
    right === undefined ? [] : [[name, right(session)] as const],
  );
  return {
    owned: corrected.map(([name]) => name),
    variables: Object.fromEntries(corrected),
    replacing: 'silent',
    warnings: found.map(
      (variable) =>
        `The variable ${variable.name} is set: ${variable.harm}. ${remediation(variable, session, corrections)}`,
    ),
  };
}

function remediation({ right }: Misleading, session: Session, corrections: Corrections): string {
  if (right === undefined)
    return 'It cannot be unset from here, and clients fail on an empty one: remove it from the job.';
  const value = right(session);
  if (corrections === 'left-to-the-workflow') {
    return `It stays so with \`export-env: none\`: ${value === '' ? 'blank it' : `set it to ${value}`} in the steps that use the session.`;
  }
  return value === '' ? 'It is blanked for later steps.' : `It is set to ${value} for later steps.`;
}
