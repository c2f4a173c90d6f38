import forge from 'node-forge';

/** Writes DER, and what no library would write. */

export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  /** `[0]`, constructed: an EXPLICIT tag, or an IMPLICIT one over something constructed. */
  context0: 0xa0,
  /** `[0]` IMPLICIT over a primitive value. */
  context0Primitive: 0x80,
} as const;

/** Writes one DER value. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const length = minimalOctets(content.length);
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content]);
}

export function derSequence(...contents: readonly Buffer[]): Buffer {
  return der(TAG.sequence, ...contents);
}

export function derOctets(octets: Buffer): Buffer {
  return der(TAG.octetString, octets);
}

/** Writes a natural number below 2^32. */
export function derNatural(value: number): Buffer {
  const octets = minimalOctets(value);
  const signed = (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets;
  return der(TAG.integer, signed);
}

export function derOid(dotted: string): Buffer {
  return der(TAG.oid, Buffer.from(forge.asn1.oidToDer(dotted).getBytes(), 'latin1'));
}

function minimalOctets(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets.subarray(Math.min(3, Math.clz32(value) >> 3));
}
