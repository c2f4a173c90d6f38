import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';

/** What only some systems have, or have in another way. */
const DIFFERS =
  /'(win32|linux|darwin)'|\bplatform [!=]==|\bO_(NOFOLLOW|NONBLOCK)\b|\bgetuid\b|\/proc\/|\.exe'|windowsHide|\.kill\(/;

const COMMENT = /\/\*\*[\s\S]*?\*\/|\/\/.*/g;

function code(text: string): string {
  return text.replaceAll(COMMENT, '');
}

function comments(text: string): string {
  return [...text.matchAll(COMMENT)].map(([comment]) => comment).join('\n');
}

suite('Each place that differs from system to system says so', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
  const found = files.filter((file) => DIFFERS.test(code(readFileSync(join(ROOT, file), 'utf8'))));
  for (const file of found) {
    test(file, () => {
      assert.match(comments(readFileSync(join(ROOT, file), 'utf8')), /Windows|macOS|Linux|the system has none/);
    });
  }

  test('and some do', () => assert.ok(found.length > 10, found.join(' ')));
});
