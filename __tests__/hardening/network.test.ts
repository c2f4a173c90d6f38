import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { openWorld, shownBy, World } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { loadedIntoAction } from './loaded-into.ts';
import { renewedOnce } from './refresher-sweep.ts';
import { afterRequest, passingOn, startPeer, startSecurePeer, tunnelling } from './stalling-peers.ts';

/** Proxies, certificate authorities of one's own and IPv6, for every request. */

const world = await openWorld({
  tls: [
    { host: '127.0.0.1', port: 0 },
    { host: '::1', port: 0 },
  ],
});
let leaf: CertificateWithKey;
before(async () => {
  const authority = await createCertificate({ commonName: 'Proxy Authority', purpose: 'authority' });
  leaf = await createCertificate({ commonName: 'proxy', issuer: authority, purpose: 'server', names: ['127.0.0.1'] });
  const bundle = `${readFileSync(world.simulator.caFile, 'utf8')}\n${authority.certificate}`;
  writeFileSync(join(world.simulator.folder, 'both.pem'), bundle);
});

const UNSET = { HTTPS_PROXY: '', https_proxy: '', HTTP_PROXY: '', http_proxy: '', NO_PROXY: '', no_proxy: '' };
const HOSTS = ['pipelines.actions.githubusercontent.com', 'login.microsoftonline.com', 'management.azure.com'];
const OIDC = { ...world.identity, subscription: 'Production', 'keep-alive': 'false' };

async function signIn(env: Record<string, string>): Promise<void> {
  await using _ = await world.signedIn(OIDC, { job: world.newJob({ ...UNSET, ...env }) });
}

test('the proxy variables in every spelling; lower case wins, as with curl', { skip: NEEDS.letterCase }, async () => {
  const { proxyUrl } = world.simulator;
  const nowhere = 'http://127.0.0.1:9';
  for (const env of [
    { HTTPS_PROXY: proxyUrl },
    { https_proxy: proxyUrl },
    { https_proxy: proxyUrl, HTTPS_PROXY: nowhere },
    { HTTPS_PROXY: proxyUrl.replace('http://', '') },
    { HTTPS_PROXY: proxyUrl, NO_PROXY: 'example.com,.microsoft.com,azure.com.evil' },
    { HTTPS_PROXY: proxyUrl, HTTP_PROXY: nowhere, http_proxy: nowhere },
  ]) {
    world.simulator.clear();
    await signIn(env);
    assert.equal(world.simulator.connections.connects, HOSTS.length, JSON.stringify(env));
  }
});

/** Everything that is not proxied is led to the simulator, and its host is written down. */
async function directSignIn(env: Record<string, string>, address = '127.0.0.1'): Promise<string[]> {
  using job = world.newJob({ ...UNSET, ...env });
  const log = join(job.folder, 'direct');
  const to = { host: address, port: world.simulator.tlsPorts[address === '::1' ? 1 : 0], log };
  Object.assign(job.env, loadedIntoAction('direct-to-simulator.mjs'), { DIRECT_TO: JSON.stringify(to) });
  const step = await world.signedIn(OIDC, { job });
  const hosts = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').sort() : [];
  await step.post();
  return hosts;
}

test('NO_PROXY in both spellings exempts hosts, their subdomains, or everything', {
  skip: NEEDS.letterCase,
}, async () => {
  const { proxyUrl } = world.simulator;
  const [github = '', entra = '', azure = ''] = HOSTS;
  const cases: readonly (readonly [Record<string, string>, readonly string[]])[] = [
    [{ NO_PROXY: '.microsoftonline.com, azure.com' }, [entra, azure]],
    [{ no_proxy: '*.githubusercontent.com', NO_PROXY: '*' }, [github]],
    [{ no_proxy: 'azure.com:443 LOGIN.MICROSOFTONLINE.COM:8443,icrosoftonline.com' }, [azure]],
    [{ NO_PROXY: '*' }, HOSTS],
  ];
  for (const [env, hosts] of cases) {
    assert.deepEqual(await directSignIn({ HTTPS_PROXY: proxyUrl, ...env }), hosts.toSorted(), JSON.stringify(env));
  }
});

test('HTTP_PROXY is for http alone; without HTTPS_PROXY the way is direct', async () => {
  assert.deepEqual(await directSignIn({ HTTP_PROXY: 'http://127.0.0.1:9' }), HOSTS.toSorted());
  assert.equal(world.simulator.connections.connects, 0);
});

/** The variables of a job whose proxy is not the simulator's own. */
function through(peer: { readonly port: number }, scheme = 'http', host = '127.0.0.1'): Record<string, string> {
  return { ...UNSET, HTTPS_PROXY: `${scheme}://${host}:${peer.port}` };
}

test('IPv6: servers, and a proxy', async () => {
  assert.deepEqual(await directSignIn({}, '::1'), HOSTS.toSorted());
  await using proxy = await startPeer(passingOn(world.simulator.proxyPort), '::1');
  await signIn(through(proxy, 'http', '[::1]'));
});

test('a proxy that is asked over TLS, with an authority of its own', async () => {
  await using proxy = await startSecurePeer(passingOn(world.simulator.proxyPort), leaf);
  const env = through(proxy, 'https');
  await signIn({ ...env, NODE_EXTRA_CA_CERTS: join(world.simulator.folder, 'both.pem') });
  await world.refused({ ...world.secret, 'timeout-seconds': '3' }, /TLS certificate .* is not trusted/, { env });
});

test('a proxy that is not there, speaks no TLS or hangs up is what the error names, and no outage', async () => {
  await using plain = await startPeer(afterRequest((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  await using gone = await startPeer(afterRequest((socket) => void socket.resetAndDestroy()));
  for (const [peer, scheme, code] of [
    [{ port: 9 }, 'http', 'HTTPS_PROXY'],
    [plain, 'https', 'WRONG_VERSION_NUMBER'],
    [gone, 'https', 'ECONNRESET'],
  ] as const) {
    const told = new RegExp(`the proxy 127\\.0\\.0\\.1:${peer.port} cannot be reached`);
    const once = { ...world.secret, 'max-attempts': '1' };
    const { errors } = await world.refused(once, told, { env: through(peer, scheme) });
    assert.match(errors[0] ?? '', new RegExp(`^(?!.*azure\\.status\\.microsoft).*${code}`, 's'));
  }
});

test('a proxy may accept a tunnel with any 2xx', async () => {
  await using proxy = await startPeer(
    tunnelling(passingOn(world.simulator.tlsPorts[0] ?? 0), 'HTTP/1.1 204 No Content'),
  );
  await signIn(through(proxy));
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0, which any step can set, does not make a stranger trusted', async () => {
  const env = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const told = /TLS certificate of login.* is not trusted[\s\S]*NODE_EXTRA_CA_CERTS/;
  await world.refused(world.secret, told, { env, asked: 0 });
});

test('a proxy that asks for credentials: the sign-in and the refresher have them, and no message does', async () => {
  const credentials = { username: 'us%er@corp', password: 'p:a/s?s#w@rd%20' };
  await using guarded = await World.start({ proxyCredentials: credentials });
  using job = guarded.newJob();
  const step = await guarded.signedIn({ ...guarded.identity, subscription: 'Production' }, { job });
  const sent = Buffer.from(Object.values(credentials).join(':')).toString('base64');
  for (const secret of [credentials.password, sent]) assert.ok(step.result.masks.includes(secret), 'a mask');
  assert.equal(guarded.simulator.connections.proxyRefusals, 0);
  await step.post();
  guarded.simulator.clear();
  assert.equal(await renewedOnce(guarded), true, 'the refresher');
  assert.ok(guarded.simulator.connections.connects > 0);
  assert.equal(guarded.simulator.connections.proxyRefusals, 0);

  const { proxyPort } = guarded.simulator;
  for (const proxy of [`http://someone:WRONGPASS@127.0.0.1:${proxyPort}`, `http://127.0.0.1:${proxyPort}`]) {
    const env = { HTTPS_PROXY: proxy, https_proxy: proxy };
    const refused = await guarded.refused(guarded.secret, /requires a user name and password/, { env });
    assert.doesNotMatch(shownBy(refused), /WRONGPASS|Trying again/);
  }
});

test('a variable that holds no proxy is named, and its value is not shown', async () => {
  const table: [value: string, masked: boolean][] = [
    ['http://user:HUNTER2@', false],
    ['socks5://user:HUNTER2@127.0.0.1:1080', true],
    [' http://user:HUNTER2@127.0.0.1:1080', true],
    ['http://us er:HUNTER2@[::1', false],
    ['://HUNTER2', false],
  ];
  for (const [value, masked] of table) {
    const env = { HTTPS_PROXY: value, https_proxy: value };
    const refused = await world.refused(world.secret, /https_proxy is not the URL of a proxy/, { env });
    assert.doesNotMatch(shownBy(refused), /HUNTER2/);
    assert.equal(refused.masks.includes('HUNTER2'), masked, value);
  }
});
