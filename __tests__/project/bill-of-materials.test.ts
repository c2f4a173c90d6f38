import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import {
  BILL,
  billOf,
  componentsOf,
  LICENSES,
  type LockFile,
  licensesOf,
  readLockFile,
} from '../../scripts/bill-of-materials.ts';
import { ROOT } from '../../simulator/job.ts';

const lock = readLockFile();

suite('dist/', () => {
  test('holds the licence of every package that can be in it', () => {
    const text = readFileSync(LICENSES, 'utf8');
    assert.equal(text, licensesOf(componentsOf(lock)));
    for (const { name, version } of componentsOf(lock)) {
      const [, licence = ''] = text.split(`${name} ${version}\n`);
      assert.match(licence, /^.+\n\n[\s\S]*?(copyright|licen[cs]e)[\s\S]*?\n(-{80}|$)/i, name);
    }
  });

  test('holds a bill of materials that says what the lock file says', () => {
    assert.deepEqual(JSON.parse(readFileSync(BILL, 'utf8')), billOf(lock));
    assert.deepEqual(
      componentsOf(lock).map(({ name }) => name),
      [
        '@actions/core',
        '@actions/exec',
        '@actions/io',
        '@azure/msal-common',
        '@azure/msal-node',
        'node-forge',
        'saxes',
        'xmlchars',
      ],
    );
  });

  test('has nothing of a package that is replaced', () => {
    for (const file of globSync('dist/*/*.js', { cwd: ROOT })) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      // An error of jsonwebtoken, one of jws below it, and a name of semver, which it asks for the version of Node.
      // Of core's HTTP client: its proxies, undici below it, and what core asks for an ID token by.
      for (const sign of [
        ...['secretOrPrivateKey', 'jws.createSign', 'SemVer'],
        ...['httpsOverHttp', 'undici', 'ProxyAgent', 'OidcClient', 'actions/http-client'],
      ]) {
        assert.ok(!text.includes(sign), `${file}: ${sign}`);
      }
    }
  });

  test('holds no package beside them: the sources import no other', () => {
    const { dependencies = {} } = lock.packages[''] ?? {};
    for (const file of globSync('src/**/*.ts', { cwd: ROOT })) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      for (const [, module = ''] of text.matchAll(/(?:\bfrom |\bimport\(|^import )'((?:@[^/']+\/)?[^./'][^/']*)/gm)) {
        assert.ok(module.startsWith('node:') || module in dependencies, `${file} imports ${module}`);
      }
    }
  });

  test('says what it is made of in one place', () => {
    assert.ok(existsSync(join(ROOT, 'dist', 'main', 'index.js')));
    assert.deepEqual(globSync('dist/*/licenses.txt', { cwd: ROOT }), []);
  });
});

suite('A bill of materials', () => {
  const locked = { version: '1.0.0', license: 'MIT', integrity: 'sha512-AAAA' };
  const small: LockFile = {
    name: 'project',
    version: '2.0.0',
    packages: {
      '': { license: 'MIT', dependencies: { a: '*', '@scope/b': '*' } },
      'node_modules/a': { ...locked, dependencies: { c: '*' } },
      'node_modules/a/node_modules/c': { ...locked, version: '1.2.3', dependencies: { '@scope/b': '*' } },
      'node_modules/@scope/b': { ...locked, license: '(MIT OR ISC)', dependencies: { c: '*' } },
      'node_modules/c': { ...locked, version: '4.5.6' },
      'node_modules/unused': locked,
    },
  };

  test('has every package that Node would find, in both versions, and no other', () => {
    assert.deepEqual(
      componentsOf(small).map(({ name, version, dependencies }) => [name, version, dependencies]),
      [
        ['@scope/b', '1.0.0', ['node_modules/c']],
        ['a', '1.0.0', ['node_modules/a/node_modules/c']],
        ['c', '1.2.3', ['node_modules/@scope/b']],
        ['c', '4.5.6', []],
      ],
    );
  });

  test('is the same each time, and says who needs whom', () => {
    assert.deepEqual(billOf(small), billOf(small));
    const { dependencies } = billOf(small) as { dependencies: readonly object[] };
    assert.deepEqual(dependencies.slice(0, 2), [
      { ref: 'project', dependsOn: ['pkg:npm/%40scope/b@1.0.0', 'pkg:npm/a@1.0.0'] },
      { ref: 'pkg:npm/%40scope/b@1.0.0', dependsOn: ['pkg:npm/c@4.5.6'] },
    ]);
  });

  test('is not made of a package of which the lock file does not say all', () => {
    const without = (change: object): LockFile => ({
      ...small,
      packages: { ...small.packages, 'node_modules/c': { ...locked, ...change } },
    });
    assert.throws(() => componentsOf(without({ integrity: 'sha1-AAAA' })), /the SHA-512 of node_modules\/c\./);
    assert.throws(() => componentsOf({ ...small, packages: { '': { dependencies: { a: '*' } } } }), /has no a\./);
  });
});
