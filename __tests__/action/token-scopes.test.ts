import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { assertRefused, assertSignedOut, findSecrets, openWorld, readJson } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

const VAULT = 'https://vault.azure.net';
const GRAPH = 'https://graph.microsoft.com/';
const STORAGE = 'https://storage.azure.com/.default';
const MANAGEMENT = 'https://management.core.windows.net/';

function scopes(...lines: string[]): Record<string, string> {
  return { subscription: 'Production', 'keep-alive': 'false', 'token-scopes': lines.join('\n') };
}

interface ScopedTokens {
  readonly [scope: string]: { readonly token: string; readonly expiresOn: string };
}

function scopesAsked(): string[] {
  return world.simulator.requests.map(({ form }) => form.get('scope') ?? '').filter((scope) => scope !== '');
}

function claims(token: string | undefined): { aud: string } {
  return JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString()) as { aud: string };
}

test('OIDC: one request a scope, one ID token, the outputs, and the caches of both CLIs', async () => {
  const { job } = world;
  const earlier = { ...job.env };
  const step = await world.signedIn({ ...world.identity, ...scopes(VAULT, GRAPH, STORAGE) });
  const { result } = step;
  assert.equal(world.simulator.github.issued.length, 1);
  assert.deepEqual(scopesAsked().sort(), [`${GRAPH}/.default`, `${MANAGEMENT}/.default`, STORAGE, `${VAULT}/.default`]);

  const tokens = JSON.parse(result.outputs['access-tokens'] ?? '') as ScopedTokens;
  assert.deepEqual(Object.keys(tokens), [VAULT, GRAPH, STORAGE], 'as the workflow wrote them');
  assert.equal(result.outputs['access-token'], tokens[VAULT]?.token);
  assert.equal(claims(tokens[VAULT]?.token).aud, VAULT);
  assert.equal(claims(tokens[GRAPH]?.token).aud, GRAPH);
  for (const { token, expiresOn } of Object.values(tokens)) {
    assert.match(expiresOn, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.ok(Date.parse(expiresOn) > Date.now() + 50 * 60_000);
    assert.ok(result.masks.includes(token));
    assert.deepEqual(findSecrets([token], { log: result.log.replaceAll(/^::add-mask::.*$/gm, ''), ...step.state }), []);
  }

  const folder = result.outputs['config-dir'] ?? '';
  const { tenant, application } = world.contoso;
  const { AccessToken: cached } = readJson<{ AccessToken: Record<string, { target: string; secret: string }> }>(
    folder,
    'msal_token_cache.json',
  );
  for (const [written, target] of [
    [VAULT, `${VAULT}/.default`],
    [GRAPH, `${GRAPH}/.default`],
    [STORAGE, STORAGE],
  ] as const) {
    const key = `-login.microsoftonline.com-accesstoken-${application.clientId}-${tenant.id}-${target}`;
    assert.equal(cached[key]?.target, target);
    assert.equal(cached[key]?.secret, tokens[written]?.token);
  }
  assert.equal(Object.keys(cached).length, 4);
  assert.deepEqual(classicResources(folder), [MANAGEMENT, VAULT, GRAPH, 'https://storage.azure.com']);
  await assertSignedOut(step, job, earlier);
});

test('the requests run at the same time, also that for the subscriptions: none waits for the answer of another', async () => {
  const fault = { kind: 'hang' } as const;
  world.simulator.faults.add({ path: /oauth2/, skip: 1, times: 3, fault });
  world.simulator.faults.add({ path: '/subscriptions', fault });
  const step = await world.signIn({ ...world.secret, ...scopes(VAULT, GRAPH, STORAGE), 'timeout-seconds': '4' });
  assertRefused(step, world.job, /did not finish within 4 seconds/);
  assert.deepEqual(
    world.simulator.requests.map(({ fault }) => fault),
    [undefined, 'hang', 'hang', 'hang', 'hang'],
  );
});

test('the scope of Resource Manager itself is not asked for twice, nor cached twice', async () => {
  await using step = await world.signedIn({ ...world.secret, ...scopes(MANAGEMENT) });
  assert.equal(scopesAsked().length, 1);
  assert.equal(claims(step.result.outputs['access-token']).aud, MANAGEMENT);
  assert.deepEqual(classicResources(step.result.outputs['config-dir'] ?? ''), [MANAGEMENT]);
});

test('without token-scopes there are no such outputs', async () => {
  await using step = await world.signIn({ ...world.secret, subscription: 'Production' });
  assert.equal(step.result.outputs['access-token'], undefined);
  assert.equal(step.result.outputs['access-tokens'], undefined);
});

test('a refused scope fails the whole sign-in, with its remedy', async () => {
  await using step = await world.signIn({ ...world.secret, ...scopes(VAULT, 'https://nobody.example.com') });
  assertRefused(step, world.job, /AADSTS500011[\s\S]*nobody\.example\.com[\s\S]*Check `token-scopes`/);
});

test("of two failures the one that is the account's is told, once", async () => {
  const { faults } = world.simulator;
  faults.add({ path: /oauth2/, skip: 1, times: 100, fault: { kind: 'status', status: 503 } });
  faults.add({ path: '/subscriptions', times: 100, fault: { kind: 'delay', milliseconds: 300 } });
  await using step = await world.signIn({
    ...world.secret,
    ...scopes(VAULT),
    subscription: 'Nowhere',
    'max-attempts': '2',
  });
  assertRefused(step, world.job, /Nowhere/);
});

/** The resources of the bearer tokens in the classic CLI's cache, in order. */
function classicResources(folder: string): string[] {
  return readJson<{ resource: string; tokenType?: string }[]>(folder, 'accessTokens.json')
    .filter(({ tokenType }) => tokenType === 'Bearer')
    .map(({ resource }) => resource);
}
