import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { openWorld, type Variables } from '../action/world.ts';
import {
  afterRequest,
  type Behavior,
  forwardTo,
  type Peer,
  silent,
  startDeafPeer,
  startPeer,
  startSecurePeer,
  trickle,
  tunnel,
} from './stalling-peers.ts';

const world = await openWorld();
let leaf: CertificateWithKey;
let caFile: string;
before(async () => {
  const authority = await createCertificate({ commonName: 'Stalling Authority', purpose: 'authority' });
  const names = ['127.0.0.1', 'login.microsoftonline.com', 'management.azure.com'];
  leaf = await createCertificate({ commonName: 'stalling', issuer: authority, purpose: 'server', names });
  caFile = join(world.simulator.folder, 'stalling-authority.pem');
  writeFileSync(caFile, authority.certificate);
});

const RESPONSE_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"value":"';
const trickleBody: Behavior = (socket) => {
  socket.write(RESPONSE_HEAD);
  trickle('x')(socket);
};

type Stages = Readonly<Record<string, () => Promise<Peer & { scheme?: string }>>>;

/** Every stage of a connection without a proxy. */
const DIRECT: Stages = {
  'the connection is never accepted': startDeafPeer,
  'the TLS handshake gets no response': () => startPeer(silent),
  'the TLS handshake trickles': () => startPeer(trickle('\x16\x03\x03\x40\x00')),
  'the request gets no response': () => startSecurePeer(silent, leaf),
  'the response header trickles': () => startSecurePeer(afterRequest(trickle(RESPONSE_HEAD)), leaf),
  'the response body trickles': () => startSecurePeer(afterRequest(trickleBody), leaf),
};

/** Every stage of a connection through a proxy. */
const PROXIED: Stages = {
  'the connection is never accepted': startDeafPeer,
  'CONNECT gets no response': () => startPeer(silent),
  'the response to CONNECT trickles': () => startPeer(afterRequest(trickle('HTTP/1.1 200 Connection'))),
  'the TLS handshake in the tunnel gets no response': () => startPeer(tunnel(silent)),
  'the TLS handshake of an https proxy gets no response': async () =>
    Object.assign(await startPeer(silent), { scheme: 'https' }),
  'the response body in the tunnel trickles': async () => {
    const peer = await startSecurePeer(afterRequest(trickleBody), leaf);
    const proxy = await startPeer(tunnel(forwardTo(peer.port)));
    const close = async (): Promise<void> => {
      for (const each of [proxy, peer]) await each[Symbol.asyncDispose]();
    };
    return { ...proxy, [Symbol.asyncDispose]: close };
  },
};

/** Other systems accept for a process that sleeps, or reject the connection. */
const needsLinux = process.platform !== 'linux' && 'needs a system that drops SYNs it cannot queue';

suite('one error at the deadline:', { concurrency: true }, () => {
  const hanging: readonly [title: string, stages: Stages, inputs: Variables, env: (url: string) => Variables][] = [
    ['a hanging GitHub', DIRECT, world.identity, (url) => ({ ACTIONS_ID_TOKEN_REQUEST_URL: url })],
    ['a hanging proxy', PROXIED, world.secret, (url) => ({ HTTPS_PROXY: url, https_proxy: url })],
  ];
  for (const [title, stages, account, env] of hanging) {
    suite(title, { concurrency: true }, () => {
      for (const [stage, start] of Object.entries(stages)) {
        test(stage, { skip: start === startDeafPeer && needsLinux }, async () => {
          await using peer = await start();
          const scheme = stages === DIRECT ? 'https' : (peer.scheme ?? 'http');
          const variables = { NODE_EXTRA_CA_CERTS: caFile, ...env(`${scheme}://127.0.0.1:${peer.port}`) };
          const inputs = { ...account, 'timeout-seconds': '2', 'keep-alive': 'false' };
          // A process that does not exit is killed after a minute, and then has no exit code.
          await world.rejects(inputs, /did not finish within 2 seconds/, { env: variables });
        });
      }
    });
  }
});

test('a preconnected socket that hangs delays neither an error nor a successful sign-in', async () => {
  // Forwards everything except CONNECT to Resource Manager, which gets no response.
  await using proxy = await startPeer((socket) =>
    socket.once('data', (head) => {
      if (head.toString('latin1').startsWith('CONNECT management.')) return;
      socket.unshift(head);
      forwardTo(world.simulator.proxyPort)(socket);
    }),
  );
  const url = `http://127.0.0.1:${proxy.port}`;
  using job = world.newJob({ HTTPS_PROXY: url, https_proxy: url });
  await world.rejects({ ...world.secret, 'client-secret': 'wrong' }, /AADSTS7000215/, { job });
  const inputs = { ...world.secret, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
  await using _ = await world.signIn(inputs, { job });
});
