import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { troubleshootingMarkdown } from '../../scripts/troubleshooting.ts';
import { ENTRA_ERRORS } from '../../src/errors/entra-codes.ts';
import { RESOURCE_MANAGER_ERRORS } from '../../src/errors/resource-manager.ts';

suite('The troubleshooting page', () => {
  const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

  test('is generated from the messages: `node scripts/troubleshooting.ts > docs/troubleshooting.md`', () => {
    assert.equal(page, troubleshootingMarkdown());
  });

  test('has a section for every code', () => {
    for (const code of ENTRA_ERRORS.flatMap(({ codes }) => codes)) {
      const anchor = /^\d/.test(code) ? `aadsts${code}` : code.replaceAll('_', '-');
      assert.ok(page.includes(`<a id="${anchor}"></a>`), code);
    }
    for (const code of RESOURCE_MANAGER_ERRORS.flatMap(({ codes }) => codes.filter((name) => !/^\d/.test(name)))) {
      assert.ok(page.includes(`<a id="${code.toLowerCase()}"></a>`), code);
    }
  });

  test('has each anchor once, and an anchor for every link', () => {
    const anchors = [...page.matchAll(/<a id="([^"]+)">/g)].map(([, anchor]) => anchor);
    assert.deepEqual(anchors, [...new Set(anchors)]);
    for (const [, target] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.includes(target), target);
  });

  test('has no unfilled placeholder and no unclosed block', () => {
    assert.doesNotMatch(page, /undefined|\[object|\{[a-zA-Z]+\}/);
    assert.equal((page.match(/```/g) ?? []).length % 2, 0);
  });
});
