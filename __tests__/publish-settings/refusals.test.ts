import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partsShown, refusal } from './documents.ts';
import { refusedDocuments } from './refused-documents.ts';

describe('refused files', async () => {
  for (const { name, xml, message } of await refusedDocuments()) {
    it(name, async () => {
      const start = process.cpuUsage();
      const error = await refusal(xml);
      assert.ok(process.cpuUsage(start).user < 1_000_000, 'within a second');
      assert.equal(error.message, message);
      assert.notEqual(error.why, '');
      assert.notEqual(error.next.length, 0);
      assert.equal(error.cause, undefined);
      assert.deepEqual(partsShown(error.report, Buffer.from(xml).toString('utf8')), []);
    });
  }
});
