import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import {
  noSubscriptions,
  RESOURCE_MANAGER_ERRORS,
  readResourceManagerError,
  resourceManagerError,
  subscriptionNotFound,
} from '../../src/errors/resource-manager.ts';
import { CLIENT, layout, OBJECT, SUBSCRIPTION, TENANT } from './messages.ts';

const IDENTITY = { clientId: CLIENT, objectId: OBJECT, tenantId: TENANT, cloud: KNOWN_CLOUDS.AzureCloud };
const NOTHING = { code: '', message: '', correlationId: '', homeTenant: '' };

suite("Resource Manager's refusals", () => {
  test('are read: code, message, ids', () => {
    const body = JSON.stringify({
      error: { code: 'AuthorizationFailed', message: 'The client\r\nmay not.', details: [] },
    });
    assert.deepEqual(readResourceManagerError(403, { 'x-ms-correlation-request-id': OBJECT }, body), {
      ...NOTHING,
      status: 403,
      code: 'AuthorizationFailed',
      message: 'The client may not.',
      correlationId: OBJECT,
    });
  });

  test('name the right tenant, in the message or in the header', () => {
    const message = `The access token is from the wrong issuer 'https://sts.windows.net/${TENANT}/'. It must match the tenant 'https://sts.windows.net/${OBJECT}/' associated with this subscription.`;
    const body = JSON.stringify({ error: { code: 'InvalidAuthenticationTokenTenant', message } });
    assert.equal(readResourceManagerError(401, {}, body).homeTenant, OBJECT);
    const several = body.replace('the tenant ', 'one of the tenants ');
    assert.equal(readResourceManagerError(401, {}, several).homeTenant, OBJECT);
    const header = `Bearer authorization_uri="https://login.windows.net/${OBJECT}", error="invalid_token"`;
    assert.equal(readResourceManagerError(401, { 'www-authenticate': header }, '').homeTenant, OBJECT);
    assert.equal(readResourceManagerError(401, { 'www-authenticate': 'Bearer' }, '').homeTenant, '');
  });

  test('survive hostile bodies', () => {
    const bodies = [
      '',
      '<html>',
      'null',
      '[]',
      '{"error":"x"}',
      '{"error":[]}',
      '{"__proto__":{"error":{"code":"X"}}}',
    ];
    for (const body of [...bodies, '['.repeat(100_000), `{"error":{"code":${'"a"'.padStart(300_000)}}}`]) {
      assert.deepEqual(readResourceManagerError(500, {}, body), { ...NOTHING, status: 500 }, body.slice(0, 40));
    }
    const odd = JSON.stringify({ error: { code: 'two words\n', message: { a: 1 } } });
    assert.deepEqual(readResourceManagerError(400, { 'x-ms-request-id': '::error::' }, odd), {
      ...NOTHING,
      status: 400,
    });
  });

  for (const { codes, meaning } of RESOURCE_MANAGER_ERRORS) {
    const statuses = codes.filter((code) => /^\d+$/.test(code)).map(Number);
    test(`have a message that is whole: ${codes.join(', ')}`, () => {
      for (const code of codes) {
        for (const objectId of [OBJECT, '']) {
          const refusal = { ...NOTHING, status: 400, code, message: 'Words.' };
          const facts = { ...IDENTITY, objectId, operation: 'list the subscriptions', subscriptionId: SUBSCRIPTION };
          const error = resourceManagerError(refusal, facts);
          assert.ok(error.why.startsWith(meaning));
          assert.ok(error.next.length > 0);
          const known = layout(error).replaceAll(objectId === '' ? 'PRINCIPAL_OBJECT_ID' : '-', '');
          assert.doesNotMatch(
            known.replace('tenant-id: TENANT_ID', '').replace('tenantid: TENANT_ID', ''),
            /undefined|\{\w+\}|\b[A-Z]+_[A-Z_]+\b/,
          );
        }
      }
    });

    for (const status of statuses) {
      test(`are known by their status alone: ${status}`, () => {
        const refusal = { ...NOTHING, status };
        assert.ok(resourceManagerError(refusal, { ...IDENTITY, operation: 'x' }).why.startsWith(meaning));
      });
    }
  }

  test('find the subscription in the scope that the answer names', () => {
    const message = `No authorization over scope '/subscriptions/${SUBSCRIPTION}/resourceGroups/x'.`;
    const refusal = { ...NOTHING, status: 403, code: 'AuthorizationFailed', message };
    const { next } = resourceManagerError(refusal, { ...IDENTITY, operation: 'x' });
    assert.ok(next[0]?.command?.endsWith(`--scope /subscriptions/${SUBSCRIPTION}`));
  });
});

suite('A subscription that cannot be used', () => {
  const named = (...names: readonly string[]): { id: string; name: string; state: string }[] =>
    names.map((name) => ({ id: SUBSCRIPTION, name, state: 'Enabled' }));
  const proposal = (wanted: string, ...names: readonly string[]): string | undefined =>
    subscriptionNotFound(wanted, named(...names), IDENTITY).next[0]?.yaml;

  test('is proposed by the nearest name', () => {
    assert.equal(proposal('Prodution', 'Test', 'Production'), 'subscription: "Production"');
    assert.equal(proposal('staging', 'Test', 'Staging: EU'), 'subscription: "Staging: EU"');
    const { next } = subscriptionNotFound('nothing like it', named('Production'), IDENTITY);
    assert.equal(next[0]?.say, 'Give a name or an id from the list above.');
  });

  test('is told as an id that lost a character, where it looks like one', () => {
    const stepsFor = (wanted: string) =>
      subscriptionNotFound(wanted, named('Production'), IDENTITY).next.map(({ say }) => say);
    assert.match(stepsFor(SUBSCRIPTION.slice(0, -1))[0] ?? '', /^It looks like the id of a subscription, but has 35 /);
    for (const wanted of [SUBSCRIPTION, 'Production', 'feed-beef-cafe']) {
      assert.doesNotMatch(stepsFor(wanted).join(), /looks like/, wanted);
    }
  });

  test('is not said to be the only one missing when none were listed', () => {
    const { why, next } = subscriptionNotFound(SUBSCRIPTION, 'not-listed', IDENTITY);
    assert.match(why, /^The tenant has no such subscription, or the identity has no role in it/);
    assert.match(next[0]?.command ?? '', new RegExp(`--scope /subscriptions/${SUBSCRIPTION}$`));
  });

  test('is not looked for in a list by an identity that sees none', () => {
    for (const wanted of ['Production', SUBSCRIPTION]) {
      const { why, next } = subscriptionNotFound(wanted, [], IDENTITY);
      assert.match(why, /^The identity sees no subscription at all:/);
      assert.match(next[0]?.say ?? '', /^Give the identity a role in the subscription\./);
      assert.doesNotMatch(next.map(({ say }) => say).join(), /the list|If the id is right/);
    }
  });

  test('is told from the tenant', () => {
    const { next } = subscriptionNotFound(IDENTITY.tenantId.toUpperCase(), named('Production'), IDENTITY);
    assert.match(next[0]?.say ?? '', /^That is the id of the tenant\./);
    assert.doesNotMatch(next.map(({ command, yaml }) => command ?? yaml).join(), new RegExp(IDENTITY.tenantId, 'i'));
  });

  test('is not proposed by name when an id was wanted', () => {
    const { next } = subscriptionNotFound('99999999-0000-4000-8000-999999999999', named('Production'), IDENTITY);
    assert.match(next[0]?.command ?? '', /--scope \/subscriptions\/99999999-0000-4000-8000-999999999999$/);
  });

  test('is listed among at most twenty, with every name on one line', () => {
    const names = Array.from({ length: 21 }, (_, index) => `Team\n${index}${'x'.repeat(100)}`);
    const lines = subscriptionNotFound('wanted', named(...names), IDENTITY).why.split('\n');
    assert.equal(lines.filter((line) => line.startsWith('    Team ')).length, 20);
    assert.ok(lines.includes('    and 1 more'));
    assert.ok(lines.every((line) => line.length < 200));
  });

  test('is given to the right kind of principal', () => {
    const role = (facts: Parameters<typeof noSubscriptions>[0]): string =>
      noSubscriptions(facts).next[0]?.command ?? '';
    assert.match(role(IDENTITY), /--assignee-principal-type ServicePrincipal /);
    assert.match(role({ ...IDENTITY, clientId: '' }), /--assignee-principal-type User /);
    assert.match(role({ ...IDENTITY, clientId: '', principalType: 'ServicePrincipal' }), /type ServicePrincipal /);
  });

  test('may have a hostile name', () => {
    const name = 'a"\n::error::b`c';
    const error = subscriptionNotFound(name, named(name), IDENTITY);
    assert.doesNotMatch(layout(error), /^\s*::/m);
    assert.equal(error.message.includes('\n'), false);
  });
});
