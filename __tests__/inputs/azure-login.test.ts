/**
 * What azure/login does with the same inputs, read in its `src/common/LoginConfig.ts` and `src/Cli/AzureCliLogin.ts` at
 * 833e8233. Each success there is one here, with the same meaning.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SignInRequest } from '../../src/core/request.ts';
import { accepted, CLIENT, OIDC, refusal, SUBSCRIPTION, TENANT, type With, warnings } from './workflow-step.ts';

const client = CLIENT.toLowerCase();
const tenant = TENANT.toLowerCase();
const subscription = SUBSCRIPTION.toLowerCase();

const principal = { clientId: CLIENT, clientSecret: 's3cret', tenantId: TENANT, subscriptionId: SUBSCRIPTION };
const creds = JSON.stringify(principal);
const secret = { method: 'client-secret', clientId: client, tenantId: tenant, clientSecret: 's3cret' } as const;
const oidc = { method: 'oidc', clientId: client, tenantId: tenant } as const;
const SP: With = { 'auth-type': 'SERVICE_PRINCIPAL' };
const EXPECTED =
  'It must be the JSON that `az ad sp create-for-rbac` prints, with `clientId`, `clientSecret`, `tenantId` and `subscriptionId`, or with `appId`, `password` and `tenant`.';
const WHOLE = 'Store the whole output as one secret, from the first brace to the last, with nothing around it.';

describe('the same inputs mean the same', () => {
  const cases: readonly [string, With, SignInRequest['credential']][] = [
    ['creds', { creds }, secret],
    ['creds by SERVICE_PRINCIPAL', { ...SP, creds }, secret],
    ['ids', { ...OIDC, 'subscription-id': SUBSCRIPTION }, oidc],
    ['ids by SERVICE_PRINCIPAL', { ...SP, ...OIDC }, oidc],
    ['auth-type in small letters', { 'auth-type': 'service_principal', ...OIDC }, oidc],
    ['IDENTITY', { 'auth-type': 'IDENTITY' }, { method: 'managed-identity', identity: { kind: 'system-assigned' } }],
    [
      'IDENTITY with a client id, and a tenant it does not need',
      { 'auth-type': 'Identity', ...OIDC },
      { method: 'managed-identity', identity: { kind: 'user-assigned', clientId: client } },
    ],
    ['an own audience', { ...OIDC, audience: 'api://Own' }, { ...oidc, audience: 'api://Own' }],
  ];
  for (const [name, inputs, credential] of cases) {
    test(name, () => {
      assert.deepEqual(accepted(inputs).credential, credential);
      assert.deepEqual(warnings(inputs), []);
    });
  }

  test('SERVICE_PRINCIPAL covers the other credentials of service principals too', () => {
    assert.equal(accepted({ ...SP, ...OIDC, 'client-secret': 'x' }).credential.method, 'client-secret');
    assert.equal(accepted({ ...SP, ...OIDC, 'client-certificate': 'x.pem' }).credential.method, 'client-certificate');
  });
  test('but not those of others', () => {
    assert.equal(
      refusal({ ...SP, username: 'u', password: 'pw' }),
      '`auth-type: SERVICE_PRINCIPAL` does not use `username` and `password`.\nRemove `username` and `password`, or set `auth-type: password`.',
    );
    assert.match(refusal({ ...SP, 'publish-settings': 'x', mode: 'asm' }), /does not use `publish-settings`/);
    assert.match(refusal({ 'auth-type': 'IDENTITY', 'client-secret': 'x' }), /^`auth-type: IDENTITY` does not use/);
  });
  test('SERVICE_PRINCIPAL needs both ids', () => {
    assert.match(
      refusal(SP),
      /^Signing in with the ID token of the job needs `client-id` and `tenant-id`, which are empty\./,
    );
    assert.match(refusal({ ...SP, 'client-id': CLIENT }), /, but `tenant-id` is empty\./);
    assert.match(refusal({ ...SP, 'tenant-id': TENANT }), /, but `client-id` is empty\./);
  });

  test('the subscription of creds', () => {
    assert.equal(accepted({ creds }).subscription.wanted, subscription);
    const { subscriptionId: _, ...without } = principal;
    assert.equal(accepted({ creds: JSON.stringify(without) }).subscription.wanted, undefined);
    assert.equal(accepted({ creds, subscription: 'Production' }).subscription.wanted, 'Production');
    assert.equal(accepted({ creds, 'list-subscriptions': 'false' }).subscription.scope, 'named-only');
  });
});

describe('booleans that are none', () => {
  for (const name of ['enable-AzPSSession', 'allow-no-subscriptions'] as const) {
    test(`${name} counts as false, with a warning`, () => {
      const inputs = { ...OIDC, [name]: 'notboolean' };
      const request = accepted(inputs);
      assert.deepEqual([request.powershell, request.subscription.whenNone], [false, 'refuse']);
      assert.deepEqual(warnings(inputs), [
        `\`${name}\` is 'notboolean', which is neither true nor false. It counts as false, as at azure/login.`,
      ]);
    });
    test(`${name} may be empty, and true in any letter case`, () => {
      assert.deepEqual(warnings({ ...OIDC, [name]: '' }), []);
      const request = accepted({ ...OIDC, [name]: 'TRUE' });
      assert.ok(request.powershell || request.subscription.whenNone === 'tenant-level-account');
      assert.deepEqual(warnings({ ...OIDC, [name]: 'TRUE' }), []);
    });
  }
});

describe('creds beside ids is ignored, with a warning', () => {
  const ignored = (names: string, verb = 'are'): string =>
    `\`creds\` is ignored, because ${names} ${verb} given too. It is the same at azure/login.`;

  test('client-id and tenant-id', () => {
    const inputs = { creds, 'client-id': '99999999-0000-4000-8000-000000000009', 'tenant-id': TENANT };
    assert.deepEqual(accepted(inputs).credential, { ...oidc, clientId: '99999999-0000-4000-8000-000000000009' });
    assert.equal(accepted(inputs).subscription.wanted, undefined);
    assert.deepEqual(warnings(inputs), [ignored('`client-id` and `tenant-id`')]);
  });
  test('all three', () => {
    const inputs = { ...SP, creds, ...OIDC, 'subscription-id': SUBSCRIPTION };
    assert.deepEqual(accepted(inputs).credential, oidc);
    assert.deepEqual(warnings(inputs), [ignored('`client-id`, `tenant-id` and `subscription-id`')]);
  });
  test('even when it is no JSON', () => {
    assert.deepEqual(accepted({ creds: '{', ...OIDC }).credential, oidc);
  });
  test('in favour of a credential that azure/login does not know', () => {
    const inputs = { creds, ...OIDC, 'client-secret': 'other' };
    assert.deepEqual(accepted(inputs).credential, { ...secret, clientSecret: 'other' });
    assert.deepEqual(warnings(inputs), [ignored('`client-id` and `tenant-id`')]);
  });
  test('and one id alone then signs no one in', () => {
    const use =
      'To use `creds`, remove `client-id`, `tenant-id` and `subscription-id`. `subscription` can stay beside it.';
    for (const inputs of [
      { 'client-id': CLIENT },
      { 'tenant-id': TENANT },
      { 'subscription-id': SUBSCRIPTION },
      { ...SP, 'subscription-id': SUBSCRIPTION },
    ]) {
      const [what, next] = refusal({ creds, ...inputs }).split('\n');
      assert.match(what ?? '', /^Signing in with the ID token of the job needs `client-id` and `tenant-id`, /);
      assert.equal(next, use);
      assert.deepEqual(warnings({ creds, ...inputs }).length, 1);
    }
    assert.deepEqual(warnings({ creds, 'subscription-id': SUBSCRIPTION }), [ignored('`subscription-id`', 'is')]);
  });
  test('while `subscription`, which azure/login does not have, stays beside it', () => {
    assert.deepEqual(warnings({ creds, subscription: SUBSCRIPTION }), []);
    assert.deepEqual(accepted({ creds, subscription: SUBSCRIPTION }).credential, secret);
  });
  test('IDENTITY', () => {
    const inputs = { 'auth-type': 'IDENTITY', creds };
    assert.equal(accepted(inputs).credential.method, 'managed-identity');
    assert.deepEqual(warnings(inputs), [
      '`creds` is ignored with `auth-type: IDENTITY`. It is the same at azure/login.',
    ]);
    assert.deepEqual(warnings({ ...inputs, 'client-id': CLIENT }), [ignored('`client-id`', 'is')]);
  });
  test('managed-identity is a name of ours, and refuses it', () => {
    assert.equal(
      refusal({ 'auth-type': 'managed-identity', creds }),
      '`auth-type: managed-identity` does not use `creds`.\nRemove `creds`, or set `auth-type: client-secret`.',
    );
  });
});

describe('creds', () => {
  test('as az prints it without --json-auth', () => {
    const plain = JSON.stringify({ appId: CLIENT, displayName: 'deployer', password: 's3cret', tenant: TENANT });
    assert.deepEqual(accepted({ creds: plain }).credential, secret);
    assert.equal(accepted({ creds: plain }).subscription.wanted, undefined);
  });
  test('a number is text, as at azure/login', () => {
    const numeric = JSON.stringify({ ...principal, clientSecret: 12345 });
    assert.deepEqual(accepted({ creds: numeric }).credential, { ...secret, clientSecret: '12345' });
  });
  test('white space around ids is not theirs; that of a secret is', () => {
    const spaced = JSON.stringify({ ...principal, clientId: ` ${CLIENT}\n`, clientSecret: ' s3cret ' });
    assert.deepEqual(accepted({ creds: spaced }).credential, { ...secret, clientSecret: ' s3cret ' });
  });

  const refused: readonly [string, string, string][] = [
    ['no JSON', 'client id x', `\`creds\` is not valid JSON. ${EXPECTED}\n${WHOLE}`],
    ['null', 'null', `\`creds\` is JSON, but not an object. ${EXPECTED}\n${WHOLE}`],
    ['an empty object', '{}', `\`creds\` lacks \`clientId\`, \`clientSecret\` and \`tenantId\`. ${EXPECTED}`],
    ['no secret', without('clientSecret'), `\`creds\` lacks \`clientSecret\`. ${EXPECTED}`],
    ['no client id', without('clientId'), `\`creds\` lacks \`clientId\`. ${EXPECTED}`],
    ['no tenant id', without('tenantId'), `\`creds\` lacks \`tenantId\`. ${EXPECTED}`],
    ['no tenant, plain', JSON.stringify({ appId: 'x', password: 'y' }), `\`creds\` lacks \`tenant\`. ${EXPECTED}`],
    [
      'both shapes, half of each',
      JSON.stringify({ clientId: CLIENT, password: 'y', tenant: TENANT }),
      `\`creds\` lacks \`clientSecret\` and \`tenantId\`. ${EXPECTED}`,
    ],
    [
      'wrong letter case',
      JSON.stringify({ clientid: 'x', clientsecret: 'y', tenantId: TENANT }),
      `\`creds\` lacks \`clientId\` and \`clientSecret\`. The letter case of the names counts. ${EXPECTED}`,
    ],
    [
      'a secret that is an object',
      JSON.stringify({ ...principal, clientSecret: {} }),
      `\`creds\` lacks \`clientSecret\`. ${EXPECTED}`,
    ],
    [
      'a certificate',
      JSON.stringify({ clientId: CLIENT, clientCertificate: '/tmp/x.pem', tenantId: TENANT }),
      '`creds` names a certificate, `clientCertificate`, instead of a client secret.\nGive the certificate with its key in `client-certificate`, and `client-id` and `tenant-id` beside it.',
    ],
    [
      'a certificate in the plain shape',
      JSON.stringify({ appId: CLIENT, fileWithCertAndPrivateKey: '/root/x.pem', password: null, tenant: TENANT }),
      '`creds` names a certificate, `fileWithCertAndPrivateKey`, instead of a client secret.\nGive the certificate with its key in `client-certificate`, and `client-id` and `tenant-id` beside it.',
    ],
    [
      'a malformed client id',
      JSON.stringify({ ...principal, clientId: 'my app' }),
      'The client id in `creds` is neither a GUID like 00000000-0000-0000-0000-000000000000 nor an identifier URI like api://my-app. It contains white space.',
    ],
    [
      'a malformed tenant id',
      JSON.stringify({ ...principal, tenantId: 'contoso' }),
      'The tenant id in `creds` is neither a GUID like 00000000-0000-0000-0000-000000000000 nor a domain like contoso.onmicrosoft.com.',
    ],
  ];
  for (const [name, json, report] of refused) {
    test(`refused: ${name}`, () => assert.equal(refusal({ creds: json }), report));
  }
  test('refused: put together from secrets that are empty', () => {
    const report = refusal({ creds: JSON.stringify({ ...principal, clientSecret: '' }) });
    assert.ok(report.startsWith(`\`creds\` lacks \`clientSecret\`. ${EXPECTED}\nIf the value comes from a secret, `));
  });

  function without(name: keyof typeof principal): string {
    return JSON.stringify({ ...principal, [name]: undefined });
  }
});

describe('resourceManagerEndpointUrl in creds', () => {
  const hub = 'https://management.local.azurestack.external';
  const withUrl = (url: string): string => JSON.stringify({ ...principal, resourceManagerEndpointUrl: url });

  test('is where Azure Stack is', () => {
    const inputs = { creds: withUrl(`${hub}/`), environment: 'azurestack' };
    assert.deepEqual(accepted(inputs).cloud, { kind: 'discovered', name: 'AzureStack', resourceManagerUrl: hub });
    assert.deepEqual(warnings(inputs), []);
  });
  test('gives way to resource-manager-url', () => {
    const other = 'https://management.other.azurestack.external';
    const inputs = { creds: withUrl(hub), environment: 'AzureStack', 'resource-manager-url': other };
    assert.deepEqual(accepted(inputs).cloud, { kind: 'discovered', name: 'AzureStack', resourceManagerUrl: other });
  });
  test('says nothing new about the public cloud', () => {
    const inputs = { creds: withUrl('https://management.azure.com/') };
    assert.deepEqual(accepted(inputs).cloud, { kind: 'known', name: 'AzureCloud' });
    assert.deepEqual(warnings(inputs), []);
  });
  test('does not choose the cloud, but warns of another one', () => {
    const government = { creds: withUrl('https://management.usgovcloudapi.net/') };
    assert.deepEqual(accepted(government).cloud, { kind: 'known', name: 'AzureCloud' });
    assert.deepEqual(warnings(government), [
      '`creds` was made in AzureUSGovernment, by its `resourceManagerEndpointUrl`, but `environment` is AzureCloud. Set `environment: AzureUSGovernment` if the sign-in is refused.',
    ]);
    assert.deepEqual(warnings({ ...government, environment: 'AzureUSGovernment' }), []);
    assert.deepEqual(accepted({ creds: withUrl(hub) }).cloud, { kind: 'known', name: 'AzureCloud' });
    assert.deepEqual(warnings({ creds: withUrl(hub) }), [
      '`creds` was made in another cloud, by its `resourceManagerEndpointUrl`, but `environment` is AzureCloud. Set `environment: AzureStack` if the sign-in is refused.',
    ]);
  });
  test('must be an https URL', () => {
    for (const url of ['management.local', 'http://management.local']) {
      assert.equal(
        refusal({ creds: withUrl(url), environment: 'AzureStack' }),
        '`resourceManagerEndpointUrl` in `creds` is not the https URL of a Resource Manager. It must look like https://management.local.azurestack.external, without a path.',
      );
    }
  });
  test('may be missing, and is then asked for', () => {
    assert.match(refusal({ creds, environment: 'AzureStack' }), /^`environment: AzureStack` needs to know where/);
    assert.equal(
      refusal({ creds: '{}', environment: 'AzureStack' }),
      `\`creds\` lacks \`clientId\`, \`clientSecret\` and \`tenantId\`. ${EXPECTED}`,
    );
  });
});
