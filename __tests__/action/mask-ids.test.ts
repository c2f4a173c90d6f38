import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { StepResult } from '../../simulator/job.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { addGuestTenant } from './fabrikam.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
const { contoso, identity, secret, certificate } = world;
const UNKNOWN = 'ffffffff-0000-4000-8000-000000000000';

/** Everything in the log after the masks that came before it, as the runner would show it. */
function shown({ log, summary }: StepResult): string {
  const masks: string[] = [];
  const hidden = (text: string): string => masks.reduce((left, mask) => left.replaceAll(mask, '***'), text);
  const lines = log.split('\n').map((line) => {
    const mask = /^::add-mask::(.*)/.exec(line)?.[1];
    if (mask !== undefined) masks.push(mask);
    return mask === undefined ? hidden(line) : '';
  });
  return [...lines, hidden(summary)].join('\n');
}

/** The ids in a text but those of support and of the principal, which are no ids of clients, tenants or subscriptions. */
function idsIn(text: string): string[] {
  const { principalId, user, systemIdentity, userIdentity } = contoso;
  const objectIds = [principalId, ...[user, systemIdentity, userIdentity].map(({ objectId }) => objectId)];
  const ids = text.replaceAll(/(correlation|trace) id \S+/g, '').match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g);
  return (ids ?? []).filter((id) => !objectIds.includes(id));
}

/** A sign-in that shows no id before it is hidden. */
async function assertHidden(inputs: Record<string, string>, exitCode: 0 | 1): Promise<StepResult> {
  const job = world.newJob(inputs['auth-type'] ? world.simulator.managedIdentity.imdsVariables : {});
  const always = { 'mask-ids': 'true', 'job-summary': 'always', 'keep-alive': 'false' };
  await using step = await job.step({ inputs: { ...always, ...inputs } });
  const { result } = step;
  assert.equal(result.exitCode, exitCode, result.log);
  assert.deepEqual(idsIn(shown(result)), [], JSON.stringify(inputs));
  for (const id of idsIn(JSON.stringify(result.outputs))) assert.ok(result.masks.includes(id), id);
  return result;
}

test('mask-ids: no way in shows an id before it is hidden, succeed or fail', async () => {
  const creds = { clientId: contoso.application.clientId, clientSecret: contoso.clientSecret, tenantId: 'contoso.com' };
  const managed = { 'auth-type': 'managed-identity' };
  const unlisted = { 'list-subscriptions': 'false', subscription: UNKNOWN };
  const cases: readonly [0 | 1, Record<string, string>][] = [
    [0, identity],
    [0, { ...certificate, subscription: contoso.subscriptions[0].id }],
    [0, { ...secret, 'tenant-id': 'contoso.com' }],
    [0, { creds: JSON.stringify(creds) }],
    [1, { ...secret, subscription: 'Prodution' }],
    [0, { ...secret, subscription: 'Retired' }],
    [1, { ...secret, ...unlisted }],
    [1, { ...secret, 'client-secret': 'wrong' }],
    [0, managed],
    [0, { ...managed, 'client-id': contoso.userIdentity.clientId }],
    [1, { ...managed, 'client-id': UNKNOWN }],
  ];
  for (const [exitCode, inputs] of cases) await assertHidden(inputs, exitCode);
});

test('mask-ids: a user’s other tenants are hidden too; the word for all of them is not', async () => {
  addGuestTenant(world, 1);
  for (const multifactor of ['required', 'none'] as const) {
    Object.assign(contoso.user.guestIn[0] ?? {}, { multifactor });
    const { masks } = await assertHidden(world.user, 0);
    for (const mask of masks) assert.doesNotMatch(mask, /^[a-z]+$/);
  }
});

test('mask-ids: the subscriptions of a publish settings file', async () => {
  const pfx = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
  const listed = contoso.subscriptions.map(({ id, displayName: name }) => ({ id, name, certificate: pfx }));
  const inputs = { mode: 'asm', 'publish-settings': schema2(...listed) };
  await assertHidden(inputs, 0);
  await assertHidden({ ...inputs, subscription: 'Prodution' }, 1);
});

test('without mask-ids no id is hidden', async () => {
  await using step = await world.signedIn({ ...secret, subscription: 'Production' });
  assert.deepEqual(idsIn(step.result.masks.join()), []);
  assert.ok(idsIn(shown(step.result)).length > 0);
});
