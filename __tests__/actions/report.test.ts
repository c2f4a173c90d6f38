import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpUrl } from '../../src/actions/report.ts';

const HERE = {
  GITHUB_SERVER_URL: 'https://ghe.contoso.com:8443',
  GITHUB_ACTION_REPOSITORY: 'platform/azure-session',
  GITHUB_ACTION_REF: 'release/v1.2',
};

test('a failure has an address at the version in use, and none where a variable would lead elsewhere', () => {
  const address = (env: object): string => helpUrl('Entra refused: AADSTS7000215 (x).', { ...HERE, ...env });
  assert.equal(
    address({}),
    'https://ghe.contoso.com:8443/platform/azure-session/blob/release/v1.2/docs/troubleshooting.md#aadsts7000215',
  );
  for (const env of [
    { GITHUB_ACTION_REPOSITORY: '' },
    { GITHUB_SERVER_URL: 'http://github.com' },
    { GITHUB_SERVER_URL: 'https://github.com@evil.example' },
    { GITHUB_ACTION_REF: 'v1)' },
    { GITHUB_ACTION_REF: '../../../../evil/page/blob/v1' },
    { GITHUB_ACTION_REF: 'v1/..' },
    { GITHUB_ACTION_REF: './v1' },
    { GITHUB_ACTION_REPOSITORY: '../evil' },
  ]) {
    assert.equal(address(env), '', JSON.stringify(env));
  }
});
