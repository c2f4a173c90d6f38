/**
 * What the Terraform providers make of the exported variables, by the library that they share.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { GO_ARM, GO_IDENTITY } from '../../scripts/clients/clients.ts';
import { isFenced } from '../../scripts/clients/fence.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { World } from '../action/world.ts';
import { AZS } from './az.ts';
import { METHODS, withInputs } from './methods.ts';
import { NO_CLI, OPEN_PROGRAMS, tokenOf } from './open-process.ts';
import { application, checkClient, claimsOf, type Session, type SignIn } from './session.ts';
import { managedIdentity } from './virtual-machine.ts';

/** How Terraform is signed in, and what the tokens that it gets are for. */
interface Terraform extends SignIn {
  readonly title: string;
  readonly service: 'resource-manager' | 'graph' | 'key-vault';
  /** With what it begins: each library writes a trailing slash or none. */
  readonly audience: (world: World) => string;
  readonly path: string;
}

const azurerm = {
  account: application,
  service: 'resource-manager',
  audience: () => 'https://management.azure.com',
  path: NO_CLI,
} as const;
const exporting = { 'export-env': 'azure, terraform', subscription: 'Production' };

const oidc: Terraform = { ...azurerm, ...withInputs(METHODS.oidc, exporting), title: 'oidc' };
const bySecret = withInputs(METHODS.secret, exporting);

const SIGN_INS: readonly Terraform[] = [
  oidc,
  { ...oidc, title: 'oidc, another service', service: 'key-vault', audience: () => 'https://vault.azure.net' },
  { ...azurerm, ...bySecret, title: 'secret, by its file' },
  { ...azurerm, ...withInputs(METHODS['secret, exported'], exporting), title: 'secret, exported' },
  { ...azurerm, ...withInputs(bySecret, { 'credential-store': 'memory' }), title: 'secret in memory' },
  { ...azurerm, ...withInputs(METHODS['workload identity'], exporting), title: 'workload identity' },
  { ...azurerm, ...withInputs(METHODS.certificate, exporting), title: 'certificate' },
  ...['AzureUSGovernment', 'AzureChinaCloud'].map((cloud): Terraform => {
    const { resourceManager } = KNOWN_CLOUDS[cloud as keyof typeof KNOWN_CLOUDS];
    return {
      ...azurerm,
      ...withInputs(oidc, { environment: cloud }),
      title: `oidc in ${cloud}`,
      tenant: { cloud },
      audience: () => resourceManager,
    };
  }),
  {
    ...azurerm,
    ...withInputs(oidc, { audience: 'https://octo.example/terraform' }),
    title: 'oidc with an audience of its own',
    env: ({ contoso }) => {
      for (const credential of contoso.application.federatedCredentials) {
        credential.audiences = ['https://octo.example/terraform'];
      }
      return {};
    },
  },
  {
    ...azurerm,
    ...withInputs(bySecret, { 'resource-manager-url': 'https://management.private.azurestack.external' }),
    title: 'secret in a private cloud',
    tenant: { cloud: 'PrivateCloud' },
    // The library asks for the endpoint, not for the audience that the cloud's metadata name.
    audience: () => 'https://management.private.azurestack.external',
  },
  ...Object.entries(AZS).map(
    ([name, az]): Terraform => ({
      ...azurerm,
      ...withInputs(METHODS.user, exporting),
      title: `a user, through the ${name}`,
      path: `${dirname(az)}:${process.env['PATH'] ?? ''}`,
    }),
  ),
  ...(isFenced() ? [machine('system-assigned'), machine('user-assigned')] : []),
];

function machine(kind: 'system-assigned' | 'user-assigned'): Terraform {
  return { ...azurerm, ...withInputs(managedIdentity(kind), exporting), title: `${kind} managed identity` };
}

if (existsSync(GO_ARM) && existsSync(GO_IDENTITY)) {
  for (const method of SIGN_INS) checkTerraform(method);
  checkPfx();
} else {
  test('programs in Go', { skip: 'needs Go, as new as __tests__/clients/go/go.mod says' });
}

function checkTerraform({ title, service, audience, path, ...signIn }: Terraform): void {
  checkClient(`Terraform's library, ${title}`, signIn, (check) => {
    check('a token', async (session) => {
      const claims = claimsOf(await terraform(session, service, path));
      assert.ok(claims.aud.startsWith(audience(session.world)), claims.aud);
      assert.equal(claims.oid, session.account.objectId);
    });
    if (!title.startsWith('oidc')) return;
    check('asks GitHub for a fresh assertion itself, and takes no file', async (session) => {
      const { github, requests } = session.world.simulator;
      const before = github.issued.length;
      await terraform(session, service, path);
      assert.ok(github.issued.length > before);
      const assertion = requests.findLast(({ path: to }) => to.endsWith('/oauth2/v2.0/token'))?.form;
      assert.ok(github.issued.some(({ token }) => token === assertion?.get('client_assertion')));
    });
  });
}

/** The PFX is Terraform's, but golang.org/x/crypto/pkcs12, which knows the oldest form alone, has to read it too. */
function checkPfx(): void {
  const signIn = SIGN_INS.find(({ title }) => title === 'certificate') ?? assert.fail();
  checkClient('azidentity for Go, certificate', signIn, (check) => {
    check('the PFX', async ({ job, step, account }) => {
      const { ARM_CLIENT_CERTIFICATE_PATH: path = '', ARM_CLIENT_CERTIFICATE_PASSWORD: password = '' } =
        step.result.exported;
      assert.match(path, /\.pfx$/);
      const env = { AZURE_CLIENT_CERTIFICATE_PATH: path, AZURE_CLIENT_CERTIFICATE_PASSWORD: password };
      const program = OPEN_PROGRAMS['azidentity for Go'];
      const token = await tokenOf(program, job, 'https://management.azure.com/.default', env);
      assert.equal(claimsOf(token).oid, account.objectId);
    });
  });
}

async function terraform(session: Session, service: string, path: string): Promise<string> {
  const { stdout } = await session.run(GO_ARM, [service], { PATH: path });
  return stdout.trim();
}
