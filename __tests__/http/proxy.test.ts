import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBypassed, proxyFor } from '../../src/http/tcp.ts';

const ENTRA = new URL('https://login.microsoftonline.com/x');

test('the port of a proxy is by default that of its scheme', () => {
  assert.equal(proxyFor(ENTRA, { https_proxy: 'http://proxy' })?.port, 80);
  assert.equal(proxyFor(ENTRA, { https_proxy: 'https://proxy' })?.port, 443);
});

test('the credentials of a proxy are decoded; a literal % is not an error', () => {
  const table: [string, string][] = [
    ['http://user:secret@proxy:1', 'user:secret'],
    ['http://user:50%@proxy:1', 'user:50%'],
    ['http://user@proxy:1', 'user:'],
  ];
  for (const [https_proxy, credentials] of table) {
    const header = proxyFor(ENTRA, { https_proxy })?.authorization ?? '';
    assert.equal(Buffer.from(header.replace('Basic ', ''), 'base64').toString(), credentials);
  }
});

// The network tests cover the other forms of host names.
test('an address in NO_PROXY, a name in another letter case, and this machine bypass the proxy', () => {
  for (const [url, noProxy, expected] of [
    ['https://login.example.com', ['LOGIN.Example.com'], true],
    ['https://10.1.2.3', ['10.1.2.3'], true],
    ['https://10.1.2.3', ['0.1.2.3'], false],
    ['https://[fd00::1]', ['fd00::1', '[fd00::1]'], true],
    ['https://[fd00::1]:8443', ['[fd00::1]:8443'], true],
    ['https://localhost:8443', [''], true],
    ['https://127.0.0.1:8443', [''], true],
    ['https://[::1]:8443', [''], true],
  ] as const) {
    for (const value of noProxy) assert.equal(isBypassed(new URL(url), value), expected, `${url}, NO_PROXY=${value}`);
  }
});
