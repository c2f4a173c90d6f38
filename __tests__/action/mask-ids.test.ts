import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { subscription, tenant } from '../../simulator/directory.ts';
import type { StepResult } from '../../simulator/job.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

/** Everything in the log after the masks that came before it, as the runner would show it. */
function shown({ log, summary }: StepResult): string {
  const masks: string[] = [];
  const hidden = (text: string): string => masks.reduce((left, mask) => left.replaceAll(mask, '***'), text);
  const lines = log.split('\n').flatMap((line) => {
    const mask = /^::add-mask::(.*)/.exec(line)?.[1];
    if (mask !== undefined) masks.push(mask);
    return mask === undefined ? [hidden(line)] : [];
  });
  return [...lines, hidden(summary)].join('\n');
}

const GUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** The ids in a text but those of support and of the principal, which are no ids of clients, tenants or subscriptions. */
function idsIn(text: string): string[] {
  const { principalId, user, systemIdentity, userIdentity } = world.contoso;
  const objectIds = [principalId, user.objectId, systemIdentity.objectId, userIdentity.objectId];
  return [...text.replaceAll(/(correlation|trace) id \S+/g, '').matchAll(GUID)]
    .map(([id]) => id)
    .filter((id) => !objectIds.includes(id));
}

async function signIn(inputs: Record<string, string>, env: Record<string, string> = {}): Promise<StepResult> {
  using job = world.newJob(env);
  const step = await job.step({
    inputs: { 'mask-ids': 'true', 'job-summary': 'always', 'keep-alive': 'false', ...inputs },
  });
  await step.post();
  return step.result;
}

test('mask-ids: no way in shows an id before it is hidden, succeed or fail', async () => {
  const { contoso, simulator, identity, secret, certificate } = world;
  const imds = simulator.managedIdentity.imdsVariables;
  const [production] = contoso.subscriptions;
  const creds = { clientId: contoso.application.clientId, clientSecret: contoso.clientSecret, tenantId: 'contoso.com' };
  const managed = { 'auth-type': 'managed-identity' };
  const unlisted = { 'list-subscriptions': 'false', subscription: 'ffffffff-0000-4000-8000-000000000000' };
  const cases: [inputs: Record<string, string>, exitCode: number, env?: Record<string, string>][] = [
    [identity, 0],
    [{ ...certificate, subscription: production.id }, 0],
    [{ ...secret, 'tenant-id': 'contoso.com' }, 0],
    [{ creds: JSON.stringify(creds) }, 0],
    [{ ...secret, subscription: 'Prodution' }, 1],
    [{ ...secret, subscription: 'Retired' }, 0],
    [{ ...secret, ...unlisted }, 1],
    [{ ...secret, 'client-secret': 'wrong' }, 1],
    [managed, 0, imds],
    [{ ...managed, 'client-id': contoso.userIdentity.clientId }, 0, imds],
    [{ ...managed, 'client-id': 'ffffffff-0000-4000-8000-000000000000' }, 1, imds],
  ];
  for (const [inputs, exitCode, env] of cases) {
    const result = await signIn(inputs, env);
    assert.equal(result.exitCode, exitCode, result.log);
    assert.deepEqual(idsIn(shown(result)), [], JSON.stringify(inputs));
    for (const id of idsIn(JSON.stringify(result.outputs))) assert.ok(result.masks.includes(id), id);
  }
});

test('mask-ids: a user’s other tenants are hidden too; the word for all of them is not', async () => {
  const { contoso, simulator } = world;
  const { directory } = simulator;
  const [guest, objectId] = ['12121212-1111-4111-8111-111111111111', 'abababab-1111-4111-8111-111111111111'];
  directory.tenants.push(
    tenant({ id: guest, domains: ['fabrikam.com'], displayName: 'Fabrikam', cloud: 'AzureCloud' }),
  );
  contoso.user.guestIn.push({ tenantId: guest, objectId, multifactor: 'required' });
  directory.subscriptions.push({
    ...subscription({
      id: 'f0f0f0f0-1111-4111-8111-111111111111',
      displayName: 'Fab',
      tenantId: guest,
      cloud: 'AzureCloud',
    }),
    roleAssignments: [objectId],
  });
  const user = { username: contoso.user.userPrincipalName, password: contoso.password };
  for (const multifactor of ['required', 'none'] as const) {
    Object.assign(contoso.user.guestIn[0] ?? {}, { multifactor });
    const result = await signIn(user);
    assert.equal(result.exitCode, 0, result.log);
    assert.deepEqual(idsIn(shown(result)), []);
    for (const mask of result.masks) assert.doesNotMatch(mask, /^[a-z]+$/);
  }
});

test('mask-ids: the subscriptions of a publish settings file', async () => {
  const owner = await createCertificate({ commonName: 'management' });
  const pfx = createPfx(owner, '').toString('base64');
  const [production, development] = world.contoso.subscriptions;
  for (const { id } of [production, development]) {
    world.simulator.directory.subscription(id)?.managementCertificates.push(owner.certificate);
  }
  const xml = schema2(
    { id: production.id, name: 'Production', certificate: pfx },
    { id: development.id, name: 'Development', certificate: pfx },
  );
  for (const wanted of [{}, { subscription: 'Prodution' }]) {
    const result = await signIn({ mode: 'asm', 'publish-settings': xml, ...wanted });
    assert.deepEqual(idsIn(shown(result)), [], result.log);
  }
});

test('without mask-ids no id is hidden', async () => {
  const result = await signIn({ ...world.secret, 'mask-ids': 'false', subscription: 'Production' });
  assert.deepEqual(
    result.masks.flatMap((mask) => idsIn(mask)),
    [],
  );
  assert.ok(idsIn(shown(result)).length > 0);
});
