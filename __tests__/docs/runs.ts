import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { secretsOf } from '../../simulator/workflow/secrets.ts';
import { PUSH, Repository } from '../examples/repository.ts';
import { type Block, workflowIn } from './pages.ts';

type Variables = Readonly<Record<string, string>>;

export interface SnippetRun {
  readonly report: WorkflowReport;
  readonly repository: Repository;
  /** Calls of other programs than `az` and `terraform`, as `name argument …`. */
  readonly calls: readonly string[];
}

/** Additions to the variables, secrets and Azure resources that every snippet gets. */
interface Setup {
  readonly vars?: Variables;
  readonly secrets?: (world: Repository['world']) => Variables;
  readonly prepare?: (world: Repository['world']) => void;
}

/** Commands of later steps, whose stand-ins only record the call. */
const COMMANDS = 'ansible-playbook azcopy azd azure curl databricks docker kubectl kubelogin npm pwsh python'.split(
  ' ',
);

/** The certificate among the secrets has no password. */
const WITHOUT_PASSWORD = { AZURE_CLIENT_CERTIFICATE_PASSWORD: '' };

/** Runs a snippet as part of a job, with all variables, secrets and identities that it refers to. */
export async function runSnippet(block: Block, setup: Setup = {}): Promise<SnippetRun & AsyncDisposable> {
  const repository = await Repository.open();
  const close = (): Promise<void> => repository[Symbol.asyncDispose]();
  try {
    return { ...(await runIn(repository, block, setup)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function runIn(repository: Repository, block: Block, setup: Setup): Promise<SnippetRun> {
  const { text } = block;
  const { world, variables } = repository;
  const { user, userIdentity } = world.contoso;
  const ids = { AZURE_USERNAME: user.userPrincipalName, IDENTITY_CLIENT_ID: userIdentity.clientId };
  const records = join(repository.commands, 'calls');
  for (const name of COMMANDS) repository.command(name, `echo "${name} $*" >> "${records}"`);
  repository.write('snippet.yml', stringify(workflowIn(block)));
  setup.prepare?.(world);
  const settings = {
    vars: { ...variables, ...ids, ...setup.vars },
    secrets: { ...(await secretsOf(world.contoso)), ...WITHOUT_PASSWORD, ...setup.secrets?.(world) },
  };
  for (const [named, context = '', name = ''] of text.matchAll(/\b(vars|secrets)\.(\w+)/g)) {
    if (!(name in settings[context as keyof typeof settings])) throw new Error(`No test sets up ${named}`);
  }
  const report = await repository.run('snippet.yml', PUSH, {
    ...settings,
    machine: { variables: await machine(repository, text), setUp: ['azure/cli', 'azure/powershell'] },
  });
  const calls = existsSync(records) ? readFileSync(records, 'utf8').trimEnd().split('\n') : [];
  return { report, repository, calls };
}

async function machine({ world: { simulator, contoso } }: Repository, text: string): Promise<Variables> {
  if (text.includes('managed-identity')) return simulator.managedIdentity.imdsVariables;
  if (text.includes('workload-identity')) return podVariables(simulator, contoso);
  simulator.deviceLogin.intervalSeconds = 0.2;
  simulator.deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 1 };
  return {};
}
