import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { openWorld, readIfExists, type Variables, visibleText, World } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { isRenewed } from './keep-alive-sweep.ts';
import { preload } from './preload.ts';
import { afterRequest, forwardTo, startPeer, startSecurePeer, tunnel } from './stalling-peers.ts';

const world = await openWorld({
  tls: [
    { host: '127.0.0.1', port: 0 },
    { host: '::1', port: 0 },
  ],
});
let leaf: CertificateWithKey;
let authority: CertificateWithKey;
before(async () => {
  authority = await createCertificate({ commonName: 'Proxy Authority', purpose: 'authority' });
  leaf = await createCertificate({ commonName: 'proxy', issuer: authority, purpose: 'server', names: ['127.0.0.1'] });
  const bundle = `${readFileSync(world.simulator.caFile, 'utf8')}\n${authority.certificate}`;
  writeFileSync(join(world.simulator.folder, 'both.pem'), bundle);
});

const UNSET = { HTTPS_PROXY: '', https_proxy: '', HTTP_PROXY: '', http_proxy: '', NO_PROXY: '', no_proxy: '' };
const HOSTS = ['pipelines.actions.githubusercontent.com', 'login.microsoftonline.com', 'management.azure.com'];
const OIDC = { ...world.identity, subscription: 'Production', 'keep-alive': 'false' };

/** Connections without a proxy go to the simulator. @returns their hosts, sorted */
async function signIn(env: Variables, address = '127.0.0.1'): Promise<string[]> {
  world.simulator.clear();
  using job = world.newJob({ ...UNSET, ...env });
  const log = join(job.folder, 'direct');
  const to = { host: address, port: world.simulator.tlsPorts[address === '::1' ? 1 : 0], log };
  Object.assign(job.env, preload('direct-to-simulator.mjs'), { DIRECT_TO: JSON.stringify(to) });
  const step = await world.signIn(OIDC, { job });
  await step.post();
  return readIfExists(log).split('\n').filter(Boolean).sort();
}

const { proxyUrl } = world.simulator;
const NOWHERE = 'http://127.0.0.1:9';
const [GITHUB = '', ENTRA = '', AZURE = ''] = HOSTS;
const VARIABLES: Readonly<Record<string, readonly [Variables, direct: readonly string[]][]>> = {
  'the proxy variables in either case; lower case wins, as with curl': [
    [{ HTTPS_PROXY: proxyUrl }, []],
    [{ https_proxy: proxyUrl }, []],
    [{ https_proxy: proxyUrl, HTTPS_PROXY: NOWHERE }, []],
    [{ HTTPS_PROXY: proxyUrl.replace('http://', '') }, []],
    [{ HTTPS_PROXY: proxyUrl, NO_PROXY: 'example.com,.microsoft.com,azure.com.evil' }, []],
    [{ HTTPS_PROXY: proxyUrl, HTTP_PROXY: NOWHERE, http_proxy: NOWHERE }, []],
  ],
  'NO_PROXY in either case exempts hosts, their subdomains, or everything': [
    [{ HTTPS_PROXY: proxyUrl, NO_PROXY: '.microsoftonline.com, azure.com' }, [ENTRA, AZURE]],
    [{ HTTPS_PROXY: proxyUrl, no_proxy: '*.githubusercontent.com', NO_PROXY: '*' }, [GITHUB]],
    [{ HTTPS_PROXY: proxyUrl, no_proxy: 'azure.com:443 LOGIN.MICROSOFTONLINE.COM:8443,icrosoftonline.com' }, [AZURE]],
    [{ HTTPS_PROXY: proxyUrl, NO_PROXY: '*' }, HOSTS],
  ],
  'HTTP_PROXY applies only to http; without HTTPS_PROXY, connections are direct': [[{ HTTP_PROXY: NOWHERE }, HOSTS]],
};
for (const [title, rows] of Object.entries(VARIABLES)) {
  test(title, { skip: rows.length > 1 && NEEDS.letterCase }, async () => {
    for (const [env, direct] of rows) {
      assert.deepEqual(await signIn(env), direct.toSorted(), JSON.stringify(env));
      assert.equal(world.simulator.connections.connects, HOSTS.length - direct.length, JSON.stringify(env));
    }
  });
}

function through(peer: { readonly port: number }, scheme = 'http', host = '127.0.0.1'): Variables {
  return { ...UNSET, HTTPS_PROXY: `${scheme}://${host}:${peer.port}` };
}

test('servers and a proxy on IPv6', async () => {
  assert.deepEqual(await signIn({}, '::1'), HOSTS.toSorted());
  await using proxy = await startPeer(forwardTo(world.simulator.proxyPort), '::1');
  await signIn(through(proxy, 'http', '[::1]'));
});

test('a proxy over TLS with a private certificate authority', async () => {
  await using proxy = await startSecurePeer(forwardTo(world.simulator.proxyPort), leaf);
  const env = through(proxy, 'https');
  await signIn({ ...env, NODE_EXTRA_CA_CERTS: join(world.simulator.folder, 'both.pem') });
  const message = new RegExp(`TLS certificate of the proxy 127\\.0\\.0\\.1:${proxy.port} is not trusted`);
  await world.rejects({ ...world.secret, 'timeout-seconds': '3' }, message, { env });
});

test('a proxy that is not available, has no TLS or hangs up: the error names the proxy, not an outage', async () => {
  await using plain = await startPeer(afterRequest((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  await using gone = await startPeer(afterRequest((socket) => void socket.resetAndDestroy()));
  for (const [peer, scheme, code] of [
    [{ port: 9 }, 'http', 'HTTPS_PROXY'],
    [plain, 'https', 'WRONG_VERSION_NUMBER'],
    [gone, 'https', 'ECONNRESET'],
  ] as const) {
    const message = new RegExp(`the proxy 127\\.0\\.0\\.1:${peer.port} cannot be reached`);
    const once = { ...world.secret, 'max-attempts': '1' };
    const { errors } = await world.rejects(once, message, { env: through(peer, scheme) });
    assert.match(errors[0] ?? '', new RegExp(`^(?!.*azure\\.status\\.microsoft).*${code}`, 's'));
  }
});

test('a proxy that does not offer Basic authentication: the error does not ask for a password', async () => {
  for (const schemes of ['Negotiate', 'NTLM\r\nProxy-Authenticate: Negotiate']) {
    const response = `HTTP/1.1 407 No\r\nProxy-Authenticate: ${schemes}\r\nContent-Length: 0\r\n\r\n`;
    await using proxy = await startPeer(afterRequest((socket) => void socket.end(response)));
    const { errors } = await world.rejects(world.secret, /does not offer Basic/, { env: through(proxy) });
    assert.doesNotMatch(errors.join(), /USER:PASSWORD/);
  }
});

test('a certificate that is expired, weak or of another host: the error does not ask for an authority', async () => {
  const names = [ENTRA];
  const day = 24 * 60 * 60 * 1000;
  const [past, future] = [new Date(Date.now() - day), new Date(Date.now() + day)];
  for (const [options, message] of [
    [{ names, notBefore: new Date(0), notAfter: past }, /CERT_HAS_EXPIRED[\s\S]*date -u/],
    [{ names, notBefore: future }, /CERT_NOT_YET_VALID[\s\S]*date -u/],
    [{ names, bits: 1024 }, /UNSPECIFIED \(.*too weak\)[\s\S]*a certificate that meets/],
    [{ names: ['block.example.com'] }, /ALTNAME_INVALID.*belongs to another host/],
  ] as const) {
    const server = await createCertificate({ commonName: 'x', issuer: authority, purpose: 'server', ...options });
    await using secure = await startSecurePeer(() => {}, server);
    await using proxy = await startPeer(tunnel(forwardTo(secure.port)));
    const env = { ...through(proxy), NODE_EXTRA_CA_CERTS: join(world.simulator.folder, 'both.pem') };
    const { errors } = await world.rejects(world.secret, message, { env });
    assert.doesNotMatch(errors.join(), /NODE_EXTRA_CA_CERTS/);
  }
});

test('a proxy may accept a tunnel with any 2xx', async () => {
  await using proxy = await startPeer(tunnel(forwardTo(world.simulator.tlsPorts[0] ?? 0), 'HTTP/1.1 204 No Content'));
  await signIn(through(proxy));
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0, which any step can set, does not disable certificate checks', async () => {
  const env = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const message = /TLS certificate of login.* is not trusted[\s\S]*NODE_EXTRA_CA_CERTS/;
  await world.rejects(world.secret, message, { env, requests: 0 });
});

test('a proxy with credentials: the sign-in and the agent send them, and no message contains them', async () => {
  const credentials = { username: 'us%er@corp', password: 'p:a/s?s#w@rd%20' };
  await using guarded = await World.start({ proxyCredentials: credentials });
  using job = guarded.newJob();
  const step = await guarded.signIn({ ...guarded.identity, subscription: 'Production' }, { job });
  const sent = Buffer.from(Object.values(credentials).join(':')).toString('base64');
  for (const secret of [credentials.password, sent]) assert.ok(step.result.masks.includes(secret), 'no mask');
  assert.equal(guarded.simulator.connections.proxyRefusals, 0);
  await step.post();
  guarded.simulator.clear();
  assert.equal(await isRenewed(guarded), true, 'no renewal');
  assert.ok(guarded.simulator.connections.connects > 0);
  assert.equal(guarded.simulator.connections.proxyRefusals, 0);

  const { proxyPort } = guarded.simulator;
  for (const proxy of [`http://someone:WRONGPASS@127.0.0.1:${proxyPort}`, `http://127.0.0.1:${proxyPort}`]) {
    const env = { HTTPS_PROXY: proxy, https_proxy: proxy };
    const result = await guarded.rejects(guarded.secret, /requires a user name and password/, { env });
    assert.doesNotMatch(visibleText(result), /WRONGPASS|Trying again/);
  }
});

test('an invalid proxy URL: the error names the variable without its value', async () => {
  for (const [value, masked] of [
    ['http://user:HUNTER2@', false],
    ['socks5://user:HUNTER2@127.0.0.1:1080', true],
    [' http://user:HUNTER2@127.0.0.1:1080', true],
    ['http://us er:HUNTER2@[::1', false],
    ['://HUNTER2', false],
    ['"http://user:HUNTER2@127.0.0.1:1080"', true],
  ] as const) {
    const env = { HTTPS_PROXY: value, https_proxy: value };
    const result = await world.rejects(world.secret, /https_proxy is not the URL of a proxy/, { env });
    assert.doesNotMatch(visibleText(result), /HUNTER2/);
    assert.equal(result.masks.includes('HUNTER2'), masked, value);
  }
});
