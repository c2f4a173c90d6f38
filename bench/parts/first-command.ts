import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Az, copyFolder, timeCommands } from '../az.ts';
import { cliLogin, groupList, newJob } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { timeProcess } from '../measure/processes.ts';
import { methodNamed } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

/** The first `az group list` of a later step, in milliseconds, after main and after `az login`. */
export async function measureFirstCommands(bench: Bench) {
  const rows = [];
  for (const roundTripMs of [0, 40]) {
    await using network = await bench.stage.withDelay(roundTripMs);
    for (const az of bench.az) {
      bench.progress(`first az group list at ${roundTripMs} ms: az ${az.version}`);
      using job = newJob(network.variables, az);
      const after = await firstCommands(bench, job, az);
      // Odd, so that the two orders of a round differ in number by only one.
      const rounds = await interleave(after, bench.slowRounds * 2 + 1);
      rows.push({
        az: az.version,
        roundTripMs,
        afterMain: rounds.of('main'),
        afterLogin: rounds.of('login'),
        mainToLogin: rounds.ratio('main', 'login'),
      });
    }
  }
  return rows;
}

/** The runner's pause between two steps, during which the background process starts. */
const BETWEEN_STEPS_MS = 300;

type NewJob = ReturnType<typeof newJob>;

/**
 * Each run has a profile that no command has used yet: the action signs in again, and the folder after `az login` is
 * copied.
 */
async function firstCommands(bench: Bench, job: NewJob, az: Az) {
  const method = methodNamed('oidc');
  const step = new BenchStep(job, method.inputs(bench.stage.contoso));
  const { configDir, commands } = await cliLogin(bench, job, method, az);
  await timeCommands(commands);
  return {
    main: {
      run: async () => {
        await step.main();
        const { laterVariables } = step;
        await setTimeout(BETWEEN_STEPS_MS);
        const time = await timeProcess(groupList(az, laterVariables['AZURE_CONFIG_DIR'] ?? '', laterVariables));
        await step.post();
        return time;
      },
    },
    login: {
      run: async () => {
        const copy = copyFolder(configDir, join(job.folder, 'az-signed-in'));
        await setTimeout(BETWEEN_STEPS_MS);
        return timeProcess(groupList(az, copy, job.env));
      },
    },
  };
}
