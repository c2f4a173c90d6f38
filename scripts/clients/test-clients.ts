/**
 * Signs in with the built action and then lets the real clients use the session: two versions of `az`, the classic
 * `azure`, and the Azure SDKs for JavaScript and Python. Azure is the simulator; the clients reach it by its proxy.
 *
 *     npm run test:clients [-- name of a method …]
 *
 * One line a check; the last line is `N passed, N failed`. Exits with 1 when a check failed or a client is missing.
 */
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { REPOSITORY } from './clients.ts';
import { isFenced, runFenced } from './fence.ts';
import { installClients } from './install.ts';

/** A client command has its own, shorter limit; this one is for all clients after one way to sign in. */
const METHOD_LIMIT = 10 * 60_000;

if (isFenced()) {
  process.exitCode = await runChecks();
} else {
  try {
    for (const line of await installClients()) console.log(line);
    const fenced = runFenced(import.meta.filename, process.argv.slice(2));
    if (fenced === undefined) console.log('No network namespace here: the clients are held back by the proxy alone.');
    process.exitCode = fenced ?? (await runChecks());
  } catch (error) {
    console.error(`Skipped: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

/** One method after the other: the checks look at processes and at time. */
async function runChecks(): Promise<number> {
  const wanted = process.argv.slice(2);
  const count = { passed: 0, failed: 0 };
  for (const file of globSync('__tests__/clients/*.clients.ts', { cwd: REPOSITORY }).sort()) {
    const method = basename(file, '.clients.ts');
    if (wanted.length === 0 || wanted.includes(method)) await runMethod(method, join(REPOSITORY, file), count);
  }
  console.log(`${count.passed} passed, ${count.failed} failed`);
  return count.failed > 0 || count.passed === 0 ? 1 : 0;
}

async function runMethod(method: string, file: string, count: { passed: number; failed: number }): Promise<void> {
  const stream = run({ files: [file], timeout: METHOD_LIMIT });
  stream.on('test:pass', ({ name, skip, details }) => {
    if (details.type === 'suite') return;
    if (skip === undefined) count.passed += 1;
    console.log(skip === undefined ? `ok   ${method}: ${name}` : `skip ${method}: ${name} (${skip})`);
  });
  stream.on('test:fail', ({ name, details }) => {
    if (isSumOfFailures(details.error)) return;
    count.failed += 1;
    console.log(`FAIL ${method}: ${name}\n${indented(reason(details.error))}`);
  });
  stream.on('test:stderr', ({ message }) => process.stderr.write(message));
  await new Promise((resolve) => stream.once('end', resolve).resume());
}

/** A suite or a file fails when something in it does, which has been counted already. */
function isSumOfFailures(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? cause.message : String(cause ?? error.message);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '     ');
}
