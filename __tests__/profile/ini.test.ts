import assert from 'node:assert/strict';
import test from 'node:test';
import { allOptions, writeOption } from '../../src/profile/ini.ts';

function readOption(text: string, section: string, option: string): string | undefined {
  return allOptions(text).find((each) => each.section === section && each.name === option)?.value;
}

const FILE = `# mine
[cloud]
name = AzureCloud

[core]
; why
collect_telemetry = no
Output: table
long = one
  two
[defaults]
group=mine
`;

for (const [section, option, value] of [
  ['cloud', 'name', 'AzureCloud'],
  ['core', 'collect_telemetry', 'no'],
  ['core', 'output', 'table'],
  ['core', 'long', 'one\ntwo'],
  ['defaults', 'group', 'mine'],
  ['defaults', 'name', undefined],
  ['Cloud', 'name', undefined],
  ['nowhere', 'name', undefined],
] as const) {
  test(`reads [${section}] ${option}`, () => assert.equal(readOption(FILE, section, option), value));
}

test('replaces one option and nothing else', () => {
  assert.equal(
    writeOption(FILE, 'core', 'collect_telemetry', 'yes'),
    FILE.replace('collect_telemetry = no', 'collect_telemetry = yes'),
  );
});

test('a continued value is replaced, and removed, whole', () => {
  assert.equal(writeOption(FILE, 'core', 'long', 'x'), FILE.replace('long = one\n  two', 'long = x'));
  assert.equal(writeOption(FILE, 'core', 'long', undefined), FILE.replace('long = one\n  two\n', ''));
});

for (const [name, text] of [
  ['no file', ''],
  ['a file', FILE],
  ['a file of Windows', FILE.replaceAll('\n', '\r\n')],
  ['a section that is there', '[core]\na = b\n\n[x]\ny = z\n'],
  ['a section at the end', '[x]\ny = z\n\n[core]\na = b\n'],
  ['no section', '[x]\ny = z\n'],
  ['comments alone', '# nothing\n'],
] as const) {
  test(`an option that is added and removed again leaves ${name} as it was`, () => {
    const added = writeOption(text, 'core', 'new', 'value');
    assert.equal(readOption(added, 'core', 'new'), 'value');
    assert.equal(writeOption(added, 'core', 'new', undefined), text);
  });
}

test('an added option follows the others of its section, with the line ends of the file', () => {
  assert.equal(writeOption('[a]\nb = c\n\n[d]\ne = f\n', 'a', 'g', 'h'), '[a]\nb = c\ng = h\n\n[d]\ne = f\n');
  assert.equal(writeOption('[a]\r\nb = c\r\n', 'a', 'g', 'h'), '[a]\r\nb = c\r\ng = h\r\n');
  assert.equal(writeOption('[a]\nb = c', 'd', 'e', 'f'), '[a]\nb = c\n\n[d]\ne = f\n');
});

test('comments and empty sections are no options', () => {
  assert.deepEqual(allOptions('# a = b\n[c]\n'), []);
  assert.equal(readOption('[c]\nd=\n', 'c', 'd'), '');
});
