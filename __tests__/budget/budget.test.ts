import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { overBudget, readBudget } from '../../bench/budget.ts';
import { measurePaths } from '../../bench/paths.ts';

/** For whoever has a good reason to go beyond it. */
const RAISE = 'If that is meant: npm run bench -- --only budget --write, and say why in the commit.';

suite('The budget', async () => {
  const paths = await measurePaths();
  const budget = readBudget();

  test('knows every path', () => {
    assert.deepEqual(Object.keys(paths).sort(), Object.keys(budget).sort(), RAISE);
  });

  for (const [name, figures] of Object.entries(paths)) {
    test(name, () => {
      const allowed = budget[name];
      assert.ok(allowed !== undefined, RAISE);
      assert.deepEqual(overBudget(figures, allowed), [], RAISE);
    });
  }

  test('the entries that sign out load little and ask nobody', () => {
    for (const [name, figures] of Object.entries(paths).filter(([path]) => !path.startsWith('main'))) {
      assert.deepEqual(figures.requests, [], name);
      assert.equal(figures.tcpConnections, 0, name);
    }
  });
});
