import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { NEEDS } from '../needs.ts';
import { fault } from './az-commands.ts';
import { type Block, blocksIn, PAGES, pageNamed, snippetIn } from './pages.ts';
import { runSnippet, type SnippetRun } from './runs.ts';

/** Pages whose steps are for readers to copy. */
const RUN = ['README.md', 'docs/azure-login.md', 'docs/later-steps.md', 'docs/sign-in.md'];

/** Said of every import of publish settings, as the page says too. */
const RETIREMENT = /^Microsoft retired the classic service/;

/** Every step went well, said nothing that worries, and nothing was left. */
function assertClean({ result, jobs }: WorkflowReport): void {
  for (const { steps, left } of jobs) {
    for (const { errors, warnings, log } of steps) {
      assert.deepEqual([...errors, ...warnings.filter((warning) => !RETIREMENT.test(warning))], [], log);
    }
    assert.deepEqual(left, []);
  }
  assert.equal(result, 'success', jobs.map(({ log }) => log).join(''));
}

/** What a snippet does beside succeeding, by its heading. */
const EXPECTED: Readonly<Record<string, (run: SnippetRun) => void>> = {
  'Azure CLI': ({ repository }) => assert.equal(repository.sightings.length, 2),
  'Azure SDKs': ({ calls }) => assert.deepEqual(calls, ['python migrate.py']),
  Terraform: ({ repository: { sightings } }) => assert.equal(sightings[0]?.variables['ARM_USE_OIDC'], 'true'),
  'Azure PowerShell': ({ calls }) => {
    assert.deepEqual(calls.map((call) => /(Connect|Disconnect)-AzAccount/.exec(call)?.[1]).filter(Boolean), [
      'Connect',
      'Disconnect',
    ]);
  },
  'Anything else': ({ calls }) => assert.match(calls[0] ?? '', /^curl --fail --header Authorization: Bearer eyJ/),
  'Signing out earlier': ({ calls }) => assert.deepEqual(calls, ['npm test']),
  'Several identities': ({ report, repository: { sightings } }) => {
    const isSignedOut = /^Signed out already/m.test(report.jobs[0]?.log ?? '');
    assert.deepEqual(
      sightings.map(({ subscription }) => subscription),
      isSignedOut ? ['Production'] : ['Production', 'Development'],
    );
  },
  Containers: ({ calls, repository }) => {
    const [run = 'none'] = calls;
    if (calls.length === 0) assert.deepEqual(repository.sightings, []);
    else assert.match(run, /^docker run --rm --volume (\/.+\/azure-session-[\da-f]{16}):\1 --env AZURE_CONFIG_DIR /);
  },
};

suite('Every sign-in on the pages signs in, and out', { concurrency: 4, skip: NEEDS.scripts }, () => {
  for (const block of [...blocksIn(['yaml'], RUN.map(pageNamed)), ...blocksIn(['diff']).map(changed)].filter(
    isRunnable,
  )) {
    test(`${block.place} ${block.heading}`, async () => {
      await using run = await runSnippet(block);
      assertClean(run.report);
      const { sightings, world } = run.repository;
      assert.deepEqual(world.simulator.escaped, []);
      for (const seen of sightings) {
        assert.notEqual(seen.subscription, '', `${seen.command} ${seen.args.join(' ')} is not signed in`);
        assert.notEqual(seen.token.slice(0, 6), 'AADSTS');
        if (seen.command === 'az') assert.equal(fault(seen.args), '');
      }
      assert.equal(
        /^ *(?:- )?run: .*\baz |^ +az /m.test(block.text),
        sightings.some(({ command }) => command === 'az'),
      );
      EXPECTED[block.heading]?.(run);
    });
  }
});

test('No other page has steps that nobody runs', () => {
  const others = PAGES.filter(({ name }) => !RUN.includes(name));
  assert.deepEqual(
    blocksIn(['yaml'], others)
      .filter(isRunnable)
      .map(({ place, text }) => (text.includes('OWNER/azure-session') ? place : ''))
      .filter(Boolean),
    [],
  );
});

/** A block with its change made. */
function changed(block: Block): Block {
  const lines = block.text.split('\n').filter((line) => !line.startsWith('-'));
  return { ...block, text: lines.map((line) => line.slice(1)).join('\n') };
}

function isRunnable(block: Block): boolean {
  return snippetIn(block).kind !== 'keys';
}
