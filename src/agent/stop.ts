import { join } from 'node:path';
import { quietly, readTextFile } from '../core/files.ts';
import { processStart } from '../core/machine.ts';
import type { SavedSession } from '../profile/saved-session.ts';

export type AgentProcess = Pick<SavedSession, 'agentPid' | 'agentStarted'>;

/**
 * Kills the agent of a session, once its start time and command prove that the process is the agent: process ids are
 * reused, and a forged record in the session's folder could name any process. Windows and macOS offer no proof; there
 * the agent ends on its own within seconds of its session.
 * @returns `gone` if it had ended before; `left` without a proof
 */
export function stopAgent({ agentPid, agentStarted }: AgentProcess): 'stopped' | 'gone' | 'left' {
  const started = processStart(agentPid);
  if (started === undefined) return 'gone';
  if (started === '' || agentStarted === '') return 'left';
  if (started !== agentStarted) return 'gone';
  // Systems that give a start time also give the command line.
  const command = readTextFile(`/proc/${agentPid}/cmdline`, MAX_COMMAND_BYTES, 'refuse') ?? '';
  if (!command.includes(AGENT)) return 'left';
  // A process that was suspended (SIGSTOP) ignores every other signal and would keep its credential.
  return quietly(() => process.kill(agentPid, 'SIGKILL')) ? 'stopped' : 'gone';
}

const AGENT = `${join('agent', 'index.js')}\0`;
const MAX_COMMAND_BYTES = 1024 * 1024;
