import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { budgetFor, overBudget, readBudget } from '../../bench/budget.ts';
import { measurePaths, type PathFigures } from '../../bench/paths.ts';

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

suite('What goes beyond a budget', () => {
  const figures: PathFigures = {
    requests: ['GET a/b'],
    tcpConnections: 1,
    tlsHandshakes: { a: 1 },
    files: ['main/index.js'],
    bytes: 1000,
    nodeModules: ['net'],
  };
  const allowed = budgetFor({ path: figures })['path'];
  assert.ok(allowed !== undefined);
  const cases: readonly [string, Partial<PathFigures>, RegExp][] = [
    ['another request', { requests: [] }, /^requests: none; the budget has GET a\/b$/],
    ['another handshake', { tlsHandshakes: { a: 2 } }, /^TLS handshakes: a 2; the budget has a 1$/],
    ['another connection', { tcpConnections: 2 }, /^TCP connections: 2; the budget is 1$/],
    ['another file', { files: ['main/1.js', 'main/index.js'] }, /^files of dist: 2; the budget is 1\n {4}main\/1.js/],
    ['a larger file', { bytes: 2001 }, /^bytes of these files: 2001; the budget is 2000\n {4}main\/index.js$/],
    ['more of Node', { nodeModules: [...'abcdefg'] }, /^Node's own modules: 7; the budget is 6\n {4}a/],
  ];
  for (const [name, change, line] of cases) {
    test(`is told: ${name}`, () => {
      const lines = overBudget({ ...figures, ...change }, allowed);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', line);
    });
  }

  test('is not what has just been measured', () => {
    assert.deepEqual(overBudget(figures, allowed), []);
  });
});
