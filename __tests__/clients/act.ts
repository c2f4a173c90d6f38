import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ACT } from '../../scripts/clients/clients.ts';
import { ROOT, runProcess } from '../../simulator/job.ts';
import type { RunEvent } from '../../simulator/workflow/run.ts';
import type { Repository } from '../examples/repository.ts';
import type { Variables } from './session.ts';

interface ActOptions {
  readonly vars?: Variables;
  readonly secrets?: Variables;
  /** Of the machine. Without `idToken: 'none'` every job gets an ID token, since act ignores permissions. */
  readonly env?: Variables;
  readonly idToken?: 'none';
}

export interface ActReport {
  /** `id: result` of each job that ran, in the order of their ends. */
  readonly jobs: readonly string[];
  readonly result: 'success' | 'failure';
  /** The output of a step, without workflow commands. */
  printed(step: string): string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** The input `subscription` and the exit code of each post step of the action, in order. */
  readonly posts: readonly string[];
  /** The files in RUNNER_TEMP after the last post step of each job. */
  readonly left: readonly string[];
  /** For the message of a failed check. */
  readonly log: string;
}

/** One line of act's log. */
interface Line extends Partial<Readonly<Record<'job' | 'jobID' | 'jobResult' | 'step' | 'command' | 'arg', string>>> {
  readonly raw_output?: boolean;
  readonly msg: string;
}

/** A line of the record of post steps. */
type PostRecord = Readonly<{ exitCode: number | null; subscription: string; temp: string; left: string[] }>;

const RUN_LIMIT_MS = 180_000;

/**
 * Runs a workflow of the repository with act, on this machine and without Docker. `OWNER/azure-session@v1` and `./` are
 * the built action; of other actions only a checkout has an effect.
 */
export async function runAct(
  repository: Repository,
  workflow: string,
  event: RunEvent,
  options: ActOptions = {},
): Promise<ActReport> {
  const { simulator } = repository.world;
  const folder = join(repository.commands, 'act');
  const records = join(folder, 'posts');
  prepare(repository, folder, records);
  const eventFile = join(folder, 'event.json');
  writeFileSync(eventFile, JSON.stringify(event.payload));
  const flags = [
    ...['--json', '--no-cache-server', '--action-cache-path', join(folder, 'cache')],
    ...['--platform', 'ubuntu-latest=-self-hosted', '--platform', 'self-hosted=-self-hosted'],
    ...['--workflows', join('.github', 'workflows', workflow), '--eventpath', eventFile, '--actor', 'octocat'],
    ...['--env', `GITHUB_REF=${event.ref}`, '--env', `GITHUB_REPOSITORY=${simulator.github.repository}`],
    ...repeated('--local-repository', actions(repository, folder)),
    ...repeated('--var', options.vars ?? repository.variables),
    ...repeated('--secret', options.secrets ?? {}),
  ];
  const env = {
    ...simulator.environment,
    ...(options.idToken === 'none' ? {} : simulator.github.variables),
    ...options.env,
    PATH: [repository.commands, process.env['PATH']].join(delimiter),
    HOME: folder,
    ACT_DISABLE_VERSION_CHECK: '1',
  };
  simulator.clear();
  const { exitCode, log } = await runProcess(ACT, [event.name, ...flags], env, repository.folder, RUN_LIMIT_MS);
  return report(log, exitCode === 0 ? 'success' : 'failure', records);
}

function repeated(flag: string, values: Variables): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

/** act reads the commit from a git repository, and takes Node from the PATH, where `recordPosts` comes first. */
function prepare(repository: Repository, folder: string, records: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(records, '');
  const head = join(repository.folder, '.git', 'refs', 'heads', 'main');
  mkdirSync(dirname(head), { recursive: true });
  mkdirSync(join(repository.folder, '.git', 'objects'), { recursive: true });
  writeFileSync(join(repository.folder, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(head, `${'0123456789'.repeat(4)}\n`);
  const node = join(repository.commands, 'node');
  const call = `(${recordPosts})(${JSON.stringify(node)}, ${JSON.stringify(records)});`;
  writeFileSync(node, `#!${process.execPath}\n${call}\n`, { mode: 0o755 });
}

/**
 * The body of a program that replaces Node: it runs Node, and records the exit code of post and the remaining files. It
 * cannot be a shell script, since shells drop variables such as `INPUT_CLIENT-ID`.
 * @param node the program's own path, which act requests as that of Node, and runs from then on
 */
function recordPosts(node: string, records: string): void {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { appendFileSync, readdirSync } = process.getBuiltinModule('node:fs');
  const args = process.argv.slice(2);
  if (args.some((argument) => argument.includes('process.execPath'))) {
    console.log(node);
    return;
  }
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (args[0]?.endsWith('/post/index.js') === true) {
    const temp = process.env['RUNNER_TEMP'] ?? '';
    const subscription = process.env['INPUT_SUBSCRIPTION'];
    const record = { exitCode: status, subscription, temp, left: readdirSync(temp) };
    appendFileSync(records, `${JSON.stringify(record)}\n`);
  }
  process.exitCode = status ?? 1;
}

/** The folders of the actions in the examples. */
function actions(repository: Repository, folder: string): Variables {
  const session = join(folder, 'azure-session');
  for (const target of [session, repository.folder]) {
    for (const part of ['action.yml', 'logout', 'dist'])
      cpSync(join(ROOT, part), join(target, part), { recursive: true });
  }
  const nothing = join(folder, 'nothing');
  mkdirSync(nothing, { recursive: true });
  const runs = '{ using: composite, steps: [{ run: "true", shell: bash }] }';
  writeFileSync(join(nothing, 'action.yml'), `name: nothing\nruns: ${runs}\n`);
  const terraform = readFileSync(join(repository.folder, '.github', 'workflows', 'terraform.yml'), 'utf8');
  const [, setUp = ''] = /uses: (hashicorp\/setup-terraform@\S+)/.exec(terraform) ?? [];
  return { 'OWNER/azure-session@v1': session, [setUp]: nothing };
}

/** The lines of JSON in a text. */
function parseLines<T>(text: string): T[] {
  return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as T] : []));
}

function report(log: string, result: ActReport['result'], records: string): ActReport {
  const lines = parseLines<Line>(log);
  const dataOf = (command: string) => lines.filter((line) => line.command === command).map(({ arg = '' }) => arg);
  const posts = parseLines<PostRecord>(readFileSync(records, 'utf8'));
  return {
    jobs: lines.flatMap(({ jobResult, jobID }) => (jobResult === undefined ? [] : [`${jobID}: ${jobResult}`])),
    result,
    printed: (step) =>
      lines
        .filter((line) => line.raw_output === true && step === line.step)
        .map(({ msg }) => msg.replaceAll('\r\n', '\n'))
        .join(''),
    errors: dataOf('error'),
    warnings: dataOf('warning'),
    posts: posts.map(({ subscription, exitCode }) => `${subscription}: ${exitCode}`),
    left: [...new Map(posts.map(({ temp, left }) => [temp, left])).values()].flat(),
    log: lines
      .filter(({ command }) => command !== 'add-mask')
      .map(({ job = '', msg }) => `${job} ${msg.trimEnd()}`)
      .join('\n'),
  };
}
