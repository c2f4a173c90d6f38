/**
 * The whole fault sweep: every request and every change to the file system of every way to sign in fails once, in every
 * way: `npm run sweep`. `npm test` runs a part of it.
 */
import { World } from '../__tests__/action/world.ts';
import { SCENARIOS } from '../__tests__/hardening/scenarios.ts';
import {
  healthyRun,
  mainChangeCases,
  postChangeCases,
  requestCases,
  type SweepCase,
  sweep,
  tallyLine,
} from '../__tests__/hardening/sweep.ts';

const WORKERS = 6;
const lost: string[] = [];
for (const scenario of SCENARIOS.filter(({ name }) => name.includes(process.argv[2] ?? ''))) {
  await using world = await World.start();
  const healthy = await healthyRun(scenario, world);
  const { requests, mainChanges, postChanges } = healthy;
  console.log(
    `${scenario.name}: ${requests.length} requests, ${mainChanges.length} changes in main, ${postChanges.length} in post`,
  );
  const parts: Record<string, SweepCase[]> = {
    requests: requestCases(scenario, healthy),
    'changes in main': mainChangeCases(scenario, healthy),
    'changes in post': postChangeCases(scenario, healthy),
  };
  for (const [name, cases] of Object.entries(parts)) {
    const tally = await sweep(cases, WORKERS);
    console.log(`  ${tallyLine(name, tally)}`);
    for (const line of tally.lost) console.error(`\nLOST ${line}\n`);
    lost.push(...tally.lost);
  }
}
process.exitCode = lost.length === 0 ? 0 : 1;
