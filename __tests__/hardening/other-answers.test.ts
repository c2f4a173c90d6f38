import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FaultKind, FaultTarget } from '../../simulator/faults.ts';
import type { Job } from '../../simulator/job.ts';
import { assertRefused, openWorld } from '../action/world.ts';

/** An answer is what was asked for, or it is no answer: whoever gives another one is asked again, and then named. */

const world = await openWorld();

interface Question {
  readonly target: FaultTarget;
  readonly host: RegExp;
  readonly inputs: () => Record<string, string>;
  readonly env?: () => Record<string, string>;
  /** The job succeeds when only the first answer is another. */
  readonly world?: 'only-refuses';
  readonly more?: readonly unknown[];
}

const TENANT_LEVEL = { 'allow-no-subscriptions': 'true' };
const QUESTIONS: Readonly<Record<string, Question>> = {
  'the ID token of GitHub': {
    target: { path: /idtoken/ },
    host: /[\w.]+\.actions\.githubusercontent\.com/,
    inputs: () => world.identity,
    more: [{ value: 'a b' }, { value: 7 }],
  },
  'the token of Entra ID': {
    target: { path: /oauth2/ },
    host: /login\.microsoftonline\.com/,
    inputs: () => world.secret,
    more: [{ access_token: 7 }, { access_token: 'a\nb' }, { access_token: '' }],
  },
  subscriptions: {
    target: { path: '/subscriptions' },
    host: /management\.azure\.com/,
    inputs: () => ({ ...world.secret, ...TENANT_LEVEL }),
    more: [{ value: {} }, { value: [null] }, { value: [{}] }, { value: [], nextLink: 7 }],
  },
  'one subscription': {
    target: { path: /^\/subscriptions\/./ },
    host: /management\.azure\.com/,
    inputs: () => ({
      ...world.secret,
      'list-subscriptions': 'false',
      subscription: world.contoso.subscriptions[0].id,
    }),
    more: [{ subscriptionId: 7 }, { subscriptionId: '0b1f6471-1bf0-4dda-aec3-111122223333' }],
  },
  tenants: {
    target: { path: '/tenants' },
    host: /management\.azure\.com/,
    inputs: () => ({
      username: world.contoso.user.userPrincipalName,
      password: world.contoso.password,
      ...TENANT_LEVEL,
    }),
    more: [{ value: 'none' }, { value: [{ tenantId: 7 }] }],
  },
  'the endpoints of a private cloud': {
    target: { path: '/metadata/endpoints' },
    host: /management\.private\.azurestack\.external/,
    inputs: () => ({ ...world.secret, 'resource-manager-url': 'https://management.private.azurestack.external' }),
    // Its issuer does not know the application of the public cloud.
    world: 'only-refuses',
    more: [{ authentication: {} }, [null], [[]]],
  },
  'the token of a managed identity': {
    target: { path: /metadata\/identity\/oauth2\/token/ },
    host: /127\.0\.0\.1:\d+/,
    inputs: () => ({ 'auth-type': 'managed-identity' }),
    env: () => world.simulator.managedIdentity.imdsVariables,
    more: [{ access_token: {} }, { access_token: 'a\nb' }],
  },
};

const OTHER: readonly unknown[] = [{ hello: 'world' }, [], null];
const SWITCH: FaultKind = { kind: 'switch' };

function faultsFor({ more = [] }: Question): Readonly<Record<string, FaultKind>> {
  const bodies = [...OTHER, ...more].map((body) => [JSON.stringify(body), { kind: 'json', body }] as const);
  return { ...Object.fromEntries(bodies), '101 Switching Protocols': SWITCH, 'a page without end': endless() };
}

/** Small on the wire, and long to parse. */
function endless(): FaultKind {
  return { kind: 'status', status: 200, body: `{"value":[${'{},'.repeat(20 * 1024 * 1024)}{}]}` };
}

function jobFor({ env }: Question): Job {
  return world.newJob(env?.());
}

for (const [name, question] of Object.entries(QUESTIONS)) {
  suite(name, () => {
    for (const [fault, kind] of Object.entries(faultsFor(question))) {
      test(`${fault} is asked for again, and then refused`, async () => {
        world.simulator.clear();
        const planned = world.simulator.faults.add({
          ...question.target,
          times: Number.POSITIVE_INFINITY,
          fault: kind,
        });
        using job = jobFor(question);
        const step = await job.step({
          inputs: { ...question.inputs(), 'max-attempts': '2', 'timeout-seconds': '20', 'keep-alive': 'false' },
        });
        assertRefused(step, job, question.host);
        assert.match(step.result.errors[0] ?? '', /tries failed/);
        assert.equal(planned.hits, 2);
      });
    }

    test('is survived once', { skip: question.world === 'only-refuses' }, async () => {
      for (const fault of [SWITCH, { kind: 'json', body: { hello: 'world' } } as const]) {
        world.simulator.clear();
        world.simulator.faults.add({ ...question.target, fault });
        using job = jobFor(question);
        await using _ = await world.signedIn({ subscription: 'Production', ...question.inputs() }, { job });
      }
    });
  });
}
