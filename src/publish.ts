import { NoRunnerFile, type Runner, type Values } from './actions/runner.ts';
import type { Background } from './agent/background.ts';
import type { RefresherProcess } from './agent/stop.ts';
import { quotable } from './core/foreign-text.ts';
import { utcTime } from './core/forms.ts';
import { type LoginEntry, loginsIn } from './core/logins.ts';
import type { SignInRequest } from './core/request.ts';
import type { Session } from './core/session.ts';
import { withoutEarlierValues } from './core/unset-variables.ts';
import { programError } from './errors/program.ts';
import { exportPlan } from './exports/export-plan.ts';
import { safetyWarnings } from './exports/job-environment.ts';
import { effort, outputs, signInLog, tokenOutputs } from './exports/outputs.ts';
import type { SessionPfx } from './exports/pfx.ts';
import { type Deadline, traffic } from './http/retry.ts';
import type { ConfigDir } from './profile/config-dir.ts';
import { type LoginData, loginDataOf } from './profile/login.ts';
import { installedAz, NEWEST_AZ, type RunnerImage } from './profile/runner-image.ts';
import {
  jobOf,
  keepSession,
  type LoginFiles,
  loginFiles,
  loginName,
  type SavedSession,
  saveSession,
} from './profile/saved-session.ts';

/** What the session meets on the runner. */
interface Surroundings {
  readonly configDir: ConfigDir;
  readonly image: RunnerImage;
  /** `undefined` for a session that needs no process. */
  readonly background: Background | undefined;
}

/**
 * Writes the profile and tells later steps. What post will undo is saved first; if anything fails, nothing is left.
 * @throws {SessionError}
 */
export async function publish(
  session: Session,
  request: SignInRequest,
  { configDir, image, background }: Surroundings,
  runner: Runner,
  deadline: Deadline,
  alarm: Promise<never>,
): Promise<void> {
  const files = loginFiles(configDir.path, configDir.loginId);
  const sources = { login: nameOf(configDir), folder: configDir.path, files, image, env: runner.env };
  const plan = await exportPlan(session, request, sources, (secret) => runner.mask(secret));
  const powershell = request.powershell ? nameOf(configDir) : '';
  const agent = background?.agent;
  const saved = savedAs(configDir, powershell, loginsIn(plan.values).at(-1), agent);
  tell(() => saveSession(runner, saved));
  try {
    const record = { name: files.record.name, content: recordOf(saved, runner) };
    const loginData = loginDataFor(session, files, [...plan.files, record], runner);
    const laterFiles = [files.federatedToken.name, files.keepAliveLog.name];
    const lockTimeoutMs = deadline.remainingMs();
    const written = configDir.write({ loginData, mode: request.mode, image, laterFiles, lockTimeoutMs });
    const warnings = await Promise.race([written, alarm]);
    // Before PowerShell, which may have to ask it.
    if (background !== undefined) await Promise.race([agent?.begin(background.plan), alarm]);
    if (powershell !== '') {
      await Promise.race([connectPowerShell(powershell, session, plan.pfx, runner, deadline), alarm]);
    }
    const values = outputsFor(session, request, configDir, runner);
    tell(() => runner.publish(values, plan.values));
    runner.debug(`Exported: ${Object.entries(plan.values).map(shownVariable).join(', ') || 'nothing'}`);
    const unsafe = safetyWarnings(configDir.path, runner.env, runner.platform);
    for (const warning of [...warnings, ...plan.warnings, ...unsafe]) runner.warning(warning);
  } catch (error) {
    agent?.end();
    if (powershell !== '') await disconnectPowerShell(powershell, runner);
    await undo(configDir, runner);
    throw error;
  }
  if (!request.logout) stay(runner);
  const took = effort(process.uptime(), traffic.requests);
  for (const line of signInLog(session, request.credential.method, took)) runner.info(line);
  runner.info(`Profile folder: ${quotable(configDir.path, 1000)}`);
  if (!request.logout) runner.info('The post step will not sign out: the session stays in that folder.');
  if (background !== undefined && agent === undefined) {
    runner.warning((await import('./agent/background.ts')).NOT_STARTED);
  }
  const end = agent === undefined ? firstEnd(session) : background?.notice;
  if (end !== undefined) runner.info(end);
  if (request.jobSummary === 'always') await summarise(session, request, plan.values, { effort: took, end }, runner);
}

/** Not the value, which may be a secret. */
function shownVariable([name, value]: [string, string]): string {
  return value === '' ? `${name} (blank)` : name;
}

/** A federated session that nothing renews ends with its first access token; others get new ones with their credential. */
function firstEnd(session: Session): string | undefined {
  return session.kind === 'account' && session.material.kind === 'assertion'
    ? `The session lasts until ${utcTime(session.managementTokens[0].expiresOn)}.`
    : undefined;
}

/** With `logout: false` post has something to undo only where this step was killed before it was done. */
function stay(runner: Runner): void {
  try {
    keepSession(runner);
  } catch {
    runner.warning('The post step will sign out, against `logout: false`: the runner could not be told otherwise.');
  }
}

/** Others who write to a shared folder need some milliseconds; the deadline may be over. */
const UNDO_PATIENCE_MS = 1000;

/** What matters is why it failed; what could not be taken out again is for post to try once more, and to say. */
async function undo(configDir: ConfigDir, runner: Runner): Promise<void> {
  try {
    await configDir.undo(UNDO_PATIENCE_MS);
  } catch {
    runner.info(`Not everything could be taken out of ${configDir.path} again; the post step will try once more.`);
  }
}

/** Of this login alone, so that post clears no other's context of PowerShell. */
function nameOf({ path, loginId }: ConfigDir): string {
  return loginName({ folder: path, sharedLogin: loginId });
}

function savedAs(
  { path: folder, loginId, outermostMade }: ConfigDir,
  powershell: string,
  login: LoginEntry | undefined,
  { refresher, refresherStarted }: RefresherProcess = { refresher: 0, refresherStarted: '' },
): SavedSession {
  const shared = loginId === '' ? {} : { sharedLogin: loginId };
  return { folder, ...shared, outermostMade, refresher, refresherStarted, powershell, login };
}

/** For a sign-out before the last step. */
function recordOf(session: SavedSession, { env }: Runner): string {
  return JSON.stringify({
    ...session,
    login: session.login && withoutEarlierValues(session.login, env),
    job: jobOf(env),
  });
}

function loginDataFor(
  session: Session,
  files: LoginFiles,
  more: LoginData['files'],
  { env, platform }: Runner,
): LoginData {
  // Only what it writes for users has changed.
  const isUser = session.kind === 'account' && session.material.kind === 'user';
  const loginData = loginDataOf(session, files, new Date(), isUser ? installedAz(env, platform) : NEWEST_AZ);
  return { ...loginData, files: [...loginData.files, ...more] };
}

function outputsFor(
  session: Session,
  { mode, tokenScopes }: SignInRequest,
  configDir: ConfigDir,
  runner: Runner,
): Values {
  const tokens = session.kind === 'account' ? [...session.managementTokens, ...session.furtherTokens] : [];
  return {
    ...outputs(session, mode, configDir.path, (message) => runner.warning(message)),
    ...tokenOutputs(tokenScopes, tokens),
  };
}

/** Loaded for those that ask for it: with it, PowerShell is the slowest part of a sign-in by far. */
async function connectPowerShell(
  contextName: string,
  session: Session,
  pfx: SessionPfx | undefined,
  runner: Runner,
  deadline: Deadline,
): Promise<void> {
  if (session.kind !== 'account') return;
  const { account, material, managementTokens } = session;
  const { connectPowerShell: connect } = await import('./exports/powershell/connect.ts');
  await connect({ account, material, token: managementTokens[0], pfx, contextName }, runner, deadline);
}

/** PowerShell keeps the secret before it tries it, so there is something to take back even when it was refused. */
async function disconnectPowerShell(contextName: string, runner: Runner): Promise<void> {
  const { disconnectPowerShell: disconnect } = await import('./exports/powershell/run.ts');
  await disconnect(contextName, runner);
}

async function summarise(
  session: Session,
  request: SignInRequest,
  variables: Values,
  facts: { readonly effort: string; readonly end: string | undefined },
  runner: Runner,
): Promise<void> {
  try {
    const { summaryOf } = await import('./actions/summary.ts');
    runner.appendSummary(summaryOf(session, request, { ...facts, env: { ...runner.env, ...variables } }));
  } catch {
    runner.warning('The job summary could not be written. The session is not affected.');
  }
}

/** Writes to the runner's files. Whatever else may fail there is a fault of this program, and is told as one. */
function tell(write: () => void): void {
  try {
    write();
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (!(cause instanceof NoRunnerFile) && syscall === undefined) throw cause;
    const error =
      cause instanceof NoRunnerFile
        ? programError('noRunnerFile', cause.message)
        : programError('unwritableRunnerFile', code ?? 'unknown');
    throw error.causedBy(cause);
  }
}
