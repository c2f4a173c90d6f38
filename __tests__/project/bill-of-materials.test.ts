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
  test('contains the license of every package in the bundles', () => {
    const text = readFileSync(LICENSES, 'utf8');
    assert.equal(text, licensesOf(componentsOf(lock)));
    for (const { name, version } of componentsOf(lock)) {
      const [, license = ''] = text.split(`${name} ${version}\n`);
      assert.match(license, /^.+\n\n[\s\S]*?(copyright|licen[cs]e)[\s\S]*?\n(-{80}|$)/i, name);
    }
  });

  test('contains a bill of materials that matches the lock file', () => {
    assert.deepEqual(JSON.parse(readFileSync(BILL, 'utf8')), billOf(lock));
    const names = componentsOf(lock).map(({ name }) => name);
    const ofMicrosoft = '@actions/core @actions/exec @actions/io @azure/msal-common @azure/msal-node';
    assert.equal(names.join(' '), `${ofMicrosoft} node-forge saxes xmlchars`);
  });

  test('contains no code of the packages that the build replaces', () => {
    for (const file of globSync('dist/*/*.js', { cwd: ROOT })) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      // An error of jsonwebtoken, and names in its dependencies jws and semver.
      const ofJsonWebToken = ['secretOrPrivateKey', 'jws.createSign', 'SemVer'];
      // Names in the HTTP client of @actions/core, in undici below it, and in the ID token client of @actions/core.
      const ofCore = ['httpsOverHttp', 'undici', 'ProxyAgent', 'OidcClient', 'actions/http-client'];
      for (const sign of [...ofJsonWebToken, ...ofCore]) assert.ok(!text.includes(sign), `${file}: ${sign}`);
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

  test('has one file for all licenses', () => {
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

  test('lists every package that Node would load, in both versions, with its dependencies, and no other', () => {
    const { dependencies } = billOf(small) as {
      dependencies: readonly { ref: string; dependsOn: readonly string[] }[];
    };
    const lines = dependencies.map(({ ref, dependsOn }) => `${ref}: ${dependsOn.join(' ')}`);
    assert.deepEqual(lines, [
      'project: pkg:npm/%40scope/b@1.0.0 pkg:npm/a@1.0.0',
      'pkg:npm/%40scope/b@1.0.0: pkg:npm/c@4.5.6',
      'pkg:npm/a@1.0.0: pkg:npm/c@1.2.3',
      'pkg:npm/c@1.2.3: pkg:npm/%40scope/b@1.0.0',
      'pkg:npm/c@4.5.6: ',
    ]);
  });

  test('is not written if the lock file lacks a package or its SHA-512', () => {
    const packages = { ...small.packages, 'node_modules/c': { ...locked, integrity: 'sha1-AAAA' } };
    assert.throws(() => componentsOf({ ...small, packages }), /the SHA-512 of node_modules\/c\./);
    assert.throws(() => componentsOf({ ...small, packages: { '': { dependencies: { a: '*' } } } }), /has no a\./);
  });
});
