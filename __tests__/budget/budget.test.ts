import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { overBudget, readBudget } from '../../bench/budget.ts';
import { measurePaths } from '../../bench/paths.ts';

const RAISE = 'If this is intended: npm run bench -- --only budget --write, with the reason in the commit message.';

suite('The budget', async () => {
  const paths = await measurePaths();
  const budget = readBudget();

  test('has every path', () => {
    assert.deepEqual(Object.keys(paths).sort(), Object.keys(budget).sort(), RAISE);
  });

  for (const [name, figures] of Object.entries(paths)) {
    test(name, () => {
      const allowed = budget[name];
      assert.ok(allowed !== undefined, RAISE);
      assert.deepEqual(overBudget(figures, allowed), [], RAISE);
    });
  }

  test('post and logout send no request and open no connection', () => {
    for (const [name, figures] of Object.entries(paths).filter(([path]) => !path.startsWith('main'))) {
      assert.deepEqual(figures.requests, [], name);
      assert.equal(figures.tcpConnections, 0, name);
    }
  });
});
