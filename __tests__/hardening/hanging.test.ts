import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { openWorld } from '../action/world.ts';
import {
  afterRequest,
  type Behaviour,
  type Peer,
  passingOn,
  silent,
  startDeafPeer,
  startPeer,
  startSecurePeer,
  trickling,
  tunnelling,
} from './stalling-peers.ts';

/**
 * A slow or hanging peer, at every stage of a connection: one error at the deadline, and nothing that goes on. A process
 * that anything keeps alive is killed after a minute, and then has no exit code.
 */

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

const ANSWER_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"value":"';
const answering: Behaviour = (socket) => {
  socket.write(ANSWER_HEAD);
  trickling('x')(socket);
};

/** Every stage of the way to GitHub, which is asked directly here. */
const DIRECT: Readonly<Record<string, () => Promise<Peer>>> = {
  'the connection never comes about': startDeafPeer,
  'the TLS handshake is never answered': () => startPeer(silent),
  'the TLS handshake trickles': () => startPeer(trickling('\x16\x03\x03\x40\x00')),
  'the request is never answered': () => startSecurePeer(silent, leaf),
  'the head of the answer trickles': () => startSecurePeer(afterRequest(trickling(ANSWER_HEAD)), leaf),
  'the body of the answer trickles': () => startSecurePeer(afterRequest(answering), leaf),
};

/** Every stage of the way through a proxy. */
const PROXIED: Readonly<Record<string, () => Promise<Peer & { scheme?: string }>>> = {
  'the proxy never accepts': startDeafPeer,
  'the proxy never answers CONNECT': () => startPeer(silent),
  'the answer to CONNECT trickles': () => startPeer(afterRequest(trickling('HTTP/1.1 200 Connection'))),
  'the TLS handshake in the tunnel is never answered': () => startPeer(tunnelling(silent)),
  'the TLS handshake of an https proxy is never answered': async () => ({
    ...(await startPeer(silent)),
    scheme: 'https',
  }),
  'the body of the answer in the tunnel trickles': async () => {
    const peer = await startSecurePeer(afterRequest(answering), leaf);
    const proxy = await startPeer(tunnelling(passingOn(peer.port)));
    const close = async (): Promise<void> => {
      for (const each of [proxy, peer]) await each[Symbol.asyncDispose]();
    };
    return { ...proxy, [Symbol.asyncDispose]: close };
  },
};

const TWO_SECONDS = { 'timeout-seconds': '2', 'keep-alive': 'false' };

async function assertEndsAtDeadline(inputs: Record<string, string>, env: Record<string, string>): Promise<void> {
  const trusting = { NODE_EXTRA_CA_CERTS: caFile, ...env };
  await world.refused({ ...inputs, ...TWO_SECONDS }, /did not finish within 2 seconds/, { env: trusting });
}

/** Other systems answer for a process that sleeps, or refuse. */
function needsLinux(start: unknown): string | false {
  const isOther = start === startDeafPeer && process.platform !== 'linux';
  return isOther && 'needs a system that drops what it cannot queue';
}

suite('at the deadline', { concurrency: true }, () => {
  suite('a hanging GitHub', { concurrency: true }, () => {
    for (const [stage, start] of Object.entries(DIRECT)) {
      test(stage, { skip: needsLinux(start) }, async () => {
        await using peer = await start();
        const url = `https://127.0.0.1:${peer.port}/idtoken?api-version=2.0`;
        await assertEndsAtDeadline(world.identity, { ACTIONS_ID_TOKEN_REQUEST_URL: url });
      });
    }
  });

  suite('a hanging proxy', { concurrency: true }, () => {
    for (const [stage, start] of Object.entries(PROXIED)) {
      test(stage, { skip: needsLinux(start) }, async () => {
        await using peer = await start();
        const proxy = `${peer.scheme ?? 'http'}://127.0.0.1:${peer.port}`;
        await assertEndsAtDeadline(world.secret, { HTTPS_PROXY: proxy, https_proxy: proxy });
      });
    }
  });
});

test('a connection that was opened ahead and hangs holds up neither a refusal nor a success', async () => {
  // Leads everything to the simulator but Resource Manager, whose CONNECT it never answers.
  await using proxy = await startPeer((socket) =>
    socket.once('data', (head) => {
      if (head.toString('latin1').startsWith('CONNECT management.')) return;
      socket.unshift(head);
      passingOn(world.simulator.proxyPort)(socket);
    }),
  );
  const url = `http://127.0.0.1:${proxy.port}`;
  using job = world.newJob({ HTTPS_PROXY: url, https_proxy: url });
  await world.refused({ ...world.secret, 'client-secret': 'wrong' }, /AADSTS7000215/, { job });
  const inputs = { ...world.secret, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
  await using _ = await world.signedIn(inputs, { job });
});
