import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partsShown, refusal } from './documents.ts';
import { refusedDocuments } from './refused-documents.ts';

describe('refused files', async () => {
  for (const { name, xml, message } of await refusedDocuments()) {
    it(name, async () => {
      const start = performance.now();
      const error = await refusal(xml);
      assert.ok(performance.now() - start < 1000, 'within a second');
      assert.equal(error.message, message);
      assert.notEqual(error.why, '');
      assert.notEqual(error.next.length, 0);
      assert.equal(error.cause, undefined);
      assert.deepEqual(partsShown(error.report, Buffer.from(xml).toString('utf8')), []);
    });
  }
});
