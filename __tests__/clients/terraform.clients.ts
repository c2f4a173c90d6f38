/**
 * Terraform with its state in a storage account: init, apply and the lock, with the variables of each family. The
 * backend `azurerm` and the resource are built in, so there is no provider to download.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TERRAFORM } from '../../scripts/clients/clients.ts';
import { isFenced } from '../../scripts/clients/fence.ts';
import type { Blob } from '../../simulator/directory.ts';
import type { World } from '../action/world.ts';
import { MEMORY, METHODS, toProduction, withInputs } from './methods.ts';
import { NO_CLI, WITH_CLI } from './open-process.ts';
import { type Check, checkClient, claimsOf, type Session, type SignIn, type Variables } from './session.ts';
import { managedIdentity } from './virtual-machine.ts';

const SIGN_INS: Readonly<Record<string, SignIn>> = {
  ...Object.fromEntries(
    (['oidc', 'secret', 'certificate', 'user'] as const).flatMap((method) => [
      [method, METHODS[method]],
      [`${method} in memory`, withInputs(METHODS[method], MEMORY)],
    ]),
  ),
  ...(isFenced() ? { 'managed identity': managedIdentity('system-assigned') } : {}),
};

const FAMILIES = ['terraform', 'azure', 'azure, terraform'];

const CONFIGURATION = `
terraform {
  backend "azurerm" {
    storage_account_name = "contosostate"
    container_name       = "state"
    key                  = "demo.tfstate"
    use_azuread_auth     = true
  }
}

resource "terraform_data" "greeting" {
  input = "hello from the state"
}
`;

/** No look-up of providers and of newer versions. */
const QUIET = { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0', TF_CLI_CONFIG_FILE: '/dev/null' };

if (TERRAFORM !== undefined) {
  for (const [method, signIn] of Object.entries(SIGN_INS)) {
    for (const family of FAMILIES) {
      const path = method === 'user' || family === 'azure' ? WITH_CLI : NO_CLI;
      const title = `Terraform, ${method}, export-env: ${family}`;
      checkClient(title, toProduction(signIn, { 'export-env': family }), (check) => checkTerraform(check, path));
    }
  }
} else {
  test('Terraform', { skip: 'needs it on the PATH: `go install` cannot build it, since its go.mod replaces modules' });
}

function checkTerraform(check: Check, path: Variables): void {
  check('init and apply write a state with the identity that signed in', async (session) => {
    writeFileSync(join(session.world.simulator.folder, 'main.tf'), CONFIGURATION);
    await terraform(session, path, 'init');
    await terraform(session, path, 'apply', '-auto-approve');
    const { content, lease } = stateOf(session.world);
    assert.match(content, /"hello from the state"/);
    assert.equal(lease, undefined);
    const writers = session.world.simulator.requests
      .filter(({ host, method }) => host.startsWith('contosostate.') && method === 'PUT')
      .map(({ headers }) => claimsOf(headers.authorization ?? '').oid);
    assert.deepEqual([...new Set(writers)], [session.account.objectId]);
  });
  check('apply fails while another job has the lock', async (session) => {
    stateOf(session.world).lease = 'another-job';
    await assert.rejects(terraform(session, path, 'apply', '-auto-approve'), /Error acquiring the state lock/);
    stateOf(session.world).lease = undefined;
    await terraform(session, path, 'plan', '-detailed-exitcode');
  });
}

async function terraform({ job, world }: Session, path: Variables, ...args: string[]): Promise<void> {
  const folder = `-chdir=${world.simulator.folder}`;
  const { exitCode, log } = await job.run(TERRAFORM ?? '', [folder, ...args, '-no-color'], { ...QUIET, ...path });
  assert.equal(exitCode, 0, log);
}

function stateOf({ simulator }: World): Blob {
  const blob = simulator.directory.storageAccounts[0]?.containers['state']?.['demo.tfstate'];
  return blob ?? assert.fail('no state');
}
