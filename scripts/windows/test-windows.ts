/**
 * Runs the built action on the Node of Windows, under Wine, against the simulated Azure. The tests themselves run on the
 * Windows side: `__tests__/windows`.
 *
 *     npm run test:windows [-- version of Node …]
 *
 * One line a test; the last line is `N passed, N failed`. Exits with 1 when a test failed. Where Wine cannot be
 * installed, it says so and exits with 0.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../clients/clients.ts';
import { isFenced, runFenced } from '../clients/fence.ts';
import { installWindows, Unavailable } from './install.ts';
import { CACHE, NODE_VERSIONS, nodeOf, WINE_VARIABLES } from './windows.ts';

const TESTS = '__tests__/windows/action.windows.ts';
const LIMIT_MS = 15 * 60_000;
/** A test that hangs fails by its name. */
const TEST_LIMIT_MS = 120_000;

if (isFenced()) {
  process.exitCode = runVersions();
} else {
  try {
    installWindows();
    const fenced = runFenced(import.meta.filename, process.argv.slice(2));
    if (fenced === undefined) console.log('No network namespace here: the tests are held back by the proxy alone.');
    process.exitCode = fenced ?? runVersions();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`Skipped, there is no Windows here: ${error.message}.\n0 passed, 0 failed`);
  }
}

function runVersions(): number {
  const wanted = process.argv.slice(2);
  const versions = NODE_VERSIONS.filter((version) => wanted.length === 0 || wanted.includes(version));
  const lines = versions.flatMap(runVersion);
  const passed = lines.filter((line) => line.startsWith('ok ')).length;
  const failed = lines.filter((line) => line.startsWith('FAIL ')).length;
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** @returns what the tests of one version said, which is printed, too */
function runVersion(version: string): string[] {
  const started = performance.now();
  const output = runOnWindows(nodeOf(version), [
    '--test',
    '--test-isolation=none',
    `--test-timeout=${TEST_LIMIT_MS}`,
    '--test-reporter=./scripts/windows/reporter.ts',
    TESTS,
  ]);
  const { lines, ended } = output;
  if (!ended) lines.push(`FAIL the tests did not come to their end: ${output.problem}`);
  for (const line of lines) console.log(line.replace(/^(ok|skip|FAIL) +/, (result) => `${result}Node ${version}: `));
  console.log(`Node ${version} for Windows: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return lines;
}

/**
 * The first program that Wine runs must have files for its standard streams: pipes of Unix are none to Windows. A
 * wineserver that was started outside of the fence would be used inside, and ask the network there.
 */
function runOnWindows(program: string, args: readonly string[]): { lines: string[]; ended: boolean; problem: string } {
  mkdirSync(CACHE, { recursive: true });
  const [input, output, errors] = ['input', 'output', 'errors'].map((name) => join(CACHE, name));
  const files = [openSync(input as string, 'w+'), openSync(output as string, 'w'), openSync(errors as string, 'w')];
  const { status, error } = spawnSync('wine', [program, ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...WINE_VARIABLES, NODE_OPTIONS: '' },
    stdio: files,
    timeout: LIMIT_MS,
  });
  for (const file of files) closeSync(file);
  const lines = readFileSync(output as string, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const problem =
    error?.message ??
    readFileSync(errors as string, 'utf8')
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n');
  const failed = lines.some((line) => line.startsWith('FAIL '));
  return { lines, ended: status === 0 || (status === 1 && failed), problem };
}
