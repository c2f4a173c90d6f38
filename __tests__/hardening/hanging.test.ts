import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { assertRefused, openWorld } from '../action/world.ts';
import {
  afterRequest,
  type Behaviour,
  leadingTo,
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
  const names = ['127.0.0.1', '::1', 'login.microsoftonline.com', 'management.azure.com'];
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
const DIRECT: Readonly<Record<string, () => Promise<Peer & { host?: string }>>> = {
  'the connection never comes about': startDeafPeer,
  'the TLS handshake is never answered': () => startPeer(silent),
  'the TLS handshake trickles': () => startPeer(trickling('\x16\x03\x03\x40\x00')),
  'the request is never answered': () => startSecurePeer(silent, leaf),
  'the head of the answer trickles': () => startSecurePeer(afterRequest(trickling(ANSWER_HEAD)), leaf),
  'the body of the answer trickles': () => startSecurePeer(afterRequest(answering), leaf),
  'the body trickles over IPv6': async () => ({
    ...(await startSecurePeer(afterRequest(answering), leaf, '::1')),
    host: '[::1]',
  }),
};

/** Every stage of the way through a proxy. */
const PROXIED: Readonly<Record<string, () => Promise<Peer & { scheme?: string }>>> = {
  'the proxy never accepts': startDeafPeer,
  'the proxy never answers CONNECT': () => startPeer(silent),
  'the answer to CONNECT trickles': () => startPeer(afterRequest(trickling('HTTP/1.1 200 Connection'))),
  'the TLS handshake in the tunnel is never answered': () => startPeer(tunnelling(silent)),
  'the TLS handshake in the tunnel trickles': () => startPeer(tunnelling(trickling('\x16\x03\x03\x40\x00'))),
  'the TLS handshake of an https proxy is never answered': async () => ({
    ...(await startPeer(silent)),
    scheme: 'https',
  }),
  'the body of the answer in the tunnel trickles': async () => {
    const peer = await startSecurePeer(afterRequest(answering), leaf);
    const proxy = await startPeer(leadingTo(peer.port));
    const close = async (): Promise<void> => {
      for (const each of [proxy, peer]) await each[Symbol.asyncDispose]();
    };
    return { ...proxy, [Symbol.asyncDispose]: close };
  },
};

const TWO_SECONDS = { 'timeout-seconds': '2', 'keep-alive': 'false' };

async function assertEndsAtDeadline(inputs: Record<string, string>, env: Record<string, string>): Promise<void> {
  using job = world.newJob({ NODE_EXTRA_CA_CERTS: caFile, ...env });
  const step = await job.step({ inputs: { ...inputs, ...TWO_SECONDS } });
  assertRefused(step, job, /did not finish within 2 seconds/);
}

/** Other systems answer for a process that sleeps, or refuse. */
function needsLinux(start: unknown): string | false {
  return start === startDeafPeer && process.platform !== 'linux'
    ? 'needs a system that drops what it cannot queue'
    : false;
}

suite('at the deadline', { concurrency: true }, () => {
  suite('a hanging GitHub', { concurrency: true }, () => {
    for (const [stage, start] of Object.entries(DIRECT)) {
      test(stage, { skip: needsLinux(start) }, async () => {
        await using peer = await start();
        const url = `https://${peer.host ?? '127.0.0.1'}:${peer.port}/idtoken?api-version=2.0`;
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

/** Leads everything to the simulator but Resource Manager, whose CONNECT it never answers. */
function withoutResourceManager(): Promise<Peer> {
  return startPeer((socket) =>
    socket.once('data', (head) => {
      if (head.toString('latin1').startsWith('CONNECT management.')) return;
      socket.unshift(head);
      passingOn(world.simulator.proxyPort)(socket);
    }),
  );
}

test('a connection that was opened ahead and hangs holds up neither a refusal nor a success', async () => {
  await using proxy = await withoutResourceManager();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, https_proxy: `http://127.0.0.1:${proxy.port}` };
  using job = world.newJob(env);
  assertRefused(await job.step({ inputs: { ...world.secret, 'client-secret': 'wrong' } }), job, /AADSTS7000215/);
  const inputs = { ...world.secret, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
  await using _ = await world.signedIn(inputs, { job });
});
