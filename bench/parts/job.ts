import { setTimeout } from 'node:timers/promises';
import { type Az, azCommand, STARTS, type Start, timeCommands } from '../az.ts';
import { afterUploader, cliLogin, groupList, newJob } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { timeProcess } from '../measure/processes.ts';
import { methodNamed } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';
import { ROUND_TRIPS } from './sign-in.ts';

/** What signing in, one `az` and signing out take of a job, in milliseconds, on an image whose `az` has been used or not. */
export async function measureJobs(bench: Bench) {
  const rows = [];
  for (const roundTripMs of ROUND_TRIPS) {
    await using distance = await bench.stage.at(roundTripMs);
    for (const az of bench.az) {
      for (const start of STARTS) {
        bench.progress(`job at ${roundTripMs} ms: az ${az.version}, ${start} folder`);
        using job = newJob(distance.variables, az, start);
        const { action, commands } = contestants(bench, job, az, start);
        const rounds = await interleave(
          { action: { run: action, rounds: bench.slowRounds }, commands: { run: commands, rounds: bench.slowRounds } },
          bench.slowRounds,
        );
        rows.push({
          az: az.version,
          start,
          roundTripMs,
          action: rounds.of('action'),
          commands: rounds.of('commands'),
          commandsToAction: rounds.ratio('commands', 'action'),
        });
      }
    }
  }
  return rows;
}

/** The runner needs a moment from one step to the next. */
const BETWEEN_STEPS_MS = 300;

function contestants(bench: Bench, job: ReturnType<typeof newJob>, az: Az, start: Start) {
  const method = methodNamed('oidc');
  const step = new BenchStep(job, method.inputs(bench.stage.contoso));
  return {
    action: async () => {
      const main = await step.main();
      const later = step.laterVariables;
      await setTimeout(BETWEEN_STEPS_MS);
      const first = await timeProcess(groupList(az, later['AZURE_CONFIG_DIR'] ?? '', later, start));
      return main + first + (await step.post());
    },
    commands: async () => {
      const login = await cliLogin(bench, job, method, az, start);
      const signedIn = await timeCommands(login.commands);
      await setTimeout(BETWEEN_STEPS_MS);
      const first = await timeProcess(groupList(az, login.configDir, job.env, start));
      const cleared = await timeProcess(azCommand(az, ['account', 'clear'], login.configDir, job.env, start));
      await afterUploader(start);
      return signedIn + first + cleared;
    },
  };
}
