import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import { finalOnceSent, passwordCredential } from '../../src/entra/password.ts';
import { TransientFailure } from '../../src/http/retry.ts';
import { claims, ENTRA, rejection, SCOPE, Session } from './session.ts';

let session: Session;
before(async () => {
  session = await Session.start();
});
beforeEach(() => {
  session.simulator.clear();
  Object.assign(session.contoso.user, {
    enabled: true,
    multifactor: 'none',
    failedSignIns: 0,
    passwordState: 'valid',
  });
  session.contoso.tenant.federatedDomains.length = 0;
});
after(() => session[Symbol.asyncDispose]());

const TOKEN = `/organizations/oauth2/v2.0/token`;

function request(changes: { password?: string; username?: string; tenantId?: string } = {}) {
  const { user, password } = session.contoso;
  const username = user.userPrincipalName;
  return { method: 'password', tenantId: 'organizations', username, password, ...changes } as const;
}

test('one request gives a token, a refresh token and the home of the user; all of them are masked', async () => {
  const context = session.context();
  const credential = passwordCredential(request(), context);
  const token = await credential.getToken(SCOPE);
  assert.deepEqual(session.asked, [`POST ${ENTRA}${TOKEN}`]);
  assert.equal(claims(token.token)['aud'], 'https://management.core.windows.net/');
  assert.ok(Math.abs(token.expiresOn.getTime() - Date.now() - 3599_000) < 10_000);

  const handover = credential.handover();
  assert.ok(handover.kind === 'user');
  const { grant } = handover;
  assert.equal(grant.source, 'password');
  assert.equal(grant.homeObjectId, session.contoso.user.objectId);
  assert.equal(grant.homeTenantId, session.contoso.tenant.id);
  for (const secret of [token.token, grant.refreshToken, grant.idToken]) assert.ok(context.masks.includes(secret));
});

test('a second scope is got with the refresh token, not with the password again', async () => {
  const credential = passwordCredential(request(), session.context());
  const [first, again] = [await credential.getToken(SCOPE), await credential.getToken(SCOPE)];
  assert.equal(first, again);
  const other = await credential.getToken('https://vault.azure.net/.default');
  assert.equal(claims(other.token)['aud'], 'https://vault.azure.net');
  const grants = session.simulator.requests.map(({ form }) => form.get('grant_type'));
  assert.deepEqual(grants, ['password', 'refresh_token']);
});

test('a refusal is told with its remedy, after one try, and never asked for again', async (t) => {
  const { user } = session.contoso;
  const cases: { name: string; change: object; code: string; says: RegExp; request?: object }[] = [
    { name: 'wrong password', change: {}, code: '50126', says: /password is wrong/, request: { password: 'no' } },
    { name: 'unknown user', change: {}, code: '50034', says: /does not know/, request: { username: 'x@contoso.com' } },
    { name: 'locked', change: { failedSignIns: 10 }, code: '50053', says: /locked/ },
    { name: 'expired', change: { passwordState: 'expired' }, code: '50055', says: /expired/ },
    { name: 'disabled', change: { enabled: false }, code: '50057', says: /disabled/ },
    { name: 'multifactor', change: { multifactor: 'required' }, code: '50076', says: /auth-type: oidc/ },
    {
      name: 'multifactor, not set up',
      change: { multifactor: 'unregistered' },
      code: '50079',
      says: /auth-type: oidc/,
    },
  ];
  for (const { name, change, code, says, request: asked } of cases) {
    await t.test(name, async () => {
      session.simulator.clear();
      Object.assign(user, { enabled: true, multifactor: 'none', failedSignIns: 0, passwordState: 'valid' }, change);
      const credential = passwordCredential(request(asked), session.context());
      const error = await rejection(credential.getToken(SCOPE));
      assert.ok(error instanceof SessionError);
      assert.match(error.message, new RegExp(`AADSTS${code}\\b`));
      assert.match(error.report, says);
      assert.doesNotMatch(error.report, new RegExp(session.contoso.password));
      const posts = (): number => session.simulator.requestsTo(ENTRA, TOKEN).length;
      assert.equal(posts(), 1);
      assert.equal(session.simulator.requests.length, 1);
      assert.equal(await rejection(credential.getToken('https://vault.azure.net/.default')), error);
      assert.equal(posts(), 1, 'a refused password is not sent again for another scope');
    });
  }
});

test('a federated user, whose password Entra ID does not know, is told what that means; nobody else is asked', async () => {
  session.contoso.tenant.federatedDomains.push('contoso.com');
  const error = await rejection(passwordCredential(request(), session.context()).getToken(SCOPE));
  assert.ok(error instanceof SessionError);
  assert.match(error.report, /AADSTS50126[\s\S]*federated account[\s\S]*auth-type: oidc/);
  assert.deepEqual(session.asked, [`POST ${ENTRA}${TOKEN}`]);
});

test('an answer that says "not now" lets the password be sent again', async () => {
  session.simulator.faults.add({ path: TOKEN, fault: { kind: 'status', status: 503 } });
  const context = session.context();
  await passwordCredential(request(), context).getToken(SCOPE);
  assert.equal(session.simulator.requestsTo(ENTRA, TOKEN).length, 2);
  assert.match(context.log.join(), /HTTP 503/);
});

test('a connection that breaks after the password was sent ends the sign-in: the try may have counted', async () => {
  session.simulator.faults.add({ path: TOKEN, fault: { kind: 'reset' } });
  const error = await rejection(passwordCredential(request(), session.context()).getToken(SCOPE));
  assert.match(error.message, /not answered/);
  assert.match(error.report ?? '', /not sent again/);
  assert.equal(session.simulator.requestsTo(ENTRA, TOKEN).length, 1);
});

test('only what may have reached Entra ID ends it', () => {
  for (const reached of ['nobody', 'the-server'] as const) {
    const failure = new TransientFailure('it failed', { reached });
    assert.throws(() => finalOnceSent(failure), failure);
  }
  const lost = new TransientFailure('it failed', { reached: 'perhaps-the-server' });
  assert.throws(() => finalOnceSent(lost), SessionError);
});

test('a named tenant is asked, not the home tenant', async () => {
  await passwordCredential(request({ tenantId: 'contoso.com' }), session.context()).getToken(SCOPE);
  assert.deepEqual(session.asked, [`POST ${ENTRA}/contoso.com/oauth2/v2.0/token`]);
});
