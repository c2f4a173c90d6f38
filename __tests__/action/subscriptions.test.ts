import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Subscription } from '../../simulator/directory.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
const { subscriptions } = world.simulator.directory;
const [production] = world.contoso.subscriptions;
type State = Subscription['state'];

/** Production, Development and Retired get these states. */
function setStates(...states: readonly State[]): void {
  for (const [at, state] of states.entries()) Object.assign(subscriptions[at] ?? {}, { state });
}

/** As many more as are wanted, of which each is seen like Production. */
function more(count: number): Subscription[] {
  return Array.from({ length: count }, (_, at) => ({
    ...production,
    id: `bbbbbbbb-0000-4000-8000-${String(at).padStart(12, '0')}`,
    displayName: `Team ${at}`,
  }));
}

interface Found {
  readonly name: string;
  readonly listed: readonly string[];
  readonly warnings: readonly string[];
  readonly summary: string;
}

/** What a sign-in that must succeed makes of the subscriptions. */
async function found(inputs: Record<string, string> = {}, credential = world.secret): Promise<Found> {
  const all = { 'job-summary': 'always', ...credential, ...inputs };
  await using step = await world.signedIn(all, { job: world.newJob() });
  const { outputs, warnings, summary } = step.result;
  const listed = JSON.parse(outputs['subscriptions'] ?? '') as { name: string; state: string; isDefault: boolean }[];
  const lines = listed.map(({ name, state, isDefault }) => `${name} ${state}${isDefault ? ' default' : ''}`);
  return { name: outputs['subscription-name'] ?? '', listed: lines, warnings, summary };
}

suite('A default subscription that is not enabled is a warning', () => {
  for (const state of ['Disabled', 'PastDue', 'Warned', 'Deleted'] as const) {
    test(`named by its name, or asked for alone by its id: ${state}`, async () => {
      setStates(state);
      const told = new RegExp(`Production \\(a{8}-.*is not enabled.*state as ${state}\\.`);
      const { listed, warnings } = await found({ subscription: 'Production' });
      assert.deepEqual(listed, [`Production ${state} default`, 'Development Enabled']);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', told);
      if (state === 'Deleted') return;
      const alone = await found({ subscription: production.id, 'list-subscriptions': 'false' });
      assert.deepEqual(alone.listed, [`Production ${state} default`]);
      assert.match(alone.warnings.join(), told);
    });
  }

  test('of a user', async () => {
    setStates('PastDue');
    const ofUser = { ...world.user, 'tenant-id': world.contoso.tenant.id };
    assert.match((await found({ subscription: 'Production' }, ofUser)).warnings.join(), /state as PastDue/);
  });
});

suite('Without a name', () => {
  const none = /3 subscriptions, none of them enabled; the first, Production/;
  const cases: readonly [readonly State[], string, readonly RegExp[]][] = [
    [['PastDue', 'Enabled', 'Disabled'], 'Development', []],
    [['Disabled', 'Warned', 'Enabled'], 'Retired', []],
    [['PastDue', 'Enabled', 'Enabled'], 'Development', [/2 enabled subscriptions; the first, Development/]],
    [['Disabled', 'PastDue', 'Warned'], 'Production', [none, /not enabled: .* state as Disabled/]],
  ];
  for (const [states, expected, told] of cases) {
    test(`${states.join(', ')}: ${expected} is the default`, async () => {
      setStates(...states);
      const { name, warnings, listed } = await found();
      assert.deepEqual([name, warnings.length], [expected, told.length], warnings.join('\n'));
      for (const [at, pattern] of told.entries()) assert.match(warnings[at] ?? '', pattern);
      assert.ok(listed.some((entry) => entry.startsWith(expected) && entry.endsWith(' default')));
    });
  }
});

suite('A subscription is known by', () => {
  const { id } = production;
  const page = `https://portal.azure.com/#@contoso.com/resource/subscriptions/${id}/overview`;
  const spellings: readonly [string, string, string][] = [
    ['another case', 'Caf\u00e9', 'CAF\u00c9'],
    ['the other Unicode form', 'Caf\u00e9', 'Cafe\u0301'],
    ['the other Unicode form, the other way round', 'cafe\u0301 nord', 'Caf\u00c9 Nord'],
    ['white space around the name in Azure', '  Caf\u00e9 \u00a0', 'Caf\u00e9'],
    ['a byte order mark', 'Caf\u00e9', '\ufeffCaf\u00e9'],
    ['a space that does not break', 'Caf\u00e9 Nord', 'Caf\u00e9\u00a0Nord'],
    ['its id in capitals', 'Caf\u00e9', id.toUpperCase()],
    ['/subscriptions/ID', 'Caf\u00e9', `/subscriptions/${id}`],
    ['/subscriptions/ID in capitals', 'Caf\u00e9', `/SUBSCRIPTIONS/${id.toUpperCase()}/`],
    ['the id of a resource in it', 'Caf\u00e9', `/subscriptions/${id}/resourceGroups/web`],
    ['its page in the portal', 'Caf\u00e9', page],
  ];
  for (const [spelling, displayName, subscription] of spellings) {
    test(spelling, async () => {
      Object.assign(subscriptions[0] ?? {}, { displayName });
      assert.equal((await found({ subscription })).name, displayName);
    });
  }

  test('the same under its other name, in creds, and asked for alone', async () => {
    const path = `/SUBSCRIPTIONS/${id.toUpperCase()}/`;
    const { application, tenant, clientSecret } = world.contoso;
    const principal = { clientId: application.clientId, tenantId: tenant.id, clientSecret };
    const creds = { creds: JSON.stringify({ ...principal, subscriptionId: path }) };
    for (const [inputs, credential] of [
      [{ 'subscription-id': 'PRODUCTION ' }],
      [{ 'subscription-id': path }],
      [{ subscription: path, 'list-subscriptions': 'false' }],
      [{}, creds],
      // Both inputs, in two spellings of one name.
      [{ subscription: 'production', 'subscription-id': 'Production ' }],
    ] as const) {
      assert.equal((await found(inputs, credential)).name, 'Production');
    }
    const two = { subscription: 'Production', 'subscription-id': 'Development' };
    await world.refused({ ...world.secret, ...two }, /different values/);
  });
});

suite('One id is one subscription', () => {
  test('twice in a list, in either case', async () => {
    subscriptions.splice(1, 2, { ...production, id: production.id.toUpperCase() });
    const { listed, warnings } = await found();
    assert.deepEqual([listed, warnings], [['Production Enabled default'], []]);
    assert.equal((await found({ subscription: 'production' })).name, 'Production');
  });

  test('over pages, also of a user', async () => {
    subscriptions.splice(1, 2, ...more(60), { ...production });
    for (const credential of [world.secret, world.user]) {
      const { listed, warnings } = await found({ subscription: 'production' }, credential);
      assert.deepEqual([listed.length, warnings], [61, []]);
    }
  });
});

suite('The summary', () => {
  test('has the default subscription in its headline and first in the list, whatever its place among many', async () => {
    subscriptions.unshift(...more(77));
    const { summary } = await found({ subscription: 'Development' });
    assert.match(summary, /^## Signed in to Azure: `Development`\n/);
    assert.match(summary, /<summary>80 subscriptions, the default one first<\/summary>\n\n- `Development` /);
    assert.match(summary, /^- and 60 more$/m);
  });

  test('has the end of the session, not of its first token', async () => {
    const exp = Math.floor(Date.now() / 1000) + 5 * 3600;
    const claims = Buffer.from(JSON.stringify({ exp })).toString('base64url');
    world.simulator.github.requestToken = `eyJhbGciOiJub25lIn0.${claims}.x`;
    const end = new Date(exp * 1000).toISOString().slice(11, 16);
    assert.match((await found({}, world.identity)).summary, new RegExp(`The session lasts until ${end} UTC\\.`));
    assert.doesNotMatch((await found()).summary, /session lasts/);
  });
});
