import type { Results } from '../results.ts';
import { table, whole } from './text.ts';

/** What stands on both sides of the figures in `docs/azure-login.md`. */
const MARK = '<!-- performance -->';

/**
 * The comparison with the figures of a run in the place of the older ones.
 * @throws when it has no place for them
 */
export function withFigures(comparison: string, results: Results): string {
  const [before, , after, ...more] = comparison.split(MARK);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`docs/azure-login.md lacks ${MARK} twice.`);
  return `${before}${MARK}\n${figures(results)}\n${MARK}${after}`;
}

/** A sign-in by OpenID Connect with every default, beside what azure/login runs of `az`, at each distance. */
function figures({ signIns, conditions }: Results): string {
  const rows = signIns.filter(({ method, keepAlive }) => method === 'oidc' && keepAlive === 'true');
  const cells = rows.map(({ roundTripMs, main, logins }) => [
    `${roundTripMs} ms`,
    `**${whole(main.median)} ms**`,
    ...logins.map(({ time, toMain }) => `${whole(time.median)} ms (${toMain.median.toFixed(1)} times)`),
  ]);
  const columns = (rows[0]?.logins ?? []).map(({ az, start }) => `\`az\` ${az}, ${start} folder`);
  return [
    table(['distance', 'this action', ...columns], cells),
    '',
    `A sign-in by OpenID Connect at so many milliseconds from GitHub and Azure, and the four commands of \`az\` alone. Medians of`,
    `${conditions.date}, ${conditions.cores} cores, against a simulated Azure; \`npm run bench\` repeats them, and`,
    '[performance.md](performance.md) has all of them.',
  ].join('\n');
}
