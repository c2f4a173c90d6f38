import { existsSync, lstatSync } from 'node:fs';
import { utcTime } from '../core/utc-time.ts';
import { isSessionThere, loginFiles, type SavedSession } from '../profile/saved-session.ts';

/**
 * What post says of a refresher that ended without a word while its session was still there.
 * @returns no line when somebody has signed out of the session already
 */
export function killedWarning(session: SavedSession): string[] {
  if (!isSessionThere(session)) return [];
  const { federatedToken, tokenAccount } = loginFiles(session.folder, session.sharedLogin);
  if (existsSync(tokenAccount.path)) {
    return [
      'The session did not last to the end of the job: something killed the background process that had its credential in memory. Later steps could not get tokens from then on.',
    ];
  }
  const renewed = lstatSync(federatedToken.path, { throwIfNoEntry: false })?.mtime;
  // A client can give the file any time, also one that no date can hold.
  const isTime = renewed !== undefined && renewed.getTime() <= Date.now();
  const since = isTime ? ` It last renewed the token at ${utcTime(renewed)}.` : '';
  return [
    `The session was not kept alive to the end of the job: something killed the background process that renews the federated token.${since} Later steps that needed a new access token may have failed.`,
  ];
}
