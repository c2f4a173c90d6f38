import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpUrl } from '../../src/actions/report.ts';

const HERE = {
  GITHUB_SERVER_URL: 'https://ghe.contoso.com:8443',
  GITHUB_ACTION_REPOSITORY: 'platform/azure-session',
  GITHUB_ACTION_REF: 'release/v1.2',
};

test('a failure links to the troubleshooting page of the same version, unless a variable would make the link point elsewhere', () => {
  const url = (env: object): string => helpUrl('Entra refused: AADSTS7000215 (x).', { ...HERE, ...env });
  assert.equal(
    url({}),
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
    assert.equal(url(env), '', JSON.stringify(env));
  }
});
