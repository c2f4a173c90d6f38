/**
 * The complete fault sweep: `npm run sweep`. For every method, every request and every change to the file system fails
 * once in each possible way. `npm test` runs a part of it.
 */
import { World } from '../__tests__/action/world.ts';
import { agentLifeCases } from '../__tests__/hardening/agent-sweep.ts';
import { renewalChangeCases, renewalChanges, renewalRequestCases } from '../__tests__/hardening/keep-alive-sweep.ts';
import { SCENARIOS } from '../__tests__/hardening/scenarios.ts';
import {
  changeCases,
  recordRun,
  requestCases,
  type SweepCase,
  sweep,
  type Tally,
  tallyLine,
  violationsIn,
} from '../__tests__/hardening/sweep.ts';

const WORKERS = 6;
const filter = process.argv[2] ?? '';
const all: Tally[number][] = [];

async function report(parts: Readonly<Record<string, readonly SweepCase[]>>): Promise<void> {
  for (const [name, cases] of Object.entries(parts)) {
    const tally = await sweep(cases, WORKERS);
    console.log(`  ${tallyLine(name, tally)}`);
    for (const line of violationsIn(tally)) console.error(`\nVIOLATION ${line}\n`);
    all.push(...tally);
  }
}

for (const scenario of SCENARIOS.filter(({ name }) => name.includes(filter))) {
  await using world = await World.start();
  const recording = await recordRun(scenario, world);
  const { requests, changes } = recording;
  const counts = Object.entries(changes).map(([phase, { length }]) => `${length} changes in ${phase}`);
  console.log(`${scenario.name}: ${requests.length} requests, ${counts.join(', ')}`);
  await report({
    requests: requestCases(scenario, recording),
    'changes in main': changeCases(scenario, 'main', recording),
    'changes in post': changeCases(scenario, 'post', recording),
    'changes in logout': changeCases(scenario, 'logout', recording),
  });
}

if ('keep-alive'.includes(filter)) {
  await using world = await World.start();
  const changes = await renewalChanges(world);
  console.log(`keep-alive: a request and ${changes.length} changes a renewal`);
  await report({ requests: renewalRequestCases(), changes: renewalChangeCases(changes) });
}

if ('agent'.includes(filter)) await report({ 'the life of the agent': agentLifeCases() });

console.log(tallyLine('all', all));
process.exitCode = violationsIn(all).length === 0 ? 0 : 1;
