import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { httpClient } from '../../src/net/http.ts';
import { startDeadline } from '../../src/net/retry.ts';

test('a client certificate that is none fails its request, and nothing else', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const http = httpClient({}, startDeadline(10));
  try {
    const clientCertificate = { key: 'no key', cert: 'no certificate' };
    await assert.rejects(
      http.send({ method: 'GET', url: `https://127.0.0.1:${port}/`, clientCertificate }),
      /ERR_OSSL/,
    );
    // The connection, which nobody waits for any more, is refused now.
    await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    http.close();
  }
});
