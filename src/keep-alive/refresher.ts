import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { expiryOf } from '../credentials/github-id-token.ts';
import { asciiJson } from '../profile/az-profile.ts';
import { ProfileFolder, readForeignFile } from '../profile/folder.ts';
import { withAssertion } from './assertion-entry.ts';
import { failureWaitMs, type KeepAlivePlan, refreshAfterMs } from './plan.ts';

/** What the refresher takes from outside. */
export interface RefresherPorts {
  /**
   * A fresh assertion.
   * @throws {SourceFailure} when there is none now
   */
  readonly fetch: () => Promise<string>;
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => Date;
  readonly random: () => number;
}

/** Why there is no fresh assertion: `passing` may heal, `final` is a definite refusal. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly outlook: 'passing' | 'final';

  constructor(reason: string, outlook: 'passing' | 'final') {
    super(reason);
    this.outlook = outlook;
  }
}

/** Definite refusals in a row after which GitHub is taken at its word: one may come from a gateway before it. */
const MOST_REFUSALS = 5;
/** So often the folder is looked for while nothing else is to do, in milliseconds. */
const LOOK_MS = 5000;

/**
 * Keeps the assertion of a session fresh until the session is over: its folder gone, GitHub's request token at its end,
 * or GitHub refusing for good. Leaves a line in the log file only when it had to give up while the session was alive.
 */
export async function refresh(plan: KeepAlivePlan, end: Date, ports: RefresherPorts): Promise<void> {
  let failures = 0;
  let refusals = 0;
  await waitWhileAlive(refreshAfterMs(new Date(plan.expiresOn), ports.now(), ports.random()), plan, ports);
  while (sessionIsAlive(plan.folder) && ports.now() < end) {
    let wait: number;
    try {
      const assertion = await ports.fetch();
      if (!sessionIsAlive(plan.folder)) return;
      publish(plan, assertion);
      failures = refusals = 0;
      wait = refreshAfterMs(expiryOf(assertion), ports.now(), ports.random());
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      failures++;
      refusals = error.outlook === 'final' ? refusals + 1 : 0;
      if (refusals >= MOST_REFUSALS) return leaveWord(plan, `it gave up: ${error.message}`);
      wait = failureWaitMs(failures, ports.random());
    }
    await waitWhileAlive(wait, plan, ports);
  }
  if (sessionIsAlive(plan.folder))
    leaveWord(plan, 'GitHub gives tokens to a job for about six hours, and they are over');
}

/** Sleeps in short pieces, so that a session that ended is noticed within seconds. */
async function waitWhileAlive(ms: number, plan: KeepAlivePlan, ports: RefresherPorts): Promise<void> {
  const until = ports.now().getTime() + ms;
  for (let left = ms; left > 0 && sessionIsAlive(plan.folder); left = until - ports.now().getTime()) {
    await ports.pause(Math.min(left, LOOK_MS));
  }
}

function sessionIsAlive(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

const ENTRIES = 'service_principal_entries.json';
const LARGEST_ENTRIES = 16 * 1024 * 1024;

/** The SDKs' file first: it is what a process that runs right now may be about to read. */
function publish(plan: KeepAlivePlan, assertion: string): void {
  const folder = ProfileFolder.existing(plan.folder);
  if (plan.tokenFile !== '') folder.write(plan.tokenFile, assertion);
  const entries = readForeignFile(join(plan.folder, ENTRIES), LARGEST_ENTRIES);
  const renewed = entries === undefined ? undefined : withAssertion(entries, plan, assertion);
  if (renewed !== undefined) folder.write(ENTRIES, asciiJson(renewed));
}

function leaveWord(plan: KeepAlivePlan, why: string): void {
  ProfileFolder.existing(plan.folder).write(
    plan.logFile,
    `The session was not kept alive to the end of the job: ${why}.\n`,
  );
}
