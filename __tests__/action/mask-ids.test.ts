import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StepResult } from '../../simulator/job.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { addGuestTenant } from './fabrikam.ts';
import { managementCertificate, openWorld, type Variables } from './world.ts';

const world = await openWorld();
const { contoso, identity, secret, certificate } = world;
const UNKNOWN = 'ffffffff-0000-4000-8000-000000000000';

/** The log and the summary as the runner shows them, with each mask applied to later lines. */
function maskedText({ log, summary }: StepResult): string {
  const masks: string[] = [];
  const hide = (text: string): string => masks.reduce((rest, mask) => rest.replaceAll(mask, '***'), text);
  const lines = log.split('\n').map((line) => {
    const mask = /^::add-mask::(.*)/.exec(line)?.[1];
    if (mask !== undefined) masks.push(mask);
    return mask === undefined ? hide(line) : '';
  });
  return [...lines, hide(summary)].join('\n');
}

/** The ids of clients, tenants and subscriptions in a text: all except correlation, trace and object ids. */
function idsIn(text: string): string[] {
  const { principalId, user, systemIdentity, userIdentity } = contoso;
  const objectIds = [principalId, ...[user, systemIdentity, userIdentity].map(({ objectId }) => objectId)];
  const ids = text.replaceAll(/(correlation|trace) id \S+/g, '').match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g);
  return (ids ?? []).filter((id) => !objectIds.includes(id));
}

/** Asserts that the log, the summary and the outputs of a sign-in show no id that is not masked. */
async function assertIdsMasked(inputs: Variables, exitCode: 0 | 1): Promise<StepResult> {
  const job = world.newJob(inputs['auth-type'] ? world.simulator.managedIdentity.imdsVariables : {});
  const always = { 'mask-ids': 'true', 'job-summary': 'always', 'keep-alive': 'false' };
  await using step = await job.step({ inputs: { ...always, ...inputs } });
  const { result } = step;
  assert.equal(result.exitCode, exitCode, result.log);
  assert.deepEqual(idsIn(maskedText(result)), [], JSON.stringify(inputs));
  for (const id of idsIn(JSON.stringify(result.outputs))) assert.ok(result.masks.includes(id), id);
  return result;
}

test('mask-ids: every method masks each id before it appears, on success and failure', async () => {
  const managed = { 'auth-type': 'managed-identity' };
  const unlisted = { 'list-subscriptions': 'false', subscription: UNKNOWN };
  const cases: readonly [0 | 1, Variables][] = [
    [0, identity],
    [0, { ...certificate, subscription: contoso.subscriptions[0].id }],
    [0, { ...secret, 'tenant-id': 'contoso.com' }],
    [0, world.creds({ tenantId: 'contoso.com' })],
    [1, { ...secret, subscription: 'Prodution' }],
    [0, { ...secret, subscription: 'Retired' }],
    [1, { ...secret, ...unlisted }],
    [1, { ...secret, 'client-secret': 'wrong' }],
    [0, managed],
    [0, { ...managed, 'client-id': contoso.userIdentity.clientId }],
    [1, { ...managed, 'client-id': UNKNOWN }],
  ];
  for (const [exitCode, inputs] of cases) await assertIdsMasked(inputs, exitCode);
});

test('mask-ids: the other tenants of a user are masked, but not the word organizations', async () => {
  addGuestTenant(world, 1);
  for (const multifactor of ['required', 'none'] as const) {
    Object.assign(contoso.user.guestIn[0] ?? {}, { multifactor });
    const { masks } = await assertIdsMasked(world.user, 0);
    for (const mask of masks) assert.doesNotMatch(mask, /^[a-z]+$/);
  }
});

test('mask-ids: the subscriptions of a publish settings file are masked', async () => {
  const management = await managementCertificate();
  const listed = contoso.subscriptions.map(({ id, displayName: name }) => ({ id, name, certificate: management }));
  const inputs = { mode: 'asm', 'publish-settings': schema2(...listed) };
  await assertIdsMasked(inputs, 0);
  await assertIdsMasked({ ...inputs, subscription: 'Prodution' }, 1);
});

test('without mask-ids, no id is masked', async () => {
  await using step = await world.signIn({ ...secret, subscription: 'Production' });
  assert.deepEqual(idsIn(step.result.masks.join()), []);
  assert.ok(idsIn(maskedText(step.result)).length > 0);
});
