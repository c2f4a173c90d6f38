import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, runProcess } from '../../simulator/job.ts';

for (const [version, output] of [
  ['20.20.2', /^This needs Node 22\.18 or newer .* Run npm rebuild node --ignore-scripts=false[^\n]*\n$/],
  ['22.17.1', /^This needs Node/],
  ['22.18.0', /^$/],
  ['24.0.0', /^$/],
] as const) {
  test(`needs-node.mjs with Node ${version} prints ${output}`, async () => {
    const older = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
    const { log } = await runProcess(process.execPath, ['--import', older, 'scripts/needs-node.mjs'], {}, ROOT, 30_000);
    assert.match(log, output);
  });
}

test('the scripts test, demo and workflow first check the version of Node', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of ['test', 'demo', 'workflow']) assert.match(scripts[name], /^node scripts\/needs-node\.mjs && /);
});
