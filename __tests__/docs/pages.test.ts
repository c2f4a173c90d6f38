import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { suite, test } from 'node:test';
import { OUTPUTS } from '../../scripts/descriptions.ts';
import { ROOT } from '../../simulator/job.ts';
import { INPUTS } from '../../src/inputs/table.ts';
import { anchorOf, type Block, blocksIn, PAGES, type Page, type Snippet, snippetIn } from './pages.ts';

/** What is run or parsed by a test, what is drawn, and what is output. */
const LANGUAGES = ['yaml', 'diff', 'sh', 'bash', 'mermaid', 'text', 'console'];

/** Keys beside inputs that advice names: of a workflow or a job, and the label of a pod. */
const OTHER_KEYS = ['permissions', 'if', 'runs-on', 'environment', 'env', 'azure.workload.identity/use'];

suite('Blocks', () => {
  test('say what they are', () => {
    for (const { place, language } of PAGES.flatMap(({ blocks }) => blocks)) {
      assert.ok(
        LANGUAGES.includes(language),
        `${place}: \`${language}\` says neither what runs it nor that it is output`,
      );
    }
  });
});

suite('YAML', () => {
  for (const block of blocksIn(['yaml'])) {
    test(`${block.place} uses inputs and outputs that are there`, () => {
      const snippet = snippetIn(block);
      if (snippet.kind === 'keys') {
        for (const key of Object.keys(snippet.keys)) {
          assert.ok(key in INPUTS || OTHER_KEYS.includes(key), `${key} is neither an input nor a key of a workflow`);
        }
      }
      const signIns = stepsOf(snippet).filter(({ uses = '' }) => uses.startsWith('OWNER/azure-session'));
      for (const { id = '', uses, with: inputs = {} } of signIns) {
        assert.match(uses ?? '', /^OWNER\/azure-session(\/logout)?@v1$/);
        const isInput = (name: string): boolean => (uses?.includes('logout') ? name === 'config-dir' : name in INPUTS);
        for (const input of Object.keys(inputs)) assert.ok(isInput(input), `${input} is no input`);
        for (const output of outputsOf(id, block)) assert.ok(output in OUTPUTS, `${output} is no output`);
      }
      for (const [, id = ''] of block.text.matchAll(/\bsteps\.([\w-]+)\./g)) {
        assert.ok(
          stepsOf(snippet).some((step) => step.id === id),
          `no step has the id ${id}`,
        );
      }
    });
  }
});

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

function stepsOf(snippet: Snippet): readonly Step[] {
  switch (snippet.kind) {
    case 'keys':
      return [];
    case 'steps':
      return snippet.steps as Step[];
    case 'job':
      return snippet.job['steps'] as Step[];
    case 'workflow': {
      const { jobs } = snippet.workflow as { jobs: Readonly<Record<string, { steps?: readonly Step[] }>> };
      return Object.values(jobs).flatMap(({ steps = [] }) => steps);
    }
  }
}

function outputsOf(id: string, { text }: Block): string[] {
  const found = text.matchAll(new RegExp(`\\bsteps\\.${id}\\.outputs\\.([\\w-]+)`, 'g'));
  return id === '' ? [] : [...found].map(([, output = '']) => output);
}

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
