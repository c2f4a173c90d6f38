import type { Summary } from '../measure/pairs.ts';
import type { Results } from '../results.ts';
import { rounded, table, wrapped } from './text.ts';

/** Encloses the figures in the README. */
const MARK = '<!-- performance -->';

/**
 * Replaces the figures in the README.
 * @throws when the README does not have exactly two marks
 */
export function withFigures(readme: string, results: Results): string {
  const [before, , after, ...more] = readme.split(MARK);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`README.md must have ${MARK} exactly twice.`);
  return `${before}${MARK}\n${wrapped(figures(results))}\n${MARK}${after}`;
}

/** Compares a default sign-in with OpenID Connect with the commands of azure/login, and a job with either. */
function figures({ signIns, jobs, conditions }: Results): string {
  const rows = signIns.filter(({ method, keepAlive }) => method === 'oidc' && keepAlive === 'true');
  const cells = rows.map(({ roundTripMs, main, logins }) => [
    `${roundTripMs} ms`,
    `**${rounded(main.median)} ms**`,
    ...conditions.az.map((az) =>
      newAndWarm(logins.filter((row) => row.az === az).map(({ time, toMain }) => timeAndFactor(time, toMain))),
    ),
    ...conditions.az.map((az) => {
      const rowsOfAz = jobs.filter((row) => row.az === az && row.roundTripMs === roundTripMs);
      return newAndWarm(rowsOfAz.map(({ action, commands }) => seconds(commands.median - action.median)));
    }),
  ]);
  const columns = [
    ...conditions.az.map((az) => `commands of azure/login, \`az\` ${az}`),
    ...conditions.az.map((az) => `time saved in a job, \`az\` ${az}`),
  ];
  return [
    table(['network delay', 'this action', ...columns], cells),
    '',
    `The table compares a sign-in with OpenID Connect with the four \`az\` commands that azure/login runs, in a new profile folder
/ in a warm one. The time saved in a job includes sign-in, first \`az\` command and sign-out. The network delay is the round trip
to GitHub and Azure. These are medians of ${conditions.date}, ${conditions.cores} cores, against a simulated Azure. To repeat the measurement, run
\`npm run bench\`. [docs/performance.md](docs/performance.md) has all results.`,
  ].join('\n');
}

/** The figures for a new and for a warm folder. */
function newAndWarm(cells: readonly string[]): string {
  return cells.join(' / ');
}

function timeAndFactor(time: Summary, toMain: Summary): string {
  return `${rounded(time.median)} ms (${toMain.median.toFixed(1)} times)`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
