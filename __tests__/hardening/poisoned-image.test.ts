import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultsSection, indexesToCopy } from '../../src/profile/runner-image.ts';
import { configDir, openWorld } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { newIniFiles } from '../profile/logins.ts';

/** A malicious CLI folder in the image must not make `az` load foreign code through the profile of the action. */

const world = await openWorld();

const CODE_OPTIONS = ['dev_sources = /evil', 'index_url = https://evil.example.com', 'dir = /evil', 'sys_dir = /evil'];

/** Candidates for a line end. Python accepts only CR, LF or both. */
const LINE_ENDS = ['\r', '\n', '\r\n', '\n\r', '\v', '\f', '\u0085', '\u2028', '\x1c', '\0'];

const POISONS = LINE_ENDS.flatMap((end) =>
  CODE_OPTIONS.flatMap((option) => [
    `[defaults]\ngroup = x${end}[extension]${end}${option}${end}`,
    `[defaults]${end}[extension]${end}${option}\ngroup = x\n`,
    `[defaults]\ngroup = x\n ${end}[extension]${end} ${option}\n`,
    `[defaults]\n[extension] = 1${end}${option}\n`,
    `[defaults]\ngroup =${end}[extension]${end}${option}${end}location = y`,
  ]),
);

/** Prints `section.option` of each file as Python's ConfigParser reads it, or the name of its error. */
const PRINT_OPTIONS = `
import configparser, json, sys
found = []
for path in sys.argv[1:]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding='utf-8')
        found.append([s + '.' + o for s in parser.sections() for o in parser.options(s)])
    except configparser.Error as error:
        found.append([type(error).__name__])
print(json.dumps(found))`;

const ACTION_OPTIONS = ['cloud.name', 'core.collect_telemetry', 'core.encrypt_token_cache'];

const skip = spawnSync('python3', ['-c', '']).status === 0 ? false : 'needs python3, whose parser az uses';
test('only options of [defaults] are copied, whatever the configuration of the image contains', { skip }, () => {
  using job = world.newJob();
  const files = POISONS.map((poison, at) => {
    const file = join(job.temp, String(at));
    writeFileSync(file, newIniFiles('AzureCloud', undefined, defaultsSection(poison)).config);
    return file;
  });
  const { stdout } = spawnSync('python3', ['-c', PRINT_OPTIONS, ...files], { encoding: 'utf8' });
  for (const [at, options] of (JSON.parse(stdout) as string[][]).entries()) {
    const foreign = options.filter((name) => !ACTION_OPTIONS.includes(name) && !name.startsWith('defaults.'));
    assert.deepEqual(foreign, [], JSON.stringify(POISONS[at]));
  }
});

test('a malicious ~/.azure contributes no accounts, tokens or options, and is not changed', async () => {
  using job = world.newJob();
  const folder = join(job.home, '.azure');
  for (const name of ['cliextensions', 'bin']) mkdirSync(join(folder, name), { recursive: true });
  const poisoned = {
    config: '[defaults]\ngroup = x\r[extension]\rdev_sources = /evil\n[extension]\ndir = /evil\n',
    'commandIndex.json': '{"version":"2.45.0","commandIndex":{"vm":["../../evil"]}}',
    'extensionIndex.json': '["__proto__"]',
    'versionCheck.json': '{"versions":{"core":{"local":"1; rm -rf /"}}}',
    'azureProfile.json': '{"subscriptions":[{"id":"evil","isDefault":true}]}',
    'accessTokens.json': '[{"accessToken":"evil"}]',
    [join('bin', 'bicep')]: 'evil',
  };
  for (const [name, text] of Object.entries(poisoned)) writeFileSync(join(folder, name), text);
  const step = await world.signIn({ ...world.secret, subscription: 'Production' }, { job });
  const read = (name: string): string => readFileSync(join(configDir(step), name), 'utf8');
  assert.doesNotMatch(read('config'), /extension|evil/);
  for (const name of ['azureProfile.json', 'accessTokens.json']) assert.doesNotMatch(read(name), /evil/);
  assert.ok(!existsSync(join(configDir(step), 'extensionIndex.json')), 'an index that is not an object');
  assert.doesNotMatch(read('versionCheck.json'), /rm -rf/);
  // `az` uses this folder without the action too, and only the user of the runner can write to it.
  assert.equal(step.result.exported['AZURE_EXTENSION_DIR'], join(folder, 'cliextensions'));
  await step.post();
  // Post removes the hard link to Bicep, not the program.
  for (const [name, text] of Object.entries(poisoned)) assert.equal(readFileSync(join(folder, name), 'utf8'), text);
});

test('a file of the image that is a pipe, a device or too large is not read', { skip: NEEDS.posix }, async () => {
  for (const target of ['/dev/zero', '/proc/self/mem', '/proc/kmsg']) {
    using job = world.newJob();
    const folder = join(job.home, '.azure');
    mkdirSync(folder);
    for (const name of ['config', 'commandIndex.json', 'versionCheck.json']) symlinkSync(target, join(folder, name));
    await using _ = await world.signIn({ ...world.secret, subscription: 'Production' }, { job });
  }
});

test('only plain options of [defaults] are copied, each once and in order', () => {
  const honest =
    '[core]\r\noutput = table\r\n[defaults]\r\ngroup = Größe 1\r\nlocation=westeurope\r\n[cloud]\r\nname = x\r\n';
  for (const [config, lines] of [
    ['', []],
    ['[core]\na = 1\n', []],
    [honest, ['group = Größe 1', 'location=westeurope']],
    ['[defaults]\n# no\n; no\n  continued\na = 1\n\n[x]\n', ['a = 1']],
    ['[defaults]\n[extension]\ndir = /evil\n', []],
    // `az` rejects a file with a duplicate option.
    ['[defaults]\ngroup = a\nGroup = b\nlocation = c\n', ['group = a', 'location = c']],
  ] as const) {
    assert.deepEqual(defaultsSection(config), lines, config);
  }
});

test('an index is copied only if az does not crash on it', () => {
  const none = ['', '[]', '"x"', '{', '{"version":1}', '{"__proto__":{"version":"1"}}', 'null'];
  const check = (local: string): string => `{"versions":{"core":{"local":"${local}"}}}`;
  for (const [name, content, copied] of [
    ...none.map((content) => ['commandIndex.json', content, []] as const),
    ['commandIndex.json', '{"version":"2.91.0"}', ['commandIndex.json', 'versionCheck.json']],
    ['versionCheck.json', check('nonsense'), []],
    ['versionCheck.json', check('2.45.0'), ['versionCheck.json']],
    ['msal_http_cache.bin', '{"version":"1"}', []],
  ] as const) {
    const read = (file: string): string => (file === name ? content : '');
    assert.deepEqual([...indexesToCopy(read, () => '').keys()], copied, content);
  }
});
