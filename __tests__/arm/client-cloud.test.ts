import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cloud, HOST_SUFFIXES, KNOWN_CLOUDS, SERVICE_URLS } from '../../src/core/clouds.ts';
import { classicIssuer, clientCloud } from '../../src/profile/cloud-definition.ts';
import { newIniFiles } from '../profile/logins.ts';

const services = Object.fromEntries([
  ...Object.keys(SERVICE_URLS).map((name) => [name, `https://${name.toLowerCase()}.contoso.example/100%`]),
  ...Object.keys(HOST_SUFFIXES).map((name) => [name, `${name.toLowerCase()}.contoso.example`]),
]);

const PRIVATE: Cloud = {
  ...KNOWN_CLOUDS.AzureCloud,
  name: 'AzureStack',
  authority: 'https://login.contoso.example',
  serviceManagement: '',
  definition: { kind: 'written', apiProfile: 'latest', services },
};

test('az gets every endpoint of a private cloud, under its own names', () => {
  const cloud = clientCloud(PRIVATE) ?? assert.fail();
  const options = new Map(cloud.azCloud);
  assert.equal(options.size, 4 + Object.keys(SERVICE_URLS).length + Object.keys(HOST_SUFFIXES).length);
  assert.equal(options.get('endpoint_management'), undefined);
  const { clouds } = newIniFiles('AzureStack', cloud);
  assert.match(clouds, /^endpoint_portal = https:\/\/portal\.contoso\.example\/100%%$/m);
});

test('the classic CLI gets a stand-in for the issuer of a private cloud, since it accepts only known issuers', () => {
  assert.equal(classicIssuer(PRIVATE).kind, 'stand-in');
  for (const { authority } of [...Object.values(KNOWN_CLOUDS), { authority: 'https://login.windows.net' }]) {
    assert.deepEqual(classicIssuer({ ...PRIVATE, authority }), { kind: 'own', url: authority });
  }
});
