/**
 * `npm run bench` measures a sign-in and a sign-out as whole processes: their time, their requests, and the modules
 * that they load. A run of all parts writes `docs/performance.md`, its plot, and the table in the README.
 *
 *     npm run bench -- [--runs ROUNDS] [--only PART] [--write]
 *
 * If the machine allows it (Linux, root), everything runs in a network namespace with the real host names on loopback.
 * Otherwise it runs through the simulator's proxy, which costs all contestants one more round trip per connection.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFenced, runFenced } from '../scripts/clients/fence.ts';
import { ROOT } from '../simulator/job.ts';
import { findAz } from './az.ts';
import { budgetFor, writeBudget } from './budget.ts';
import { withFigures } from './document/figures.ts';
import { page } from './document/page.ts';
import { plot } from './document/plot.ts';
import { type BenchOptions, parseOptions } from './options.ts';
import { measurePaths } from './paths.ts';
import { measure } from './results.ts';
import { HOSTS, type Route, Stage } from './stage.ts';

const options = readOptions();
if (options.parts.includes('budget')) await budget(options);
if (options.parts.some((part) => part !== 'budget')) process.exitCode = await insideFence();

function readOptions(): BenchOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** Runs without a fence: its counts are the same on every machine. */
async function budget({ result }: BenchOptions): Promise<void> {
  if (isFenced()) return;
  const paths = await measurePaths();
  if (result === 'written') writeBudget(paths);
  else console.log(JSON.stringify(budgetFor(paths), null, 2));
}

async function insideFence(): Promise<number> {
  if (isFenced()) return bench('direct');
  const folder = mkdtempSync(join(tmpdir(), 'azure-session-bench-'));
  try {
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, `127.0.0.1 localhost ${HOSTS.join(' ')}\n::1 localhost\n`);
    return runFenced(import.meta.filename, process.argv.slice(2), hosts) ?? (await bench('proxy'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bench(route: Route): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'azure-session-bench-az-'));
  const started = performance.now();
  try {
    await using stage = await Stage.open(route);
    const results = await measure(
      {
        stage,
        az: await findAz(folder),
        rounds: options.rounds,
        slowRounds: Math.ceil(options.rounds / 3),
        progress: (text) => console.error(`${((performance.now() - started) / 1000).toFixed(0)} s: ${text}`),
      },
      options.parts,
    );
    if (options.result === 'shown') console.log(page(results));
    else {
      writeFileSync(join(ROOT, 'docs', 'performance.md'), page(results));
      writeFileSync(join(ROOT, 'docs', 'performance.svg'), plot(results));
      const readme = join(ROOT, 'README.md');
      writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), results));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return 0;
}
