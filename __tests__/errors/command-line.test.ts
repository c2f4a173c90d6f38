import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { jsonArgument, shellWord, yamlValue } from '../../src/errors/templates.ts';
import { NEEDS } from '../needs.ts';

const ODD = ['', "it's", '$(touch /tmp/x)', '`id`', 'a b', '"', '\\', '*', '~', '!x', ';rm', '&', '#', 'ä', '%41', '-'];

suite('An argument for a shell', () => {
  test('is left alone where no character has a meaning', () => {
    for (const word of [
      '11111111-aaaa',
      'api://AzureADTokenExchange',
      'repo:o@1/r@2:ref:refs/heads/main',
      'a_b+c=d%',
    ]) {
      assert.equal(shellWord(word), word);
    }
  });

  test('arrives at the program as it is', { skip: NEEDS.shell }, () => {
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${ODD.map(shellWord).join(' ')}`], { encoding: 'utf8' });
    assert.deepEqual(printed.split('\0').slice(0, -1), ODD);
  });
});

suite('JSON in an argument', () => {
  test('says the same without a quote or an invisible character', () => {
    const value = { subject: "repo:o/r:environment:it's\u202e\n\u200b\u2028 ✓", audiences: ['api://a'] };
    const text = jsonArgument(value);
    assert.deepEqual(JSON.parse(text), value);
    assert.doesNotMatch(text, /['\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.match(text, /it\\u0027s\\u202e\\n\\u200b\\u2028 ✓/);
  });
});

suite('A value in YAML', () => {
  test('is quoted only where it could be read as something else', () => {
    assert.equal(yamlValue('Production'), 'Production');
    assert.equal(yamlValue('Test and (old) integration'), 'Test and (old) integration');
    assert.equal(yamlValue('11111111-aaaa-4aaa-8aaa-111111111111'), '11111111-aaaa-4aaa-8aaa-111111111111');
    assert.equal(yamlValue('no'), '"no"');
    assert.equal(yamlValue('123'), '"123"');
    assert.equal(yamlValue('a: b'), '"a: b"');
    assert.equal(yamlValue('a #b'), '"a #b"');
    assert.equal(yamlValue('"x"'), '"\\"x\\""');
    assert.equal(yamlValue(''), '""');
  });
});
