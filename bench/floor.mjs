/**
 * The floor: the least a sign-in can cost. It makes the same requests as the action, in the same order, with every
 * connection opened ahead, and checks nothing, writes nothing, knows no other case. Plain JavaScript, so that it has no
 * start-up of its own beyond Node's.
 */
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';

const env = process.env;
const tenant = env['INPUT_TENANT-ID'];
const client = env['INPUT_CLIENT-ID'];

const login = open('login.microsoftonline.com', 443);
const management = open('management.azure.com', 443);

const proof = await { oidc: gitHubToken, 'client-secret': clientSecret, 'client-certificate': signedAssertion }[
  env.FLOOR_METHOD
]();
const scope = encodeURIComponent('https://management.core.windows.net//.default');
const { access_token: token } = await ask(login, {
  method: 'POST',
  host: 'login.microsoftonline.com',
  path: `/${tenant}/oauth2/v2.0/token`,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: `grant_type=client_credentials&client_id=${client}&scope=${scope}&${proof}`,
});
for (let path = '/subscriptions?api-version=2022-12-01'; path; ) {
  const page = await ask(management, {
    method: 'GET',
    host: 'management.azure.com',
    path,
    headers: { Authorization: `Bearer ${token}` },
  });
  path = page.nextLink ? page.nextLink.replace(/^https:\/\/[^/]*/, '') : '';
}
(await login).destroy();
(await management).destroy();

async function gitHubToken() {
  const url = new URL(env.ACTIONS_ID_TOKEN_REQUEST_URL);
  const socket = open(url.hostname, Number(url.port || 443));
  const { value } = await ask(socket, {
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

async function open(host, port) {
  const through = env.HTTPS_PROXY
    ? { socket: await tunnel(new URL(env.HTTPS_PROXY), `${host}:${port}`) }
    : { host, port };
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

async function ask(socket, { body, ...options }) {
  const ready = await socket;
  return new Promise((resolve, reject) => {
    request({
      ...options,
      headers: { ...options.headers, Connection: 'keep-alive' },
      createConnection: () => ready,
      agent: undefined,
    })
      .once('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks))));
      })
      .once('error', reject)
      .end(body);
  });
}
