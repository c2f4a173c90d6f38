import { realpathSync } from 'node:fs';
import path from 'node:path';
import { quotable } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';

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
