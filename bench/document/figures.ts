import type { Summary } from '../measure/pairs.ts';
import type { Results } from '../results.ts';
import { table, whole, wrapped } from './text.ts';

/** What stands on both sides of the figures in the README. */
const MARK = '<!-- performance -->';

/**
 * The README with the figures of a run in the place of the older ones.
 * @throws when the README has no place for them
 */
export function withFigures(readme: string, results: Results): string {
  const [before, , after, ...more] = readme.split(MARK);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`The README lacks ${MARK} twice.`);
  return `${before}${MARK}\n${wrapped(figures(results))}\n${MARK}${after}`;
}

/** A sign-in by OpenID Connect with every default beside the commands of azure/login, and a job with either. */
function figures({ signIns, jobs, conditions }: Results): string {
  const rows = signIns.filter(({ method, keepAlive }) => method === 'oidc' && keepAlive === 'true');
  const cells = rows.map(({ roundTripMs, main, logins }) => [
    `${roundTripMs} ms`,
    `**${whole(main.median)} ms**`,
    ...conditions.az.map((az) =>
      bothStarts(logins.filter((row) => row.az === az).map(({ time, toMain }) => beside(time, toMain))),
    ),
    ...conditions.az.map((az) => {
      const ofAz = jobs.filter((row) => row.az === az && row.roundTripMs === roundTripMs);
      return bothStarts(ofAz.map(({ action, commands }) => seconds(commands.median - action.median)));
    }),
  ]);
  const columns = [
    ...conditions.az.map((az) => `commands of azure/login, \`az\` ${az}`),
    ...conditions.az.map((az) => `a job gains, \`az\` ${az}`),
  ];
  return [
    table(['network delay', 'this action', ...columns], cells),
    '',
    `A sign-in by OpenID Connect, beside the four commands of \`az\` that azure/login runs, in a new profile folder / in a warm
one; and what a job gains by it: sign-in, first \`az\` and sign-out together. The network delay is the round trip to GitHub and
Azure. Medians of ${conditions.date}, ${conditions.cores} cores, against a simulated Azure: \`npm run bench\` repeats them, and
[docs/performance.md](docs/performance.md) has all of them.`,
  ].join('\n');
}

/** In a new folder, and in a warm one. */
function bothStarts(cells: readonly string[]): string {
  return cells.join(' / ');
}

function beside(time: Summary, toMain: Summary): string {
  return `${whole(time.median)} ms (${toMain.median.toFixed(1)} times)`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
