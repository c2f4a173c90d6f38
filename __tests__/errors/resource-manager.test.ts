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
import { CLIENT, OBJECT, SUBSCRIPTION, TENANT } from './messages.ts';

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
          const known = error.report.replaceAll(objectId === '' ? 'PRINCIPAL_OBJECT_ID' : '-', '');
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
});

test('A subscription that cannot be used is listed among at most twenty, each on one line, with the right kind of principal', () => {
  const names = Array.from({ length: 21 }, (_, at) => ({
    id: `${at}`,
    name: `Team\n${at}${'x'.repeat(100)}`,
    state: '',
  }));
  const lines = subscriptionNotFound('wanted', names, IDENTITY).why.split('\n');
  assert.equal(lines.filter((line) => line.startsWith('    Team ')).length, 20);
  assert.ok(lines.includes('    and 1 more'));
  assert.ok(lines.every((line) => line.length < 200));
  const role = (facts: Parameters<typeof noSubscriptions>[0]): string => noSubscriptions(facts).next[0]?.command ?? '';
  assert.match(role(IDENTITY), /--assignee-principal-type ServicePrincipal /);
  assert.match(role({ ...IDENTITY, clientId: '' }), /--assignee-principal-type User /);
  assert.match(role({ ...IDENTITY, clientId: '', principalType: 'ServicePrincipal' }), /type ServicePrincipal /);
});
