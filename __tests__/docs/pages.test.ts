import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { OUTPUTS } from '../../scripts/descriptions.ts';
import { ROOT } from '../../simulator/job.ts';
import { INPUTS } from '../../src/inputs/table.ts';
import { EXAMPLES, readExample } from '../examples/repository.ts';
import { anchorOf, blocksIn, PAGES, type Page, pageNamed, workflowIn } from './pages.ts';

/** Code that tests run or parse, diagrams, and output. */
const LANGUAGES = ['yaml', 'diff', 'sh', 'bash', 'mermaid', 'text', 'console'];
/** Keys of workflows, jobs and pods in advice. */
const OTHER_KEYS = ['permissions', 'if', 'runs-on', 'environment', 'env', 'azure.workload.identity/use'];

test('every block has a known language', () => {
  for (const { place, language } of PAGES.flatMap(({ blocks }) => blocks)) {
    assert.ok(LANGUAGES.includes(language), `${place}: ${language}`);
  }
});

const examples = readdirSync(EXAMPLES).map((file) => ({ place: file, text: readExample(file) }));

suite('A YAML block or an example refers only to existing inputs, outputs and steps', () => {
  for (const block of [...blocksIn(['yaml']), ...examples]) {
    test(block.place, () => {
      const workflow = workflowIn(block);
      for (const key of workflow === undefined ? Object.keys(parse(block.text)) : []) {
        assert.ok(key in INPUTS || OTHER_KEYS.includes(key), key);
      }
      const steps = Object.values(workflow?.jobs ?? {}).flatMap((job) => job.steps ?? []);
      for (const { uses = '', with: inputs = {} } of steps.filter((step) => step.uses?.startsWith('OWNER/'))) {
        const action = 'OWNER/azure-session';
        assert.ok([`${action}@v1`, `${action}/logout@v1`].includes(uses), uses);
        const known = uses.includes('logout') ? ['config-dir'] : Object.keys(INPUTS);
        for (const input of Object.keys(inputs)) assert.ok(known.includes(input), input);
      }
      for (const [, id = '', output] of block.text.matchAll(/\bsteps\.([\w-]+)\.(?:outputs\.([\w-]+))?/g)) {
        const step = steps.find((each) => each.id === id) ?? assert.fail(`no step has the id ${id}`);
        if (step.uses?.startsWith('OWNER/') && output !== undefined) assert.ok(output in OUTPUTS, output);
      }
    });
  }
});

suite('Every link has a target', () => {
  for (const page of PAGES) {
    test(page.name, () => {
      for (const link of page.links) {
        if (link.startsWith('https://')) assert.ok(URL.canParse(link), link);
        else assertTarget(page, link);
      }
    });
  }
});

function assertTarget(page: Page, link: string): void {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page.name : posix.normalize(posix.join(dirname(page.name), path));
  assert.ok(existsSync(join(ROOT, target)), `${link}: there is no ${target}`);
  if (anchor === undefined) return;
  const { headings, text } = pageNamed(target);
  const anchors = headings.map(anchorOf);
  assert.ok(anchors.includes(anchor) || text.includes(`<a id="${anchor}"></a>`), `${target} has no #${anchor}`);
}

test('the README links to every page', () => {
  const pages = PAGES.map(({ name }) => name).filter((name) => name.startsWith('docs/'));
  const { links } = pageNamed('README.md');
  for (const name of pages) assert.ok(links.includes(name), name);
});
