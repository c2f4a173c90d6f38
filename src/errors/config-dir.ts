import { errorsOf, type Step } from '../core/session-error.ts';
import { shellWord } from './templates.ts';

/** A folder above a profile, or a link on the way to it, that lets another user exchange the profile. */
export interface WeakSpot {
  readonly path: string;
  readonly kind: 'folder' | 'link';
  readonly owner: number;
  readonly group: number;
  readonly mode: number;
  /** Who has the choice. */
  readonly who: 'owner' | 'group' | 'everybody';
}

/** Why the folder that `config-dir` names cannot hold a profile. Its path is the first value of each. */
export const configDirError = errorsOf({
  link: (path: string) => [
    unfit(path),
    'It is a link, and whoever made it could turn it elsewhere.',
    'Name the folder itself in `config-dir`, not a link to it.',
  ],
  noFolder: (path: string) => [
    unfit(path),
    'Something that is no folder has that name.',
    'Name another folder in `config-dir`.',
  ],
  outOfReach: (path: string, code: string) => [
    unfit(path),
    WHY_OUT_OF_REACH[code] ?? `The system answered ${code}.`,
    'Name a folder in `config-dir` that the job’s user can reach.',
  ],
  ofAnotherUser: (path: string, owner: number, uid: number) => [
    unfit(path),
    `It belongs to the user with id ${owner}; the job runs as ${uid}.`,
    'Name a folder of the job’s own user in `config-dir`, or one that does not exist yet.',
  ],
  openToEverybody: (path: string) => [
    unfit(path),
    'Every user of the machine may write there, and could put other credentials in their place.',
    { say: 'Keep the folder to its owner:', command: `chmod 700 ${shellWord(path)}` },
  ],
  /** @param uid of the job's user */
  exchangeable: (path: string, weakSpot: WeakSpot, uid: number | undefined) => [
    unfit(path),
    `Another user of this machine could exchange it: ${weakness(weakSpot)}.`,
    cure(weakSpot, uid),
    'Or name another folder in `config-dir`, such as ~/azure, or leave `config-dir` out.',
  ],
});

function unfit(path: string): string {
  return `The folder ${path} cannot hold a profile.`;
}

const WHY_OUT_OF_REACH: Readonly<Record<string, string>> = {
  EACCES: 'The job may not look into a folder above it (EACCES).',
  EPERM: 'The job may not look into a folder above it (EPERM).',
  ENOENT: 'There is no such drive or share (ENOENT).',
  ENOTDIR: 'Something above it is no folder (ENOTDIR).',
  ELOOP: 'The links above it lead in a circle (ELOOP).',
  ENAMETOOLONG: 'The path is longer than the system allows (ENAMETOOLONG).',
};

/** RUNNER_TEMP is the runner's own choice, so the sign-in goes on. Not on Windows, where no user id tells of others. */
export function exchangeableTemp(weakSpot: WeakSpot): string {
  const { say, command } = cure(weakSpot, process.getuid?.());
  return `Another user of this machine could exchange the profile folder, which is in RUNNER_TEMP: ${weakness(weakSpot)}. ${say} ${command}`;
}

function weakness({ path, kind, owner, group, mode, who }: WeakSpot): string {
  const octal = mode.toString(8).padStart(4, '0');
  switch (who) {
    case 'owner':
      return kind === 'link'
        ? `the link ${path}, on the way to it, belongs to the user with id ${owner}`
        : `the folder ${path}, above it, belongs to the user with id ${owner} (mode ${octal})`;
    case 'group':
      return `the group with id ${group} may write to the folder ${path}, above it (owner ${owner}, mode ${octal})`;
    case 'everybody':
      return `every user may write to the folder ${path}, above it (owner ${owner}, mode ${octal})`;
  }
}

function cure({ path, kind, owner, who }: WeakSpot, uid: number | undefined): Step & { readonly command: string } {
  const sudo = uid === 0 || (who !== 'owner' && owner === uid) ? '' : 'sudo ';
  if (who !== 'owner') {
    return { say: 'Let only its owner write there:', command: `${sudo}chmod go-w ${shellWord(path)}` };
  }
  const chown = kind === 'link' ? 'chown -h' : 'chown';
  return { say: `Give the ${kind} to the job's user:`, command: `${sudo}${chown} ${uid} ${shellWord(path)}` };
}
