import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { shellQuote } from '../../src/core/foreign-text.ts';
import { jsonArgument } from '../../src/errors/steps.ts';
import { NEEDS } from '../needs.ts';

const ODD = ['', "it's", '$(touch /tmp/x)', '`id`', 'a b', '"', '\\', '*', '~', '!x', ';rm', '&', '#', 'ä', '%41', '-'];

suite('An argument for a shell', () => {
  test('is not quoted if no character has a special meaning', () => {
    const plain = ['11111111-aaaa', 'api://AzureADTokenExchange', 'repo:o@1/r@2:ref:refs/heads/main', 'a_b+c=d%'];
    assert.deepEqual(plain.map(shellQuote), plain);
  });

  test('arrives at the program as it is', { skip: NEEDS.shell }, () => {
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${ODD.map(shellQuote).join(' ')}`], { encoding: 'utf8' });
    assert.deepEqual(printed.split('\0').slice(0, -1), ODD);
  });
});

test('JSON in an argument contains no single quote, and keeps its value', () => {
  const value = { subject: "repo:o/r:environment:it's ✓", audiences: ['api://a'] };
  const text = jsonArgument(value);
  assert.deepEqual(JSON.parse(text), value);
  assert.match(text, /it\\u0027s ✓/);
});
