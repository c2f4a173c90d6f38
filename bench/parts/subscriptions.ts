import { type Subscription, subscription } from '../../simulator/directory.ts';
import type { Contoso } from '../../simulator/world.ts';
import { floor, newJob, timeMain } from '../contestants.ts';
import { interleave } from '../measure/pairs.ts';
import { canMeasureMemory, peakMemory, timeProcess } from '../measure/processes.ts';
import { methodNamed } from '../methods.ts';
import type { Bench, Stage } from '../stage.ts';
import { BenchStep } from '../step.ts';

const COUNTS = [1, 100, 1_000, 10_000];

/**
 * Compares main with a floor that has a token and only fetches and parses the pages: milliseconds of whole processes,
 * and bytes of memory. Without network delay, because only the processing of the responses matters.
 */
export async function measureSubscriptions(bench: Bench) {
  const { stage } = bench;
  await using network = await stage.withDelay(0);
  const rows = [];
  for (const count of COUNTS) {
    bench.progress(`subscriptions: ${count}`);
    using _filled = fill(stage, count);
    using job = newJob(network.variables, bench.az[0]);
    const step = new BenchStep(job, methodNamed('oidc').inputs(stage.contoso));
    const token = await resourceManagerToken(stage, step);
    const rounds = await interleave(
      {
        pages: { run: () => timeProcess(floor(step, 'pages', { FLOOR_TOKEN: token })) },
        main: { run: () => timeMain(step) },
      },
      count < 10_000 ? bench.rounds : bench.slowRounds,
    );
    rows.push({
      subscriptions: count,
      pages: Math.ceil(count / stage.simulator.resourceManager.pageSize),
      pagesAlone: rounds.of('pages'),
      main: rounds.of('main'),
      mainToPages: rounds.ratio('main', 'pages'),
      // 0 if the machine cannot measure it.
      peakMemory: canMeasureMemory() ? await peakMemory(step.mainCommand()) : 0,
    });
    await step.post();
  }
  return rows;
}

/** Gives the application this number of subscriptions. Disposing restores the original ones. */
function fill({ simulator, contoso }: Stage, count: number): Disposable {
  const { subscriptions } = simulator.directory;
  const before = subscriptions.splice(0);
  subscriptions.push(...manySubscriptions(contoso, count));
  return {
    [Symbol.dispose]: () => {
      subscriptions.splice(0);
      subscriptions.push(...before);
    },
  };
}

function manySubscriptions(
  { tenant, principalId, subscriptions: [production] }: Contoso,
  count: number,
): Subscription[] {
  const others = Array.from({ length: count - 1 }, (_, number) => ({
    ...subscription({
      id: `dddddddd-dddd-4ddd-8ddd-${String(number).padStart(12, '0')}`,
      displayName: `Landing zone ${number}`,
      tenantId: tenant.id,
      cloud: tenant.cloud,
    }),
    roleAssignments: [principalId],
  }));
  return [production, ...others];
}

/** The token that Entra ID issued to a sign-in. */
async function resourceManagerToken({ simulator }: Stage, step: BenchStep): Promise<string> {
  simulator.clear();
  await timeMain(step);
  const answer = simulator.requestsTo('login.microsoftonline.com').at(-1)?.responseBody ?? '{}';
  return (JSON.parse(answer) as { access_token: string }).access_token;
}
