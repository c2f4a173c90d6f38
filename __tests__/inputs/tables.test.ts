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
  test(`${file} is generated from the tables`, () => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    assert.equal(text, content, 'run npm run tables');
  });
}

const action = parse(tables().get('action.yml') ?? '') as Record<string, Record<string, Record<string, unknown>>>;
const types = parse(tables().get('action-types.yml') ?? '') as typeof action;

for (const [file, { inputs = {}, outputs = {} }] of Object.entries({
  'action.yml': action,
  'action-types.yml': types,
})) {
  test(`${file} has every input and output`, () => {
    assert.deepEqual(Object.keys(inputs), Object.keys(INPUTS));
    assert.deepEqual(Object.keys(outputs), Object.keys(OUTPUTS));
  });
}

test('action.yml runs the two bundles on Node 24', () => {
  assert.deepEqual(action['runs'], { using: 'node24', main: 'dist/main/index.js', post: 'dist/post/index.js' });
});

test('action.yml meets the requirements of the Marketplace', () => {
  assert.equal(action['name'], 'Azure Session');
  const { length } = String(action['description']);
  assert.ok(length > 0 && length < 125);
  assert.deepEqual(action['branding'], { icon: 'log-in', color: 'blue' });
});

test('action-types.yml has the types of values', () => {
  assert.deepEqual(types['inputs']?.['mode'], { type: 'enum', 'allowed-values': ['arm', 'asm'] });
  const scopes = { type: 'list', separator: '\n', 'list-item': { type: 'string' } };
  assert.deepEqual(types['inputs']?.['token-scopes'], scopes);
});

test('descriptions are one or two sentences without expressions', () => {
  for (const [name, text] of [...Object.entries(DESCRIPTIONS), ...Object.entries(OUTPUTS)]) {
    assert.match(text, /\.$/, name);
    assert.ok((text.match(/[.!?](?= [A-Z`]|$)/g) ?? []).length <= 2, `${name}: more than two sentences`);
    assert.ok(!text.includes('${{'), name);
  }
});

test('the description of a choice names every value; the description of the audience, the suffix of every cloud', () => {
  for (const [name, { value }] of inputs) {
    const description = DESCRIPTIONS[name as InputName];
    for (const each of 'values' in value ? value.values : []) assert.ok(description.includes(`\`${each}\``), each);
  }
  for (const { federatedAudience } of Object.values(KNOWN_CLOUDS)) {
    const suffix = federatedAudience.replace('api://AzureADTokenExchange', '');
    assert.ok(DESCRIPTIONS.audience.includes(suffix), suffix);
  }
});

test('docs/session.md has a row for every family of variables', () => {
  const page = readFileSync(new URL('../../docs/session.md', import.meta.url), 'utf8');
  const missing = INPUTS['export-env'].value.values.filter((family) => !page.includes(`\n| \`${family}\` | `));
  assert.deepEqual(missing, ['none']);
});

test('every default is a valid value of its input', () => {
  for (const [name, { default: value = '', value: kind }] of inputs) {
    if (kind.kind === 'choice' || kind.kind === 'list') assert.ok(kind.values.includes(value), name);
    if (kind.kind === 'boolean') assert.match(value, /^(true|false)$/, name);
    if (kind.kind === 'integer') assert.ok(Number(value) >= kind.min && Number(value) <= kind.max, name);
  }
});

test('the sources read every input', () => {
  const readers = globSync('../../src/{inputs,main,publish,logout}{.ts,/*.ts}', { cwd: import.meta.dirname })
    .filter((file) => !file.endsWith('table.ts'))
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const unread = inputs.map(([name]) => name).filter((name) => !readers.some((text) => text.includes(`'${name}'`)));
  assert.deepEqual(unread, []);
});

test('every input has a case in cases.ts', () => {
  const titles = renderedCases().match(/^=== .*/gm) ?? [];
  const hasCase = (name: string): boolean => titles.some((title) => RegExp(`[ ;]${name}:`).test(title));
  for (const [name] of inputs) assert.ok(hasCase(name), name);
});
