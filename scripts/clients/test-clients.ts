/**
 * Signs in with the built action and then runs real clients with the session: two versions of `az`, the classic
 * `azure`, the Azure SDKs for four languages, Terraform, and programs that use them. Azure is the simulator, which the
 * clients access through its proxy.
 *
 *     npm run test:clients [-- [--all] name of a method …]
 *
 * `--all` adds the clients that take long to install. Prints one line for each check, then a table of the clients, then
 * the skipped checks; the last line is `N passed, N failed`. Exits with 1 if a check failed or a client is missing.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Event } from './check-method.ts';
import { EXTENT_VARIABLE, REPOSITORY } from './clients.ts';
import { fencedCommand } from './fence.ts';
import { type Installed, installClients } from './install.ts';
import { clientTable, skippedLines } from './table.ts';

/** Run sequentially: parallel runs would distort their measurements, and act starts a process for each step. */
const SEQUENTIAL = ['act', 'load', 'long-job'];

/** Parallel files of checks: each has a separate network, and mostly waits. */
const CONCURRENCY = 2;

const { values, positionals: selected } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
});

async function testClients(): Promise<number> {
  const extent = values.all ? 'all' : 'usual';
  process.env[EXTENT_VARIABLE] = extent;
  const { installed, absent } = await installClients(extent);
  for (const { line } of installed) console.log(line);
  if (fencedCommand('', []) === undefined) {
    console.log('This machine allows no network namespace: only the proxy isolates the clients.');
  }
  const summary = new Summary(installed);
  const files = globSync('__tests__/clients/*.clients.ts', { cwd: REPOSITORY })
    .map((file) => ({ method: basename(file, '.clients.ts'), file: join(REPOSITORY, file) }))
    .filter(({ method }) => selected.length === 0 || selected.includes(method))
    .sort((a, b) => (a.method < b.method ? -1 : 1));
  const parallel = files.filter(({ method }) => !SEQUENTIAL.includes(method));
  await Promise.all(Array.from({ length: CONCURRENCY }, () => runEach(parallel, summary)));
  await runEach(
    files.filter(({ method }) => SEQUENTIAL.includes(method)),
    summary,
  );
  for (const line of summary.lines()) console.log(line);
  for (const { name, reason } of absent) console.log(`skipped: ${name} (${reason})`);
  console.log(`${summary.passed} passed, ${summary.failed} failed`);
  return summary.failed > 0 || summary.passed === 0 ? 1 : 0;
}

interface File {
  readonly method: string;
  readonly file: string;
}

/** Removes files from the shared list until it is empty. */
async function runEach(files: File[], summary: Summary): Promise<void> {
  for (let next = files.shift(); next !== undefined; next = files.shift()) await runMethod(next, summary);
}

async function runMethod({ method, file }: File, summary: Summary): Promise<void> {
  const script = join(import.meta.dirname, 'check-method.ts');
  const { command, args, env } = fencedCommand(script, [file]) ?? {
    command: process.execPath,
    args: [script, file],
    env: process.env,
  };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) summary.add(method, JSON.parse(line) as Event);
  const code = await ended;
  if (code === 0) return;
  const reason = `its process exited with ${code}`;
  summary.add(method, { kind: 'check', outcome: 'FAIL', name: 'all checks', milliseconds: 0, reason });
}

interface Tested {
  milliseconds: number;
  readonly ways: Set<string>;
}

/** Prints outcomes as they arrive, and totals them by client. */
class Summary {
  passed = 0;
  failed = 0;
  readonly #installed: readonly Installed[];
  readonly #tested = new Map<Installed, Tested>();
  readonly #skipped = new Map<string, string[]>();

  constructor(installed: readonly Installed[]) {
    this.#installed = installed;
  }

  add(method: string, event: Event): void {
    if (event.kind === 'signed-in') {
      this.#clientIn(event.client)?.ways.add(event.way);
      return;
    }
    const { outcome, name, milliseconds, reason } = event;
    const client = this.#clientIn(`${method}: ${name}`);
    if (client !== undefined) client.milliseconds += milliseconds;
    if (outcome === 'ok') this.passed += 1;
    if (outcome === 'FAIL') this.failed += 1;
    if (outcome === 'skip') this.#skipped.set(reason, [...(this.#skipped.get(reason) ?? []), `${method}: ${name}`]);
    const why = { ok: '', FAIL: `\n${reason.replaceAll(/^/gm, '     ')}`, skip: ` (${reason})` }[outcome];
    console.log(`${outcome.padEnd(4)} ${method}: ${name}${why}`);
  }

  /** The client with the longest name that is in the text. */
  #clientIn(text: string): Tested | undefined {
    const [client] = this.#installed
      .filter(({ name }) => mentions(text, name))
      .sort((a, b) => b.name.length - a.name.length);
    if (client === undefined) return undefined;
    const tested = this.#tested.get(client) ?? { milliseconds: 0, ways: new Set<string>() };
    this.#tested.set(client, tested);
    return tested;
  }

  lines(): string[] {
    const rows = [...this.#tested].map(([{ name, version }, { milliseconds, ways }]) => [
      name,
      version,
      (milliseconds / 1000).toFixed(0),
      [...ways].sort().join(', ') || '–',
    ]);
    const skipped = new Map([...this.#skipped].filter(([reason]) => reason !== 'not signed in'));
    return ['', ...clientTable(rows), '', ...skippedLines(skipped)];
  }
}

/** Whether the name is a whole word in the text: many words contain `act`. */
function mentions(text: string, name: string): boolean {
  const at = text.indexOf(name);
  return at !== -1 && !/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + name.length] ?? '');
}

try {
  process.exitCode = await testClients();
} catch (error) {
  console.error(`Skipped: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
