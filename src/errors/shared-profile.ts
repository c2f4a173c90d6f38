import { errorsOf } from '../core/session-error.ts';

/** Why a profile that several logins share cannot be read or written, or cannot take this login. */
export const sharedProfileError = errorsOf({
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
    {
      say: 'Or let the Azure CLI keep plain stores in that folder, and sign in to its other accounts again:',
      command: 'az config set core.encrypt_token_cache=false',
    },
  ],
});
