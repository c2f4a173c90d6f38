/** Programs and libraries that use tokens of the session. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENT, KUBELOGIN, RUST_IDENTITY, SDK_PYTHON, SOPS, VSCE } from '../../scripts/clients/clients.ts';
import { MARKETPLACE_HOST } from '../../simulator/clouds.ts';
import { METHODS } from './methods.ts';
import { NO_CLI, WITH_CLI } from './open-process.ts';
import { checkClient, claimsOf, type Session } from './session.ts';

const TESTED = ['oidc', 'secret', 'secret, exported', 'certificate', 'user'] as const;
type Method = (typeof TESTED)[number];

/** The methods whose variables suffice. The others need `az`. */
const BY_VARIABLES: readonly Method[] = ['oidc', 'secret, exported', 'certificate'];

for (const method of TESTED) {
  const path = BY_VARIABLES.includes(method) ? { PATH: NO_CLI } : WITH_CLI;
  checkPython(method, path);
  if (existsSync(SOPS)) checkSops(method, path);
}

function checkPython(method: Method, path: { PATH: string }): void {
  checkClient(`azure-identity for Python, ${method}`, METHODS[method], (check) => {
    check('the asynchronous credential, Key Vault, Blob Storage and a file system work', async (session) => {
      const { stdout } = await session.run(SDK_PYTHON, [join(import.meta.dirname, 'data-planes.py')], path);
      const { token, ...rest } = JSON.parse(stdout) as { token: string };
      assert.equal(claimsOf(token).oid, session.account.objectId);
      assert.deepEqual(rest, {
        secret: 'hello from the vault',
        blob: [['from-python.txt'], 'hello from Python'],
        fileSystem: [['state/adlfs/greeting.txt'], 'hello from adlfs'],
      });
    });
    check('every service got a token of the identity that signed in', assertOneIdentity);
  });
}

function checkSops(method: Method, path: { PATH: string }): void {
  checkClient(`sops, ${method}`, METHODS[method], (check) => {
    check('encrypts and decrypts with a key in a vault', async (session) => {
      const [plain, sealed] = [join(session.job.folder, 'plain.yaml'), join(session.job.folder, 'sealed.yaml')];
      writeFileSync(plain, 'greeting: hello\n');
      const key = 'https://contoso.vault.azure.net/keys/sops/1';
      await session.run(SOPS, ['encrypt', '--azure-kv', key, '--output', sealed, plain], path);
      assert.doesNotMatch(readFileSync(sealed, 'utf8'), /hello/);
      assert.equal((await session.run(SOPS, ['decrypt', sealed], path)).stdout, 'greeting: hello\n');
      for (const file of [plain, sealed]) rmSync(file);
    });
    check('the vault got tokens of the identity that signed in', assertOneIdentity);
  });
}

/** The application id of all AKS clusters. */
const AKS = '6dae42f8-4368-4678-94ff-3960e28e3630';

const KUBELOGIN_LOGINS: readonly (readonly [login: string, Method, { PATH: string }])[] = [
  ...TESTED.map((method) => ['azurecli', method, WITH_CLI] as const),
  ['workloadidentity', 'oidc', { PATH: NO_CLI }],
  ['spn', 'secret, exported', { PATH: NO_CLI }],
  ['spn', 'certificate', { PATH: NO_CLI }],
];

if (EXTENT === 'all' && existsSync(KUBELOGIN)) for (const row of KUBELOGIN_LOGINS) checkKubelogin(...row);

function checkKubelogin(login: string, method: Method, path: { PATH: string }): void {
  checkClient(`kubelogin -l ${login}, ${method}`, METHODS[method], (check) => {
    check('gets a token for a cluster', async (session) => {
      // kubelogin caches tokens in the home folder.
      const env = { ...path, HOME: session.job.folder };
      const { stdout } = await session.run(KUBELOGIN, ['get-token', '-l', login, '--server-id', AKS], env);
      const { status } = JSON.parse(stdout) as { status: { token: string } };
      const { aud, oid } = claimsOf(status.token);
      assert.deepEqual([aud, oid], [AKS, session.account.objectId]);
    });
  });
}

const RUST_CREDENTIALS: readonly (readonly [credential: string, Method, { PATH: string }])[] = [
  ...TESTED.map((method) => ['developer-tools', method, WITH_CLI] as const),
  ['workload-identity', 'oidc', { PATH: NO_CLI }],
];

if (EXTENT === 'all' && existsSync(RUST_IDENTITY)) for (const row of RUST_CREDENTIALS) checkRust(...row);

function checkRust(credential: string, method: Method, path: { PATH: string }): void {
  checkClient(`azure_identity for Rust, ${credential}, ${method}`, METHODS[method], (check) => {
    check('gets a token for Resource Manager', async (session) => {
      const { stdout } = await session.run(RUST_IDENTITY, [credential, 'https://management.azure.com/.default'], path);
      const { token, error } = JSON.parse(stdout) as { token?: string; error?: string };
      assert.equal(claimsOf(token ?? assert.fail(error)).oid, session.account.objectId);
    });
  });
}

/** It does not support federated tokens, but uses `az`. */
if (EXTENT === 'all' && existsSync(VSCE)) for (const method of TESTED) checkVsce(method);

function checkVsce(method: Method): void {
  checkClient(`vsce, ${method}`, METHODS[method], (check) => {
    check('publishes an extension as the identity that signed in', async (session) => {
      const folder = join(session.job.folder, 'extension');
      mkdirSync(folder);
      const engines = { vscode: '^1.100.0' };
      const manifest = { name: 'greeting', publisher: 'contoso', version: '1.0.0', engines, license: 'MIT' };
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, repository: 'https://example.com/x' }));
      for (const name of ['README.md', 'LICENSE']) writeFileSync(join(folder, name), 'An extension.');
      const script = 'cd "$0" && exec "$1" "$2" publish --azure-credential --no-dependencies';
      await session.run('/bin/sh', ['-c', script, folder, process.execPath, VSCE], WITH_CLI);
      const sent = session.world.simulator.requests.filter(({ host }) => host === MARKETPLACE_HOST);
      const [, basic = ''] = (sent.at(-1)?.headers.authorization ?? '').split(' ');
      assert.deepEqual([sent.at(-1)?.method, sent.at(-1)?.status], ['POST', 201]);
      assert.equal(claimsOf(Buffer.from(basic, 'base64').toString()).oid, session.account.objectId);
      rmSync(folder, { recursive: true });
    });
  });
}

async function assertOneIdentity({ world, account }: Session): Promise<void> {
  const tokens = world.simulator.requests
    .filter(({ host, headers }) => headers.authorization !== undefined && !host.endsWith('githubusercontent.com'))
    .map(({ headers }) => claimsOf(headers.authorization ?? '').oid);
  assert.deepEqual([...new Set(tokens)], [account.objectId]);
}
