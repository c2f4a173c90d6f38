import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCommands } from '../../simulator/job.ts';
import { actionsRunner } from '../../src/actions/actions-runner.ts';
import { captureRunner } from '../hardening/runner-protocol.ts';

const VALUES = ['plain', '', 'two\nlines', '100 % \r\n done', '::error::no', 'ünïcode ✓', 'a=b', 'x<<EOF'];

test('the runner reads back the same variables, and this process keeps its environment', () => {
  using file = scratch('GITHUB_ENV');
  const before = { ...process.env };
  actionsRunner(process).publish({}, Object.fromEntries(VALUES.map((value, at) => [`NAME_${at}`, value])));
  assert.deepEqual(Object.values(readCommands(file.path)), VALUES);
  assert.deepEqual({ ...process.env }, before);
});

test('a name that could define another variable is refused, and nothing is written', () => {
  for (const name of ['A\nB', 'A=B', 'A<<B']) {
    using file = scratch('GITHUB_ENV');
    assert.throws(() => actionsRunner(process).publish({}, { FIRST: '1', [name]: 'x' }));
    assert.equal(readFileSync(file.path, 'utf8'), '');
  }
});

test('outputs and variables are written together or not at all', () => {
  using file = scratch('GITHUB_OUTPUT');
  writeFileSync(file.path, 'EARLIER=1\n');
  assert.throws(() => actionsRunner(process).publish({ a: '1' }, { B: '2' }), /GITHUB_ENV/);
  assert.equal(readFileSync(file.path, 'utf8'), 'EARLIER=1\n');
});

test('the data of a workflow command stays on one line', () => {
  const { log } = captureRunner((runner) => runner.mask('50%\r\n::error::x'));
  assert.equal(log.trimEnd(), '::add-mask::50%25%0D%0A::error::x');
});

/** Sets up one file of the runner, and unsets the others. */
function scratch(variable: string) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  const path = join(folder, 'commands');
  writeFileSync(path, '');
  for (const name of ['GITHUB_ENV', 'GITHUB_OUTPUT']) delete process.env[name];
  process.env[variable] = path;
  return {
    path,
    [Symbol.dispose]: () => {
      delete process.env[variable];
      rmSync(folder, { recursive: true });
    },
  };
}
