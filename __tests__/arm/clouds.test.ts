import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CLOUDS } from '../../simulator/clouds.ts';
import { KNOWN_CLOUDS, knownCloudOfIssuer, tokenIssuer } from '../../src/core/clouds.ts';
import { tenantOfToken } from '../../src/core/jwt.ts';
import { isMicrosoftAudience } from '../../src/entra/private-cloud.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';

// The sign-in tests cover the endpoints. The simulator has a second table, written independently from the sources.
for (const { name, classicHost } of CLOUDS) {
  test(`every endpoint of ${name} belongs to Microsoft, so no private cloud gets a token for it`, () => {
    const cloud = Object.values(KNOWN_CLOUDS).find((known) => known.name === name) ?? assert.fail();
    assert.equal(cloud.serviceManagement, `https://${classicHost}`);
    const { authority, resourceManager, resourceManagerAudience, serviceManagement, federatedAudience } = cloud;
    for (const url of [authority, resourceManager, resourceManagerAudience, serviceManagement, federatedAudience]) {
      assert.ok(isMicrosoftAudience(url), `${url} is missing in src/entra/private-cloud.ts`);
    }
  });
}

suite('the token issuer', () => {
  test('escapes a tenant that would change the path', () => {
    const { tokenEndpoint } = tokenIssuer(KNOWN_CLOUDS.AzureCloud, '../x?y#z');
    assert.equal(tokenEndpoint, 'https://login.microsoftonline.com/..%2Fx%3Fy%23z/oauth2/v2.0/token');
  });

  for (const { name, loginHosts } of CLOUDS) {
    test(`of ${name} is recognized by each of its hosts`, () => {
      for (const host of loginHosts) assert.equal(knownCloudOfIssuer(`https://${host}`)?.name, name, host);
    });
  }

  test('of a private cloud is not recognized', () => {
    const hosts = ['login.local.azurestack.external', 'login.windows.net.evil.example'];
    for (const authority of ['constructor', ...hosts.map((host) => `https://${host}`)]) {
      assert.equal(knownCloudOfIssuer(authority), undefined);
    }
  });
});

test('a token of AD FS has no tenant, even if it has the claim', () => {
  const token = `e30.${Buffer.from(JSON.stringify({ tid: TENANT })).toString('base64url')}.`;
  const { AzureCloud } = KNOWN_CLOUDS;
  assert.equal(tenantOfToken(token, AzureCloud), TENANT);
  assert.equal(tenantOfToken(token, { ...AzureCloud, directory: 'adfs' }), 'adfs');
  assert.equal(tenantOfToken('opaque', AzureCloud), '');
});
