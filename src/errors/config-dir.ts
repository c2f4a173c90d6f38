import { shellQuote } from '../core/foreign-text.ts';
import { errorFactory } from '../core/session-error.ts';

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
export const configDirError = errorFactory({
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
    'Keep the folder to its owner:',
    `$ chmod 700 ${shellQuote(path)}`,
  ],
  /** @param uid of the job's user */
  exchangeable: (path: string, weakSpot: WeakSpot, uid: number | undefined) => [
    unfit(path),
    `Another user of this machine could exchange it: ${weakness(weakSpot)}.`,
    ...cure(weakSpot, uid),
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
  const [say, command] = cure(weakSpot, process.getuid?.());
  return `Another user of this machine could exchange the profile folder, which is in RUNNER_TEMP: ${weakness(weakSpot)}. ${say} ${command.slice(2)}`;
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

function cure({ path, kind, owner, who }: WeakSpot, uid: number | undefined): [say: string, command: string] {
  const sudo = uid === 0 || (who !== 'owner' && owner === uid) ? '' : 'sudo ';
  if (who !== 'owner') return ['Let only its owner write there:', `$ ${sudo}chmod go-w ${shellQuote(path)}`];
  const chown = kind === 'link' ? 'chown -h' : 'chown';
  return [`Give the ${kind} to the job's user:`, `$ ${sudo}${chown} ${uid} ${shellQuote(path)}`];
}

/** Why a profile that several logins share cannot be read or written, or cannot take this login. */
export const sharedProfileError = errorFactory({
  locked: (path: string, lock: string) => [
    `The shared profile ${path} is in use.`,
    'Another process held its lock for as long as there was time to wait.',
    `If no job uses that folder, remove ${lock}.`,
  ],
  lockLeft: (lock: string) => [`The lock ${lock} could not be removed.`, ''],
  /** Never quotes what the parser says: it would quote the file, and that holds secrets. */
  notUnderstood: (file: string) => [
    `Cannot read ${file}.`,
    'It is not what a client would have written there, so it is left as it is.',
    'Mend or remove the file, or name another folder in `config-dir`.',
  ],
  otherCloud: (other: string, cloudName: string) => [
    `The shared profile belongs to the cloud ${other}; this login is one of ${cloudName}.`,
    'The Azure CLI shows the subscriptions of one cloud at a time, so the accounts of the other would be lost to it.',
    'Give the logins of each cloud a `config-dir` of their own.',
  ],
  encrypted: () => [
    'The shared profile keeps its tokens encrypted, where this login cannot be added.',
    'The Azure CLI reads either encrypted or plain token stores. Plain ones would hide the accounts that are there.',
    'Name another folder in `config-dir`.',
    'Or let the Azure CLI keep plain stores in that folder, and sign in to its other accounts again:',
    '$ az config set core.encrypt_token_cache=false',
  ],
});
