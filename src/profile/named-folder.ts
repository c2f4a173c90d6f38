import type { Runner } from '../actions/runner.ts';
import type { ConfigDirRequest } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { folderFacts, judgeFolder, quoted } from './folder-check.ts';
import { trustedOwners, type WeakSpot, wayTo } from './folders-above.ts';

type NamedFolder = Extract<ConfigDirRequest, { kind: 'named' }>;

/**
 * Looks at the folder that `config-dir` names, and at those above it.
 * @returns the folder without links above it, as it is used and exported: a link could be turned elsewhere later
 * @throws {SessionError} when it is not fit for credentials
 */
export function checkedConfigDir({ path }: NamedFolder, { env }: Runner): NamedFolder {
  const resolved = checkedPath(path, trustedOwners(env));
  const verdict = judgeFolder(resolved, folderFacts(resolved), process.getuid?.());
  if (verdict.kind === 'refused') throw verdict.error;
  return { kind: 'named', path: resolved };
}

/**
 * @param trusted who may own the folders above; `undefined` on Windows, which has no user ids
 * @throws {SessionError} when another user could exchange the folder
 */
export function checkedPath(path: string, trusted: ReadonlySet<number> | undefined): string {
  try {
    const { resolved, weakSpot } = wayTo(path, trusted);
    if (weakSpot !== undefined) throw exchangeable(path, weakSpot, process.getuid?.());
    return resolved;
  } catch (error) {
    if (error instanceof SessionError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'an unknown error';
    const verdict = judgeFolder(path, { kind: 'out-of-reach', code }, undefined);
    throw verdict.kind === 'refused' ? verdict.error : error;
  }
}

/**
 * @param path of the folder, as the workflow names it
 * @param uid of the job's user
 */
export function exchangeable(path: string, weakSpot: WeakSpot, uid: number | undefined): SessionError {
  return new SessionError(`The folder ${path} cannot hold a profile.`, {
    why: `Another user of this machine could exchange it: ${weakness(weakSpot)}.`,
    next: [cure(weakSpot, uid), 'Or name another folder in `config-dir`, such as ~/azure, or leave `config-dir` out.'],
  });
}

/** RUNNER_TEMP is the runner's own choice, so the sign-in goes on. */
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
    return { say: 'Let only its owner write there:', command: `${sudo}chmod go-w ${quoted(path)}` };
  }
  const chown = kind === 'link' ? 'chown -h' : 'chown';
  return { say: `Give the ${kind} to the job's user:`, command: `${sudo}${chown} ${uid} ${quoted(path)}` };
}
