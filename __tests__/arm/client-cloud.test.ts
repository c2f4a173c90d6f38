import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HOST_SUFFIXES, SERVICE_URLS } from '../../src/core/cloud-services.ts';
import { type Cloud, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { classicIssuer, clientCloud } from '../../src/profile/cloud-definition.ts';
import { newIniFiles } from '../profile/logins.ts';

const everything = Object.fromEntries([
  ...Object.keys(SERVICE_URLS).map((name) => [name, `https://${name.toLowerCase()}.contoso.example/100%`]),
  ...Object.keys(HOST_SUFFIXES).map((name) => [name, `${name.toLowerCase()}.contoso.example`]),
]);

const PRIVATE: Cloud = {
  ...KNOWN_CLOUDS.AzureCloud,
  name: 'AzureStack',
  authority: 'https://login.contoso.example',
  resourceManager: 'https://management.contoso.example',
  resourceManagerAudience: 'https://management.contoso.example/5a3b',
  serviceManagement: '',
  definition: { kind: 'written', apiProfile: 'latest', services: everything },
};

suite('what clients are told of a cloud', () => {
  test('is nothing where they know it', () => {
    const { AzureGermanCloud: _, ...open } = KNOWN_CLOUDS;
    for (const cloud of Object.values(open)) assert.equal(clientCloud(cloud), undefined);
    assert.doesNotMatch(newIniFiles('AzureCloud').config, /instance_discovery/);
  });

  test('is all of the German one, which newer clients have forgotten', () => {
    const told = clientCloud(KNOWN_CLOUDS.AzureGermanCloud);
    assert.ok(told);
    assert.match(newIniFiles('AzureGermanCloud', told).clouds, /^\[AzureGermanCloud\]\nprofile = latest\n/);
  });

  test('is every endpoint of a private one, in the spelling of `az`', () => {
    const told = clientCloud(PRIVATE);
    assert.ok(told);
    const options = new Map(told.azCloud);
    assert.equal(options.size, 4 + Object.keys(SERVICE_URLS).length + Object.keys(HOST_SUFFIXES).length);
    assert.equal(options.get('endpoint_active_directory'), 'https://login.contoso.example');
    assert.equal(options.get('endpoint_resource_manager'), 'https://management.contoso.example/');
    assert.equal(options.get('endpoint_management'), undefined);
    assert.equal(options.get('suffix_keyvault_dns'), '.keyvaultdns.contoso.example');
    assert.equal(options.get('suffix_storage_endpoint'), 'storage.contoso.example');
    const { config, clouds } = newIniFiles('AzureStack', told);
    assert.match(clouds, /^endpoint_portal = https:\/\/portal\.contoso\.example\/100%%$/m);
    assert.match(config, /\[core\]\n(.*\n)*instance_discovery = false\n/);
  });

  test('is for the classic CLI a value of every parameter', () => {
    const bare = { ...PRIVATE, definition: { kind: 'written', apiProfile: 'latest', services: {} } } as const;
    const environment = clientCloud(bare)?.classicEnvironment;
    assert.ok(environment);
    assert.equal(Object.keys(environment).length, 16);
    for (const [name, value] of Object.entries(environment))
      assert.ok(value !== '' && !value.includes('undefined'), name);
    assert.equal(clientCloud(PRIVATE)?.classicEnvironment.storageEndpointSuffix, '.storage.contoso.example');
  });

  test('has the path of an AD FS for `az`', () => {
    const adfs = { ...PRIVATE, directory: 'adfs' } as const;
    const options = new Map(clientCloud(adfs)?.azCloud);
    assert.equal(options.get('endpoint_active_directory'), 'https://login.contoso.example/adfs');
  });

  test('hides a private issuer from the classic CLI, which would not take it', () => {
    assert.equal(classicIssuer(PRIVATE).kind, 'stand-in');
    assert.equal(classicIssuer({ ...PRIVATE, authority: 'https://login.windows.net' }).kind, 'own');
    for (const cloud of Object.values(KNOWN_CLOUDS)) {
      assert.deepEqual(classicIssuer(cloud), { kind: 'own', url: cloud.authority });
    }
  });
});
