import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOT_YET, refuseUnbuilt } from '../../src/inputs/not-yet.ts';
import { accepted, OIDC, type With } from './workflow-step.ts';

/** Inputs that ask for one feature each. A feature that is built loses its line in the table, not here. */
const ASKING: Readonly<Record<string, With>> = {
  '`auth-type: managed-identity`': { 'auth-type': 'managed-identity' },
  '`auth-type: workload-identity`': { ...OIDC, 'auth-type': 'workload-identity', 'federated-token-file': '/t' },
  'Signing in with `username` and `password`': { username: 'u', password: 'pw' },
  '`auth-type: device-code`': { 'auth-type': 'device-code' },
  '`publish-settings`': { 'publish-settings': 'x', mode: 'asm' },
  '`mode: asm`': { username: 'u', password: 'pw', mode: 'asm' },
  '`config-dir`': { ...OIDC, 'config-dir': 'azure' },
  'A private cloud or Azure Stack Hub': { ...OIDC, 'resource-manager-url': 'https://management.local' },
  '`token-scopes`': { ...OIDC, 'token-scopes': 'https://vault.azure.net' },
  '`export-env: terraform`': { ...OIDC, 'export-env': 'azure, terraform' },
  '`enable-AzPSSession`': { ...OIDC, 'enable-AzPSSession': 'true' },
};

test('every feature that is not built is refused by name, and every other is not', () => {
  const unbuilt = new Set([...NOT_YET].map((feature) => feature.name));
  for (const [name, inputs] of Object.entries(ASKING)) {
    const problems = refuseUnbuilt(accepted(inputs));
    const problem = `${name} is not built into this version yet.`;
    assert.equal(problems.includes(problem), unbuilt.has(name), name);
    assert.ok(
      problems.every((other) => unbuilt.has(other.replace(' is not built into this version yet.', ''))),
      name,
    );
  }
  for (const name of unbuilt) assert.ok(name in ASKING, `no inputs here ask for ${name}`);
});

test('what every sign-in asks for is built', () => {
  for (const inputs of [
    OIDC,
    { ...OIDC, 'keep-alive': 'true' },
    { ...OIDC, 'client-secret': 's3' },
    { ...OIDC, 'client-certificate': 'x.pem' },
    { ...OIDC, 'export-env': 'none' },
  ]) {
    assert.deepEqual(refuseUnbuilt(accepted(inputs)), []);
  }
});
