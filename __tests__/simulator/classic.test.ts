import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CertificateWithKey, createCertificate, createRsaKey } from '../../simulator/certificates.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { ask, bearer, type Reply } from './client.ts';

let simulator: Simulator;
let world: Contoso;
let registered: CertificateWithKey;

before(async () => {
  simulator = await startSimulator();
  world = await contoso(simulator);
  registered = await createCertificate({ commonName: 'management' });
  world.subscriptions[0].managementCertificates.push(registered.certificate);
});
after(() => simulator.close());

async function get(
  path: string,
  clientCertificate: CertificateWithKey | undefined,
  headers: Record<string, string> = { 'x-ms-version': '2014-10-01' },
): Promise<Reply> {
  const options = clientCertificate === undefined ? { headers } : { headers, clientCertificate };
  return await ask(simulator, `https://management.core.windows.net/${path}`, options);
}

test('a registered certificate opens its subscription', async () => {
  const reply = await get(world.subscriptions[0].id, registered);
  assert.equal(reply.status, 200, reply.text);
  assert.match(String(reply.headers['content-type']), /^application\/xml/);
  assert.match(reply.text, /<SubscriptionName>Production<\/SubscriptionName><SubscriptionStatus>Active</);
  assert.match(reply.text, new RegExp(`<AADTenantID>${world.tenant.id}<`));
  const services = await get(`${world.subscriptions[0].id}/services/hostedservices`, registered);
  assert.match(services.text, /<HostedServices /);
});

test('it is forbidden without one, with another, with an expired one, and for another subscription', async () => {
  const [production, development] = world.subscriptions;
  const privateKey = await createRsaKey();
  const other = await createCertificate({ commonName: 'management', privateKey });
  const expired = await createCertificate({ commonName: 'old', privateKey, notAfter: new Date(Date.now() - 1000) });
  production.managementCertificates.push(expired.certificate);
  for (const [id, certificate] of [
    [production.id, undefined],
    [production.id, other],
    [production.id, expired],
    [development.id, registered],
    ['99999999-9999-4999-8999-999999999999', registered],
  ] as const) {
    const reply = await get(id, certificate);
    assert.equal(reply.status, 403);
    assert.match(reply.text, /<Error .*<Code>ForbiddenError<\/Code><Message>The server failed to authenticate/);
  }
});

test('the version header is required', async () => {
  const reply = await get(world.subscriptions[0].id, registered, {});
  assert.equal(reply.status, 400);
  assert.match(reply.text, /<Code>MissingOrIncorrectVersionHeader</);
});

test('the list of subscriptions takes a token, not a certificate', async () => {
  assert.equal((await get('subscriptions', registered)).status, 403);
  const headers = { 'x-ms-version': '2014-10-01', Authorization: `Bearer ${await bearer(simulator)}` };
  const reply = await get('subscriptions', undefined, headers);
  assert.deepEqual(reply.text.match(/<SubscriptionName>[^<]*/g)?.length, 3);
  assert.equal((await get(world.subscriptions[1].id, undefined, headers)).status, 200);
});
