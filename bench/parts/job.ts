import { setTimeout } from 'node:timers/promises';
import { type Az, azCommand, FOLDER_STATES, type FolderState, timeCommands } from '../az.ts';
import { afterUploader, cliLogin, groupList, newJob } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { timeProcess } from '../measure/processes.ts';
import { methodNamed } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';
import { ROUND_TRIPS } from './sign-in.ts';

/** Sign-in, one `az` command and sign-out together, in milliseconds, on an image with a new or a warm `az` folder. */
export async function measureJobs(bench: Bench) {
  const rows = [];
  for (const roundTripMs of ROUND_TRIPS) {
    await using network = await bench.stage.withDelay(roundTripMs);
    for (const az of bench.az) {
      for (const state of FOLDER_STATES) {
        bench.progress(`job at ${roundTripMs} ms: az ${az.version}, ${state} folder`);
        using job = newJob(network.variables, az, state);
        const { action, commands } = contestants(bench, job, az, state);
        const rounds = await interleave(
          { action: { run: action, rounds: bench.slowRounds }, commands: { run: commands, rounds: bench.slowRounds } },
          bench.slowRounds,
        );
        rows.push({
          az: az.version,
          state,
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

/** The runner's pause between two steps. */
const BETWEEN_STEPS_MS = 300;

function contestants(bench: Bench, job: ReturnType<typeof newJob>, az: Az, state: FolderState) {
  const method = methodNamed('oidc');
  const step = new BenchStep(job, method.inputs(bench.stage.contoso));
  return {
    action: async () => {
      const main = await step.main();
      const later = step.laterVariables;
      await setTimeout(BETWEEN_STEPS_MS);
      const first = await timeProcess(groupList(az, later['AZURE_CONFIG_DIR'] ?? '', later, state));
      return main + first + (await step.post());
    },
    commands: async () => {
      const login = await cliLogin(bench, job, method, az, state);
      const signedIn = await timeCommands(login.commands);
      await setTimeout(BETWEEN_STEPS_MS);
      const first = await timeProcess(groupList(az, login.configDir, job.env, state));
      const cleared = await timeProcess(azCommand(az, ['account', 'clear'], login.configDir, job.env, state));
      await afterUploader(state);
      return signedIn + first + cleared;
    },
  };
}
