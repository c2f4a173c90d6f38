/** actionlint and zizmor have no findings in the project's workflows, the examples and both `action.yml`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACTIONLINT, SHELLCHECK, ZIZMOR } from '../../scripts/clients/clients.ts';
import { ROOT } from '../../simulator/job.ts';
import { EXAMPLES } from '../examples/repository.ts';

function assertClean(program: string, args: readonly string[], cwd = ROOT): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

const actionlint = ['-color=false', `-shellcheck=${SHELLCHECK}`, '-pyflakes='];
const zizmor = ['--offline', '--no-progress', '--quiet'];
const skip = existsSync(ACTIONLINT) ? false : 'actionlint needs Go, which this machine does not have';

test('actionlint: the workflows of this project', { skip }, () => assertClean(ACTIONLINT, actionlint));

test('actionlint: the examples', { skip }, (context) => {
  // In a user's repository, since one example calls another by its path there.
  const path = mkdtempSync(join(tmpdir(), 'azure-session-linted-'));
  context.after(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, '.git'));
  cpSync(EXAMPLES, join(path, '.github', 'workflows'), { recursive: true });
  assertClean(ACTIONLINT, actionlint, path);
});

test('zizmor: the workflows of this project, with all rules', () =>
  assertClean(ZIZMOR, [...zizmor, '--persona', 'auditor', '.github', 'action.yml', 'logout/action.yml']));

test('zizmor: the examples', () => {
  assertClean(ZIZMOR, [...zizmor, ...readdirSync(EXAMPLES).map((file) => join('examples', file))]);
});
