import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inputsMarkdown, outputsMarkdown } from '../../scripts/tables.ts';
import { OUTPUTS } from '../../src/exports/outputs-table.ts';
import { INPUTS, type InputSpec } from '../../src/inputs/table.ts';

const ROOT = new URL('../../', import.meta.url);
const README = new URL('README.md', ROOT);
const inputs: Readonly<Record<string, InputSpec>> = INPUTS;

test('action.yml declares every input with its description and default, and nothing else', () => {
  const expected = Object.entries(inputs).map(([name, spec]) => [
    name,
    { description: spec.description, required: 'false', ...(spec.default === '' ? {} : { default: spec.default }) },
  ]);
  assert.deepEqual(Object.entries(section('inputs')), expected);
});

test('action.yml declares every output with its description, and nothing else', () => {
  assert.deepEqual(
    Object.entries(section('outputs')),
    Object.entries(OUTPUTS).map(([name, description]) => [name, { description }]),
  );
});

test('action.yml runs the two bundles on Node 24, and post always', () => {
  assert.deepEqual(entries(block('runs'), 2), {
    using: 'node24',
    main: 'dist/main/index.js',
    post: 'dist/post/index.js',
  });
});

test('action.yml has what the Marketplace asks for', () => {
  const top = entries(actionLines(), 0);
  assert.equal(top['name'], 'Azure Session');
  assert.equal(top['author'], 'The Azure Session authors');
  assert.ok((top['description'] ?? '').length > 0 && (top['description'] ?? '').length < 125);
  assert.deepEqual(entries(block('branding'), 2), { icon: 'log-in', color: 'blue' });
});

test('descriptions are one or two sentences and hold no expression', () => {
  for (const [name, text] of [
    ...Object.entries(inputs).map(([key, spec]) => [key, spec.description] as const),
    ...Object.entries(OUTPUTS),
  ]) {
    assert.match(text, /\.$/, name);
    assert.ok((text.match(/[.!?](?= [A-Z`]|$)/g) ?? []).length <= 2, `${name}: more than two sentences`);
    assert.ok(!text.includes('${{'), name);
  }
});

test('every default is a value of its input', () => {
  for (const [name, { default: value, value: kind }] of Object.entries(inputs)) {
    if (kind.kind === 'choice' || kind.kind === 'list') assert.ok(kind.values.includes(value), name);
    if (kind.kind === 'boolean') assert.match(value, /^(true|false)$/, name);
    if (kind.kind === 'integer') assert.ok(Number(value) >= kind.min && Number(value) <= kind.max, name);
  }
});

test('the README shows both tables, each after its marker', () => {
  const readme = readFileSync(README, 'utf8');
  for (const [marker, table] of [
    ['inputs', inputsMarkdown()],
    ['outputs', outputsMarkdown()],
  ] as const) {
    assert.equal(afterMarker(readme, marker), table, `node scripts/tables.ts prints the table of ${marker}`);
  }
});

test('a table is what stands between its marker and the next', () => {
  assert.equal(afterMarker('a\n<!-- inputs -->\n\n| x |\n|---|\n\n<!-- /inputs -->\nb', 'inputs'), '| x |\n|---|');
  assert.throws(() => afterMarker('| x |', 'inputs'), /needs a <!-- inputs --> marker/);
  assert.throws(() => afterMarker('<!-- inputs -->\n| x |', 'inputs'), /needs a comment after/);
});

/** The text between a marker and the next comment, which may be the same marker again. */
function afterMarker(readme: string, marker: string): string {
  const start = `<!-- ${marker} -->`;
  assert.ok(readme.includes(start), `README.md needs a ${start} marker before its table`);
  const text = readme.slice(readme.indexOf(start) + start.length);
  assert.ok(text.includes('<!--'), `README.md needs a comment after its table of ${marker}, to end it`);
  return text.slice(0, text.indexOf('<!--')).trim();
}

function actionLines(): readonly string[] {
  return readFileSync(new URL('action.yml', ROOT), 'utf8').split('\n');
}

/** The lines below a top-level key. */
function block(key: string): readonly string[] {
  const lines = actionLines();
  const start = lines.indexOf(`${key}:`);
  assert.notEqual(start, -1, `action.yml has no ${key}`);
  const end = lines.findIndex((line, at) => at > start && /^\S/.test(line));
  return lines.slice(start + 1, end === -1 ? undefined : end).filter((line) => line !== '');
}

/** Names and what stands below each, for `inputs` and `outputs`. */
function section(key: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const found: Record<string, Readonly<Record<string, string>>> = {};
  const lines = block(key);
  lines.forEach((line, at) => {
    const name = /^ {2}([A-Za-z-]+):$/.exec(line)?.[1];
    if (name === undefined) return;
    assert.ok(!(name in found), `${name} is declared twice`);
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((other) => /^ {2}\S/.test(other));
    found[name] = entries(end === -1 ? rest : rest.slice(0, end), 4);
  });
  return found;
}

/** `key: "text"` and `key: word` at one depth: the only YAML that action.yml uses. Anything else fails the test. */
function entries(lines: readonly string[], depth: number): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const line of lines) {
    if (line === '' || /^\S/.exec(line.slice(depth)) === null || line.endsWith(':')) continue;
    const match = /^\s*([\w-]+): (?:"([^"\\]*)"|([a-z]+))$/.exec(line);
    assert.ok(match, `action.yml: a line of another form: ${line}`);
    found[match[1] ?? ''] = match[3] ?? match[2] ?? '';
  }
  return found;
}
