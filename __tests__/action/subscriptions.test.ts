import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { Subscription } from '../../simulator/directory.ts';
import { assertRefused, openWorld } from './world.ts';

const world = await openWorld();
let saved: readonly Subscription[] = [];
beforeEach(() => {
  saved = structuredClone(world.simulator.directory.subscriptions);
});
afterEach(() => {
  world.simulator.clear();
  world.simulator.directory.subscriptions.splice(0, Number.POSITIVE_INFINITY, ...structuredClone(saved));
});

type State = Subscription['state'];

/** Production, Development and Retired get these states. */
function setStates(...states: readonly State[]): void {
  for (const [at, subscription] of world.simulator.directory.subscriptions.entries()) {
    subscription.state = states[at] ?? subscription.state;
  }
}

interface Found {
  readonly name: string;
  readonly listed: readonly string[];
  readonly warnings: readonly string[];
}

/** What a sign-in that must succeed makes of the subscriptions. */
async function found(inputs: Record<string, string> = {}, credential = world.secret): Promise<Found> {
  const step = await world.newJob().step({ inputs: { ...credential, ...inputs } });
  const { exitCode, outputs, warnings, log } = step.result;
  assert.equal(exitCode, 0, log);
  await step.post();
  const listed = JSON.parse(outputs['subscriptions'] ?? '') as { name: string; state: string; isDefault: boolean }[];
  return {
    name: outputs['subscription-name'] ?? '',
    listed: listed.map(({ name, state, isDefault }) => `${name} ${state}${isDefault ? ' default' : ''}`),
    warnings,
  };
}

suite('A default subscription that is not enabled is a warning', () => {
  for (const state of ['Disabled', 'PastDue', 'Warned', 'Deleted'] as const) {
    test(`named by its name: ${state}`, async () => {
      setStates(state);
      const { name, listed, warnings } = await found({ subscription: 'Production' });
      assert.equal(name, 'Production');
      assert.deepEqual(listed, [`Production ${state} default`, 'Development Enabled']);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', new RegExp(`Production \\(a{8}-.*is not enabled.*state as ${state}\\.`));
    });
  }

  test('asked for alone by its id', async () => {
    const id = world.contoso.subscriptions[0].id;
    for (const state of ['Disabled', 'PastDue', 'Warned'] as const) {
      setStates(state);
      const { listed, warnings } = await found({ subscription: id, 'list-subscriptions': 'false' });
      assert.deepEqual(listed, [`Production ${state} default`]);
      assert.match(warnings.join(), new RegExp(`state as ${state}\\.`));
    }
  });

  test('of a user', async () => {
    setStates('PastDue');
    const { user, password } = world.contoso;
    const ofUser = { username: user.userPrincipalName, password, 'tenant-id': world.contoso.tenant.id };
    assert.match((await found({ subscription: 'Production' }, ofUser)).warnings.join(), /state as PastDue/);
  });
});

suite('Without a name', () => {
  const cases: readonly [readonly State[], string, readonly RegExp[]][] = [
    [['PastDue', 'Enabled', 'Disabled'], 'Development', []],
    [['Disabled', 'Warned', 'Enabled'], 'Retired', []],
    [['PastDue', 'Enabled', 'Enabled'], 'Development', [/2 enabled subscriptions; the first, Development/]],
    [
      ['Disabled', 'PastDue', 'Warned'],
      'Production',
      [/3 subscriptions, none of them enabled; the first, Production/, /not enabled: .* state as Disabled/],
    ],
  ];
  for (const [states, name, expected] of cases) {
    test(`${states.join(', ')}: ${name} is the default`, async () => {
      setStates(...states);
      const result = await found();
      assert.equal(result.name, name);
      assert.equal(result.warnings.length, expected.length, result.warnings.join('\n'));
      for (const [at, pattern] of expected.entries()) assert.match(result.warnings[at] ?? '', pattern);
      assert.ok(result.listed.some((entry) => entry.startsWith(name) && entry.endsWith(' default')));
    });
  }
});

suite('A subscription is known by', () => {
  const id = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
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
    [
      'its page in the portal',
      'Caf\u00e9',
      `https://portal.azure.com/#@contoso.com/resource/subscriptions/${id}/overview`,
    ],
  ];
  for (const [spelling, displayName, subscription] of spellings) {
    test(spelling, async () => {
      const [production] = world.simulator.directory.subscriptions;
      assert.ok(production);
      production.displayName = displayName;
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
    ] as const) {
      assert.equal((await found(inputs, credential)).name, 'Production');
    }
  });

  test('both inputs, in two spellings of one name', async () => {
    assert.equal((await found({ subscription: 'production', 'subscription-id': 'Production ' })).name, 'Production');
    const two = await world.signIn({ ...world.secret, subscription: 'Production', 'subscription-id': 'Development' });
    assertRefused(two, world.job, /different values/);
  });
});

suite('One id is one subscription', () => {
  test('twice in a list, in either case', async () => {
    const [production] = world.simulator.directory.subscriptions;
    assert.ok(production);
    world.simulator.directory.subscriptions.splice(1, 2, { ...production, id: production.id.toUpperCase() });
    const { listed, warnings } = await found();
    assert.deepEqual([listed, warnings], [['Production Enabled default'], []]);
    assert.equal((await found({ subscription: 'production' })).name, 'Production');
  });

  test('over pages, also of a user', async () => {
    const { subscriptions } = world.simulator.directory;
    const [production] = subscriptions;
    assert.ok(production);
    const many = Array.from({ length: 60 }, (_, at) => ({
      ...production,
      id: `bbbbbbbb-0000-4000-8000-${String(at).padStart(12, '0')}`,
      displayName: `Sub ${at}`,
    }));
    subscriptions.splice(1, 2, ...many, { ...production });
    const { user, password } = world.contoso;
    for (const credential of [world.secret, { username: user.userPrincipalName, password }]) {
      const { listed, warnings } = await found({ subscription: 'production' }, credential);
      assert.deepEqual([listed.length, warnings], [61, []]);
    }
  });
});
