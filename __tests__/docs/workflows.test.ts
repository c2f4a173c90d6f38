import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NEEDS } from '../needs.ts';
import { commandError } from './az-commands.ts';
import { type Block, blocksIn, PAGES, pageNamed, workflowIn } from './pages.ts';
import { runSnippet, type SnippetRun } from './runs.ts';

/** Pages with steps to copy. */
const RUN = ['README.md', 'docs/azure-login.md', 'docs/later-steps.md', 'docs/sign-in.md'];

/** Every import of publish settings has this warning, as the page says. */
const RETIREMENT = /^Microsoft retired the classic service/;

/** Further expectations, by heading. */
const EXPECTED: Readonly<Record<string, (run: SnippetRun) => void>> = {
  'Azure CLI': ({ repository }) => assert.equal(repository.sightings.length, 2),
  'Azure SDKs': ({ calls }) => assert.deepEqual(calls, ['python migrate.py']),
  Terraform: ({ repository: { sightings } }) => assert.equal(sightings[0]?.variables['ARM_USE_OIDC'], 'true'),
  'Azure PowerShell': ({ calls }) => {
    const commands = calls.flatMap((call) => /(Connect|Disconnect)-AzAccount/.exec(call)?.[1] ?? []);
    assert.deepEqual(commands, ['Connect', 'Disconnect']);
  },
  'Anything else': ({ calls }) => assert.match(calls[0] ?? '', /^curl --fail --header Authorization: Bearer eyJ/),
  'Signing out earlier': ({ calls }) => assert.deepEqual(calls, ['npm test']),
  'Several identities': ({ report, repository: { sightings } }) => {
    const isSignedOut = /^Signed out already/m.test(report.jobs[0]?.log ?? '');
    const subscriptions = sightings.map(({ subscription }) => subscription);
    assert.deepEqual(subscriptions, isSignedOut ? ['Production'] : ['Production', 'Development']);
  },
  Containers: ({ calls: [run], repository }) => {
    if (run === undefined) assert.deepEqual(repository.sightings, []);
    else assert.match(run, /^docker run --rm --volume (\/.+\/azure-session-[\da-f]{16}):\1 --env AZURE_CONFIG_DIR /);
  },
};

const blocks = [...blocksIn(['yaml'], RUN.map(pageNamed)), ...blocksIn(['diff']).map(changed)];

suite('Every sign-in on the pages works, without warnings, and post leaves nothing', {
  concurrency: 4,
  skip: NEEDS.scripts,
}, () => {
  for (const block of blocks.filter(isRunnable)) {
    test(`${block.place} ${block.heading}`, async () => {
      await using run = await runSnippet(block);
      const { result, jobs } = run.report;
      for (const { steps, left } of jobs) {
        for (const { errors, warnings, log } of steps) {
          assert.deepEqual([...errors, ...warnings.filter((warning) => !RETIREMENT.test(warning))], [], log);
        }
        assert.deepEqual(left, []);
      }
      assert.equal(result, 'success', jobs.map(({ log }) => log).join(''));
      const { sightings, world } = run.repository;
      assert.deepEqual(world.simulator.escaped, []);
      for (const { command, args, subscription, token } of sightings) {
        assert.notEqual(subscription, '', `${command} ${args.join(' ')} is not signed in`);
        assert.notEqual(token.slice(0, 6), 'AADSTS');
        if (command === 'az') assert.equal(commandError(args), '');
      }
      const ranAz = sightings.some(({ command }) => command === 'az');
      assert.equal(ranAz, /^ *(?:- )?run: .*\baz |^ +az /m.test(block.text));
      EXPECTED[block.heading]?.(run);
    });
  }
});

test('no other page has a sign-in that no test runs', () => {
  const others = PAGES.filter(({ name }) => !RUN.includes(name));
  const untested = blocksIn(['yaml'], others).filter(isRunnable);
  for (const { text, place } of untested) assert.ok(!text.includes('OWNER/azure-session'), place);
});

/** The lines after the change. */
function changed(block: Block): Block {
  const lines = block.text.split('\n').filter((line) => !line.startsWith('-'));
  return { ...block, text: lines.map((line) => line.slice(1)).join('\n') };
}

function isRunnable(block: Block): boolean {
  return workflowIn(block) !== undefined;
}
