/** The library of the Terraform providers, with the exported variables. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { GO_ARM, GO_IDENTITY } from '../../scripts/clients/clients.ts';
import { isFenced } from '../../scripts/clients/fence.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { AZS } from './az.ts';
import { METHODS, toProduction, withInputs } from './methods.ts';
import { firstToken, NO_CLI, withCli } from './open-process.ts';
import { type Claims, checkClient, claimsOf, runClient, type Session, type SignIn, type Variables } from './session.ts';
import { managedIdentity } from './virtual-machine.ts';

interface Terraform extends SignIn {
  readonly title: string;
  readonly service: 'resource-manager' | 'key-vault';
  /** Without the trailing slash, which only some libraries write. */
  readonly audience: string;
  readonly path: Variables;
}

function terraform(title: string, signIn: SignIn, more: Partial<Terraform> = {}): Terraform {
  return {
    ...toProduction(signIn, { 'export-env': 'azure, terraform' }),
    title,
    service: 'resource-manager',
    audience: 'https://management.azure.com',
    path: NO_CLI,
    ...more,
  };
}

const CUSTOM_AUDIENCE = 'https://octo.example/terraform';
const PRIVATE_CLOUD = 'https://management.private.azurestack.external';

const SIGN_INS: readonly Terraform[] = [
  terraform('oidc', METHODS.oidc),
  terraform('oidc, another service', METHODS.oidc, { service: 'key-vault', audience: 'https://vault.azure.net' }),
  terraform('secret in a file', METHODS.secret),
  terraform('secret, exported', METHODS['secret, exported']),
  terraform('workload identity', METHODS['workload identity']),
  terraform('certificate', METHODS.certificate),
  ...(['AzureUSGovernment', 'AzureChinaCloud'] as const).map((cloud) => {
    const more = { tenant: { cloud }, audience: KNOWN_CLOUDS[cloud].resourceManager };
    return terraform(`oidc in ${cloud}`, withInputs(METHODS.oidc, { environment: cloud }), more);
  }),
  terraform('oidc with a custom audience', withInputs(METHODS.oidc, { audience: CUSTOM_AUDIENCE }), {
    prepare: ({ contoso }) => {
      for (const one of contoso.application.federatedCredentials) one.audiences = [CUSTOM_AUDIENCE];
    },
  }),
  terraform('secret in a private cloud', withInputs(METHODS.secret, { 'resource-manager-url': PRIVATE_CLOUD }), {
    tenant: { cloud: 'PrivateCloud' },
    // The library requests the endpoint and not the audience in the cloud's metadata.
    audience: PRIVATE_CLOUD,
  }),
  ...Object.entries(AZS).map(([name, az]) =>
    terraform(`a user, through the ${name}`, METHODS.user, { path: withCli(az) }),
  ),
  ...(isFenced() ? (['system-assigned', 'user-assigned'] as const) : []).map((kind) =>
    terraform(`${kind} managed identity`, managedIdentity(kind)),
  ),
];

if (existsSync(GO_ARM) && existsSync(GO_IDENTITY)) {
  for (const method of SIGN_INS) checkTerraform(method);
  checkPfx();
} else {
  test('programs in Go', { skip: 'needs the Go version in __tests__/clients/go/go.mod' });
}

function checkTerraform({ title, service, audience, path, ...signIn }: Terraform): void {
  checkClient(`Terraform's library, ${title}`, signIn, (check) => {
    check('gets a token of the identity', async (session) => {
      const { aud, oid } = await claims(session, service, path);
      assert.ok(aud.startsWith(audience), aud);
      assert.equal(oid, session.account.objectId);
    });
    if (!title.startsWith('oidc')) return;
    check('requests a new assertion from GitHub for each token', async (session) => {
      const { github, requests } = session.world.simulator;
      const before = github.issued.length;
      await claims(session, service, path);
      assert.ok(github.issued.length > before);
      const assertion = requests.findLast((request) => request.path.endsWith('/oauth2/v2.0/token'))?.form;
      assert.ok(github.issued.some(({ token }) => token === assertion?.get('client_assertion')));
    });
  });
}

/** golang.org/x/crypto/pkcs12 must also read Terraform's PFX, although it supports only the oldest format. */
function checkPfx(): void {
  checkClient('azidentity for Go, certificate', terraform('certificate', METHODS.certificate), (check) => {
    check('reads the PFX', async ({ job, step, account }) => {
      const { ARM_CLIENT_CERTIFICATE_PATH: path = '', ARM_CLIENT_CERTIFICATE_PASSWORD: password = '' } =
        step.result.exported;
      assert.match(path, /\.pfx$/);
      const env = { AZURE_CLIENT_CERTIFICATE_PATH: path, AZURE_CLIENT_CERTIFICATE_PASSWORD: password };
      const { oid } = await firstToken([GO_IDENTITY], job, 'https://management.azure.com/.default', env);
      assert.equal(oid, account.objectId);
    });
  });
}

async function claims({ job }: Session, service: string, path: Variables): Promise<Claims> {
  return claimsOf((await runClient(job, GO_ARM, [service], path)).stdout.trim());
}
