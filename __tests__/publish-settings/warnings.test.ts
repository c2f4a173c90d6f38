import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImportedSubscription } from '../../src/core/session.ts';
import { expiryWarnings } from '../../src/publish-settings/import.ts';
import { ID, MANAGEMENT, NOW, OTHER_ID, parse, schema2 } from './documents.ts';

const [SUBSCRIPTION] = (await parse(schema2({}))) as [ImportedSubscription];
const DAY_MS = 24 * 60 * 60 * 1000;

function endingIn(days: number, thumbprint = MANAGEMENT.thumbprint, id = ID): ImportedSubscription {
  const notAfter = new Date(NOW.getTime() + days * DAY_MS);
  return { ...SUBSCRIPTION, id, certificate: { ...SUBSCRIPTION.certificate, thumbprint, notAfter } };
}

describe('expiry', () => {
  it('more than 30 days ahead: none', () => {
    assert.deepEqual(expiryWarnings([endingIn(30)], NOW), []);
  });

  it('within 30 days: one for each certificate', () => {
    const warnings = expiryWarnings([endingIn(29.5), endingIn(29.5, MANAGEMENT.thumbprint, OTHER_ID)], NOW);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', new RegExp(`${MANAGEMENT.thumbprint} expires on .* UTC, in 29 days\\.`));
    assert.equal(expiryWarnings([endingIn(1.5), endingIn(1.5, 'ANOTHER')], NOW).length, 2);
    assert.match(expiryWarnings([endingIn(1.5)], NOW)[0] ?? '', /in 1 day\./);
  });
});
