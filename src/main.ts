import { actionsRunner, writeLogAtOnce } from './actions/actions-runner.ts';
import { annotate, reportFailure } from './actions/report.ts';
import type { SignInRequest } from './core/request.ts';
import { originsOf, proxySecrets, TcpConnections } from './http/tcp.ts';
import { parseInputs } from './inputs/parse.ts';
import { blankStateVariable, clearSession } from './profile/saved-session.ts';
import { watchdog } from './watchdog.ts';

/**
 * The main entry: mask, parse, sign in. Whatever goes wrong is one annotation, in time, and nothing is left.
 *
 * Only what tells whom to connect to is imported statically; the rest loads while the connections are made.
 */
writeLogAtOnce();
const runner = actionsRunner(process);
const tcp = new TcpConnections();
const dog = watchdog(process, (error) => annotate(error, runner));

void main();

async function main(): Promise<void> {
  try {
    beginUnsaved();
    for (const secret of proxySecrets(runner.env)) runner.mask(secret);
    const parsed = await readRequest();
    dog.setDeadline(parsed.timeoutSeconds);
    const request = await withCheckedFolder(parsed);
    await tcp.preconnect(originsOf(request, runner.env), runner.env);
    const { signIn } = await import('./sign-in.ts');
    await Promise.race([signIn(request, runner, tcp, dog.alarm), dog.alarm]);
    // All is written. To close each connection, and to let Node take itself apart, takes 2 ms more.
    process.exit();
  } catch (error) {
    dog.release();
    const isSilent = runner.input('job-summary').toLowerCase() === 'never';
    await reportFailure(error, runner, isSilent ? 'no-summary' : 'summary');
  } finally {
    tcp.close();
  }
}

/** @throws what is wrong with the inputs. The texts load only for a run that has a problem or a warning. */
async function readRequest(): Promise<SignInRequest> {
  const parsed = parseInputs(runner);
  if (parsed.kind === 'accepted' && parsed.warnings.length === 0) return parsed.request;
  const { inputError, warningTexts } = await import('./errors/inputs.ts');
  for (const warning of warningTexts(parsed.warnings)) runner.warning(warning);
  if (parsed.kind === 'rejected') throw inputError(parsed.errors);
  return parsed.request;
}

/** A folder that is not fit is refused before anything is contacted. */
async function withCheckedFolder(request: SignInRequest): Promise<SignInRequest> {
  if (request.configDir.kind === 'private') return request;
  const { checkedConfigDir } = await import('./profile/named-folder.ts');
  return { ...request, configDir: checkedConfigDir(request.configDir, runner) };
}

/** Before all else, so that post obeys this run alone. A file that cannot be written is told when a session is saved. */
function beginUnsaved(): void {
  try {
    clearSession(runner);
  } catch {
    try {
      blankStateVariable(runner);
    } catch {}
  }
}
