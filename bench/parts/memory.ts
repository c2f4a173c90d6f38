import { timeCommands } from '../az.ts';
import { cliLogin, emptyNode, floor, newJob } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { canMeasureMemory, peakMemory } from '../measure/processes.ts';
import { METHODS } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

/** Few, because memory hardly varies between runs. */
const ROUNDS = 3;

/** Peak resident memory of single processes, in bytes. */
export async function measureMemory(bench: Bench) {
  if (!canMeasureMemory()) return [];
  await using network = await bench.stage.withDelay(0);
  const rows = [];
  for (const method of METHODS) {
    bench.progress(`memory: ${method.name}`);
    using job = newJob(network.variables, bench.az[0]);
    const step = new BenchStep(job, method.inputs(bench.stage.contoso));
    const az = method.name === 'oidc' ? bench.az : [];
    const logins = az.map((one) => [
      `\`az login\`, ${one.version}`,
      {
        run: async () => {
          const [version, cloud, login] = (await cliLogin(bench, job, method, one)).commands;
          if (version === undefined || cloud === undefined || login === undefined) return Number.NaN;
          await timeCommands([version, cloud]);
          return peakMemory(login);
        },
      },
    ]);
    const contestants = {
      ...(method.name === 'oidc' ? { 'empty Node': { run: () => peakMemory(emptyNode(job)) } } : {}),
      [`floor, ${method.name}`]: { run: () => peakMemory(floor(step, method.name)) },
      [`main, ${method.name}`]: {
        run: async () => {
          const peak = await peakMemory(step.mainCommand());
          await step.post();
          return peak;
        },
      },
      [`post, ${method.name}`]: { run: () => step.main().then(() => peakMemory(step.postCommand())) },
      ...Object.fromEntries(logins),
    };
    const rounds = await interleave(contestants, ROUNDS);
    rows.push(...Object.keys(contestants).map((label) => ({ label, peak: rounds.of(label) })));
  }
  return rows;
}
