import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { azCommand, copyFolder, timeCommands } from '../az.ts';
import { cliLogin, emptyNode, newJob } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { timeProcess } from '../measure/processes.ts';
import { METHODS } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

/** The rest of the job before a sign-out, during which the background process starts. */
const JOB_MS = 500;

async function afterMain(step: BenchStep): Promise<number> {
  await step.main();
  await setTimeout(JOB_MS);
  return step.post();
}

/**
 * Times of whole processes, in milliseconds; a separate main precedes each sign-out. Nothing here uses the network, so
 * there is only one network delay.
 */
export async function measureSignOuts(bench: Bench) {
  await using network = await bench.stage.withDelay(0);
  const rows = [];
  for (const method of METHODS) {
    bench.progress(`sign-out: ${method.name}`);
    using job = newJob(network.variables, bench.az[0]);
    const step = new BenchStep(job, method.inputs(bench.stage.contoso));
    const az = method.name === 'oidc' ? bench.az : [];
    const clears = [];
    for (const one of az) {
      const { configDir, commands } = await cliLogin(bench, job, method, one);
      await timeCommands(commands);
      const run = () => {
        const copy = copyFolder(configDir, join(job.folder, 'az-signed-in'));
        return timeProcess(azCommand(one, ['account', 'clear'], copy, job.env));
      };
      clears.push([one.version, { rounds: bench.slowRounds, run }]);
    }
    const rounds = await interleave(
      {
        empty: { run: () => setTimeout(JOB_MS).then(() => timeProcess(emptyNode(job))) },
        post: { run: () => afterMain(step) },
        ...Object.fromEntries(clears),
      },
      bench.rounds,
    );
    rows.push({
      method: method.name,
      empty: rounds.of('empty'),
      post: rounds.of('post'),
      postToEmpty: rounds.ratio('post', 'empty'),
      clears: az.map(({ version }) => ({
        az: version,
        time: rounds.of(version),
        toPost: rounds.ratio(version, 'post'),
      })),
    });
  }
  return rows;
}
