import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cloudFromMetadata } from '../../src/arm/discovery.ts';
import type { Cloud } from '../../src/core/clouds.ts';
import { SessionError } from '../../src/core/session-error.ts';

const URL_OF_STACK = 'https://management.local.azurestack.external';
const URL_OF_OWN = 'https://management.contoso.example:8443';

/** What an Azure Stack Hub that signs in at the public cloud says. Source: its operators' documentation. */
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
  resourceManager: `${URL_OF_OWN}/`,
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
  suffixes: {
    storage: 'contoso.example',
    keyVaultDns: '.vault.contoso.example',
    sqlServerHostname: 'db.contoso.example',
  },
};

/** The same with other parts of the authentication. */
function stack(changes: object): object {
  return { ...STACK, authentication: { ...STACK.authentication, ...changes } };
}

function own(changes: object): object {
  return { ...OWN, authentication: { ...OWN.authentication, ...changes } };
}

function read(metadata: unknown, url = URL_OF_OWN): Cloud {
  return cloudFromMetadata('AzureStack', url, metadata);
}

function refusal(metadata: unknown, url = URL_OF_OWN): SessionError {
  try {
    read(metadata, url);
  } catch (error) {
    assert.ok(error instanceof SessionError);
    return error;
  }
  return assert.fail('It was taken.');
}

// What each shape gives, a sign-in to such a cloud shows.
suite('a description', () => {
  test('of 2019-05-01 is among those of other clouds', () => {
    const other = { ...OWN, resourceManager: 'https://management.other.example/', portal: 'https://other.example' };
    assert.deepEqual(read([null, 1, other, OWN]), read(OWN));
  });

  test('of a Stack Hub in the new shape is one all the same', () => {
    const marked = [{ ...OWN, name: 'AzureStackCloud' }, own({ identityProvider: 'ADFS' }), own({ tenant: 'adfs' })];
    for (const each of marked) assert.equal(read(each).resourceManagerVersion, '2016-06-01');
  });

  test('tells by its issuer, however that is spelt, which audience federated tokens have', () => {
    for (const [loginEndpoint, audience] of [
      ['https://login.microsoftonline.us/', 'api://AzureADTokenExchangeUSGov'],
      ['https://login.partner.microsoftonline.cn', 'api://AzureADTokenExchangeChina'],
      ['https://login.contoso.example', ''],
      ['https://LOGIN.microsoftonline.com', 'api://AzureADTokenExchange'],
      ['https://login.microsoftonline.com./', 'api://AzureADTokenExchange'],
      ['https://login.windows.net:443', 'api://AzureADTokenExchange'],
    ] as const) {
      assert.equal(read(stack({ loginEndpoint }), URL_OF_STACK).federatedAudience, audience, loginEndpoint);
    }
  });

  test('does not name the cloud: clients would use the endpoints of the one that has the name', () => {
    for (const name of ['AzureCloud', 'azureusgovernment', 'DEFAULT', 'x]\n[cloud']) {
      assert.equal(read({ ...OWN, name }).name, 'AzureStack');
    }
  });
});

suite('a description is refused', () => {
  const issuer = (loginEndpoint: unknown): object => own({ loginEndpoint });
  const suffixes = (changes: object): object => ({ ...OWN, suffixes: { ...OWN.suffixes, ...changes } });
  const [A, B] = [{ ...OWN, resourceManager: 'https://a.example' }, { resourceManager: 'https://b.example' }];

  for (const [name, metadata, why] of [
    ['that is empty', {}, /names none/],
    ['that is no object', 'cloud', /no Resource Manager/],
    ['without a token issuer', issuer(''), /token issuer must be .* names none/],
    [
      'with an issuer that is not https',
      issuer('http://login.contoso.example'),
      /token issuer must be the URL of an https host, but it is http:\/\/login\.contoso\.example/,
    ],
    ['with credentials in a URL', issuer('https://a:b@login.contoso.example'), /token issuer/],
    ['with a tenant in the issuer', issuer('https://login.contoso.example/common'), /neither/],
    ['with a query in the issuer', issuer('https://login.contoso.example/?x'), /neither/],
    ['with a hidden character in the issuer', issuer('https://login.\u0007example'), /issuer/],
    ['with a line break in the issuer', issuer('https://login.example\n[x]'), /issuer/],
    ['with an issuer that is no host', issuer('https://'), /token issuer/],
    ['with an issuer that is no text', issuer(['https://login.contoso.example']), /none/],
    ['without an audience', own({ audiences: [] }), /no audience/],
    ['with an audience that is no text', own({ audiences: [{}] }), /no audience/],
    ['with an audience that is several', own({ audiences: ['https://a.example https://b.example'] }), /no audience/],
    ['with a service that is not https', { ...OWN, portal: 'http://portal.contoso.example' }, /Its portal must be/],
    ['with a service that is a script', { ...OWN, gallery: 'javascript:alert(1)' }, /Its gallery must be/],
    ['with a suffix that is no host', suffixes({ storage: 'a b' }), /Its storage must be the ending of a host name/],
    ['with a suffix on two lines', suffixes({ keyVaultDns: 'a\nendpoint_x = b' }), /Its keyVaultDns/],
    ['with a path in a suffix', suffixes({ acrLoginServer: 'a/b' }), /Its acrLoginServer/],
    ['of another cloud', A, /names the Resource Manager/],
    ['of other clouds', [A, B], /a\.example, https:\/\/b/],
    ['that is not https', { ...OWN, resourceManager: URL_OF_OWN.replace('https', 'http') }, /does not send/],
    ['in an empty list', [], /no Resource Manager at all/],
    ['of a Stack Hub in a list', [STACK], /no Resource Manager at all/],
  ] as const) {
    test(name, () => {
      const error = refusal(metadata);
      assert.match(error.why, why);
      assert.ok(error.next.length > 0);
      assert.doesNotMatch(error.report, /\n\[x\]/);
      assert.ok(!error.report.includes('\u0007'));
    });
  }

  test('when it names another host, with the input that would be right', () => {
    assert.match(refusal(A).report, /resource-manager-url: https:\/\/a\.example/);
  });
});

suite('a cloud with the issuer of one of Microsoft’s', () => {
  const FOREIGN = /not its own Resource Manager|no audience/;
  const foreign = `https://management.azure.com/ https://MANAGEMENT.azure.com https://management.core.windows.net/
    https://management.core.usgovcloudapi.net/ https://graph.microsoft.com https://vault.azure.net
    00000003-0000-0000-c000-000000000000 api://AzureADTokenExchange https://evil.example/management.x
    https://user@management.azure.com/ https://management.azure.com./ https://management.azure.com:8443/
    https://management.microsoftazure.us/ api://management.contoso.example/x http://management.contoso.example/x`;
  for (const audience of foreign.split(/\s+/)) {
    test(`is given no token for ${audience}`, () => {
      assert.match(refusal(stack({ audiences: [audience] }), URL_OF_STACK).why, FOREIGN);
    });
  }

  for (const loginEndpoint of [
    'https://westus.login.microsoft.com',
    'https://login-us.microsoftonline.com',
    'https://login.microsoftonline.com:8443',
  ]) {
    test(`that is on no list, ${loginEndpoint}, is given no token for another resource, and no federated one`, () => {
      const audiences = ['https://contoso.onmicrosoft.com/api'];
      assert.match(refusal(stack({ loginEndpoint, audiences }), URL_OF_STACK).why, FOREIGN);
      assert.equal(read(stack({ loginEndpoint }), URL_OF_STACK).federatedAudience, '');
    });
  }

  test('on a host that Microsoft lends is none of Microsoft’s', () => {
    for (const url of ['https://evil.azurewebsites.net', 'https://evil.westeurope.cloudapp.azure.com']) {
      assert.match(refusal(stack({ audiences: ['https://management.azure.com'] }), url).why, FOREIGN);
    }
  });

  test('is given one for itself', () => {
    for (const audience of [`${URL_OF_STACK}/`, 'https://adminmanagement.contoso.onmicrosoft.com/5a3b0b44']) {
      assert.equal(read(stack({ audiences: [audience] }), URL_OF_STACK).resourceManagerAudience, audience);
    }
  });

  test('is given that one’s own where it is that one itself', () => {
    const url = 'https://management.usgovcloudapi.net';
    const audience = 'https://management.core.usgovcloudapi.net/';
    const authentication = { loginEndpoint: 'https://login.microsoftonline.us', audiences: [audience] };
    assert.equal(read({ resourceManager: `${url}/`, authentication }, url).resourceManagerAudience, audience);
  });
});
