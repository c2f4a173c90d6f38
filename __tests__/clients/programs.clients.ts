/** Programs and libraries that use tokens of the session. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENT, KUBELOGIN, RUST_IDENTITY, SDK_PYTHON, SOPS, VSCE } from '../../scripts/clients/clients.ts';
import { MARKETPLACE_HOST } from '../../simulator/clouds.ts';
import type { CommandResult } from '../../simulator/job.ts';
import { METHODS } from './methods.ts';
import { NO_CLI, WITH_CLI } from './open-process.ts';
import { checkClient, claimsOf, runClient, type Session, type Variables } from './session.ts';

type Method = 'oidc' | 'secret' | 'secret, exported' | 'certificate' | 'user';
type Rows = readonly (readonly [Method, path: Variables])[];

/** The methods whose variables suffice. The others need `az`. */
const BY_VARIABLES: Rows = (['oidc', 'secret, exported', 'certificate'] as const).map((method) => [method, NO_CLI]);
const EVERY_METHOD: Rows = [...BY_VARIABLES, ['secret', WITH_CLI], ['user', WITH_CLI]];
const THROUGH_AZ: Rows = EVERY_METHOD.map(([method]) => [method, WITH_CLI]);

/** Runs a program with the PATH of the row. */
type Run = (program: string, args: readonly string[], env?: Variables) => Promise<CommandResult>;

type Body = (session: Session, run: Run) => Promise<void>;

function checkProgram(title: string, rows: Rows, name: string, body: Body): void {
  for (const [method, path] of rows) {
    checkClient(`${title}, ${method}`, METHODS[method], (check) =>
      check(name, (session) => {
        const run: Run = (program, args, env) => runClient(session.job, program, args, { ...path, ...env });
        return body(session, run);
      }),
    );
  }
}

const DATA_PLANES = 'the asynchronous credential, Key Vault, Blob Storage and a file system work';
checkProgram('azure-identity for Python', EVERY_METHOD, DATA_PLANES, async (session, run) => {
  const { stdout } = await run(SDK_PYTHON, [join(import.meta.dirname, 'data-planes.py')]);
  const { token, ...rest } = JSON.parse(stdout);
  assert.equal(claimsOf(token).oid, session.account.objectId);
  assert.deepEqual(rest, {
    secret: 'hello from the vault',
    blob: [['from-python.txt'], 'hello from Python'],
    fileSystem: [['state/adlfs/greeting.txt'], 'hello from adlfs'],
  });
  assertOneIdentity(session);
});

const KEY = 'https://contoso.vault.azure.net/keys/sops/1';
const SOPS_METHODS = existsSync(SOPS) ? EVERY_METHOD : [];
checkProgram('sops', SOPS_METHODS, 'encrypts and decrypts with a key in a vault', async (session, run) => {
  const [plain, sealed] = [join(session.job.folder, 'plain.yaml'), join(session.job.folder, 'sealed.yaml')];
  writeFileSync(plain, 'greeting: hello\n');
  await run(SOPS, ['encrypt', '--azure-kv', KEY, '--output', sealed, plain]);
  assert.doesNotMatch(readFileSync(sealed, 'utf8'), /hello/);
  assert.equal((await run(SOPS, ['decrypt', sealed])).stdout, 'greeting: hello\n');
  for (const file of [plain, sealed]) rmSync(file);
  assertOneIdentity(session);
});

/** Every service got tokens of the identity that signed in. */
function assertOneIdentity({ world, account }: Session): void {
  const tokens = world.simulator.requests
    .filter(({ host, headers }) => headers.authorization !== undefined && !host.endsWith('githubusercontent.com'))
    .map(({ headers }) => claimsOf(headers.authorization ?? '').oid);
  assert.deepEqual([...new Set(tokens)], [account.objectId]);
}

/** The application id of all AKS clusters. */
const AKS = '6dae42f8-4368-4678-94ff-3960e28e3630';

const KUBELOGIN_LOGINS: Readonly<Record<string, Rows>> = {
  azurecli: THROUGH_AZ,
  workloadidentity: [['oidc', NO_CLI]],
  spn: [
    ['secret, exported', NO_CLI],
    ['certificate', NO_CLI],
  ],
};

for (const [login, rows] of Object.entries(EXTENT === 'all' && existsSync(KUBELOGIN) ? KUBELOGIN_LOGINS : {})) {
  checkProgram(`kubelogin -l ${login}`, rows, 'gets a token for a cluster', async ({ job, account }, run) => {
    // kubelogin caches tokens in the home folder.
    const home = { HOME: job.folder };
    const { stdout } = await run(KUBELOGIN, ['get-token', '-l', login, '--server-id', AKS], home);
    const { aud, oid } = claimsOf((JSON.parse(stdout) as { status: { token: string } }).status.token);
    assert.deepEqual([aud, oid], [AKS, account.objectId]);
  });
}

const RUST_CREDENTIALS: Readonly<Record<string, Rows>> = {
  'developer-tools': THROUGH_AZ,
  'workload-identity': [['oidc', NO_CLI]],
};

for (const [credential, rows] of Object.entries(
  EXTENT === 'all' && existsSync(RUST_IDENTITY) ? RUST_CREDENTIALS : {},
)) {
  const title = `azure_identity for Rust, ${credential}`;
  checkProgram(title, rows, 'gets a token for Resource Manager', async ({ account }, run) => {
    const { stdout } = await run(RUST_IDENTITY, [credential, 'https://management.azure.com/.default']);
    const { token, error } = JSON.parse(stdout) as { token?: string; error?: string };
    assert.equal(claimsOf(token ?? assert.fail(error)).oid, account.objectId);
  });
}

/** It does not support federated tokens, but uses `az`. */
const VSCE_METHODS = EXTENT === 'all' && existsSync(VSCE) ? THROUGH_AZ : [];
checkProgram('vsce', VSCE_METHODS, 'publishes an extension as the identity that signed in', async (session, run) => {
  const folder = join(session.job.folder, 'extension');
  mkdirSync(folder);
  const engines = { vscode: '^1.100.0' };
  const manifest = { name: 'greeting', publisher: 'contoso', version: '1.0.0', engines, license: 'MIT' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, repository: 'https://example.com/x' }));
  for (const name of ['README.md', 'LICENSE']) writeFileSync(join(folder, name), 'An extension.');
  const script = 'cd "$0" && exec "$1" "$2" publish --azure-credential --no-dependencies';
  await run('/bin/sh', ['-c', script, folder, process.execPath, VSCE]);
  const sent = session.world.simulator.requests.findLast(({ host }) => host === MARKETPLACE_HOST);
  assert.deepEqual([sent?.method, sent?.status], ['POST', 201]);
  const [, basic = ''] = (sent?.headers.authorization ?? '').split(' ');
  assert.equal(claimsOf(Buffer.from(basic, 'base64').toString()).oid, session.account.objectId);
  rmSync(folder, { recursive: true });
});
