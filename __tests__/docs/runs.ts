import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { secretsOf } from '../../simulator/workflow/secrets.ts';
import { PUSH, Repository } from '../examples/repository.ts';
import { type Block, type Snippet, snippetIn } from './pages.ts';

type Variables = Readonly<Record<string, string>>;

export interface SnippetRun {
  readonly report: WorkflowReport;
  readonly repository: Repository;
  /** What was run beside `az` and `terraform`, as `name argument …`. */
  readonly calls: readonly string[];
}

/** What a snippet is given beside what every repository has; the snippet's own names decide what there is. */
export interface Given {
  readonly vars?: Variables;
  readonly secrets?: (world: Repository['world']) => Variables;
  /** Changes the world before the job begins. */
  readonly prepare?: (world: Repository['world']) => void;
}

/** Commands of later steps. They only note that they were run, in a session. */
const COMMANDS = `
  ansible-playbook azcopy azd azure curl databricks docker kubectl kubelogin npm pwsh python`
  .trim()
  .split(/\s+/);

/** The certificate among the secrets has no password. */
const WITHOUT_PASSWORD = { AZURE_CLIENT_CERTIFICATE_PASSWORD: '' };

/** Runs a snippet of a page, as the job that it is a part of would, with everything set up that it names. */
export async function runSnippet(block: Block, given: Given = {}): Promise<SnippetRun & AsyncDisposable> {
  const repository = await Repository.open();
  const close = (): Promise<void> => repository[Symbol.asyncDispose]();
  try {
    return { ...(await runIn(repository, block, given)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function runIn(repository: Repository, block: Block, given: Given): Promise<SnippetRun> {
  const { text } = block;
  const { world } = repository;
  const records = join(repository.commands, 'calls');
  for (const name of COMMANDS) repository.command(name, `echo "${name} $*" >> "${records}"`);
  repository.write('snippet.yml', stringify(workflowOf(snippetIn(block), text)));
  given.prepare?.(world);
  const settings = {
    vars: { ...variables(repository), ...given.vars },
    secrets: { ...(await secretsOf(world.contoso)), ...WITHOUT_PASSWORD, ...given.secrets?.(world) },
  };
  for (const [named, context = '', name = ''] of text.matchAll(/\b(vars|secrets)\.(\w+)/g)) {
    if (!(name in settings[context as keyof typeof settings])) throw new Error(`${named} is set up by no test.`);
  }
  const report = await repository.run('snippet.yml', PUSH, {
    ...settings,
    machine: { variables: await machine(repository, text), setUp: ['azure/cli', 'azure/powershell'] },
  });
  const calls = existsSync(records) ? readFileSync(records, 'utf8').trimEnd().split('\n') : [];
  return { report, repository, calls };
}

function workflowOf(snippet: Snippet, text: string): unknown {
  // A method that needs no permission must do without.
  const federated = !/auth-type:|client-secret:|creds:|client-certificate:|username:|publish-settings:/.test(text);
  const permissions = federated ? { 'id-token': 'write' } : {};
  switch (snippet.kind) {
    case 'workflow':
      return snippet.workflow;
    case 'job':
      return { on: 'push', jobs: { job: { 'runs-on': 'ubuntu-latest', ...snippet.job } } };
    case 'steps':
      return { on: 'push', jobs: { job: { 'runs-on': 'ubuntu-latest', permissions, steps: snippet.steps } } };
    case 'keys':
      throw new Error('A few keys are no workflow.');
  }
}

function variables({ variables: application, world: { contoso } }: Repository): Variables {
  return {
    ...application,
    AZURE_USERNAME: contoso.user.userPrincipalName,
    IDENTITY_CLIENT_ID: contoso.userIdentity.clientId,
  };
}

async function machine({ world: { simulator, contoso } }: Repository, text: string): Promise<Variables> {
  if (text.includes('managed-identity')) return simulator.managedIdentity.imdsVariables;
  if (text.includes('workload-identity')) return podVariables(simulator, contoso);
  simulator.deviceLogin.intervalSeconds = 0.2;
  simulator.deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 1 };
  return {};
}
