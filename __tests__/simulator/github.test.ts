import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, test } from 'node:test';
import { GITHUB_ISSUER } from '../../simulator/github.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { ask, claimsOf, type Reply } from './client.ts';

let simulator: Simulator;

before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());

async function idToken(audience = 'api://AzureADTokenExchange', token = simulator.github.requestToken): Promise<Reply> {
  const url = `${simulator.github.requestUrl}&audience=${encodeURIComponent(audience)}`;
  return await ask(simulator, url, { headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' } });
}

function tokenIn(reply: Reply): string {
  const { count, value } = JSON.parse(reply.text) as { count: number; value: string };
  assert.equal(count, value.length);
  return value;
}

test('a job gets a token that the issuer’s published keys verify', async () => {
  const token = tokenIn(await idToken());
  const configuration = await ask(simulator, `${GITHUB_ISSUER}/.well-known/openid-configuration`);
  assert.equal(configuration.json.issuer, GITHUB_ISSUER);
  const keys = await ask(simulator, configuration.json.jwks_uri);
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  const key = keys.json.keys.find((candidate) => candidate['kid'] === header.kid);
  assert.ok(key);
  const cut = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(cut + 1), 'base64url');
  assert.ok(verify('sha256', Buffer.from(token.slice(0, cut)), createPublicKey({ key, format: 'jwk' }), signature));

  const { sub, aud, iss, exp, iat, nbf, repository_id, environment } = claimsOf(token);
  assert.deepEqual(
    {
      sub,
      aud,
      iss,
      lifetime: Number(exp) - Number(iat),
      before: Number(iat) - Number(nbf),
      repository_id,
      environment,
    },
    {
      sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      aud: 'api://AzureADTokenExchange',
      iss: GITHUB_ISSUER,
      lifetime: 300,
      before: 600,
      repository_id: '74',
      environment: undefined,
    },
  );
});

test('without an audience it is the owner’s; the scheme’s case is the client’s', async () => {
  const { requestUrl, requestToken } = simulator.github;
  const reply = await ask(simulator, requestUrl, { headers: { Authorization: `bearer ${requestToken}` } });
  assert.equal(claimsOf(tokenIn(reply))['aud'], 'https://github.com/octo-org');
});

test('a request is refused: wrong token, other path, a job that is over', async () => {
  assert.equal((await idToken('x', 'wrong')).status, 401);
  assert.equal((await ask(simulator, 'https://pipelines.actions.githubusercontent.com/other/idtoken')).status, 404);
  simulator.github.jobState = 'completed';
  assert.equal((await idToken()).status, 403);
  simulator.github.jobState = 'in-progress';
});

test('subjects follow the job', () => {
  const { github } = simulator;
  const subject = (changes: Partial<typeof github>) => {
    const kept = {
      environment: github.environment,
      eventName: github.eventName,
      ref: github.ref,
      subjectForm: github.subjectForm,
    };
    Object.assign(github, changes);
    const { currentSubject } = github;
    Object.assign(github, kept);
    return currentSubject;
  };
  assert.equal(subject({ environment: 'Prod: EU' }), 'repo:octo-org/octo-repo:environment:Prod%3A EU');
  assert.equal(subject({ eventName: 'pull_request' }), 'repo:octo-org/octo-repo:pull_request');
  assert.equal(subject({ ref: 'refs/tags/v1' }), 'repo:octo-org/octo-repo:ref:refs/tags/v1');
  assert.equal(subject({ subjectForm: 'ids' }), 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main');
});

test('claims, lifetime, clock and issuer are settings', async () => {
  const { github } = simulator;
  github.claims = { enterprise: 'octo-ent' };
  github.idTokenLifetimeSeconds = 10;
  github.clockSkewSeconds = 3600;
  github.issuer = `${GITHUB_ISSUER}/octo-ent`;
  const { enterprise, exp, iat, iss } = claimsOf(tokenIn(await idToken()));
  assert.deepEqual([enterprise, iss, Number(exp) - Number(iat)], ['octo-ent', github.issuer, 10]);
  assert.ok(Number(iat) > Date.now() / 1000 + 3500);
  const configuration = await ask(simulator, `${github.issuer}/.well-known/openid-configuration`);
  assert.equal(configuration.json.issuer, github.issuer);
});
