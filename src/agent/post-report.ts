import { existsSync, lstatSync } from 'node:fs';
import type { Runner } from '../actions/runner.ts';
import type { TokenCount } from '../actions/summary.ts';
import { readTextFile } from '../core/files.ts';
import { utcTime } from '../core/forms.ts';
import { asObject, parseJson, stringField } from '../core/json.ts';
import { sanitize } from '../core/sanitize.ts';
import { loginFiles, type SavedSession, sessionExists } from '../profile/saved-session.ts';
import { MAX_ROWS, MAX_TEXT } from './housekeeping.ts';

/** The warning about an agent that was killed while its session existed; no line where the session was signed out. */
export function killedWarning(session: SavedSession): string[] {
  if (!sessionExists(session)) return [];
  const { federatedToken, tokenUsage } = loginFiles(session.folder, session.sharedLogin);
  if (existsSync(tokenUsage.path)) {
    return [
      'The session did not last to the end of the job: something killed the background process that had its credential in memory. Later steps could not get tokens from then on.',
    ];
  }
  const renewed = lstatSync(federatedToken.path, { throwIfNoEntry: false })?.mtime;
  // A client can set any time on the file, even one that `Date` cannot represent.
  const isTime = renewed !== undefined && renewed.getTime() <= Date.now();
  const since = isTime ? ` It last renewed the token at ${utcTime(renewed)}.` : '';
  return [
    `The session was not kept alive to the end of the job: something killed the background process that renews the federated token.${since} Later steps that needed a new access token may have failed.`,
  ];
}

/** In bytes. */
const MAX_RECORD_BYTES = 64 * 1024;

/** Reports the tokens of a memory session: one line in the log, and a table in the job summary. */
export async function reportTokens(session: SavedSession, runner: Runner): Promise<void> {
  const file = loginFiles(session.folder, session.sharedLogin).tokenUsage.path;
  const counts = parseJson(readTextFile(file, MAX_RECORD_BYTES, 'refuse') ?? '');
  // Any step can write the file, so its rows are sanitized again.
  const rows = Array.isArray(counts) ? counts.slice(0, MAX_ROWS).map(rowOf) : [];
  runner.info(logLine(rows));
  if (runner.input('job-summary').toLowerCase() !== 'always') return;
  const { tokenSummary } = await import('../actions/summary.ts');
  try {
    runner.appendSummary(tokenSummary(rows));
  } catch {
    runner.warning('The job summary could not be written. The sign-out is not affected.');
  }
}

function rowOf(value: unknown): TokenCount {
  const row = asObject(value);
  const text = (name: string): string => sanitize(stringField(row, name), MAX_TEXT);
  const count = Number.isSafeInteger(row?.['count']) ? Number(row?.['count']) : 0;
  return { resource: text('resource'), client: text('client'), error: text('error'), count };
}

function logLine(rows: readonly TokenCount[]): string {
  const issued = rows.filter(({ error }) => error === '');
  const byResource = [...Map.groupBy(issued, ({ resource }) => resource)].map(([resource, clients]) => {
    const sum = clients.reduce((total, { count }) => total + count, 0);
    return `${sum} for ${resource} (${clients.map(({ client, count }) => `${client} ${count}`).join(', ')})`;
  });
  const errors = rows
    .filter(({ error }) => error !== '')
    .map(({ error, count }) => `${error.replace(/\.$/, '')} (${count})`);
  const tokens =
    byResource.length === 0 ? 'Later steps got no token.' : `Later steps got tokens: ${byResource.join('; ')}.`;
  return errors.length === 0 ? tokens : `${tokens} Refused: ${errors.join('; ')}.`;
}
