/**
 * `npm run workflow -- FILE`: runs a workflow on this machine with the built action in the demo world, as for a push to
 * `main`, and prints its log. Really executes the steps with `run`. Exits with 1 if a job fails.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ROOT } from '../job.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import { type Contoso, contoso } from '../world.ts';
import { WorkflowError } from './expression.ts';
import { podVariables } from './pod.ts';
import { print } from './print.ts';
import { type RunEvent, runWorkflow } from './run.ts';
import { secretsOf } from './secrets.ts';
import { readWorkflow, type Texts, textOf } from './workflow.ts';

// A reader such as `head` may close the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const [file, ...others] = process.argv.slice(2);
if (file === undefined || file.startsWith('-') || others.length > 0) {
  process.stderr.write('Usage: npm run workflow -- FILE.yml\n');
  process.exitCode = 2;
} else {
  process.exitCode = await runFile(resolve(file)).catch(reportError);
}

async function runFile(path: string): Promise<number> {
  await using simulator = await startSimulator();
  const world = await contoso(simulator);
  const repository = mkdtempSync(join(tmpdir(), 'azure-session-repository-'));
  try {
    copyRepository(path, repository);
    const text = readFileSync(path, 'utf8');
    const vars = variables(world);
    const report = await runWorkflow({
      simulator,
      repository,
      workflow: basename(path),
      event: eventOf(path),
      vars,
      secrets: { ...secretIds(vars, text), ...(await secretsOf(world)) },
      machine: { variables: await machine(simulator, world, text), unknown: 'skip' },
    });
    print(report);
    return report.result === 'success' ? 0 : 1;
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

/** Copies the workflow's repository as it is now, or without a repository the workflows in the same folder. */
function copyRepository(path: string, repository: string): void {
  const workflows = join(repository, '.github', 'workflows');
  mkdirSync(workflows, { recursive: true });
  const folder = dirname(path);
  const [, root = folder] = /^(.*)[\\/]\.github[\\/]workflows$/.exec(folder) ?? [];
  const files = root === folder ? readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)) : filesOf(root);
  for (const file of files) {
    const from = join(root, file);
    if (!statSync(from, { throwIfNoEntry: false })?.isFile()) continue;
    const to = join(root === folder ? workflows : repository, file);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
  const action = join(repository, 'action.yml');
  if (!existsSync(action)) copyFileSync(join(ROOT, 'action.yml'), action);
}

/** The files that git tracks or would add. Without git: all files except installed ones. */
function filesOf(root: string): string[] {
  const arguments_ = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { status, stdout } = spawnSync('git', arguments_, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0 && stdout !== '') return stdout.split('\0').filter(Boolean);
  return globSync('**', { cwd: root, exclude: ['**/node_modules', '**/.git'] }).concat(
    globSync('.github/**', { cwd: root }),
  );
}

/** A push if the workflow runs on one, or else the first event that is not a call. */
function eventOf(path: string): RunEvent {
  const { events } = readWorkflow(path);
  const names = events.map(({ name }) => name);
  const name = names.includes('push') ? 'push' : (names.find((one) => one !== 'workflow_call') ?? 'push');
  if (!name.startsWith('pull_request')) {
    const inputs = Object.entries(events.find((event) => event.name === name)?.inputs ?? {});
    const values = Object.fromEntries(inputs.map(([input, definition]) => [input, textOf(definition?.default)]));
    return { name, ref: 'refs/heads/main', payload: inputs.length === 0 ? {} : { inputs: values } };
  }
  const head = { ref: 'change', repo: { full_name: 'octo-org/octo-repo' } };
  return { name, ref: 'refs/pull/7/merge', payload: { pull_request: { number: 7, head } } };
}

function variables({ application, tenant, subscriptions, user, userIdentity }: Contoso): Texts {
  return {
    AZURE_CLIENT_ID: application.clientId,
    AZURE_TENANT_ID: tenant.id,
    AZURE_SUBSCRIPTION_ID: subscriptions[0].id,
    AZURE_USERNAME: user.userPrincipalName,
    IDENTITY_CLIENT_ID: userIdentity.clientId,
  };
}

/** Some workflows keep the ids as secrets, as azure/login's examples do. Only then are the ids masked. */
function secretIds(vars: Texts, text: string): Texts {
  return Object.fromEntries(Object.entries(vars).filter(([name]) => text.includes(`secrets.${name}`)));
}

/** The variables of a machine in Azure, or of a pod. Also makes the user enter every device code. */
async function machine(simulator: Simulator, world: Contoso, text: string): Promise<Texts> {
  simulator.deviceLogin.intervalSeconds = 1;
  simulator.deviceLogin.automatic = { userPrincipalName: world.user.userPrincipalName, afterPolls: 1 };
  const pod = text.includes('workload-identity') ? await podVariables(simulator, world) : {};
  return { ...simulator.managedIdentity.imdsVariables, ...pod };
}

function reportError(error: unknown): number {
  if (!(error instanceof WorkflowError || (error instanceof Error && 'code' in error))) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
}
