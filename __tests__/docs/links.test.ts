import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { anchorOf, PAGES, type Page } from './pages.ts';

suite('Links', () => {
  for (const page of PAGES) {
    test(`${page.name}: lead to what is there`, () => {
      for (const link of page.links) {
        if (link.startsWith('https://')) assert.ok(URL.canParse(link), link);
        else assertThere(page, link);
      }
    });
  }

  test('lead to every page', () => {
    const readme = PAGES.find(({ name }) => name === 'README.md');
    for (const { name } of PAGES.filter((page) => page.name.startsWith('docs/'))) {
      assert.ok(readme?.links.includes(name), `the README does not lead to ${name}`);
    }
  });
});

function assertThere(page: Page, link: string): void {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page.name : posix.normalize(posix.join(dirname(page.name), path));
  assert.ok(existsSync(join(ROOT, target)), `${link}: there is no ${target}`);
  if (anchor === undefined) return;
  const there = PAGES.find(({ name }) => name === target);
  const made = there?.headings.map(anchorOf) ?? [];
  assert.ok(made.includes(anchor) || there?.text.includes(`<a id="${anchor}"></a>`), `${target} has no #${anchor}`);
}
