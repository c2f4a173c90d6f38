import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBypassed, proxyFor } from '../../src/http/tcp.ts';

const ENTRA = new URL('https://login.microsoftonline.com/x');

test('the proxy is read from https_proxy or else HTTPS_PROXY, not from HTTP_PROXY', () => {
  const table: [Record<string, string>, string | undefined][] = [
    [{}, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{ HTTPS_PROXY: 'http://upper:3128' }, 'upper:3128'],
    [{ HTTPS_PROXY: 'http://upper:3128', https_proxy: 'http://lower:8080' }, 'lower:8080'],
    [{ HTTP_PROXY: 'http://plain:3128' }, undefined],
    [{ https_proxy: 'bare-host:3128' }, 'bare-host:3128'],
    [{ https_proxy: 'http://bare-host' }, 'bare-host:80'],
    [{ https_proxy: 'https://tls-proxy' }, 'tls-proxy:443'],
    [{ https_proxy: 'http://[::1]:3128' }, '::1:3128'],
  ];
  for (const [env, expected] of table) {
    const proxy = proxyFor(ENTRA, env);
    assert.equal(proxy && `${proxy.host}:${proxy.port}`, expected, JSON.stringify(env));
  }
});

test('the credentials of a proxy are decoded; a literal % is not an error', () => {
  const table: [string, string][] = [
    ['http://user:secret@proxy:1', 'user:secret'],
    ['http://us%40er:p%3Ass@proxy:1', 'us@er:p:ss'],
    ['http://user:50%@proxy:1', 'user:50%'],
    ['http://user@proxy:1', 'user:'],
  ];
  for (const [https_proxy, credentials] of table) {
    const header = proxyFor(ENTRA, { https_proxy })?.authorization ?? '';
    assert.equal(Buffer.from(header.replace('Basic ', ''), 'base64').toString(), credentials);
  }
  assert.equal(proxyFor(ENTRA, { https_proxy: 'http://proxy:1' })?.authorization, '');
});

test('NO_PROXY and loopback addresses bypass the proxy', () => {
  for (const [url, noProxy, expected] of [
    ['https://login.example.com', ['', 'ample.com', 'login.example.com:8443'], false],
    ['https://login.example.com', ['*', 'login.example.com', 'LOGIN.Example.com', 'login.example.com:443'], true],
    ['https://login.example.com', ['example.com', '.example.com', '*.example.com'], true],
    ['https://login.example.com', ['x.example, example.com', 'x.example example.com'], true],
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
