import type { Runner } from '../actions/runner.ts';
import { readTextFile } from '../core/files.ts';
import { quotable } from '../core/foreign-text.ts';
import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import { processStart } from '../core/machine.ts';
import { loginFiles, type SavedSession } from '../profile/saved-session.ts';
import { stopRefresher } from './stop.ts';
import { LONGEST_WORDS, MOST_ROWS, type TokenAccounts } from './token-account.ts';

const LARGEST_ACCOUNT = 64 * 1024;
/** The agent writes its last counts when it is told to end. */
const PATIENCE_MS = 1000;

/** What post says of the tokens that a session in memory gave to later steps: a line, and a table in the job summary. */
export async function tellTokens(session: SavedSession, runner: Runner): Promise<void> {
  await ended(session);
  const file = loginFiles(session.folder, session.sharedLogin).tokenAccount.path;
  const accounts = parsed(readTextFile(file, LARGEST_ACCOUNT, 'refuse') ?? '');
  runner.info(line(accounts));
  if (runner.input('job-summary').toLowerCase() !== 'always') return;
  const { tokenSummary } = await import('../actions/summary.ts');
  try {
    runner.appendSummary(tokenSummary(accounts));
  } catch {
    runner.warning('The job summary could not be written. The sign-out is not affected.');
  }
}

async function ended(session: SavedSession): Promise<void> {
  const { refresher, refresherStarted } = session;
  const isThere = (): boolean => refresherStarted !== '' && processStart(refresher) === refresherStarted;
  for (const end = Date.now() + PATIENCE_MS; isThere() && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // One that somebody stopped would keep the credential for as long as the machine runs.
  if (isThere()) stopRefresher(session, 'SIGKILL');
}

/** Any step can have written there: only what the agent could have written is shown. */
function parsed(json: string): TokenAccounts {
  const accounts = parseJsonObject(json);
  const rows = (name: keyof TokenAccounts): Row[] => {
    const list = accounts?.[name];
    return Array.isArray(list) ? list.slice(0, MOST_ROWS).map(rowOf) : [];
  };
  return { issued: rows('issued'), refused: rows('refused') };
}

interface Row {
  readonly resource: string;
  readonly client: string;
  readonly reason: string;
  readonly count: number;
}

function rowOf(value: unknown): Row {
  const row = asObject(value);
  const text = (name: string): string => quotable(stringField(row, name), LONGEST_WORDS);
  const count = row?.['count'];
  return {
    resource: text('resource'),
    client: text('client'),
    reason: text('reason'),
    count: Number.isSafeInteger(count) ? Number(count) : 0,
  };
}

function line({ issued, refused }: TokenAccounts): string {
  const resources = [...new Set(issued.map(({ resource }) => resource))].map((resource) => {
    const clients = issued.filter((row) => row.resource === resource);
    return `${sum(clients)} for ${resource} (${clients.map(({ client, count }) => `${client} ${count}`).join(', ')})`;
  });
  const given = resources.length === 0 ? 'Later steps got no token' : `Later steps got tokens: ${resources.join('; ')}`;
  const reasons = refused.map(({ reason, count }) => `${reason.replace(/\.$/, '')} (${count})`);
  return `${given}.${reasons.length === 0 ? '' : ` Refused: ${reasons.join('; ')}.`}`;
}

function sum(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
