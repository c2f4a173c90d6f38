import { MissingRunnerFile, type Runner, type Values } from './actions/runner.ts';
import type { Background } from './agent/background.ts';
import { utcTime } from './core/forms.ts';
import { activeLogins, type LoginEntry, withoutEarlierValues } from './core/logins.ts';
import type { SignInRequest } from './core/request.ts';
import { sanitize } from './core/sanitize.ts';
import type { Session } from './core/session.ts';
import { programError } from './errors/program.ts';
import { exportPlan } from './exports/export-plan.ts';
import { safetyWarnings } from './exports/job-environment.ts';
import { effort, outputs, signInLog, tokenOutputs } from './exports/outputs.ts';
import type { connectPowerShell as connect } from './exports/powershell/connect.ts';
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

/** Where the session is published to. */
interface Destination {
  readonly configDir: ConfigDir;
  readonly image: RunnerImage;
  /** `undefined` for a session that needs no background process. */
  readonly background: Background | undefined;
}

/**
 * Writes the profile and publishes the session to later steps. Saves the undo data for post first, and undoes
 * everything when a part fails.
 * @throws {SessionError}
 */
export async function publish(
  session: Session,
  request: SignInRequest,
  { configDir, image, background }: Destination,
  runner: Runner,
  deadline: Deadline,
  alarm: Promise<never>,
): Promise<void> {
  const files = loginFiles(configDir.path, configDir.loginId);
  const login = loginName({ folder: configDir.path, sharedLogin: configDir.loginId });
  const sources = { login, folder: configDir.path, files, image, env: runner.env };
  const plan = await exportPlan(session, request, sources, (secret) => runner.mask(secret));
  const powershell = request.powershell ? login : '';
  const agent = background?.agent;
  const saved = savedSessionFor(configDir, powershell, activeLogins(plan.values).at(-1), agent);
  writeRunnerFile(() => saveSession(runner, { ...saved, login: undefined }));
  try {
    const record = { name: files.record.name, content: recordFor(saved, runner) };
    const loginData = loginDataFor(session, files, [...plan.files, record], runner);
    const lockTimeoutMs = deadline.remainingMs();
    const written = configDir.write({ loginData, mode: request.mode, image, lockTimeoutMs });
    const warnings = await Promise.race([written, alarm]);
    // PowerShell may need a token from the agent.
    if (background !== undefined) await Promise.race([agent?.begin(background.plan), alarm]);
    if (powershell !== '' && session.kind === 'account') {
      await Promise.race([connectPowerShell(session, powershell, plan.pfx, runner, deadline), alarm]);
    }
    const values = outputsFor(session, request, configDir, runner);
    writeRunnerFile(() => {
      // Until now, a killed login owns no variable.
      saveSession(runner, saved);
      runner.publish(values, plan.values);
    });
    runner.debug(`Exported: ${Object.entries(plan.values).map(describeVariable).join(', ') || 'nothing'}`);
    const unsafe = safetyWarnings(configDir.path, runner.env, runner.platform);
    for (const warning of [...warnings, ...plan.warnings, ...unsafe]) runner.warning(warning);
  } catch (error) {
    agent?.end();
    // Even after a failed connect: PowerShell stores the secret before it tries it.
    if (powershell !== '') await (await import('./exports/powershell/run.ts')).disconnectPowerShell(powershell, runner);
    await undoProfile(configDir, runner);
    throw error;
  }
  if (!request.logout) disableSignOut(runner);
  const took = effort(process.uptime(), traffic.requests);
  for (const line of signInLog(session, request.credential.method, took)) runner.info(line);
  runner.info(`Profile folder: ${sanitize(configDir.path, 1000)}`);
  if (!request.logout) runner.info('The post step will not sign out: the session stays in that folder.');
  if (background !== undefined && agent === undefined) {
    runner.warning((await import('./agent/background.ts')).NOT_STARTED);
  }
  const end = agent === undefined ? expiryNotice(session) : background?.notice;
  if (end !== undefined) runner.info(end);
  if (request.jobSummary === 'always') await writeSummary(session, request, plan.values, { effort: took, end }, runner);
}

/** Omits the value, which may be a secret. */
function describeVariable([name, value]: [string, string]): string {
  return value === '' ? `${name} (blank)` : name;
}

/** A federated session that is not renewed ends with its first access token. Other credentials obtain new tokens. */
function expiryNotice(session: Session): string | undefined {
  return session.kind === 'account' && session.material.kind === 'assertion'
    ? `The session lasts until ${utcTime(session.managementTokens[0].expiresOn)}.`
    : undefined;
}

/** Runs last, for `logout: false`: post still undoes a step that was killed before it finished. */
function disableSignOut(runner: Runner): void {
  try {
    keepSession(runner);
  } catch {
    runner.warning('The post step will sign out despite `logout: false`: the state of the step could not be saved.');
  }
}

/** How long to wait for other writers of a shared folder, even after the deadline. */
const UNDO_WAIT_MS = 1000;

/** Never throws, so that it cannot hide the original error. The post step tries again and reports its failures. */
async function undoProfile(configDir: ConfigDir, runner: Runner): Promise<void> {
  try {
    await configDir.undo(UNDO_WAIT_MS);
  } catch {
    runner.info(`Some changes in ${configDir.path} could not be undone; the post step will try again.`);
  }
}

function savedSessionFor(
  { path: folder, loginId, outermostMade }: ConfigDir,
  powershell: string,
  login: LoginEntry | undefined,
  { agentPid, agentStarted }: Pick<SavedSession, 'agentPid' | 'agentStarted'> = { agentPid: 0, agentStarted: '' },
): SavedSession {
  const shared = loginId === '' ? {} : { sharedLogin: loginId };
  return { folder, ...shared, outermostMade, agentPid, agentStarted, powershell, login };
}

/** The saved session for the logout action, which cannot read this step's state. */
function recordFor(session: SavedSession, { env }: Runner): string {
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
  // The installed version matters for users only: `az` has changed no other format.
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
  const tokens = session.kind === 'account' ? [...session.managementTokens, ...session.additionalTokens] : [];
  return {
    ...outputs(session, mode, configDir.path, (message) => runner.warning(message)),
    ...tokenOutputs(tokenScopes, tokens),
  };
}

/** Loaded on demand: PowerShell is by far the slowest part of a sign-in. */
async function connectPowerShell(...args: Parameters<typeof connect>): Promise<void> {
  return (await import('./exports/powershell/connect.ts')).connectPowerShell(...args);
}

async function writeSummary(
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

/**
 * @throws {SessionError} if a runner file is missing or cannot be written. Rethrows any other error, which is a bug.
 */
function writeRunnerFile(write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (cause instanceof MissingRunnerFile) throw programError('noRunnerFile', cause.message).causedBy(cause);
    const { code = 'unknown', syscall } = cause as NodeJS.ErrnoException;
    throw syscall === undefined ? cause : programError('unwritableRunnerFile', code).causedBy(cause);
  }
}
