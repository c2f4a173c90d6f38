import type { TokenCount } from '../actions/summary.ts';
import { sanitize } from '../core/sanitize.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { loginFiles, sessionExists } from '../profile/saved-session.ts';
import type { CommonPlan } from './plan.ts';
import type { EndpointResponse } from './token-server.ts';

/**
 * Writes a file to the session's folder for the post step to report. Failures are ignored: the folder may be gone or
 * full, and nothing waits for the file.
 * @param text `''` removes the file
 */
export function leaveForPost({ folder }: CommonPlan, name: string, text: string): void {
  try {
    if (text === '') new ProfileFolder(folder).removeEntry(name);
    else new ProfileFolder(folder).write(name, text);
  } catch {}
}

/**
 * Returns memory to the system before an idle time: V8 would keep the garbage of requests and TLS connections for
 * hours. The last-resort collection also drops compiled code and empty pages. It takes 20 to 50 ms and saves 2 MB.
 */
export function releaseMemory(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** From the first response after a release to the next release, in milliseconds: at most one a second under load. */
const RELEASE_MS = 1000;
/** Limits of the record, so that invented resource names cannot fill the disk. */
export const MAX_ROWS = 100;
export const MAX_TEXT = 200;

/**
 * Counts the responses of a session by resource, client and error, and keeps the counts in the session's folder: the
 * post step kills the process without asking it. The record holds no id and no token.
 */
export function usageRecorder(plan: CommonPlan): (response: EndpointResponse, client: string) => void {
  const { name } = loginFiles(plan.folder, plan.sharedLogin).tokenUsage;
  const counts = new Map<string, number>();
  let isReleaseDue = false;
  const write = (): void => {
    // After a sign-out a shared folder remains, and nothing would remove the file from it.
    if (!sessionExists(plan)) return;
    const rows = [...counts].map(([row, count]): TokenCount => ({ ...JSON.parse(row), count }));
    leaveForPost(plan, name, JSON.stringify(rows));
  };
  write();
  return ({ status, body, reason = body['message'] ?? '' }, client) => {
    const issued = { resource: sanitize(body['resource'] ?? '', MAX_TEXT), client, error: '' };
    const rejected = { resource: '', client: '', error: sanitize(reason, MAX_TEXT) };
    const row = JSON.stringify(status === 200 ? issued : rejected);
    if (counts.size < MAX_ROWS || counts.has(row)) counts.set(row, (counts.get(row) ?? 0) + 1);
    write();
    if (isReleaseDue) return;
    isReleaseDue = true;
    setTimeout(() => {
      isReleaseDue = false;
      releaseMemory();
    }, RELEASE_MS);
  };
}
