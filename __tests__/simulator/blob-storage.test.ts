import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { ask, bearer, type Reply } from './client.ts';

let simulator: Simulator;
let world: Contoso;

before(async () => {
  simulator = await startSimulator();
  world = await contoso(simulator);
});
after(() => simulator.close());

const ACCOUNT = 'https://contosostate.blob.core.windows.net';

async function storage(method: string, path: string, headers: Record<string, string> = {}): Promise<Reply> {
  const token = await bearer(simulator, 'https://storage.azure.com/.default');
  return await ask(simulator, ACCOUNT + path, { method, headers: { Authorization: `Bearer ${token}`, ...headers } });
}

test('blob storage tells whose token it wants, and takes no other', async () => {
  const bare = await ask(simulator, `${ACCOUNT}/state/a`);
  assert.equal(bare.status, 401);
  assert.match(
    bare.headers['www-authenticate'] ?? '',
    new RegExp(`^Bearer authorization_uri=.*/${world.tenant.id}/.* resource_id=https://storage.azure.com$`),
  );
  const wrong = await ask(simulator, `${ACCOUNT}/state/a`, {
    headers: { Authorization: `Bearer ${await bearer(simulator)}` },
  });
  assert.equal(wrong.status, 401);
  const [account] = simulator.directory.storageAccounts;
  assert.ok(account);
  const { contributors } = account;
  account.contributors = [];
  assert.equal((await storage('GET', '/state/a')).status, 403);
  account.contributors = contributors;
});

test('blobs are written, read in parts, listed, described and deleted', async () => {
  assert.equal((await storage('GET', '/nowhere/a')).headers['x-ms-error-code'], 'ContainerNotFound');
  assert.equal((await storage('GET', '/state/a')).headers['x-ms-error-code'], 'BlobNotFound');
  assert.equal((await storage('PUT', '/state/a', { 'x-ms-meta-color': 'red' })).status, 201);
  assert.equal((await storage('PUT', '/state/a', { 'If-None-Match': '*' })).status, 409);
  assert.equal((await storage('HEAD', '/state/a')).headers['x-ms-meta-color'], 'red');
  await storage('PUT', '/state/a?comp=metadata', { 'x-ms-meta-color': 'blue' });
  assert.equal((await storage('HEAD', '/state/a')).headers['x-ms-meta-color'], 'blue');

  const blob = simulator.directory.storageAccounts[0]?.containers['state']?.['a'];
  assert.ok(blob);
  blob.content = 'hello';
  const part = await storage('GET', '/state/a', { 'x-ms-range': 'bytes=1-99' });
  assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, 'ello', 'bytes 1-4/5']);
  const list = await storage('GET', '/state?restype=container&comp=list&prefix=a');
  assert.match(list.text, /<Name>a<\/Name>.*<Content-Length>5</);
  assert.equal((await storage('DELETE', '/state/a')).status, 202);
});

test('who does not hold the lease cannot write', async () => {
  const [id, other] = ['11111111-0000-4000-8000-000000000000', '22222222-0000-4000-8000-000000000000'];
  const lease = (action: string, header: string, value: string): Promise<Reply> =>
    storage('PUT', '/state/locked?comp=lease', { 'x-ms-lease-action': action, [header]: value });
  await storage('PUT', '/state/locked');
  assert.equal((await lease('acquire', 'x-ms-proposed-lease-id', id)).status, 201);
  assert.equal((await lease('acquire', 'x-ms-proposed-lease-id', other)).status, 409);
  assert.equal((await storage('PUT', '/state/locked')).status, 412);
  assert.equal((await storage('PUT', '/state/locked', { 'x-ms-lease-id': id })).status, 201);
  assert.equal((await storage('HEAD', '/state/locked')).headers['x-ms-lease-state'], 'leased');
  assert.equal((await lease('release', 'x-ms-lease-id', other)).status, 409);
  assert.equal((await lease('release', 'x-ms-lease-id', id)).status, 200);
  assert.equal((await storage('DELETE', '/state/locked')).status, 202);
});
