import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { azCommand, copyFolder, timeCommands } from '../az.ts';
import { cliLogin, emptyNode, newJob } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { timeProcess } from '../measure/processes.ts';
import { METHODS } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

/** Before each there is the rest of a job: what keeps the session alive has long started. */
const JOB_MS = 500;

async function afterMain(step: BenchStep): Promise<number> {
  await step.main();
  await setTimeout(JOB_MS);
  return step.post();
}

/**
 * Milliseconds of whole processes; each sign-out is of what a main of its own has just left. Nothing here touches the
 * network, so there is one distance.
 */
export async function measureSignOuts(bench: Bench) {
  await using distance = await bench.stage.at(0);
  const rows = [];
  for (const method of METHODS) {
    bench.progress(`sign-out: ${method.name}`);
    using job = newJob(distance.variables, bench.az[0]);
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
      // `az account clear`.
      clears: az.map(({ version }) => ({
        az: version,
        time: rounds.of(version),
        toPost: rounds.ratio(version, 'post'),
      })),
    });
  }
  return rows;
}
