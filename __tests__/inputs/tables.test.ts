import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { DESCRIPTIONS, OUTPUTS } from '../../scripts/descriptions.ts';
import { tables } from '../../scripts/tables.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { INPUTS, type InputName, type InputSpec } from '../../src/inputs/table.ts';
import { renderedCases } from './cases.ts';

const inputs: readonly (readonly [string, InputSpec])[] = Object.entries(INPUTS);

for (const [file, content] of tables()) {
  test(`${file} says what the tables say`, () => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    assert.equal(text, content, 'npm run tables writes it');
  });
}

const action = parse(tables().get('action.yml') ?? '') as Record<string, Record<string, Record<string, unknown>>>;
const types = parse(tables().get('action-types.yml') ?? '') as typeof action;

test('action.yml declares every input and output, and runs the two bundles on Node 24', () => {
  assert.deepEqual(Object.keys(action['inputs'] ?? {}), Object.keys(INPUTS));
  assert.deepEqual(Object.keys(action['outputs'] ?? {}), Object.keys(OUTPUTS));
  assert.deepEqual(action['runs'], { using: 'node24', main: 'dist/main/index.js', post: 'dist/post/index.js' });
});

test('action.yml has what the Marketplace asks for', () => {
  assert.equal(action['name'], 'Azure Session');
  const { length } = String(action['description']);
  assert.ok(length > 0 && length < 125);
  assert.deepEqual(action['branding'], { icon: 'log-in', color: 'blue' });
});

test('action-types.yml knows a type for every input and output', () => {
  assert.deepEqual(Object.keys(types['inputs'] ?? {}), Object.keys(INPUTS));
  assert.deepEqual(Object.keys(types['outputs'] ?? {}), Object.keys(OUTPUTS));
  assert.deepEqual(types['inputs']?.['mode'], { type: 'enum', 'allowed-values': ['arm', 'asm'] });
  assert.deepEqual(types['inputs']?.['token-scopes'], {
    type: 'list',
    separator: '\n',
    'list-item': { type: 'string' },
  });
});

test('descriptions are one or two sentences and hold no expression', () => {
  const outputs = Object.entries(OUTPUTS);
  for (const [name, text] of [...Object.entries(DESCRIPTIONS), ...outputs]) {
    assert.match(text, /\.$/, name);
    assert.ok((text.match(/[.!?](?= [A-Z`]|$)/g) ?? []).length <= 2, `${name}: more than two sentences`);
    assert.ok(!text.includes('${{'), name);
  }
});

test('the description of a choice names every value, and that of the audience every ending', () => {
  for (const [name, { value }] of inputs) {
    const text = DESCRIPTIONS[name as InputName];
    for (const each of 'values' in value ? value.values : [])
      assert.ok(text.includes(`\`${each}\``), `${name}: ${each}`);
  }
  for (const { federatedAudience } of Object.values(KNOWN_CLOUDS)) {
    const ending = federatedAudience.replace('api://AzureADTokenExchange', '');
    assert.ok(DESCRIPTIONS.audience.includes(ending), ending);
  }
});

test('every family of variables has its row in docs/session.md', () => {
  const page = readFileSync(new URL('../../docs/session.md', import.meta.url), 'utf8');
  const rows = INPUTS['export-env'].value.values.filter((family) => !page.includes(`\n| \`${family}\` | `));
  assert.deepEqual(rows, ['none']);
});

test('every default is a value of its input', () => {
  for (const [name, { default: value = '', value: kind }] of inputs) {
    if (kind.kind === 'choice' || kind.kind === 'list') assert.ok(kind.values.includes(value), name);
    if (kind.kind === 'boolean') assert.match(value, /^(true|false)$/, name);
    if (kind.kind === 'integer') assert.ok(Number(value) >= kind.min && Number(value) <= kind.max, name);
  }
});

test('every input is read', () => {
  const readers = globSync('../../src/{inputs,main,publish,logout}{.ts,/*.ts}', { cwd: import.meta.dirname })
    .filter((file) => !file.endsWith('table.ts'))
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const unread = inputs.map(([name]) => name).filter((name) => !readers.some((text) => text.includes(`'${name}'`)));
  assert.deepEqual(unread, []);
});

test('every input has a case in cases.ts', () => {
  const titles = renderedCases().match(/^=== .*/gm) ?? [];
  const untried = inputs
    .map(([name]) => name)
    .filter((name) => !titles.some((title) => RegExp(`[ ;]${name}:`).test(title)));
  assert.deepEqual(untried, []);
});
