import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { openWorld } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

/** The summary of a success. */
async function summaryOf(inputs: Record<string, string>, env: Record<string, string> = {}): Promise<string> {
  using job = world.newJob(env);
  const step = await world.signedIn({ 'job-summary': 'always', ...inputs }, { job });
  await step.post();
  return step.result.summary;
}

suite('The summary of a success', () => {
  test('has the default subscription in its headline and first in the list, whatever its place among many', async () => {
    const { subscriptions } = world.simulator.directory;
    const [model] = subscriptions;
    assert.ok(model);
    const others = Array.from({ length: 77 }, (_, at) => ({
      ...model,
      id: `dddddddd-0000-4000-8000-${String(at).padStart(12, '0')}`,
      displayName: `Team ${at}`,
    }));
    subscriptions.unshift(...others);
    try {
      const summary = await summaryOf({ ...world.secret, subscription: 'Development' });
      assert.match(summary, /^## Signed in to Azure: `Development`\n/);
      assert.match(summary, /<summary>80 subscriptions, the default one first<\/summary>\n\n- `Development` /);
      assert.match(summary, /^- and 60 more$/m);
    } finally {
      subscriptions.splice(0, others.length);
    }
  });

  test('has the end of the session, not of its first token', async () => {
    const expiry = Math.floor(Date.now() / 1000) + 5 * 3600;
    const claims = Buffer.from(JSON.stringify({ exp: expiry })).toString('base64url');
    const { github } = world.simulator;
    const before = github.requestToken;
    github.requestToken = `eyJhbGciOiJub25lIn0.${claims}.x`;
    try {
      const kept = await summaryOf({ ...world.identity, subscription: 'Production' });
      const end = new Date(expiry * 1000).toISOString().slice(11, 16);
      assert.match(kept, new RegExp(`The session lasts until ${end} UTC\\.`));
    } finally {
      github.requestToken = before;
    }
    assert.doesNotMatch(await summaryOf({ ...world.secret, subscription: 'Production' }), /session lasts/);
  });
});

suite('The summary of a failure', () => {
  test('numbers the steps, breaks long commands between options, and folds what the server says', async () => {
    const { github } = world.simulator;
    github.environment = 'production';
    const { result } = await world.signIn(world.identity);
    github.environment = '';
    const { summary } = result;
    const says =
      /<details><summary>What Entra ID says<\/summary>\n\n([\s\S]*?)\n\n<\/details>/.exec(summary)?.[1] ?? '';
    assert.match(says, /^Entra ID says: `AADSTS700213[\s\S]*correlation id/);
    assert.match(summary, /^1\. Add a federated credential[\s\S]*^2\. If the client is[\s\S]*^3\. Or correct/m);
    const commands = [...summary.matchAll(/^ {3}```sh\n([\s\S]*?)\n {3}```$/gm)].map(([, command = '']) => command);
    assert.equal(commands.length, 3, summary);
    for (const line of commands.join('\n').split('\n')) assert.ok(line.length <= 100, line);
    const [create = ''] = commands;
    const written = create
      .replaceAll(/ *\\\n */g, ' ')
      .replaceAll(/\n */g, '')
      .trim();
    assert.ok(result.errors[0]?.includes(written), `the log has another command than ${written}`);
  });
});
