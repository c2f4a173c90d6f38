import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SignInRequest } from '../../src/core/request.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { INPUT_NAMES } from '../../src/inputs/table.ts';
import {
  accepted,
  CLIENT,
  OIDC,
  outcome,
  parse,
  refusal,
  SUBSCRIPTION,
  step,
  TENANT,
  type With,
  warnings,
} from './workflow-step.ts';

const client = CLIENT.toLowerCase();
const tenant = TENANT.toLowerCase();
const subscription = SUBSCRIPTION.toLowerCase();

test('client-id and tenant-id alone make the whole request, with every default', () => {
  const request: SignInRequest = {
    credential: { method: 'oidc', clientId: client, tenantId: tenant },
    cloud: { kind: 'known', name: 'AzureCloud' },
    subscription: { scope: 'all', whenNone: 'refuse' },
    mode: 'arm',
    configDir: { kind: 'private' },
    exports: { families: ['azure'], secrets: 'withhold' },
    tokenScopes: [],
    keepAlive: true,
    powershell: false,
    logout: true,
    timeoutSeconds: 300,
    maxAttempts: 5,
    jobSummary: 'on-failure',
    maskIds: false,
  };
  assert.deepEqual(parse(OIDC), { kind: 'accepted', request, warnings: [] });
});

test('inputs that arrive empty mean their defaults', () => {
  const runner = { env: {}, platform: 'linux', input: (name: string) => OIDC[name as 'client-id'] ?? '' } as const;
  const parsed = outcome(runner);
  assert.deepEqual(parsed, parse(OIDC));
});

test('all problems come in one error, every step once', () => {
  const report = refusal({
    'auth-type': 'password',
    'timeout-seconds': '5m',
    logout: 'yes',
    environment: 'Azure',
    subscription: 'a',
    'subscription-id': 'b',
    'client-certificate-password': 'x',
    'config-dir': '~other/.azure',
    'tenant-id': 'my tenant',
  });
  assert.equal(
    report,
    `There are 8 problems with the inputs:
- \`environment\` is 'Azure', which is none of \`AzureCloud\`, \`AzureUSGovernment\`, \`AzureChinaCloud\`, \`AzureGermanCloud\` or \`AzureStack\`. Did you mean \`AzureCloud\`?
- \`logout\` is 'yes', which is neither true nor false.
- \`timeout-seconds\` is '5m', which is no whole number from 1 to 21600.
- Signing in with a user name and password needs \`username\` and \`password\`, which are empty.
- \`tenant-id\` is neither a GUID like 00000000-0000-0000-0000-000000000000 nor a domain like contoso.onmicrosoft.com. It contains white space.
- \`subscription\` and \`subscription-id\` have different values, but are one input under two names.
- \`config-dir\` names the home folder of another user. Write an absolute path, or ./ before the name.
- \`client-certificate-password\` is given, but \`client-certificate\` is empty.
If the value comes from a secret, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (\`environment:\`), or when a reusable workflow is called without \`secrets: inherit\`.
Give one of them.`,
  );
});

test('the error is the one family of errors', () => {
  const parsed = parse({});
  assert.equal(parsed.kind, 'refused');
  assert.ok(parsed.error instanceof SessionError);
});

describe('auto decides by the inputs', () => {
  const cases: readonly [string, With, SignInRequest['credential']][] = [
    ['oidc', OIDC, { method: 'oidc', clientId: client, tenantId: tenant }],
    [
      'oidc with an audience',
      { ...OIDC, audience: 'api://Other' },
      { method: 'oidc', clientId: client, tenantId: tenant, audience: 'api://Other' },
    ],
    [
      'client secret',
      { ...OIDC, 'client-secret': 's3' },
      { method: 'client-secret', clientId: client, tenantId: tenant, clientSecret: 's3' },
    ],
    [
      'client certificate',
      {
        ...OIDC,
        'client-certificate': 'sp.pfx',
        'client-certificate-password': 'pw',
        'send-certificate-chain': 'True',
      },
      {
        method: 'client-certificate',
        clientId: client,
        tenantId: tenant,
        certificate: 'sp.pfx',
        certificatePassword: 'pw',
        chain: 'send',
      },
    ],
    [
      'client certificate without password or chain',
      { ...OIDC, 'client-certificate': 'sp.pem' },
      {
        method: 'client-certificate',
        clientId: client,
        tenantId: tenant,
        certificate: 'sp.pem',
        certificatePassword: '',
        chain: 'omit',
      },
    ],
    [
      'user of any tenant',
      { username: 'u@contoso.com', password: 'pw' },
      { method: 'password', username: 'u@contoso.com', password: 'pw', tenantId: 'organizations' },
    ],
    [
      'user of one tenant',
      { username: 'u@contoso.com', password: 'pw', 'tenant-id': 'contoso.com' },
      { method: 'password', username: 'u@contoso.com', password: 'pw', tenantId: 'contoso.com' },
    ],
    [
      'publish settings',
      { 'publish-settings': 'my.publishsettings', mode: 'asm', 'delete-publish-settings': 'true' },
      { method: 'publish-settings', publishSettings: 'my.publishsettings', afterImport: 'delete' },
    ],
  ];
  for (const [name, inputs, credential] of cases) {
    test(name, () => {
      assert.deepEqual(accepted(inputs).credential, credential);
      assert.deepEqual(warnings(inputs), []);
    });
  }

  test('and never by the environment', () => {
    const env = {
      AZURE_CLIENT_ID: CLIENT,
      AZURE_TENANT_ID: TENANT,
      AZURE_FEDERATED_TOKEN_FILE: '/var/run/token',
      IDENTITY_ENDPOINT: 'http://localhost',
      MSI_ENDPOINT: 'http://localhost',
    };
    assert.match(refusal({}, env), /^The inputs do not say who signs in/);
  });
});

describe('a method asked for by name', () => {
  const cases: readonly [string, With, SignInRequest['credential']][] = [
    ['OIDC', { ...OIDC, 'auth-type': 'OIDC' }, { method: 'oidc', clientId: client, tenantId: tenant, byName: true }],
    [
      'client-secret',
      { ...OIDC, 'auth-type': 'client-secret', 'client-secret': 's3' },
      { method: 'client-secret', clientId: client, tenantId: tenant, clientSecret: 's3' },
    ],
    [
      'managed-identity',
      { 'auth-type': 'managed-identity' },
      { method: 'managed-identity', identity: { kind: 'system-assigned' } },
    ],
    [
      'managed-identity with a client id',
      { 'auth-type': 'Managed-Identity', 'client-id': CLIENT },
      { method: 'managed-identity', identity: { kind: 'user-assigned', clientId: client } },
    ],
    ['device-code', { 'auth-type': 'device-code' }, { method: 'device-code', tenantId: 'organizations' }],
    [
      'device-code in a tenant',
      { 'auth-type': 'device-code', 'tenant-id': TENANT },
      { method: 'device-code', tenantId: tenant },
    ],
    [
      'device-code in tenants of work or school accounts',
      { 'auth-type': 'device-code', 'tenant-id': 'Organizations' },
      { method: 'device-code', tenantId: 'organizations' },
    ],
    [
      'workload-identity',
      { ...OIDC, 'auth-type': 'workload-identity', 'federated-token-file': 'token' },
      { method: 'workload-identity', clientId: client, tenantId: tenant, tokenFile: '/w/token' },
    ],
  ];
  for (const [name, inputs, credential] of cases) {
    test(name, () => {
      assert.deepEqual(accepted(inputs).credential, credential);
      assert.deepEqual(warnings(inputs), []);
    });
  }

  test('workload-identity takes what is missing from the pod', () => {
    const env = { AZURE_CLIENT_ID: CLIENT, AZURE_TENANT_ID: TENANT, AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' };
    assert.deepEqual(accepted({ 'auth-type': 'workload-identity' }, env).credential, {
      method: 'workload-identity',
      clientId: client,
      tenantId: tenant,
      tokenFile: '/var/run/token',
    });
    const other = '99999999-0000-4000-8000-000000000009';
    assert.deepEqual(accepted({ 'auth-type': 'workload-identity', 'client-id': other }, env).credential, {
      method: 'workload-identity',
      clientId: other,
      tenantId: tenant,
      tokenFile: '/var/run/token',
    });
  });
});

describe('what is missing or too much', () => {
  const secrets =
    'If the value comes from a secret, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (`environment:`), or when a reusable workflow is called without `secrets: inherit`.';
  const pod =
    'A pod has these variables when it carries the label `azure.workload.identity/use: "true"` and runs as a service account annotated with `azure.workload.identity/client-id`. In a container job they must be passed on to the container.';
  const cases: readonly [string, With, string][] = [
    [
      'nothing',
      {},
      `The inputs do not say who signs in: \`client-id\`, \`tenant-id\` and every credential are empty.
Give \`client-id\` and \`tenant-id\` to sign in with the ID token GitHub issues to the job, or give another credential.
A managed identity, a workload identity and a device code must be asked for by name, in \`auth-type\`.
${secrets}`,
    ],
    [
      'only client-id',
      { 'client-id': CLIENT },
      `Signing in with the ID token of the job needs \`client-id\` and \`tenant-id\`, but \`tenant-id\` is empty.\n${secrets}`,
    ],
    [
      'only tenant-id, and a subscription',
      { 'tenant-id': TENANT, 'subscription-id': SUBSCRIPTION },
      `Signing in with the ID token of the job needs \`client-id\` and \`tenant-id\`, but \`client-id\` is empty.\n${secrets}`,
    ],
    [
      'a secret without ids',
      { 'client-secret': 's3' },
      `Signing in with a client secret needs \`client-id\`, \`tenant-id\` and \`client-secret\`, but \`client-id\` and \`tenant-id\` are empty.\n${secrets}`,
    ],
    [
      'a secret asked for and empty',
      { ...OIDC, 'auth-type': 'client-secret' },
      `Signing in with a client secret needs \`client-id\`, \`tenant-id\` and \`client-secret\`, but \`client-secret\` is empty.\n${secrets}`,
    ],
    [
      'a certificate without a tenant',
      { 'client-id': CLIENT, 'client-certificate': 'sp.pem' },
      `Signing in with a certificate needs \`client-id\`, \`tenant-id\` and \`client-certificate\`, but \`tenant-id\` is empty.\n${secrets}`,
    ],
    [
      'a user without a password',
      { username: 'u@contoso.com' },
      `Signing in with a user name and password needs \`username\` and \`password\`, but \`password\` is empty.\n${secrets}`,
    ],
    [
      'a password without a user',
      { password: 'pw' },
      `Signing in with a user name and password needs \`username\` and \`password\`, but \`username\` is empty.\n${secrets}`,
    ],
    [
      'publish settings asked for and empty',
      { 'auth-type': 'publish-settings', mode: 'asm' },
      `Signing in with publish settings needs \`publish-settings\`, which is empty.\n${secrets}`,
    ],
    [
      'a workload identity outside a pod',
      { 'auth-type': 'workload-identity' },
      `Signing in as a workload identity needs \`client-id\`, \`tenant-id\` and \`federated-token-file\`, which are empty, and so are AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE in the environment.\n${pod}`,
    ],
    [
      'a workload identity without a token file',
      { ...OIDC, 'auth-type': 'workload-identity' },
      `Signing in as a workload identity needs \`client-id\`, \`tenant-id\` and \`federated-token-file\`, but \`federated-token-file\` is empty, and so is AZURE_FEDERATED_TOKEN_FILE in the environment.\n${pod}`,
    ],
    [
      'two credentials',
      { ...OIDC, 'client-secret': 's3', 'client-certificate': 'sp.pem' },
      'Two credentials are given at once: `client-secret` and `client-certificate`.\nKeep the one to sign in with.',
    ],
    [
      'two credentials of one method',
      { creds: '{"clientId":"x"', 'client-secret': 's3', 'auth-type': 'client-secret' },
      `There are 2 problems with the inputs:
- \`creds\` is not valid JSON: its end is missing. It must be the JSON that \`az ad sp create-for-rbac\` prints, with \`clientId\`, \`clientSecret\`, \`tenantId\` and \`subscriptionId\`, or with \`appId\`, \`password\` and \`tenant\`.
- Two credentials are given at once: \`client-secret\` and \`creds\`.
Store the whole output as one secret, from the first brace to the last, with nothing around it.
Keep the one to sign in with.`,
    ],
    [
      'three credentials',
      { ...OIDC, 'client-secret': 's3', username: 'u', password: 'pw', 'publish-settings': 'x' },
      '3 credentials are given at once: `client-secret`, `username` and `password` and `publish-settings`.\nKeep the one to sign in with.',
    ],
    [
      'a credential beside a method that has none',
      { 'auth-type': 'managed-identity', 'client-secret': 's3' },
      '`auth-type: managed-identity` does not use `client-secret`.\nRemove `client-secret`, or set `auth-type: client-secret`.',
    ],
    [
      'a credential of another method',
      { ...OIDC, 'auth-type': 'oidc', username: 'u', password: 'pw' },
      '`auth-type: oidc` does not use `username` and `password`.\nRemove `username` and `password`, or set `auth-type: password`.',
    ],
    [
      'a token file without the method',
      { ...OIDC, 'federated-token-file': '/token' },
      '`federated-token-file` is given, but a workload identity must be asked for by name.\nSet `auth-type: workload-identity`.',
    ],
    [
      'a token file with another method',
      { ...OIDC, 'auth-type': 'oidc', 'federated-token-file': '/token' },
      '`auth-type: oidc` does not use `federated-token-file`.\nRemove `federated-token-file`, or set `auth-type: workload-identity`.',
    ],
    [
      'the password of a certificate that is empty',
      { ...OIDC, 'client-certificate-password': 'pw' },
      `\`client-certificate-password\` is given, but \`client-certificate\` is empty.\n${secrets}`,
    ],
    [
      'creds given as the secret',
      { ...OIDC, 'client-secret': '{"clientSecret":"s3"}' },
      '`client-secret` holds JSON, not the value of a client secret.\nGive the JSON that `az ad sp create-for-rbac` prints as `creds`, without `client-id`, `tenant-id` and `subscription-id` beside it.',
    ],
  ];
  for (const [name, inputs, report] of cases) {
    test(name, () => assert.equal(refusal(inputs), report));
  }

  test('a secret that merely begins with a brace is one', () => {
    assert.equal(accepted({ ...OIDC, 'client-secret': '{~abc' }).credential.method, 'client-secret');
  });
});

describe('when GitHub leaves secrets empty', () => {
  test('a run that Dependabot started', () => {
    assert.match(
      refusal({}, { GITHUB_ACTOR: 'dependabot[bot]', GITHUB_EVENT_NAME: 'pull_request' }),
      /\nDependabot started this run, and its runs get no Actions secrets: add the secrets under Settings > Secrets and variables > Dependabot\.\nIf the value comes/,
    );
  });
  for (const event of ['pull_request', 'pull_request_review', 'pull_request_review_comment']) {
    test(`a run that ${event} started`, () => {
      const [, , , why] = refusal({}, { GITHUB_ACTOR: 'octocat', GITHUB_EVENT_NAME: event }).split('\n');
      assert.equal(
        why,
        `This run was started by \`${event}\`: GitHub gives it no secrets when the pull request comes from a fork.`,
      );
    });
  }
  for (const event of ['push', 'pull_request_target', '']) {
    test(`a run that ${event || 'nobody'} started gets the common reasons`, () => {
      assert.doesNotMatch(refusal({}, { GITHUB_EVENT_NAME: event }), /fork|Dependabot/);
    });
  }
});

describe('ids', () => {
  const clientForm =
    '`client-id` is neither a GUID like 00000000-0000-0000-0000-000000000000 nor an identifier URI like api://my-app.';
  const tenantForm =
    '`tenant-id` is neither a GUID like 00000000-0000-0000-0000-000000000000 nor a domain like contoso.onmicrosoft.com.';
  const refused: readonly [string, With, string][] = [
    ['client-id in quotes', { 'client-id': `"${CLIENT}"` }, `${clientForm} It contains quotation marks.`],
    ['client-id with a blank', { 'client-id': `${CLIENT} x` }, `${clientForm} It contains white space.`],
    ['client-id in braces', { 'client-id': `{${CLIENT}}` }, `${clientForm} It contains brackets.`],
    ['client-id cut short', { 'client-id': CLIENT.slice(0, -1) }, clientForm],
    ['client-id by name', { 'client-id': 'my-app' }, clientForm],
    ['tenant-id in quotes', { 'tenant-id': `'${TENANT}'` }, `${tenantForm} It contains quotation marks.`],
    ['tenant-id cut short', { 'tenant-id': TENANT.slice(1) }, tenantForm],
    ['tenant-id by name', { 'tenant-id': 'contoso' }, tenantForm],
    [
      'tenant-id by URL',
      { 'tenant-id': 'https://contoso.com' },
      `${tenantForm} It is a URL: give the part that names the tenant.`,
    ],
    [
      'tenant-id by a variable of the shell',
      { 'tenant-id': '$AZURE_TENANT_ID' },
      `${tenantForm} It is a variable of the shell, which nothing expands here.`,
    ],
    ['tenant-id for users only', { 'tenant-id': 'organizations' }, tenantForm],
  ];
  for (const [name, ids, report] of refused) {
    test(`refused: ${name}`, () => assert.equal(refusal({ ...OIDC, ...ids }), report));
  }

  const taken: readonly [string, With, string, string][] = [
    ['identifier URI', { 'client-id': 'api://My-App' }, 'api://My-App', tenant],
    ['https identifier URI', { 'client-id': 'https://contoso.com/app' }, 'https://contoso.com/app', tenant],
    ['domain', { 'tenant-id': 'Contoso.onmicrosoft.com' }, client, 'Contoso.onmicrosoft.com'],
  ];
  for (const [name, ids, clientId, tenantId] of taken) {
    test(`taken: ${name}`, () => {
      assert.deepEqual(accepted({ ...OIDC, ...ids }).credential, { method: 'oidc', clientId, tenantId });
    });
  }

  test('a directory of one’s own may call tenants and clients what it likes', () => {
    const stack = { environment: 'AzureStack', 'resource-manager-url': 'https://management.local.azurestack.external' };
    assert.deepEqual(accepted({ ...stack, 'client-id': 'deployer', 'tenant-id': 'adfs' }).credential, {
      method: 'oidc',
      clientId: 'deployer',
      tenantId: 'adfs',
    });
    assert.match(refusal({ ...stack, 'client-id': 'de ployer', 'tenant-id': 'adfs' }), /It contains white space\.$/);
  });

  test('a managed identity is known by its client id', () => {
    const id = '/subscriptions/x/resourcegroups/y/providers/Microsoft.ManagedIdentity/userAssignedIdentities/z';
    assert.equal(
      refusal({ 'auth-type': 'managed-identity', 'client-id': id }),
      '`client-id` is no client id of a user-assigned managed identity, which is a GUID like 00000000-0000-0000-0000-000000000000.\nGive the client id of the identity, not its resource id or name. Leave `client-id` out for the system-assigned identity.',
    );
  });

  test('ids of the pod are checked too', () => {
    const env = { AZURE_CLIENT_ID: 'x', AZURE_TENANT_ID: TENANT, AZURE_FEDERATED_TOKEN_FILE: '/token' };
    assert.equal(
      refusal({ 'auth-type': 'workload-identity' }, env),
      clientForm.replace('`client-id`', 'AZURE_CLIENT_ID of the pod'),
    );
  });

  test('an expression that was not evaluated', () => {
    const text = `\${{ secrets.AZURE_TENANT_ID }}`;
    const next =
      'GitHub evaluates an expression only where it stands in the workflow. Text that a variable, a file or a script brings along stays as it is.';
    assert.equal(
      refusal({ ...OIDC, 'tenant-id': text }),
      `\`tenant-id\` holds an expression that was not evaluated: its value contains \`\${{\`.\n${next}`,
    );
    for (const name of [
      'client-id',
      'client-secret',
      'creds',
      'logout',
      'mode',
      'export-env',
      'token-scopes',
    ] as const) {
      const report = refusal({ ...(name === 'creds' ? {} : OIDC), [name]: text });
      assert.equal(
        report,
        `\`${name}\` holds an expression that was not evaluated: its value contains \`\${{\`.\n${next}`,
      );
    }
  });

  for (const name of ['client-id', 'tenant-id', 'audience', 'subscription', 'config-dir', 'username'] as const) {
    test(`${name} is one line`, () => {
      assert.ok(
        refusal({ ...OIDC, [name]: 'a\nb' }).includes(
          `\`${name}\` contains a line break or another control character.`,
        ),
      );
    });
  }
});

describe('subscription', () => {
  const cases: readonly [string, With, SignInRequest['subscription']][] = [
    ['none', {}, { scope: 'all', whenNone: 'refuse' }],
    ['by id', { subscription: SUBSCRIPTION }, { wanted: subscription, scope: 'all', whenNone: 'refuse' }],
    ['by name', { subscription: 'Pay as you go' }, { wanted: 'Pay as you go', scope: 'all', whenNone: 'refuse' }],
    [
      'under the other name',
      { 'subscription-id': 'Production' },
      { wanted: 'Production', scope: 'all', whenNone: 'refuse' },
    ],
    [
      'under both names, alike',
      { subscription, 'subscription-id': SUBSCRIPTION },
      { wanted: subscription, scope: 'all', whenNone: 'refuse' },
    ],
    [
      'alone',
      { subscription: SUBSCRIPTION, 'list-subscriptions': 'FALSE' },
      { wanted: subscription, scope: 'named-only', whenNone: 'refuse' },
    ],
    [
      'not asked for at all',
      { 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
      { scope: 'named-only', whenNone: 'tenant-level-account' },
    ],
    [
      'alone, or none',
      { subscription: SUBSCRIPTION, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
      { wanted: subscription, scope: 'named-only', whenNone: 'tenant-level-account' },
    ],
  ];
  for (const [name, inputs, expected] of cases) {
    test(name, () => assert.deepEqual(accepted({ ...OIDC, ...inputs }).subscription, expected));
  }

  test('two different ones', () => {
    assert.equal(
      refusal({ ...OIDC, subscription: 'Production', 'subscription-id': SUBSCRIPTION }),
      '`subscription` and `subscription-id` have different values, but are one input under two names.\nGive one of them.',
    );
  });
  test('unlisted and not named', () => {
    assert.equal(
      refusal({ ...OIDC, 'list-subscriptions': 'false' }),
      '`list-subscriptions: false` needs to know the subscription.\nGive its id in `subscription`, or set `allow-no-subscriptions: true` to do without one.',
    );
  });
  test('unlisted and by name', () => {
    for (const allow of ['true', 'false']) {
      assert.equal(
        refusal({ ...OIDC, 'list-subscriptions': 'false', subscription: 'Prod', 'allow-no-subscriptions': allow }),
        '`list-subscriptions: false` needs the id of the subscription: a name can only be looked up in the list.',
      );
    }
  });
  test('classic mode has its own list', () => {
    const inputs = { username: 'u', password: 'pw', mode: 'asm', 'list-subscriptions': 'false' };
    assert.deepEqual(accepted(inputs).subscription, { scope: 'all', whenNone: 'refuse' });
    assert.deepEqual(warnings(inputs), ['`list-subscriptions` has no effect in `mode: asm`.']);
  });
});

describe('cloud', () => {
  const hub = 'https://management.local.azurestack.external';
  const known: readonly [string, string][] = [
    ['AzureCloud', 'AzureCloud'],
    ['azurecloud', 'AzureCloud'],
    ['azureusgovernment', 'AzureUSGovernment'],
    ['AZURECHINACLOUD', 'AzureChinaCloud'],
    ['azureGermanCloud', 'AzureGermanCloud'],
  ];
  for (const [environment, name] of known) {
    test(environment, () => assert.deepEqual(accepted({ ...OIDC, environment }).cloud, { kind: 'known', name }));
  }

  const discovered: readonly [string, With][] = [
    ['AzureStack with a URL', { environment: 'azurestack', 'resource-manager-url': `${hub}/` }],
    ['a URL beside the default', { 'resource-manager-url': hub }],
    ['a URL in capitals', { 'resource-manager-url': hub.toUpperCase() }],
  ];
  for (const [name, inputs] of discovered) {
    test(name, () => {
      assert.deepEqual(accepted({ ...OIDC, ...inputs }).cloud, {
        kind: 'discovered',
        name: 'AzureStack',
        resourceManagerUrl: hub,
      });
    });
  }
  test('a port belongs to the URL', () => {
    const cloud = accepted({ ...OIDC, 'resource-manager-url': `${hub}:8443` }).cloud;
    assert.deepEqual(cloud, { kind: 'discovered', name: 'AzureStack', resourceManagerUrl: `${hub}:8443` });
  });
  test('a known cloud may be told its own URL', () => {
    const gov = { environment: 'AzureUSGovernment', 'resource-manager-url': 'https://management.usgovcloudapi.net/' };
    assert.deepEqual(accepted({ ...OIDC, ...gov }).cloud, { kind: 'known', name: 'AzureUSGovernment' });
    const publicCloud = { 'resource-manager-url': 'https://management.azure.com' };
    assert.deepEqual(accepted({ ...OIDC, ...publicCloud }).cloud, { kind: 'known', name: 'AzureCloud' });
  });

  const form = 'It must look like https://management.local.azurestack.external, without a path.';
  const malformed = `\`resource-manager-url\` is not the https URL of a Resource Manager. ${form}`;
  const refused: readonly [string, With, string][] = [
    [
      'AzureStack without a URL',
      { environment: 'AzureStack' },
      '`environment: AzureStack` needs to know where the Azure Stack Hub or private cloud is.\nGive its Resource Manager in `resource-manager-url`, for example https://management.local.azurestack.external. `resourceManagerEndpointUrl` in `creds` does as well.',
    ],
    [
      'a URL beside another cloud',
      { environment: 'AzureUSGovernment', 'resource-manager-url': hub },
      '`environment: AzureUSGovernment` and `resource-manager-url` name different clouds.\nRemove `resource-manager-url` for AzureUSGovernment, or set `environment: AzureStack` for a private cloud.',
    ],
    [
      'the URL of a known cloud',
      { 'resource-manager-url': 'https://management.chinacloudapi.cn/' },
      '`resource-manager-url` is the Resource Manager of AzureChinaCloud.\nSet `environment: AzureChinaCloud` instead.',
    ],
    ['no scheme', { 'resource-manager-url': 'management.local.azurestack.external' }, malformed],
    ['http', { 'resource-manager-url': 'http://management.local' }, malformed],
    ['a path', { 'resource-manager-url': `${hub}/metadata/endpoints` }, malformed],
    ['a query', { 'resource-manager-url': `${hub}?api-version=2015-01-01` }, malformed],
    ['a user', { 'resource-manager-url': 'https://user:pw@management.local' }, malformed],
  ];
  for (const [name, inputs, report] of refused) {
    test(`refused: ${name}`, () => assert.equal(refusal({ ...OIDC, ...inputs }), report));
  }
});

describe('mode', () => {
  for (const inputs of [
    { 'auth-type': 'device-code' },
    { username: 'u', password: 'pw' },
    { 'publish-settings': 'my.publishsettings' },
  ]) {
    test(`asm with ${Object.keys(inputs)[0]}`, () => assert.equal(accepted({ ...inputs, mode: 'ASM' }).mode, 'asm'));
  }
  test('users may use arm', () => assert.equal(accepted({ 'auth-type': 'device-code' }).mode, 'arm'));
  test('publish settings need asm', () => {
    assert.equal(
      refusal({ 'publish-settings': 'x.publishsettings' }),
      '`publish-settings` needs `mode: asm`: a management certificate opens classic Service Management, not Resource Manager.',
    );
  });
  for (const [method, inputs] of [
    ['oidc', OIDC],
    ['client-secret', { ...OIDC, 'client-secret': 's3' }],
    ['client-certificate', { ...OIDC, 'client-certificate': 'x.pem' }],
    ['managed-identity', { 'auth-type': 'managed-identity' }],
    ['workload-identity', { ...OIDC, 'auth-type': 'workload-identity', 'federated-token-file': '/t' }],
  ] as const) {
    test(`asm with ${method}`, () => {
      assert.equal(
        refusal({ ...inputs, mode: 'asm' }),
        `\`mode: asm\` does not go with ${method}: classic Service Management knows management certificates and users, but no service principals and no managed identities.
Use \`mode: arm\`, or sign in with \`publish-settings\` or as a user.`,
      );
    });
  }
});

describe('options that do not belong to the method', () => {
  const secret = { ...OIDC, 'client-secret': 's3' };
  const classic = { 'publish-settings': '<PublishData/>', mode: 'asm' };
  const warned: readonly [With, readonly string[]][] = [
    [
      { ...secret, audience: 'api://x' },
      ['`audience` has no effect with client-secret: it is for the ID token of `oidc`.'],
    ],
    [
      { ...OIDC, 'send-certificate-chain': 'true' },
      ['`send-certificate-chain` has no effect with oidc: no `client-certificate` is given.'],
    ],
    [
      { ...OIDC, 'delete-publish-settings': 'true' },
      ['`delete-publish-settings` has no effect with oidc: no `publish-settings` is given.'],
    ],
    [
      { ...classic, 'delete-publish-settings': 'true' },
      ['`delete-publish-settings` has no effect: `publish-settings` holds the text, not a file to delete.'],
    ],
    [
      { ...OIDC, 'export-secrets': 'true' },
      ['`export-secrets` has no effect with oidc: there is no client secret to export.'],
    ],
    [
      { ...secret, 'export-secrets': 'true', 'export-env': 'none' },
      ['`export-secrets` has no effect with `export-env: none`.'],
    ],
    [
      { ...classic, ...OIDC },
      ['`client-id` has no effect with publish-settings.', '`tenant-id` has no effect with publish-settings.'],
    ],
    [{ 'auth-type': 'device-code', 'client-id': CLIENT }, ['`client-id` has no effect with device-code.']],
    [{ ...secret, 'export-secrets': 'true' }, []],
    [{ 'auth-type': 'managed-identity', 'tenant-id': TENANT }, []],
  ];
  for (const [inputs, expected] of warned) {
    test(expected[0] ?? `nothing to say of ${Object.keys(inputs).join(', ')}`, () => {
      accepted(inputs);
      assert.deepEqual(warnings(inputs), expected);
    });
  }

  test('the password of a certificate beside another credential', () => {
    assert.match(
      refusal({ ...secret, 'client-certificate-password': 'pw' }),
      /is given, but `client-certificate` is empty/,
    );
  });
  test('PowerShell with publish settings', () => {
    assert.equal(
      refusal({ ...classic, 'enable-AzPSSession': 'true' }),
      '`enable-AzPSSession` does not go with publish settings: Azure PowerShell signs in to Resource Manager, which takes no management certificate.',
    );
  });
  test('tokens with publish settings', () => {
    assert.equal(
      refusal({ ...classic, 'token-scopes': 'https://vault.azure.net' }),
      '`token-scopes` does not go with publish settings: a management certificate gets no access tokens.',
    );
  });
});

describe('booleans', () => {
  const flags = ['send-certificate-chain', 'delete-publish-settings', 'list-subscriptions', 'export-secrets'].concat([
    'keep-alive',
    'logout',
    'mask-ids',
  ]);
  for (const name of flags) {
    for (const value of ['yes', '1', 'on', 'truee']) {
      test(`${name}: ${value}`, () => {
        assert.equal(
          refusal({ ...OIDC, [name]: value }),
          `\`${name}\` is '${value}', which is neither true nor false.`,
        );
      });
    }
  }
  test('any letter case', () => {
    const request = accepted({ ...OIDC, logout: 'FALSE', 'keep-alive': 'False', 'mask-ids': 'TRUE' });
    assert.deepEqual([request.logout, request.keepAlive, request.maskIds], [false, false, true]);
  });
  test('a value that is long or of several lines is not quoted: no mask would fit what is left of it', () => {
    assert.equal(
      refusal({ ...OIDC, logout: 'no\r\n::error::x' }),
      '`logout` is a text of 14 characters, which is neither true nor false.',
    );
    assert.equal(
      refusal({ ...OIDC, 'job-summary': 's'.repeat(41) }),
      '`job-summary` is a text of 41 characters, which is none of `always`, `on-failure` or `never`.',
    );
  });
});

describe('choices', () => {
  const authTypes =
    '`auto`, `oidc`, `client-secret`, `client-certificate`, `managed-identity`, `workload-identity`, `password`, `device-code`, `publish-settings`, `SERVICE_PRINCIPAL` or `IDENTITY`';
  const environments = '`AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`, `AzureGermanCloud` or `AzureStack`';
  const cases: readonly [keyof With, string, string, string][] = [
    ['auth-type', 'odic', authTypes, 'oidc'],
    ['auth-type', 'SERVICE-PRINCIPAL', authTypes, 'SERVICE_PRINCIPAL'],
    ['auth-type', 'certificate', authTypes, 'client-certificate'],
    ['auth-type', 'managedIdentity', authTypes, 'managed-identity'],
    ['auth-type', 'msi', authTypes, ''],
    ['environment', 'aWrongCloud', environments, ''],
    ['environment', 'AzureUSGov', environments, 'AzureUSGovernment'],
    ['environment', 'china', environments, 'AzureChinaCloud'],
    ['mode', 'arn', '`arm` or `asm`', 'arm'],
    ['mode', 'classic', '`arm` or `asm`', ''],
    ['job-summary', 'on_failure', '`always`, `on-failure` or `never`', 'on-failure'],
    ['job-summary', 'true', '`always`, `on-failure` or `never`', ''],
    ['export-env', 'teraform', '`azure`, `terraform` or `none`', 'terraform'],
  ];
  for (const [name, value, values, nearest] of cases) {
    test(`${name}: ${value}`, () => {
      assert.equal(
        refusal({ ...OIDC, [name]: value }),
        `\`${name}\` is '${value}', which is none of ${values}.${nearest === '' ? '' : ` Did you mean \`${nearest}\`?`}`,
      );
    });
  }
  test('of a list, by the wrong separator', () => {
    assert.equal(
      refusal({ ...OIDC, 'export-env': 'azure; terraform' }),
      "`export-env` is 'azure; terraform', which is none of `azure`, `terraform` or `none`. Several are separated by commas.",
    );
    assert.doesNotMatch(refusal({ ...OIDC, mode: 'arm asm' }), /commas/);
  });
  test('any letter case', () => assert.equal(accepted({ ...OIDC, 'job-summary': 'Never' }).jobSummary, 'never'));
});

describe('integers', () => {
  const cases: readonly [With, string][] = [
    [{ 'max-attempts': '0' }, "`max-attempts` is '0', which is no whole number from 1 to 20."],
    [{ 'max-attempts': '21' }, "`max-attempts` is '21', which is no whole number from 1 to 20."],
    [{ 'max-attempts': '-1' }, "`max-attempts` is '-1', which is no whole number from 1 to 20."],
    [{ 'max-attempts': '2.5' }, "`max-attempts` is '2.5', which is no whole number from 1 to 20."],
    [{ 'max-attempts': '1e1' }, "`max-attempts` is '1e1', which is no whole number from 1 to 20."],
    [{ 'timeout-seconds': '0' }, "`timeout-seconds` is '0', which is no whole number from 1 to 21600."],
    [{ 'timeout-seconds': '21601' }, "`timeout-seconds` is '21601', which is no whole number from 1 to 21600."],
    [{ 'timeout-seconds': '5 min' }, "`timeout-seconds` is '5 min', which is no whole number from 1 to 21600."],
  ];
  for (const [inputs, report] of cases) {
    test(report, () => assert.equal(refusal({ ...OIDC, ...inputs }), report));
  }
  test('both ends of the range', () => {
    assert.equal(accepted({ ...OIDC, 'max-attempts': '1' }).maxAttempts, 1);
    assert.equal(accepted({ ...OIDC, 'max-attempts': '20' }).maxAttempts, 20);
    assert.equal(accepted({ ...OIDC, 'timeout-seconds': '21600' }).timeoutSeconds, 21_600);
  });
  test('a device code has 900 seconds unless another value is given', () => {
    assert.equal(accepted({ 'auth-type': 'device-code' }).timeoutSeconds, 900);
    assert.equal(accepted({ 'auth-type': 'device-code', 'timeout-seconds': '300' }).timeoutSeconds, 900);
    assert.equal(accepted({ 'auth-type': 'device-code', 'timeout-seconds': '120' }).timeoutSeconds, 120);
    assert.equal(accepted({ ...OIDC, 'timeout-seconds': '900' }).timeoutSeconds, 900);
  });
});

describe('export-env', () => {
  const cases: readonly [string, SignInRequest['exports']['families']][] = [
    ['', ['azure']],
    ['azure', ['azure']],
    ['Terraform', ['terraform']],
    ['terraform, azure', ['azure', 'terraform']],
    ['azure\nterraform\n', ['azure', 'terraform']],
    ['azure,,\r\n azure', ['azure']],
    ['none', 'none'],
    ['NONE,none', 'none'],
  ];
  for (const [value, families] of cases) {
    test(JSON.stringify(value), () => {
      assert.deepEqual(accepted({ ...OIDC, 'export-env': value }).exports, { families, secrets: 'withhold' });
    });
  }
  test('none is alone', () => {
    assert.equal(
      refusal({ ...OIDC, 'export-env': 'azure, none' }),
      '`export-env` says `none` and also names a family. Give one or the other.',
    );
  });
  test('every unknown family is named', () => {
    assert.match(
      refusal({ ...OIDC, 'export-env': 'pulumi, azure, arm' }),
      /^There are 2 .*\n- .*'pulumi'.*\n- .*'arm'/,
    );
  });
  test('secrets', () => {
    const inputs = { ...OIDC, 'client-secret': 's3', 'export-secrets': 'true' };
    assert.equal(accepted(inputs).exports.secrets, 'export');
  });
});

describe('token-scopes', () => {
  const vault = 'https://vault.azure.net';
  const cases: readonly [string, readonly string[]][] = [
    ['', []],
    [vault, [vault]],
    [`${vault}/.default`, [`${vault}/.default`]],
    [`\n ${vault} \r\n\nhttps://graph.microsoft.com\n`, [vault, 'https://graph.microsoft.com']],
    [`${vault}\n${vault}`, [vault]],
    [`${vault}/.default\n${vault}`, [`${vault}/.default`]],
    // The slash at the end counts: it is part of the audience.
    [`${vault}\n${vault}/`, [vault, `${vault}/`]],
    ['https://management.core.windows.net//.default', ['https://management.core.windows.net//.default']],
    ['api://my-app\nurn:my-app', ['api://my-app', 'urn:my-app']],
    [`${CLIENT}\n${CLIENT}/.default`, [CLIENT]],
  ];
  for (const [value, scopes] of cases) {
    test(JSON.stringify(value), () =>
      assert.deepEqual(accepted({ ...OIDC, 'token-scopes': value }).tokenScopes, scopes),
    );
  }
  const refused: readonly [string, string][] = [
    ['vault.azure.net', ''],
    ['openid', ''],
    ['https://', ''],
    ['https://vault.azure.net?x=y', ''],
    ['https://vault.azure.net/.default/', ''],
    ['https://vault.azure.net/.Default', ''],
    [`${vault} https://graph.microsoft.com`, ' It contains white space.'],
    [`"${vault}"`, ' It contains quotation marks.'],
    [`${vault},https://graph.microsoft.com`, ' Write one a line.'],
  ];
  for (const [value, hint] of refused) {
    test(`refused: ${value}`, () => {
      assert.equal(
        refusal({ ...OIDC, 'token-scopes': value }),
        `Line 1 of \`token-scopes\` is neither a resource like https://vault.azure.net nor a scope like https://vault.azure.net/.default.${hint}`,
      );
    });
  }
});

describe('logout', () => {
  const cases: readonly [string, string, boolean][] = [
    ['true', '', true],
    ['true', 'true', true],
    ['true', 'false', false],
    ['true', 'False', false],
    ['true', '0', true],
    ['false', 'true', false],
  ];
  for (const [logout, variable, expected] of cases) {
    test(`logout: ${logout}, AZURE_LOGIN_POST_CLEANUP=${variable}`, () => {
      assert.equal(accepted({ ...OIDC, logout }, { AZURE_LOGIN_POST_CLEANUP: variable }).logout, expected);
    });
  }
});

describe('nothing that may be secret is quoted', () => {
  const secret = 'S3cr3t~Value_ThatMustNotBeSeen';
  const inputs: readonly With[] = [
    { creds: secret },
    { creds: `{"clientId":"${secret}` },
    { creds: `{"clientId":"${secret}","clientSecret":"${secret}","tenantId":"${secret}"}` },
    { creds: `{"${secret}":"${secret}"}` },
    { creds: `["${secret}"]` },
    { creds: `{"clientSecret":"${secret}","clientCertificate":"${secret}"}` },
    { ...OIDC, 'client-secret': `{"a":"${secret}"}` },
    { ...OIDC, 'client-certificate-password': secret },
    { 'client-secret': secret, 'client-certificate': secret, password: secret, 'publish-settings': secret },
    { 'client-id': secret, 'tenant-id': secret },
    { 'client-id': `${secret} ${secret}`, 'tenant-id': TENANT, password: secret },
    { ...OIDC, subscription: secret, 'subscription-id': `${secret}2` },
    { ...OIDC, subscription: secret, 'list-subscriptions': 'false' },
    { ...OIDC, 'config-dir': `~${secret}` },
    { ...OIDC, 'resource-manager-url': secret },
    { ...OIDC, 'token-scopes': secret },
    { ...OIDC, 'client-secret': `\${{ secrets.X }}${secret}` },
  ];
  inputs.forEach((one, at) => {
    test(`example ${at + 1}: ${Object.keys(one).join(', ')}`, () => {
      const parsed = parse(one);
      assert.equal(parsed.kind, 'refused');
      const text = [parsed.error.report, parsed.error.stack, parsed.error.cause, ...parsed.warnings].join('\n');
      for (let start = 0; start + 8 <= secret.length; start++) {
        assert.ok(!text.includes(secret.slice(start, start + 8)), text);
      }
    });
  });
});

test('no input makes it throw, whatever the others are', () => {
  const strange = [
    '\0',
    '\ud800',
    '%',
    '__proto__',
    'constructor',
    '{}',
    '[]',
    'null',
    '{"__proto__":null}',
    '~',
    ',',
    '\n',
  ].concat([
    'https://[',
    'https://a:99999',
    '-----BEGIN',
    '<',
    '='.repeat(100_000),
    '['.repeat(50_000),
    '{"a":'.repeat(20_000),
  ]);
  const bases: readonly With[] = [{}, OIDC, { environment: 'AzureStack' }].concat(
    ['workload-identity', 'password', 'publish-settings', 'IDENTITY'].map((method) => ({ 'auth-type': method })),
  );
  for (const base of bases) {
    for (const name of INPUT_NAMES) {
      for (const value of strange) {
        for (const platform of ['linux', 'win32'] as const) {
          const inputs = { ...base, [name]: value };
          const parsed = parse(inputs, {}, platform);
          assert.ok(parsed.kind === 'accepted' || parsed.error.message !== '', `${name}: ${value.slice(0, 20)}`);
          assert.ok(secretsIn(step(inputs, {}, platform)).every((secret) => secret.trim() !== ''));
        }
      }
    }
  }
});
