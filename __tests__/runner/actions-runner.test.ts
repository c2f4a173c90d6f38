import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportVariable } from '@actions/core';
import { readCommands } from '../../simulator/job.ts';
import { actionsRunner, escapeData, heredoc, inputVariable, plainText } from '../../src/runner/actions-runner.ts';

const VALUES = ['plain', '', 'two\nlines', '100 % \r\n done', '::error::no', 'ünïcode ✓', 'a=b', 'x<<EOF'];

test('command files read back as the runner reads them, and as the toolkit writes them', () => {
  const { runner, file, done } = scratch('GITHUB_ENV');
  runner.handOver({}, Object.fromEntries(VALUES.map((value, at) => [`NAME_${at}`, value])));
  assert.deepEqual(Object.values(readCommands(file)), VALUES);
  const ours = withoutNonces(readFileSync(file, 'utf8'));
  writeFileSync(file, '');
  process.env['GITHUB_ENV'] = file;
  for (const [at, value] of VALUES.entries()) exportVariable(`NAME_${at}`, value);
  assert.equal(ours, withoutNonces(readFileSync(file, 'utf8')));
  done();
});

test('a name or value that could define another variable is refused', () => {
  for (const [name, value] of [
    ['A\nB', 'x'],
    ['A=B', 'x'],
    ['A<<B', 'x'],
    ['A', 'x\nghadelimiter_n\nEVIL=1'],
  ] as const) {
    assert.throws(() => heredoc(name, value, 'n'));
  }
});

test('outputs and variables are handed over together or not at all', () => {
  const { runner, file, done } = scratch('GITHUB_OUTPUT');
  writeFileSync(file, 'EARLIER=1\n');
  assert.throws(() => runner.handOver({ a: '1' }, { B: '2' }), /GITHUB_ENV/);
  assert.equal(readFileSync(file, 'utf8'), 'EARLIER=1\n');
  done();
});

test('data of a workflow command keeps to its line', () => {
  assert.equal(escapeData('50%\r\n::error::x'), '50%25%0D%0A::error::x');
});

test('text from outside is no workflow command', () => {
  for (const text of ['::error::x', '  ::set-env name=A::b', 'ok\n::add-mask::x', 'say ##[error]x']) {
    const shown = plainText(text);
    assert.doesNotMatch(shown, /^\s*::/m);
    assert.doesNotMatch(shown, /##\[/);
  }
  assert.equal(plainText('a :: b, a::b'), 'a :: b, a::b');
});

test('inputs are found under the names the runner gives them', () => {
  assert.equal(inputVariable('client-id'), 'INPUT_CLIENT-ID');
  assert.equal(inputVariable('enable-AzPSSession'), 'INPUT_ENABLE-AZPSSESSION');
});

function withoutNonces(commands: string): string {
  return commands.replaceAll(/ghadelimiter_[\da-z-]+/g, 'ghadelimiter_NONCE');
}

function scratch(variable: string) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  const file = join(folder, 'commands');
  writeFileSync(file, '');
  const runner = actionsRunner({
    env: { [variable]: file },
    stdout: { write: () => true },
  } as unknown as NodeJS.Process);
  return { runner, file, done: () => rmSync(folder, { recursive: true }) };
}
