import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { plainHttpClient } from '../../src/http/plain-http.ts';
import { startDeadline } from '../../src/http/retry.ts';

test('a host that was not named is never asked', async () => {
  const server = createServer(() => assert.fail('It was asked.'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = plainHttpClient([{ origin: 'http://127.0.0.1:1' }], startDeadline(5));
  await assert.rejects(client.send({ method: 'GET', url }), /Not a server of this machine/);
  server.close();
});
