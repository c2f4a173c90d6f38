import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import {
  RESOURCE_MANAGER_ERRORS,
  readResourceManagerError,
  resourceManagerError,
} from '../../src/errors/resource-manager.ts';
import { CLIENT, OBJECT, SUBSCRIPTION, TENANT, WRONG_TENANT } from './messages.ts';

const IDENTITY = { clientId: CLIENT, objectId: OBJECT, tenantId: TENANT, cloud: KNOWN_CLOUDS.AzureCloud };
const NOTHING = { code: '', message: '', correlationId: '', homeTenant: '' };

suite('An error response of Resource Manager', () => {
  test('has a code, a message and a correlation id', () => {
    const code = 'AuthorizationFailed';
    const body = JSON.stringify({ error: { code, message: 'The client\r\nmay not.', details: [] } });
    const response = readResourceManagerError(403, { 'x-ms-correlation-request-id': OBJECT }, body);
    const read = { ...NOTHING, status: 403, code, message: 'The client may not.', correlationId: OBJECT };
    assert.deepEqual(response, read);
  });

  test('names the tenant of the subscription, in the message or in the header', () => {
    const body = JSON.stringify({ error: { code: 'InvalidAuthenticationTokenTenant', message: WRONG_TENANT } });
    assert.equal(readResourceManagerError(401, {}, body).homeTenant, OBJECT);
    const several = body.replace('the tenant ', 'one of the tenants ');
    assert.equal(readResourceManagerError(401, {}, several).homeTenant, OBJECT);
    const header = `Bearer authorization_uri="https://login.windows.net/${OBJECT}", error="invalid_token"`;
    assert.equal(readResourceManagerError(401, { 'www-authenticate': header }, '').homeTenant, OBJECT);
    assert.equal(readResourceManagerError(401, { 'www-authenticate': 'Bearer' }, '').homeTenant, '');
  });

  test('is empty if the body is hostile', () => {
    for (const body of [
      ...['', '<html>', 'null', '[]', '{"error":"x"}', '{"error":[]}', '{"__proto__":{"error":{"code":"X"}}}'],
      ...['['.repeat(100_000), `{"error":{"code":${'"a"'.padStart(300_000)}}}`],
      JSON.stringify({ error: { code: 'two words\n', message: { a: 1 } } }),
    ]) {
      const response = readResourceManagerError(500, { 'x-ms-request-id': '::error::' }, body);
      assert.deepEqual(response, { ...NOTHING, status: 500 }, body.slice(0, 40));
    }
  });

  for (const { codes, meaning } of RESOURCE_MANAGER_ERRORS) {
    test(`has a complete message: ${codes.join(', ')}`, () => {
      for (const code of codes) {
        for (const objectId of [OBJECT, '']) {
          const response = { ...NOTHING, status: 400, code, message: `Words on '/subscriptions/${SUBSCRIPTION}'.` };
          const facts = { ...IDENTITY, objectId, operation: 'list the subscriptions' };
          const error = resourceManagerError(response, facts);
          assert.ok(error.why.startsWith(meaning));
          assert.ok(error.next.length > 0);
          const report = error.report.replaceAll(objectId === '' ? 'PRINCIPAL_OBJECT_ID' : '-', '');
          assert.doesNotMatch(report.replaceAll(/tenant-?id: TENANT_ID/g, ''), /undefined|\{\w+\}|\b[A-Z]+_[A-Z_]+\b/);
        }
      }
    });

    for (const status of codes.filter((code) => /^\d+$/.test(code)).map(Number)) {
      test(`has a meaning by its status alone: ${status}`, () => {
        const error = resourceManagerError({ ...NOTHING, status }, { ...IDENTITY, operation: 'x' });
        assert.ok(error.why.startsWith(meaning));
      });
    }
  }
});
