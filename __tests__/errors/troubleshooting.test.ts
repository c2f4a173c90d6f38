import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { troubleshootingMarkdown } from '../../scripts/troubleshooting.ts';
import { REMEDIES } from '../../src/errors/entra.ts';
import { RESOURCE_MANAGER_REMEDIES } from '../../src/errors/resource-manager.ts';

suite('The troubleshooting page', () => {
  const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

  test('says what the messages say: `node scripts/troubleshooting.ts > docs/troubleshooting.md`', () => {
    assert.equal(page, troubleshootingMarkdown());
  });

  test('has a section for every code', () => {
    for (const code of REMEDIES.flatMap(({ codes }) => codes)) {
      const anchor = /^\d/.test(code) ? `aadsts${code}` : code.replaceAll('_', '-');
      assert.ok(page.includes(`<a id="${anchor}"></a>`), code);
    }
    for (const code of RESOURCE_MANAGER_REMEDIES.flatMap(({ codes }) => codes)) {
      assert.ok(page.includes(`<a id="${code.toLowerCase()}"></a>`), code);
    }
  });

  test('has every anchor once, and a target for every link', () => {
    const anchors = [...page.matchAll(/<a id="([^"]+)">/g)].map(([, anchor]) => anchor);
    assert.deepEqual(anchors, [...new Set(anchors)]);
    for (const [, target] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.includes(target), target);
  });

  test('leaves nothing unfilled', () => {
    assert.doesNotMatch(page, /undefined|\[object|\{[a-zA-Z]+\}/);
    assert.equal((page.match(/```/g) ?? []).length % 2, 0);
  });
});
