import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { idTokenError, missingIdTokenPermission } from '../../src/errors/github.ts';

const YAML = 'permissions:\n  id-token: write\n  contents: read';

suite('The error for a job without permission for ID tokens', () => {
  const says = (env: Readonly<Record<string, string>>): string =>
    missingIdTokenPermission(env)
      .next.map(({ say }) => say)
      .join('\n');

  test('has the YAML to add, whatever started the job', () => {
    for (const event of ['push', 'pull_request', 'workflow_dispatch', 'pull_request_target', '']) {
      const { message, next } = missingIdTokenPermission({ GITHUB_EVENT_NAME: event });
      assert.match(message, /`id-token: write`/);
      assert.equal(next[0]?.yaml, YAML);
    }
    assert.equal(missingIdTokenPermission({}).next[0]?.yaml, YAML);
  });

  test('speaks of forks only where a fork can be the cause', () => {
    assert.match(says({ GITHUB_EVENT_NAME: 'pull_request' }), /comes from a fork/);
    assert.match(says({ GITHUB_EVENT_NAME: 'pull_request_review' }), /comes from a fork/);
    assert.doesNotMatch(says({ GITHUB_EVENT_NAME: 'push' }), /fork|Dependabot/);
    assert.doesNotMatch(says({ GITHUB_EVENT_NAME: 'pull_request_target' }), /fork/);
  });

  test('speaks of Dependabot where Dependabot started the run', () => {
    assert.match(says({ GITHUB_EVENT_NAME: 'push', GITHUB_ACTOR: 'dependabot[bot]' }), /Dependabot started this run/);
  });

  test('tells what became of a secret that was to sign in', () => {
    assert.match(
      says({ GITHUB_EVENT_NAME: 'push' }),
      /secret or a certificate should sign in, its input is empty or misspelt/,
    );
  });

  test('tells of callers and composite actions', () => {
    assert.match(says({}), /reusable workflow/);
    assert.match(says({}), /composite action/);
  });

  for (const [variable, host] of [
    ['ACT', 'act'],
    ['GITEA_ACTIONS', 'Gitea'],
    ['FORGEJO_ACTIONS', 'Forgejo'],
  ] as const) {
    test(`does not blame the workflow for what ${host} lacks`, () => {
      const { message, next } = missingIdTokenPermission({ [variable]: 'true', GITHUB_ACTIONS: 'true' });
      assert.ok(message.includes(`${host} gives this job no ID token`));
      assert.ok(next.every(({ yaml }) => yaml !== YAML));
    });
  }
});

suite('The error for an ID token that GitHub refused', () => {
  test('has something to do for every status', () => {
    for (const status of [400, 401, 403, 404, 418, 501]) {
      const { message, next } = idTokenError(status, '');
      assert.equal(message, `GitHub refused the request for an ID token: HTTP ${status}.`);
      assert.ok(next.length > 0);
    }
  });

  test('quotes the server safely', () => {
    const { why } = idTokenError(
      400,
      `bad\n::error::audience eyJhbGciOiJSUzI1NiJ9.e30.c2ln ${'x'.repeat(10_000)}`,
      'A:1\n::b',
    );
    assert.match(why, /GitHub says: bad ::error::audience \(token removed\) x+…$/m);
    assert.doesNotMatch(why, /^::/m);
    assert.ok(why.length < 700);
    assert.match(why, /^For support: request id A:1 ::b\.$/m);
  });
});
