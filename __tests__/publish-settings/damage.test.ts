import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import { base64, fixture, ID, OTHER_ID, parse, partsShown, schema1, schema2 } from './documents.ts';

/** Numbers in [0, 1) that are the same in each run, so that a failure can be repeated. Source: mulberry32. */
function* chances(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Flips one to four bits, or puts some octets in the place of others. */
function damaged(original: Buffer, chance: Generator<number, never>): Buffer {
  const copy = Buffer.from(original);
  const below = (limit: number): number => Math.floor(chance.next().value * limit);
  if (below(4) === 0) {
    const [from, to] = [below(copy.length), below(copy.length)];
    return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
  }
  for (let flips = 1 + below(4); flips > 0; flips--) {
    const at = below(copy.length);
    copy.writeUInt8((copy[at] ?? 0) ^ (1 << below(8)), at);
  }
  return copy;
}

/** Whatever was done to a file: it is imported, or refused in the product's own words, soon. */
async function holds(xml: string | Uint8Array): Promise<'imported' | 'refused'> {
  // Time of the processor, since other tests run at the same time.
  const start = process.cpuUsage();
  try {
    await parse(xml);
    return 'imported';
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    assert.deepEqual(partsShown(error.report, Buffer.from(xml).toString('utf8')), []);
    return 'refused';
  } finally {
    assert.ok(process.cpuUsage(start).user < 1_000_000, 'within a second');
  }
}

describe('damaged files', () => {
  const file = Buffer.from(schema2({}, { id: OTHER_ID, name: 'Sub two', certificate: base64('aes-256.pfx') }));

  it('cut anywhere: refused', async () => {
    for (let length = 0; length < file.length - 1; length += 37) {
      assert.equal(await holds(file.subarray(0, length)), 'refused', `cut at ${length}`);
    }
  });

  it('changed anywhere', async () => {
    const chance = chances(1);
    let refused = 0;
    for (let run = 0; run < 150; run++) if ((await holds(damaged(file, chance))) === 'refused') refused++;
    assert.ok(refused > 75, `${refused} of 150`);
  });

  it('changed within the PKCS#12 file', async () => {
    const chance = chances(2);
    for (const name of ['windows.pfx', 'aes-256.pfx', 'null-password-rc2-40.pfx', 'unencrypted.pfx']) {
      const pfx = fixture(name);
      for (let run = 0; run < 40; run++) {
        await holds(schema1(damaged(pfx, chance).toString('base64'), [ID]));
      }
    }
  });
});
