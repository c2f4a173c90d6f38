/**
 * Runs the built action on Node for Windows, under Wine, against the simulated Azure. The tests in `__tests__/windows`
 * also run on Node for Windows.
 *
 *     npm run test:windows [-- [--all] version of Node …]
 *     npm run test:windows -- --suite [file of the suite …]
 *
 * `--all` adds the real `az` for Windows. `--suite` runs the tests of `npm test` instead, and expects the failures that
 * Wine causes. Prints one line for each test, then a table of the clients, then the skipped tests; the last line is
 * `N passed, N failed`. Exits with 1 if a test failed, and with 0 if Wine cannot be installed.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WINE_FAILURES } from '../../__tests__/windows/wine-failures.ts';
import { REPOSITORY } from '../clients/clients.ts';
import { isFenced, runFenced } from '../clients/fence.ts';
import { Unavailable } from '../clients/install.ts';
import { clientTable, skippedLines } from '../clients/table.ts';
import { installedAzVersion, installWindows } from './install.ts';
import { CACHE, NODE_VERSIONS, nodeOf, WINE_VARIABLES } from './windows.ts';

const MINUTE = 60_000;
/**
 * For a single test. Under Wine, a process takes a second to start, and the first `az` has to compile its code. A test
 * that hangs fails under its own name; if it leaves something open, the run ends at its own limit.
 */
const TEST_LIMIT_MS = 5 * MINUTE;

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false }, suite: { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** One run of `node --test` on Node for Windows. */
interface Run {
  /** In the table at the end. */
  readonly client: string;
  readonly version: string;
  readonly node: string;
  readonly args: readonly string[];
  readonly limitMs: number;
}

interface Outcome {
  readonly run: Run;
  readonly lines: readonly string[];
  readonly seconds: number;
}

if (isFenced()) {
  process.exitCode = test();
} else {
  try {
    await installWindows(values.all ? 'node-and-az' : 'node');
    const fenced = runFenced(import.meta.filename, process.argv.slice(2));
    if (fenced === undefined) {
      console.log('This machine allows no network namespace: only the proxy isolates the tests.');
    }
    process.exitCode = fenced ?? test();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`Skipped: ${error.message}.\n0 passed, 0 failed`);
  }
}

function test(): number {
  const outcomes = selectedRuns().map(runOnWindows);
  const lines = outcomes.flatMap((outcome) => outcome.lines);
  for (const line of summary(outcomes)) console.log(line);
  const [passed, failed] = ['ok ', 'FAIL '].map((word) => lines.filter((line) => line.startsWith(word)).length);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed !== 0 ? 0 : 1;
}

function selectedRuns(): Run[] {
  const [newest = ''] = NODE_VERSIONS;
  if (values.suite) {
    const args = ['--test-concurrency=2', ...(positionals.length > 0 ? positionals : ['__tests__/**/*.test.ts'])];
    return [{ client: 'the suite', version: newest, node: newest, args, limitMs: 90 * MINUTE }];
  }
  const inOneProcess = (file: string): string[] => ['--test-isolation=none', `__tests__/windows/${file}`];
  const runs: Run[] = NODE_VERSIONS.filter((version) => positionals.length === 0 || positionals.includes(version)).map(
    (version) => ({
      client: 'Node for Windows',
      version,
      node: version,
      args: inOneProcess('action.windows.ts'),
      limitMs: 15 * MINUTE,
    }),
  );
  if (!values.all) return runs;
  const az = { client: 'az for Windows', version: installedAzVersion(), node: newest, limitMs: 30 * MINUTE };
  return [...runs, { ...az, args: inOneProcess('az.windows.ts') }];
}

/** Also prints the output of the tests. */
function runOnWindows(run: Run): Outcome {
  const started = performance.now();
  const printed = startOnWindows(run);
  const lines = values.suite ? withoutWineFailures(printed) : printed;
  for (const line of lines) {
    console.log(line.replace(/^(ok|skip|wine|FAIL) +/, (result) => `${result}${run.client} ${run.version}: `));
  }
  return { run, lines, seconds: (performance.now() - started) / 1000 };
}

/**
 * The first program that Wine runs needs files as standard streams, because Windows does not recognize Unix pipes. No
 * wineserver may run outside the fence: Wine would also use it inside, with the network outside.
 * @returns the output of the tests, with a failure if they did not run to the end
 */
function startOnWindows({ node, args, limitMs }: Run): string[] {
  mkdirSync(CACHE, { recursive: true });
  const [input, output, errors] = ['input', 'output', 'errors'].map((name) => join(CACHE, name));
  const files = [openSync(input as string, 'w+'), openSync(output as string, 'w'), openSync(errors as string, 'w')];
  const options = ['--test', `--test-timeout=${TEST_LIMIT_MS}`, '--test-reporter=./scripts/windows/reporter.ts'];
  const { status, error } = spawnSync('wine', [nodeOf(node), ...options, ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...WINE_VARIABLES, NODE_OPTIONS: '' },
    stdio: files,
    timeout: limitMs,
  });
  for (const file of files) closeSync(file);
  const lines = readFileSync(output as string, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const hasFailed = lines.some((line) => line.startsWith('FAIL '));
  if (status === 0 || (status === 1 && hasFailed)) return lines;
  const errorOutput = readFileSync(errors as string, 'utf8')
    .trim()
    .split('\n')
    .slice(-5)
    .join('\n');
  return [...lines, `FAIL the tests did not run to the end: ${error?.message ?? errorOutput}`];
}

/** Marks failures that Wine causes, and removes their details. */
function withoutWineFailures(lines: readonly string[]): string[] {
  let expected = false;
  return lines.flatMap((line) => {
    if (/^\s/.test(line)) return expected ? [] : [line];
    const why = line.startsWith('FAIL ') ? WINE_FAILURES.get(line.slice(5)) : undefined;
    expected = why !== undefined;
    return [why === undefined ? line : `wine ${line.slice(5)} (${why})`];
  });
}

function summary(outcomes: readonly Outcome[]): string[] {
  const skipped = new Map<string, string[]>();
  for (const line of outcomes.flatMap((outcome) => outcome.lines)) {
    const [, name = '', reason] = /^(?:skip|wine) +(.*) \((.*)\)$/.exec(line) ?? [];
    if (reason !== undefined) skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
  }
  const rows = outcomes.map(({ run, lines, seconds }) => [
    run.client,
    run.version,
    seconds.toFixed(0),
    lines.flatMap((line) => /^ok +(?:az: )?(.*): signs in, and out$/.exec(line)?.[1] ?? []).join(', ') || '–',
  ]);
  return ['', ...clientTable(rows), '', ...skippedLines(skipped)];
}
