import { actionsRunner, writeLogSynchronously } from './actions/actions-runner.ts';
import { annotate, reportFailure } from './actions/report.ts';
import { ignoreErrors } from './core/ignore-errors.ts';
import type { SignInRequest } from './core/request.ts';
import { originsOf, proxySecrets, TcpConnections } from './http/tcp.ts';
import { parseInputs } from './inputs/parse.ts';
import { blankStateVariable, clearSession } from './profile/saved-session.ts';
import { startWatchdog } from './watchdog.ts';

/**
 * The main entry: masks secrets, parses the inputs and signs in. Any failure ends the step in time, with one annotation
 * and nothing left behind.
 *
 * Only the modules that determine the hosts to connect to are imported statically. The others load while connections
 * open.
 */
writeLogSynchronously();
const runner = actionsRunner(process);
const tcp = new TcpConnections();
const watchdog = startWatchdog(process, (error) => annotate(error, runner));

void main();

async function main(): Promise<void> {
  try {
    resetState();
    for (const secret of proxySecrets(runner.env)) runner.mask(secret);
    const parsed = await readRequest();
    watchdog.setDeadline(parsed.timeoutSeconds);
    const request = await withCheckedConfigDir(parsed);
    await tcp.preconnect(originsOf(request, runner.env), runner.env);
    const { signIn } = await import('./sign-in.ts');
    await Promise.race([signIn(request, runner, tcp, watchdog.alarm), watchdog.alarm]);
    // Everything is written. A regular shutdown of the connections and of Node would take another 2 ms.
    process.exit();
  } catch (error) {
    watchdog.release();
    const isSilent = runner.input('job-summary').toLowerCase() === 'never';
    await reportFailure(error, runner, isSilent ? 'no-summary' : 'summary');
  } finally {
    tcp.close();
  }
}

/** @throws {SessionError} for invalid inputs. The texts load only when there is an error or a warning. */
async function readRequest(): Promise<SignInRequest> {
  const parsed = parseInputs(runner);
  if (parsed.kind === 'accepted' && parsed.warnings.length === 0) return parsed.request;
  const { inputError, warningTexts } = await import('./errors/inputs.ts');
  for (const warning of warningTexts(parsed.warnings)) runner.warning(warning);
  if (parsed.kind === 'rejected') throw inputError(parsed.errors);
  return parsed.request;
}

/** Rejects an unsuitable folder before any server is contacted. */
async function withCheckedConfigDir(request: SignInRequest): Promise<SignInRequest> {
  if (request.configDir === '') return request;
  const { checkedConfigDir } = await import('./profile/named-folder.ts');
  return { ...request, configDir: checkedConfigDir(request.configDir, runner.env) };
}

/**
 * Clears the saved state first, so that post acts only on this run. A write error surfaces when the session is saved.
 */
function resetState(): void {
  try {
    clearSession(runner);
  } catch {
    ignoreErrors(() => blankStateVariable(runner));
  }
}
