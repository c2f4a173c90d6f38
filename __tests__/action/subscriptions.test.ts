import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Subscription } from '../../simulator/directory.ts';
import { openWorld, type Variables } from './world.ts';

const world = await openWorld();
const { subscriptions } = world.simulator.directory;
const [production] = world.contoso.subscriptions;
type State = Subscription['state'];

/** Sets the states of Production, Development and Retired. */
function setStates(...states: readonly State[]): void {
  for (const [at, state] of states.entries()) Object.assign(subscriptions[at] ?? {}, { state });
}

/** Copies of Production. */
function copies(count: number): Subscription[] {
  return Array.from({ length: count }, (_, at) => ({
    ...production,
    id: `bbbbbbbb-0000-4000-8000-${String(at).padStart(12, '0')}`,
    displayName: `Team ${at}`,
  }));
}

/** Signs in and out. @returns the default subscription by name, and `NAME STATE [default]` of each in the output */
async function signIn(inputs: Variables = {}, credential = world.secret) {
  const all = { 'job-summary': 'always', ...credential, ...inputs };
  await using step = await world.signIn(all, { job: world.newJob() });
  const { outputs, warnings, summary } = step.result;
  const listed = JSON.parse(outputs['subscriptions'] ?? '') as { name: string; state: string; isDefault: boolean }[];
  const lines = listed.map(({ name, state, isDefault }) => `${name} ${state}${isDefault ? ' default' : ''}`);
  return { name: outputs['subscription-name'] ?? '', listed: lines, warnings, summary };
}

suite('A default subscription that is not enabled is a warning', () => {
  for (const state of ['Disabled', 'PastDue', 'Warned', 'Deleted'] as const) {
    test(`selected by name, or by id without a list: ${state}`, async () => {
      setStates(state);
      const warning = new RegExp(`Production \\(a{8}-.*is not enabled.*state as ${state}\\.`);
      const { listed, warnings } = await signIn({ subscription: 'Production' });
      assert.deepEqual([listed, warnings.length], [[`Production ${state} default`, 'Development Enabled'], 1]);
      assert.match(warnings[0] ?? '', warning);
      if (state === 'Deleted') return;
      const alone = await signIn({ subscription: production.id, 'list-subscriptions': 'false' });
      assert.deepEqual(alone.listed, [`Production ${state} default`]);
      assert.match(alone.warnings.join(), warning);
    });
  }

  test('for a user too', async () => {
    setStates('PastDue');
    const user = { ...world.user, 'tenant-id': world.contoso.tenant.id };
    assert.match((await signIn({ subscription: 'Production' }, user)).warnings.join(), /state as PastDue/);
  });
});

suite('Without the input subscription', () => {
  const none = /3 subscriptions, none of them enabled; the first, Production/;
  const cases: readonly [readonly State[], string, readonly RegExp[]][] = [
    [['PastDue', 'Enabled', 'Disabled'], 'Development', []],
    [['Disabled', 'Warned', 'Enabled'], 'Retired', []],
    [['PastDue', 'Enabled', 'Enabled'], 'Development', [/2 enabled subscriptions; the first, Development/]],
    [['Disabled', 'PastDue', 'Warned'], 'Production', [none, /not enabled: .* state as Disabled/]],
  ];
  for (const [states, expected, patterns] of cases) {
    test(`${states.join(', ')}: ${expected} is the default`, async () => {
      setStates(...states);
      const { name, warnings, listed } = await signIn();
      assert.deepEqual([name, warnings.length], [expected, patterns.length], warnings.join('\n'));
      for (const [at, pattern] of patterns.entries()) assert.match(warnings[at] ?? '', pattern);
      assert.ok(listed.some((entry) => entry.startsWith(expected) && entry.endsWith(' default')));
    });
  }
});

suite('A subscription is found by', () => {
  const { id } = production;
  const page = `https://portal.azure.com/#@contoso.com/resource/subscriptions/${id}/overview`;
  const spellings: readonly [string, string, string][] = [
    ['another case', 'Caf\u00e9', 'CAF\u00c9'],
    ['the other Unicode form', 'Caf\u00e9', 'Cafe\u0301'],
    ['the other Unicode form, the other way round', 'cafe\u0301 nord', 'Caf\u00c9 Nord'],
    ['white space around the name in Azure', '  Caf\u00e9 \u00a0', 'Caf\u00e9'],
    ['a byte order mark', 'Caf\u00e9', '\ufeffCaf\u00e9'],
    ['a non-breaking space', 'Caf\u00e9 Nord', 'Caf\u00e9\u00a0Nord'],
    ['its name as messages show it', 'Caf\u00e9  Nord\u200b', 'Caf\u00e9 Nord'],
    ['an invisible character', 'Caf\u00e9', 'Ca\u200bf\u00e9'],
    ['its id in capitals', 'Caf\u00e9', id.toUpperCase()],
    ['/subscriptions/ID', 'Caf\u00e9', `/subscriptions/${id}`],
    ['/subscriptions/ID in capitals', 'Caf\u00e9', `/SUBSCRIPTIONS/${id.toUpperCase()}/`],
    ['the id of a resource in it', 'Caf\u00e9', `/subscriptions/${id}/resourceGroups/web`],
    ['its page in the portal', 'Caf\u00e9', page],
  ];
  for (const [spelling, displayName, subscription] of spellings) {
    test(spelling, async () => {
      Object.assign(subscriptions[0] ?? {}, { displayName });
      assert.equal((await signIn({ subscription })).name, displayName);
    });
  }

  test('its exact name, if another name differs only in white space or letter case', async () => {
    for (const name of ['Production  1', 'production 1', 'Production 1']) {
      for (const [at, displayName] of ['Production 1', name].entries()) {
        Object.assign(subscriptions[at] ?? {}, { displayName });
      }
      if (name !== 'Production 1') assert.equal((await signIn({ subscription: name })).name, name);
      else await world.rejects({ ...world.secret, subscription: name }, /2 subscriptions have the name/);
    }
  });

  test('its name or id in subscription-id or creds, and by id without a list', async () => {
    const path = `/SUBSCRIPTIONS/${id.toUpperCase()}/`;
    for (const [inputs, credential] of [
      [{ 'subscription-id': 'PRODUCTION ' }],
      [{ 'subscription-id': path }],
      [{ subscription: path, 'list-subscriptions': 'false' }],
      [{}, world.creds({ subscriptionId: path })],
      // Both inputs, in two spellings of one name.
      [{ subscription: 'production', 'subscription-id': 'Production ' }],
    ] as const) {
      assert.equal((await signIn(inputs, credential)).name, 'Production');
    }
    const different = { subscription: 'Production', 'subscription-id': 'Development' };
    await world.rejects({ ...world.secret, ...different }, /different values/);
  });
});

suite('A subscription is listed once if the response has its id', () => {
  test('twice, in different letter case', async () => {
    subscriptions.splice(1, 2, { ...production, id: production.id.toUpperCase() });
    const { listed, warnings } = await signIn();
    assert.deepEqual([listed, warnings], [['Production Enabled default'], []]);
    assert.equal((await signIn({ subscription: 'production' })).name, 'Production');
  });

  test('on two pages, for an application and a user', async () => {
    subscriptions.splice(1, 2, ...copies(60), { ...production });
    for (const credential of [world.secret, world.user]) {
      const { listed, warnings } = await signIn({ subscription: 'production' }, credential);
      assert.deepEqual([listed.length, warnings], [61, []]);
    }
  });
});

suite('The summary', () => {
  test('has the default subscription in its headline and first in the list', async () => {
    subscriptions.unshift(...copies(77));
    const { summary } = await signIn({ subscription: 'Development' });
    assert.match(summary, /^## Signed in to Azure: `Development`\n/);
    assert.match(summary, /<summary>80 subscriptions, the default one first<\/summary>\n\n- `Development` /);
    assert.match(summary, /^- and 60 more$/m);
  });

  test('has the end of the session, not of the first token', async () => {
    const exp = Math.floor(Date.now() / 1000) + 5 * 3600;
    const claims = Buffer.from(JSON.stringify({ exp })).toString('base64url');
    world.simulator.github.requestToken = `eyJhbGciOiJub25lIn0.${claims}.x`;
    const end = new Date(exp * 1000).toISOString().slice(11, 16);
    assert.match((await signIn({}, world.identity)).summary, new RegExp(`The session lasts until ${end} UTC\\.`));
    assert.doesNotMatch((await signIn()).summary, /session lasts/);
  });
});
