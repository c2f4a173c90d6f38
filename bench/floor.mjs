/**
 * The floor: a minimal sign-in. It makes the same requests as the action, in the same order, with every connection
 * opened in advance. It checks nothing, writes nothing and handles no other case. It is plain JavaScript, so that it
 * starts as fast as Node.
 *
 * `FLOOR_KIND=bare` adds all optimizations: the system opens the TCP connections while Node loads TLS, and Node's http
 * and tls are not imported. An import would need all of their exports, for which Node loads its WebSocket and reads
 * every trusted authority, which takes 13 ms.
 *
 * `FLOOR_STARTS=process` also starts an empty Node process while the connections open, without waiting for it.
 */
import { connect as connectTcp } from 'node:net';

const env = process.env;
const method = env.FLOOR_METHOD;
const isBare = env.FLOOR_KIND === 'bare';
const hosts = ['management.azure.com'];
if (method.startsWith('client-') || method === 'oidc') hosts.unshift('login.microsoftonline.com');
if (method === 'oidc') hosts.unshift(new URL(env.ACTIONS_ID_TOKEN_REQUEST_URL).hostname);

// Connections through a proxy open later.
const preconnected = isBare && !env.HTTPS_PROXY ? hosts : [];
const tcp = new Map(preconnected.map((host) => [host, connectTcp({ host, port: 443, noDelay: true })]));
await Promise.all([...tcp.values()].map((socket) => new Promise((resolve) => socket.once('lookup', resolve))));
const load = isBare ? process.getBuiltinModule : (name) => import(name);
const { request: plainRequest } = await load('node:http');
const { request } = await load('node:https');
const { connect } = await load('node:tls');
if (env.FLOOR_STARTS === 'process') await startEmptyProcess();

const tenant = env['INPUT_TENANT-ID'];
const client = env['INPUT_CLIENT-ID'];

const tokens = {
  oidc: async () => entraToken(gitHubToken()),
  'client-secret': async () => entraToken(clientSecret()),
  'client-certificate': async () => entraToken(signedAssertion()),
  'managed-identity': machineToken,
  /** No sign-in: only the pages of the subscription list. */
  pages: async () => env.FLOOR_TOKEN,
};

// Opens the connection of the first request first.
const pending = tokens[method]();
const management = open('management.azure.com');
const token = await pending;
for (let path = '/subscriptions?api-version=2022-12-01'; path; ) {
  const page = await send(management, {
    method: 'GET',
    host: 'management.azure.com',
    path,
    headers: { Authorization: `Bearer ${token}` },
  });
  path = page.nextLink ? page.nextLink.replace(/^https:\/\/[^/]*/, '') : '';
}
(await management).destroy();

async function entraToken(proof) {
  const login = open('login.microsoftonline.com');
  const scope = encodeURIComponent('https://management.core.windows.net//.default');
  const { access_token } = await send(login, {
    method: 'POST',
    host: 'login.microsoftonline.com',
    path: `/${tenant}/oauth2/v2.0/token`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `grant_type=client_credentials&client_id=${client}&scope=${scope}&${await proof}`,
  });
  (await login).destroy();
  return access_token;
}

/** Starts it as main starts the background process. */
async function startEmptyProcess() {
  const { spawn } = await load('node:child_process');
  spawn(process.execPath, ['--eval', ''], { detached: true, stdio: 'ignore' }).unref();
}

/** The only request without TLS. */
function machineToken() {
  const resource = encodeURIComponent('https://management.core.windows.net/');
  const path = `/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${resource}`;
  const url = new URL(path, env.AZURE_POD_IDENTITY_AUTHORITY_HOST ?? 'http://169.254.169.254');
  return new Promise((resolve, reject) => {
    plainRequest(url, { headers: { Metadata: 'true' }, agent: false })
      .once('response', (response) => resolve(json(response).then(({ access_token }) => access_token)))
      .once('error', reject)
      .end();
  });
}

async function gitHubToken() {
  const url = new URL(env.ACTIONS_ID_TOKEN_REQUEST_URL);
  const socket = open(url.hostname);
  const { value } = await send(socket, {
    method: 'GET',
    host: url.host,
    path: `${url.pathname}${url.search}&audience=${encodeURIComponent('api://AzureADTokenExchange')}`,
    headers: { Authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  });
  (await socket).destroy();
  return assertion(value);
}

async function clientSecret() {
  return `client_secret=${encodeURIComponent(env['INPUT_CLIENT-SECRET'])}`;
}

async function signedAssertion() {
  const { createHash, createPrivateKey, sign, constants } = await import('node:crypto');
  const pem = env['INPUT_CLIENT-CERTIFICATE'];
  const der = Buffer.from(/BEGIN CERTIFICATE-----([^-]*)/.exec(pem)[1], 'base64');
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const aud = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
  const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': createHash('sha256').update(der).digest('base64url') };
  const text = `${part(header)}.${part({ aud, iss: client, sub: client, jti: crypto.randomUUID(), nbf: now, exp: now + 600 })}`;
  const key = { key: createPrivateKey(pem), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return assertion(`${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`);
}

function assertion(jwt) {
  return `client_assertion_type=${encodeURIComponent('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')}&client_assertion=${jwt}`;
}

async function open(host) {
  const raw = tcp.get(host) ?? (env.HTTPS_PROXY ? await tunnel(new URL(env.HTTPS_PROXY), `${host}:443`) : undefined);
  const through = raw === undefined ? { host, port: 443 } : { socket: raw };
  return new Promise((resolve, reject) => {
    const socket = connect({ ...through, servername: host, ALPNProtocols: ['http/1.1'] }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

function tunnel(proxy, target) {
  return new Promise((resolve, reject) => {
    plainRequest({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: target, headers: { Host: target } })
      .once('connect', (_, socket) => resolve(socket))
      .once('error', reject)
      .end();
  });
}

async function send(socket, { body, ...options }) {
  const ready = await socket;
  return new Promise((resolve, reject) => {
    request({
      ...options,
      headers: { ...options.headers, Connection: 'keep-alive' },
      createConnection: () => ready,
      agent: undefined,
    })
      .once('response', (response) => resolve(json(response)))
      .once('error', reject)
      .end(body);
  });
}

function json(response) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks))));
    response.once('error', reject);
  });
}
