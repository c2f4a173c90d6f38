/** actionlint and zizmor have no findings in the project's workflows, the examples and both `action.yml`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ACTIONLINT, SHELLCHECK, ZIZMOR } from '../../scripts/clients/clients.ts';
import { ROOT } from '../../simulator/job.ts';
import { EXAMPLES } from '../examples/repository.ts';

/** The examples in a user's repository, since one calls another by its path there. */
function usersRepository(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'azure-session-linted-'));
  mkdirSync(join(path, '.git'));
  cpSync(EXAMPLES, join(path, '.github', 'workflows'), { recursive: true });
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function assertClean(program: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

suite('actionlint', {
  skip: existsSync(ACTIONLINT) ? false : 'actionlint needs Go, which this machine does not have',
}, () => {
  const options = ['-color=false', `-shellcheck=${SHELLCHECK}`, '-pyflakes='];

  test('actionlint: the workflows of this project', () => assertClean(ACTIONLINT, options, ROOT));

  test('actionlint: the examples', () => {
    using repository = usersRepository();
    assertClean(ACTIONLINT, options, repository.path);
  });
});

suite('zizmor', () => {
  const options = ['--offline', '--no-progress', '--quiet'];

  test('zizmor: the workflows of this project, with all rules', () =>
    assertClean(ZIZMOR, [...options, '--persona', 'auditor', '.github', 'action.yml', 'logout/action.yml'], ROOT));

  test('zizmor: the examples', () => {
    const files = readdirSync(EXAMPLES).map((file) => join('examples', file));
    assertClean(ZIZMOR, [...options, ...files], ROOT);
  });
});
