import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cloudFromMetadata } from '../../src/arm/discovery.ts';
import type { CloudServices } from '../../src/core/cloud-services.ts';
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

function read(metadata: unknown, url = URL_OF_OWN): Cloud {
  return cloudFromMetadata('AzureStack', url, metadata);
}

function services({ definition }: Cloud): CloudServices {
  assert.equal(definition.kind, 'written');
  return definition.kind === 'written' ? definition.services : {};
}

function profileOf({ definition }: Cloud): string {
  return definition.kind === 'written' ? definition.apiProfile : '';
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

suite('a description', () => {
  test('of 2022-09-01 is one object', () => {
    const cloud = read(OWN);
    assert.deepEqual(
      { ...cloud, definition: undefined },
      {
        name: 'AzureStack',
        authority: 'https://login.contoso.example',
        directory: 'entra',
        resourceManager: URL_OF_OWN,
        resourceManagerAudience: 'https://management.contoso.example/',
        resourceManagerVersion: '2022-12-01',
        serviceManagement: '',
        federatedAudience: '',
        terraformName: '',
        metadataHost: 'management.contoso.example:8443',
        definition: undefined,
      },
    );
    assert.equal(profileOf(cloud), 'latest');
    assert.deepEqual(services(cloud), {
      graphAudience: 'https://graph.contoso.example/',
      portal: 'https://portal.contoso.example',
      sqlManagement: 'https://sql.contoso.example:8443/',
      keyVaultDns: 'vault.contoso.example',
      sqlServerHostname: 'db.contoso.example',
      storage: 'contoso.example',
    });
  });

  test('of 2019-05-01 is among those of other clouds', () => {
    const other = { ...OWN, resourceManager: 'https://management.other.example/', portal: 'https://other.example' };
    assert.deepEqual(read([null, 1, other, OWN]), read(OWN));
  });

  test('of 2015-01-01 is that of a Stack Hub, with older interfaces', () => {
    const cloud = read(STACK, URL_OF_STACK);
    assert.equal(cloud.authority, 'https://login.windows.net');
    assert.equal(cloud.resourceManagerAudience, STACK.authentication.audiences[0]);
    assert.equal(cloud.resourceManagerVersion, '2016-06-01');
    assert.equal(profileOf(cloud), '2020-09-01-hybrid');
    assert.deepEqual(services(cloud), {
      gallery: STACK.galleryEndpoint,
      graphAudience: STACK.graphEndpoint,
      portal: STACK.portalEndpoint,
      storage: 'local.azurestack.external',
      keyVaultDns: 'vault.local.azurestack.external',
    });
  });

  test('of a Stack Hub in the new shape is one all the same', () => {
    const marks = [
      { name: 'AzureStackCloud' },
      { authentication: { ...OWN.authentication, identityProvider: 'ADFS' } },
      { authentication: { ...OWN.authentication, tenant: 'adfs' } },
    ];
    for (const mark of marks) assert.equal(read({ ...OWN, ...mark }).resourceManagerVersion, '2016-06-01');
  });

  for (const loginEndpoint of ['https://adfs.contoso.example/adfs', 'https://ADFS.contoso.example/ADFS/']) {
    test(`with the token issuer ${loginEndpoint} has an AD FS`, () => {
      const cloud = read({ ...STACK, authentication: { ...STACK.authentication, loginEndpoint } }, URL_OF_STACK);
      assert.equal(cloud.directory, 'adfs');
      assert.equal(cloud.authority, 'https://adfs.contoso.example');
      assert.equal(profileOf(cloud), '2020-09-01-hybrid');
    });
  }

  test('tells by its issuer which audience federated tokens have', () => {
    const audiences = Object.fromEntries(
      [
        'https://login.microsoftonline.us/',
        'https://login.partner.microsoftonline.cn',
        'https://login.contoso.example',
      ].map((loginEndpoint) => {
        const authentication = { ...STACK.authentication, loginEndpoint };
        return [loginEndpoint, read({ ...STACK, authentication }, URL_OF_STACK).federatedAudience];
      }),
    );
    assert.deepEqual(Object.values(audiences), [
      'api://AzureADTokenExchangeUSGov',
      'api://AzureADTokenExchangeChina',
      '',
    ]);
  });

  test('does not name the cloud: clients would use the endpoints of the one that has the name', () => {
    for (const name of ['AzureCloud', 'azureusgovernment', 'DEFAULT', 'x]\n[cloud']) {
      assert.equal(read({ ...OWN, name }).name, 'AzureStack');
    }
  });
});

suite('a description is refused', () => {
  const authentication = (changes: object): object => ({
    ...OWN,
    authentication: { ...OWN.authentication, ...changes },
  });
  const suffixes = (changes: object): object => ({ ...OWN, suffixes: { ...OWN.suffixes, ...changes } });

  const refusals: Readonly<Record<string, readonly [metadata: unknown, why: RegExp]>> = {
    'that is empty': [{}, /names none/],
    'that is no object': ['cloud', /no Resource Manager/],
    'without a token issuer': [authentication({ loginEndpoint: '' }), /token issuer must be .* names none/],
    'with an issuer that is not https': [
      authentication({ loginEndpoint: 'http://login.contoso.example' }),
      /token issuer must be the URL of an https host, but it is http:\/\/login\.contoso\.example/,
    ],
    'with credentials in a URL': [
      authentication({ loginEndpoint: 'https://a:b@login.contoso.example' }),
      /token issuer/,
    ],
    'with a tenant in the issuer': [
      authentication({ loginEndpoint: 'https://login.contoso.example/common' }),
      /neither/,
    ],
    'with a query in the issuer': [authentication({ loginEndpoint: 'https://login.contoso.example/?x' }), /neither/],
    'with a hidden character in the issuer': [
      authentication({ loginEndpoint: 'https://login.\u0007example' }),
      /issuer/,
    ],
    'with a line break in the issuer': [authentication({ loginEndpoint: 'https://login.example\n[x]' }), /issuer/],
    'with an issuer that is no host': [authentication({ loginEndpoint: 'https://' }), /token issuer/],
    'with an issuer that is no text': [authentication({ loginEndpoint: ['https://login.contoso.example'] }), /none/],
    'without an audience': [authentication({ audiences: [] }), /no audience/],
    'with an audience that is no text': [authentication({ audiences: [{}] }), /no audience/],
    'with an audience that is several': [
      authentication({ audiences: ['https://a.example https://b.example'] }),
      /no audience/,
    ],
    'with a service that is not https': [{ ...OWN, portal: 'http://portal.contoso.example' }, /Its portal must be/],
    'with a service that is a script': [{ ...OWN, gallery: 'javascript:alert(1)' }, /Its gallery must be/],
    'with a suffix that is no host name': [
      suffixes({ storage: 'a b' }),
      /Its storage must be the ending of a host name/,
    ],
    'with a suffix on two lines': [suffixes({ keyVaultDns: 'a\nendpoint_x = b' }), /Its keyVaultDns/],
    'with a path in a suffix': [suffixes({ acrLoginServer: 'a/b' }), /Its acrLoginServer/],
    'of another cloud': [
      { ...OWN, resourceManager: 'https://management.other.example/' },
      /names the Resource Manager/,
    ],
    'of other clouds': [
      [{ ...OWN, resourceManager: 'https://a.example' }, { resourceManager: 'https://b.example' }],
      /a\.example, https:\/\/b/,
    ],
    'with a Resource Manager that is not https': [
      { ...OWN, resourceManager: URL_OF_OWN.replace('https', 'http') },
      /not sent/,
    ],
    'in an empty list': [[], /no Resource Manager at all/],
    'of a Stack Hub in a list': [[STACK], /no Resource Manager at all/],
  };
  for (const [name, [metadata, why]] of Object.entries(refusals)) {
    test(name, () => {
      const error = refusal(metadata);
      assert.match(error.why, why);
      assert.ok(error.next.length > 0);
      assert.doesNotMatch(error.report, /\n\[x\]/);
      assert.ok(!error.report.includes('\u0007'));
    });
  }

  test('when it names another host, with the input that would be right', () => {
    const error = refusal({ ...OWN, resourceManager: 'https://management.other.example' });
    assert.match(error.report, /resource-manager-url: https:\/\/management\.other\.example/);
  });
});

suite('a cloud with the issuer of one of Microsoft’s', () => {
  const stackWith = (audience: string): unknown => ({
    ...STACK,
    authentication: { ...STACK.authentication, audiences: [audience] },
  });

  const foreign = `
    https://management.azure.com/ https://MANAGEMENT.azure.com https://management.core.windows.net/
    https://management.core.usgovcloudapi.net/ https://graph.microsoft.com https://vault.azure.net
    00000003-0000-0000-c000-000000000000 api://AzureADTokenExchange https://evil.example/management.x
    https://user@management.azure.com/ https://management.azure.com./ https://management.azure.com:8443/
    https://management.microsoftazure.us/ api://management.contoso.example/x http://management.contoso.example/x`
    .trim()
    .split(/\s+/);
  for (const audience of foreign) {
    test(`is given no token for ${audience}`, () => {
      assert.match(refusal(stackWith(audience), URL_OF_STACK).why, /not its own Resource Manager|no audience/);
    });
  }

  const spellings = [
    'https://LOGIN.microsoftonline.com',
    'https://login.microsoftonline.com./',
    'https://login.windows.net:443',
  ];
  for (const loginEndpoint of spellings) {
    test(`is told also as ${loginEndpoint}`, () => {
      const authentication = { ...STACK.authentication, loginEndpoint };
      assert.equal(read({ ...STACK, authentication }, URL_OF_STACK).federatedAudience, 'api://AzureADTokenExchange');
    });
  }

  const unlisted = [
    'https://westus.login.microsoft.com',
    'https://login-us.microsoftonline.com',
    'https://login.microsoftonline.com:8443',
  ];
  for (const loginEndpoint of unlisted) {
    test(`that is on no list, ${loginEndpoint}, is given no token for another resource, and no federated one`, () => {
      const authentication = { loginEndpoint, audiences: ['https://contoso.onmicrosoft.com/api'] };
      assert.match(refusal({ ...STACK, authentication }, URL_OF_STACK).why, /not its own Resource Manager/);
      const own = { loginEndpoint, audiences: STACK.authentication.audiences };
      assert.equal(read({ ...STACK, authentication: own }, URL_OF_STACK).federatedAudience, '');
    });
  }

  test('on a host that Microsoft lends is none of Microsoft’s', () => {
    const authentication = { loginEndpoint: 'https://login.windows.net', audiences: ['https://management.azure.com'] };
    for (const url of ['https://evil.azurewebsites.net', 'https://evil.westeurope.cloudapp.azure.com']) {
      assert.match(refusal({ ...STACK, authentication }, url).why, /not its own Resource Manager/);
    }
  });

  test('is given one for itself', () => {
    for (const audience of [`${URL_OF_STACK}/`, 'https://adminmanagement.contoso.onmicrosoft.com/5a3b0b44']) {
      assert.equal(read(stackWith(audience), URL_OF_STACK).resourceManagerAudience, audience);
    }
  });

  test('is given that one’s own where it is that one itself', () => {
    const url = 'https://management.usgovcloudapi.net';
    const audience = 'https://management.core.usgovcloudapi.net/';
    const authentication = { loginEndpoint: 'https://login.microsoftonline.us', audiences: [audience] };
    assert.equal(read({ resourceManager: `${url}/`, authentication }, url).resourceManagerAudience, audience);
  });
});
