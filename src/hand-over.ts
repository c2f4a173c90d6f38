import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Account, accountName } from './azure/account.ts';
import { expiryOf } from './credentials/github-id-token.ts';
import { azureFamily } from './exports/azure.ts';
import { misleadingVariables } from './exports/misleading.ts';
import { outputs } from './exports/outputs.ts';
import { sessionSummary } from './exports/summary.ts';
import { type ExportPlan, planExports, type VariableFamily } from './exports/variables.ts';
import type { SignInRequest } from './inputs/request.ts';
import { type KeepAlivePlan, sessionEnd } from './keep-alive/plan.ts';
import { startRefresher } from './keep-alive/start.ts';
import { contributionOf, type SessionFiles, type SignedIn } from './profile/contribution.ts';
import { ProfileFolder } from './profile/folder.ts';
import { type RunnerImage, readRunnerImage } from './profile/runner-image.ts';
import { KEEP_ALIVE_LOG, type SavedSession, saveSession } from './profile/saved-session.ts';
import { writeProfile } from './profile/write-profile.ts';
import type { Runner } from './runner/runner.ts';
import { SessionError } from './session-error.ts';

/**
 * Writes the profile and tells later steps. What post will undo is saved first; if anything fails, nothing is left.
 * @throws {SessionError}
 */
export function handOver(signedIn: SignedIn, request: SignInRequest, runner: Runner): void {
  const path = privateFolder(runner);
  const files = sessionFiles(path);
  const image = readRunnerImage(runner.env, runner.platform);
  const plan = exportPlan(signedIn, request, files, path, image, runner);
  const session: SavedSession = { folder: path, variables: plan.undo, refresher: 0 };
  if (request.logout) saveSession(runner, session);
  const folder = ProfileFolder.create(path);
  try {
    writeProfile(folder, contributionOf(signedIn, files, new Date()), request.mode, image);
    const warn = (message: string): void => runner.warning(message);
    runner.handOver(outputs(signedIn.account, signedIn.managementTokens[0], request.mode, path, warn), plan.values);
  } catch (error) {
    folder.remove();
    throw error instanceof SessionError ? error : cannotTell(error);
  }
  for (const warning of plan.warnings) runner.warning(warning);
  for (const line of welcome(signedIn.account, path)) runner.info(line);
  if (request.jobSummary === 'always') runner.appendSummary(summaryOf(signedIn, request));
  keepAlive(signedIn, request, session, files, runner);
}

/** Starts the refresher last, when there is nothing left that could fail, and does not wait for it. */
function keepAlive(
  { account, handover }: SignedIn,
  request: SignInRequest,
  session: SavedSession,
  files: SessionFiles,
  runner: Runner,
): void {
  if (handover.kind !== 'assertion' || !request.keepAlive || account.principal.kind !== 'service-principal') return;
  const { source } = handover;
  const plan: KeepAlivePlan = {
    folder: session.folder,
    clientId: account.principal.clientId,
    tenantId: account.tenantId,
    source,
    expiresOn: expiryOf(handover.assertion).getTime(),
    tokenFile: source.kind === 'github' ? files.federatedToken.name : '',
    logFile: KEEP_ALIVE_LOG,
  };
  const refresher = startRefresher(plan, runner.env) ?? 0;
  if (request.logout) saveSession(runner, { ...session, refresher });
  if (source.kind === 'file') runner.info('The session is kept alive for as long as the pod renews its token.');
  else {
    const end = sessionEnd(expiryOf(runner.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
    runner.info(
      `The session is kept alive until ${end.toISOString().slice(0, 16).replace('T', ' ')} UTC, when GitHub's request token ends.`,
    );
  }
}

function sessionFiles(folder: string): SessionFiles {
  const at = (name: string): { name: string; path: string } => ({ name, path: join(folder, name) });
  return { certificate: at('client-certificate.pem'), federatedToken: at('federated-token') };
}

/** A name nobody can foresee, in the folder that the runner empties before and after every job. */
function privateFolder(runner: Runner): string {
  const temp = runner.env['RUNNER_TEMP'] ?? '';
  if (temp === '') {
    throw new SessionError('The runner did not say where temporary files go (RUNNER_TEMP).', {
      next: ['Run the action by a runner of GitHub Actions, or set RUNNER_TEMP to a folder of the job.'],
    });
  }
  return join(temp, `azure-session-${randomBytes(8).toString('hex')}`);
}

function exportPlan(
  { account, handover }: SignedIn,
  request: SignInRequest,
  files: SessionFiles,
  folder: string,
  image: RunnerImage,
  runner: Runner,
): ExportPlan {
  const { families, secrets } = request.exports;
  const misleading = misleadingVariables(account, runner.env);
  if (families === 'none') return { values: {}, undo: [], warnings: misleading.warnings };
  const wanted: VariableFamily[] = [
    locations(folder, image),
    misleading.family,
    ...(families.includes('azure')
      ? [azureFamily(account, handover, files, secrets, request.keepAlive ? 'on' : 'off')]
      : []),
  ];
  const plan = planExports(wanted, runner.env, image.owner, valuesForUnset());
  return { ...plan, warnings: [...misleading.warnings, ...plan.warnings] };
}

/** Where the profile is. */
function locations(folder: string, image: RunnerImage): VariableFamily {
  return {
    owned: [],
    replacing: 'warn',
    variables: [
      { name: 'AZURE_CONFIG_DIR', value: folder, content: 'plain' },
      ...(image.extensionDir === ''
        ? []
        : [{ name: 'AZURE_EXTENSION_DIR', value: image.extensionDir, content: 'plain' } as const]),
    ],
  };
}

/** The runner can blank a variable but not remove it, and these break their readers when they are empty. */
function valuesForUnset(): Record<string, string> {
  return {
    AZURE_CONFIG_DIR: join(homedir(), '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  };
}

function welcome(account: Account, folder: string): string[] {
  const { selected, subscriptions } = account;
  const others = subscriptions.length - 1;
  return [
    `Signed in to ${account.cloud.name} as ${accountName(account.principal)}, tenant ${account.tenantId}.`,
    selected.kind === 'tenant-level'
      ? 'No subscription: a tenant-level account.'
      : `Default subscription: ${selected.subscription.name} (${selected.subscription.id})${others > 0 ? `, and ${others} more` : ''}.`,
    `Profile folder: ${folder}`,
  ];
}

function summaryOf({ account, managementTokens }: SignedIn, request: SignInRequest): string {
  const { families } = request.exports;
  return sessionSummary({
    account,
    method: request.credential.method,
    expiresOn: managementTokens[0].expiresOn,
    tools: [
      { tool: 'Azure CLI (az)', how: 'profile folder' },
      { tool: 'classic CLI (azure)', how: `profile folder, mode ${request.mode}` },
      { tool: 'Azure SDKs', how: families.includes('azure') ? 'variables' : 'through az' },
    ],
  });
}

function cannotTell(cause: unknown): SessionError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new SessionError('The session could not be handed over to later steps.', {
    why: code === undefined ? 'The runner gave no file for it.' : `The runner's files cannot be written (${code}).`,
    next: ['Look at the free space and the permissions of the folder _temp on the runner.'],
    cause,
  });
}
