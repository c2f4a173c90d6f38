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

test('options are found in their section, with the lines that continue them; comments are not options', () => {
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
    assert.equal(readOption(FILE, section, option), value, `[${section}] ${option}`);
  }
  assert.equal(readOption('[c]\nd=\n', 'c', 'd'), '');
  assert.deepEqual(allOptions('# a = b\n[c]\n'), []);
});

test('writing an option changes or removes only its lines', () => {
  for (const [option, value, lines, written] of [
    ['collect_telemetry', 'yes', 'collect_telemetry = no\n', 'collect_telemetry = yes\n'],
    ['long', 'x', 'long = one\n  two\n', 'long = x\n'],
    ['long', undefined, 'long = one\n  two\n', ''],
  ] as const) {
    assert.equal(writeOption(FILE, 'core', option, value), FILE.replace(lines, written));
  }
});

for (const [name, text] of [
  ['no file', ''],
  ['a file', FILE],
  ['a file with CRLF', FILE.replaceAll('\n', '\r\n')],
  ['a file with the section', '[core]\na = b\n\n[x]\ny = z\n'],
  ['a file with the section at the end', '[x]\ny = z\n\n[core]\na = b\n'],
  ['a file without the section', '[x]\ny = z\n'],
  ['a file of comments', '# nothing\n'],
] as const) {
  test(`adding and removing an option leaves ${name} unchanged`, () => {
    const added = writeOption(text, 'core', 'new', 'value');
    assert.equal(readOption(added, 'core', 'new'), 'value');
    assert.equal(writeOption(added, 'core', 'new', undefined), text);
  });
}

test('a new option follows the last one of its section, with the line end of the file', () => {
  assert.equal(writeOption('[a]\nb = c\n\n[d]\ne = f\n', 'a', 'g', 'h'), '[a]\nb = c\ng = h\n\n[d]\ne = f\n');
  assert.equal(writeOption('[a]\r\nb = c\r\n', 'a', 'g', 'h'), '[a]\r\nb = c\r\ng = h\r\n');
  assert.equal(writeOption('[a]\nb = c', 'd', 'e', 'f'), '[a]\nb = c\n\n[d]\ne = f\n');
});
