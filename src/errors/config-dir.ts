import { shellQuote } from '../core/sanitize.ts';
import { errorFactory } from '../core/session-error.ts';

/** A parent folder of a profile, or a link in its path, that lets another user replace the profile. */
export interface WeakSpot {
  readonly path: string;
  readonly kind: 'folder' | 'link';
  readonly owner: number;
  readonly group: number;
  readonly mode: number;
  /** Who can replace the profile. */
  readonly who: 'owner' | 'group' | 'everybody';
}

/** Why the folder in `config-dir` cannot be used. The first argument of each text is the folder's path. */
export const configDirError = errorFactory({
  link: (path: string) => [
    unusable(path),
    'It is a link, and its owner could point it to another folder.',
    'Set `config-dir` to the folder itself, not to a link to it.',
  ],
  notAFolder: (path: string) => [
    unusable(path),
    'It already exists, but it is not a folder.',
    'Set `config-dir` to another folder.',
  ],
  inaccessible: (path: string, code: string) => [
    unusable(path),
    WHY_INACCESSIBLE[code] ?? `The operating system reported ${code}.`,
    "Set `config-dir` to a folder that the job's user can access.",
  ],
  ownedByAnotherUser: (path: string, owner: number, uid: number) => [
    unusable(path),
    `It belongs to user id ${owner}, but the job runs as user id ${uid}.`,
    "Set `config-dir` to a folder that the job's user owns, or to one that does not exist yet.",
  ],
  writableByEveryone: (path: string) => [
    unusable(path),
    'Every user of this machine can write to it, and could replace the credentials in it.',
    'Restrict the folder to its owner:',
    `$ chmod 700 ${shellQuote(path)}`,
  ],
  /** @param uid of the job's user */
  replaceable: (path: string, weakSpot: WeakSpot, uid: number | undefined) => [
    unusable(path),
    `Another user of this machine could replace it: ${weakness(weakSpot)}.`,
    ...permissionFix(weakSpot, uid),
    'Or set `config-dir` to another folder, such as ~/azure, or leave `config-dir` out.',
  ],
});

function unusable(path: string): string {
  return `The folder ${path} cannot be used as \`config-dir\`.`;
}

const WHY_INACCESSIBLE: Readonly<Record<string, string>> = {
  EACCES: 'The job has no access to one of its parent folders (EACCES).',
  EPERM: 'The job has no access to one of its parent folders (EPERM).',
  ENOENT: 'Its drive or share does not exist (ENOENT).',
  ENOTDIR: 'A part of the path above it is not a folder (ENOTDIR).',
  ELOOP: 'The symbolic links in its path form a loop (ELOOP).',
  ENAMETOOLONG: 'The path is longer than the system allows (ENAMETOOLONG).',
};

/** Only a warning, since the runner chooses RUNNER_TEMP. Never called on Windows, which has no user ids. */
export function replaceableTempWarning(weakSpot: WeakSpot): string {
  const [say, command] = permissionFix(weakSpot, process.getuid?.());
  return `Another user of this machine could replace the profile folder, which is in RUNNER_TEMP: ${weakness(weakSpot)}. ${say} ${command.slice(2)}`;
}

function weakness({ path, kind, owner, group, mode, who }: WeakSpot): string {
  const octal = mode.toString(8).padStart(4, '0');
  switch (who) {
    case 'owner':
      return kind === 'link'
        ? `the link ${path} in its path belongs to user id ${owner}`
        : `the folder ${path} above it belongs to user id ${owner} (mode ${octal})`;
    case 'group':
      return `group id ${group} can write to the folder ${path} above it (owner ${owner}, mode ${octal})`;
    case 'everybody':
      return `every user can write to the folder ${path} above it (owner ${owner}, mode ${octal})`;
  }
}

function permissionFix({ path, kind, owner, who }: WeakSpot, uid: number | undefined): [say: string, command: string] {
  const sudo = uid === 0 || (who !== 'owner' && owner === uid) ? '' : 'sudo ';
  // Without write permission, a runner whose volume belongs to root, as in Kubernetes, could not create its folders.
  if (who !== 'owner') return ['Let users move only their own files in it:', `$ ${sudo}chmod +t ${shellQuote(path)}`];
  const chown = kind === 'link' ? 'chown -h' : 'chown';
  return [`Make the job's user the owner of the ${kind}:`, `$ ${sudo}${chown} ${uid} ${shellQuote(path)}`];
}

/** Why the action cannot read or write a profile that several logins share, or add this login to it. */
export const sharedProfileError = errorFactory({
  locked: (path: string, lock: string) => [
    `The shared profile ${path} is in use.`,
    'Another process did not release its lock in time.',
    `If no job uses that folder, remove ${lock}.`,
  ],
  lockNotRemoved: (lock: string) => [`The lock ${lock} could not be removed.`, ''],
  /** Never quotes the parser's message: it would quote the file, which contains secrets. */
  malformed: (file: string) => [
    `Cannot read ${file}.`,
    'Its content is not in the format that Azure clients write, so the action does not change it.',
    'Fix or remove the file, or set `config-dir` to another folder.',
  ],
  unlisted: (ledger: string) => [`${ledger} no longer lists the sign-in.`, ''],
  otherCloud: (other: string, cloudName: string) => [
    `The shared profile belongs to the cloud ${other}, but this sign-in is to ${cloudName}.`,
    'The Azure CLI shows the subscriptions of one cloud at a time, so it would no longer see the existing accounts.',
    'Use a separate `config-dir` for each cloud.',
  ],
  encrypted: () => [
    'The shared profile stores its tokens encrypted, so this sign-in cannot be added to it.',
    'The Azure CLI reads either encrypted or unencrypted token stores. With an unencrypted store, it would no longer see the existing accounts.',
    'Set `config-dir` to another folder.',
    'Or switch the Azure CLI to unencrypted stores in that folder (replace FOLDER with its path), and sign in to its other accounts again:',
    '$ AZURE_CONFIG_DIR=FOLDER az config set core.encrypt_token_cache=false',
  ],
});
