import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cloudFromMetadata } from '../../src/arm/discovery.ts';
import type { Cloud } from '../../src/core/clouds.ts';
import { SessionError } from '../../src/core/session-error.ts';

const STACK_URL = 'https://management.local.azurestack.external';
const OWN_URL = 'https://management.contoso.example:8443';

/** An Azure Stack Hub with the issuer of the public cloud. Source: the documentation for its operators. */
const STACK = {
  galleryEndpoint: 'https://providers.local.azurestack.external:30016/',
  graphEndpoint: 'https://graph.windows.net/',
  portalEndpoint: 'https://portal.local.azurestack.external/',
  authentication: {
    loginEndpoint: 'https://login.windows.net/',
    audiences: ['https://management.azurestackci15.onmicrosoft.com/4de154de-f8a8-4017-af41-df619da68155'],
  },
};

const OWN = {
  name: 'Contoso',
  resourceManager: `${OWN_URL}/`,
  portal: 'https://portal.contoso.example',
  media: '',
  batch: null,
  graphAudience: 'https://graph.contoso.example/',
  sqlManagement: 'https://sql.contoso.example:8443/',
  authentication: {
    loginEndpoint: 'https://login.contoso.example',
    audiences: ['https://management.contoso.example/', 'https://management.core.contoso.example/'],
    tenant: 'common',
    identityProvider: 'AAD',
  },
  suffixes: { storage: 'contoso.example', keyVaultDns: '.vault.contoso.example' },
};

function stack(changes: object): object {
  return { ...STACK, authentication: { ...STACK.authentication, ...changes } };
}

function own(changes: object): object {
  return { ...OWN, authentication: { ...OWN.authentication, ...changes } };
}

function read(metadata: unknown, url = OWN_URL): Cloud {
  return cloudFromMetadata(url, metadata);
}

function assertRejected(metadata: unknown, url: string, why: RegExp): void {
  assert.throws(
    () => read(metadata, url),
    (error) => {
      assert.ok(error instanceof SessionError);
      assert.match(error.why, why);
      assert.ok(error.next.length > 0);
      for (const hidden of ['\n[x]', '\u0007']) assert.ok(!error.report.includes(hidden), error.report);
      return true;
    },
  );
}

// The sign-in tests cover the result for each format.
suite('the metadata of a private cloud', () => {
  test('is found among that of other clouds, in the format of 2019-05-01', () => {
    const other = { ...OWN, resourceManager: 'https://management.other.example/', portal: 'https://other.example' };
    assert.deepEqual(read([null, 1, other, OWN]), read(OWN));
  });

  test('in the new format may be that of a Stack Hub', () => {
    const hubs = [{ ...OWN, name: 'AzureStackCloud' }, own({ identityProvider: 'ADFS' }), own({ tenant: 'adfs' })];
    for (const each of hubs) assert.equal(read(each).resourceManagerVersion, '2016-06-01');
  });

  test('determines the audience of federated tokens by its issuer, in any spelling', () => {
    for (const [loginEndpoint, audience] of [
      ['https://login.microsoftonline.us/', 'api://AzureADTokenExchangeUSGov'],
      ['https://login.partner.microsoftonline.cn', 'api://AzureADTokenExchangeChina'],
      ['https://login.contoso.example', ''],
      ['https://LOGIN.microsoftonline.com', 'api://AzureADTokenExchange'],
      ['https://login.microsoftonline.com./', 'api://AzureADTokenExchange'],
      ['https://login.windows.net:443', 'api://AzureADTokenExchange'],
    ] as const) {
      assert.equal(read(stack({ loginEndpoint }), STACK_URL).federatedAudience, audience, loginEndpoint);
    }
  });

  test('does not determine the name: clients would use the endpoints of the known cloud with this name', () => {
    for (const name of ['AzureCloud', 'azureusgovernment', 'DEFAULT', 'x]\n[cloud']) {
      assert.equal(read({ ...OWN, name }).name, 'AzureStack');
    }
  });
});

suite('the metadata of a private cloud is rejected', () => {
  const issuer = (loginEndpoint: unknown): object => own({ loginEndpoint });
  const suffixes = (changes: object): object => ({ ...OWN, suffixes: { ...OWN.suffixes, ...changes } });
  const [A, B] = [{ ...OWN, resourceManager: 'https://a.example' }, { resourceManager: 'https://b.example' }];

  for (const [name, metadata, why] of [
    ['if it is empty', {}, /names none/],
    ['if it is not an object', 'cloud', /no Resource Manager/],
    ['without a token issuer', issuer(''), /token issuer must be .* names none/],
    ['with credentials in a URL', issuer('https://a:b@login.contoso.example'), /token issuer/],
    ['with a tenant in the issuer', issuer('https://login.contoso.example/common'), /neither/],
    ['with a query in the issuer', issuer('https://login.contoso.example/?x'), /neither/],
    ['with a hidden character in the issuer', issuer('https://login.\u0007example'), /issuer/],
    ['with a line break in the issuer', issuer('https://login.example\n[x]'), /issuer/],
    ['with an issuer that is not a host', issuer('https://'), /token issuer/],
    ['with an issuer that is not a string', issuer(['https://login.contoso.example']), /none/],
    ['without an audience', own({ audiences: [] }), /no audience/],
    ['with an audience that is not a string', own({ audiences: [{}] }), /no audience/],
    ['with an audience that is two', own({ audiences: ['https://a.example https://b.example'] }), /no audience/],
    ['with a service that is not https', { ...OWN, portal: 'http://portal.contoso.example' }, /Its portal must be/],
    ['with a service that is a script', { ...OWN, gallery: 'javascript:alert(1)' }, /Its gallery must be/],
    ['with a suffix that is not a host', suffixes({ storage: 'a b' }), /Its storage must be the ending of a host name/],
    ['with a suffix on two lines', suffixes({ keyVaultDns: 'a\nendpoint_x = b' }), /Its keyVaultDns/],
    ['with a path in a suffix', suffixes({ acrLoginServer: 'a/b' }), /Its acrLoginServer/],
    ['if it is for other clouds', [A, B], /a\.example, https:\/\/b/],
    ['if its own URL is not https', { ...OWN, resourceManager: OWN_URL.replace('https', 'http') }, /does not send/],
    ['if the list is empty', [], /no Resource Manager at all/],
    ['if that of a Stack Hub is in a list', [STACK], /no Resource Manager at all/],
  ] as const) {
    test(name, () => assertRejected(metadata, OWN_URL, why));
  }
});

suite('a cloud with the issuer of one of Microsoft’s', () => {
  const FOREIGN = /not its own Resource Manager|no audience/;
  const foreign = `https://management.azure.com/ https://MANAGEMENT.azure.com https://management.core.windows.net/
    https://management.core.usgovcloudapi.net/ https://graph.microsoft.com https://vault.azure.net
    00000003-0000-0000-c000-000000000000 api://AzureADTokenExchange https://evil.example/management.x
    https://user@management.azure.com/ https://management.azure.com./ https://management.azure.com:8443/
    https://management.microsoftazure.us/ api://management.contoso.example/x http://management.contoso.example/x`;
  for (const audience of foreign.split(/\s+/)) {
    test(`gets no token for ${audience}`, () => {
      assertRejected(stack({ audiences: [audience] }), STACK_URL, FOREIGN);
    });
  }

  for (const loginEndpoint of [
    'https://westus.login.microsoft.com',
    'https://login-us.microsoftonline.com',
    'https://login.microsoftonline.com:8443',
  ]) {
    test(`and the unlisted issuer ${loginEndpoint} gets neither a token for another resource nor a federated token`, () => {
      const audiences = ['https://contoso.onmicrosoft.com/api'];
      assertRejected(stack({ loginEndpoint, audiences }), STACK_URL, FOREIGN);
      assert.equal(read(stack({ loginEndpoint }), STACK_URL).federatedAudience, '');
    });
  }

  test('on a host of an Azure customer gets no token for Azure', () => {
    for (const url of ['https://evil.azurewebsites.net', 'https://evil.westeurope.cloudapp.azure.com']) {
      assertRejected(stack({ audiences: ['https://management.azure.com'] }), url, FOREIGN);
    }
  });

  test('gets a token for itself', () => {
    for (const audience of [`${STACK_URL}/`, 'https://adminmanagement.contoso.onmicrosoft.com/5a3b0b44']) {
      assert.equal(read(stack({ audiences: [audience] }), STACK_URL).resourceManagerAudience, audience);
    }
  });

  test('gets the token for a known cloud if it is that cloud', () => {
    const url = 'https://management.usgovcloudapi.net';
    const audience = 'https://management.core.usgovcloudapi.net/';
    const authentication = { loginEndpoint: 'https://login.microsoftonline.us', audiences: [audience] };
    assert.equal(read({ resourceManager: `${url}/`, authentication }, url).resourceManagerAudience, audience);
  });
});
