/**
 * The long fuzz run: `npm run fuzz`, or with a seed and a part of a property's name: `npm run fuzz -- 42 PFX`. Prints
 * the seed, and for a failure the smallest case that still fails. `npm test` does a short run.
 */
import { PROPERTIES } from '../__tests__/fuzz/properties.ts';

const seed = Number(process.argv[2] ?? Date.now() % 2 ** 31);
const filter = process.argv[3] ?? '';
const total = { cases: 0, accepted: 0, refused: 0, lost: 0 };
console.log(`seed ${seed}`);
for (const { name, cases, run } of PROPERTIES.filter((property) => property.name.includes(filter))) {
  const report = await run({ cases: Math.ceil(cases * Number(process.env['FUZZ_SCALE'] ?? 1)), seed });
  console.log(
    `${name}: ${report.cases} cases, ${report.accepted} accepted, ${report.refused} refused, slowest ${Math.round(report.slowestMs)} ms, ${report.failure === '' ? '0 lost' : 'LOST'}`,
  );
  if (report.failure !== '') console.error(`\n${report.failure.slice(0, 6000)}\n`);
  total.cases += report.cases;
  total.accepted += report.accepted;
  total.refused += report.refused;
  total.lost += report.failure === '' ? 0 : 1;
}
console.log(`all: ${total.cases} cases, ${total.accepted} accepted, ${total.refused} refused, ${total.lost} lost`);
process.exitCode = total.lost === 0 ? 0 : 1;
