import { type UnusableCertificate, unusable } from '../../src/errors/certificate.ts';

/** One BER value: its identifier octet and its content, which for a constructed value is further values. */
export interface Ber {
  readonly tag: number;
  readonly content: Buffer;
}

export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed: an EXPLICIT tag, or an IMPLICIT one over something constructed. */
  context0: 0xa0,
  /** `[0]` IMPLICIT over a primitive value. */
  context0Primitive: 0x80,
} as const;

const CONSTRUCTED = 0x20;
/** A PFX nests about 20 deep. The bound keeps a hostile one from using up the stack. */
const MAX_DEPTH = 48;

/**
 * Reads the BER value that starts the bytes and leaves what follows it alone. Indefinite lengths are read too: PFX
 * files of NSS and of Java providers have them (X.690, 8.1.3.6).
 *
 * @throws {UnusableCertificate} `damaged` when the bytes are no BER, or nest deeper than any real file
 */
export function readBer(bytes: Buffer): Ber {
  return readAt(bytes, 0, 0).value;
}

/** The values inside a constructed one. */
export function childrenOf(parent: Ber): Ber[] {
  if ((parent.tag & CONSTRUCTED) === 0) throw malformed();
  const children: Ber[] = [];
  let offset = 0;
  while (offset < parent.content.length) {
    const { value, end } = readAt(parent.content, offset, 0);
    children.push(value);
    offset = end;
  }
  return children;
}

/** The child at `index`, which must have the tag. */
export function childOf(parent: Ber, index: number, tag: number): Ber {
  const child = childrenOf(parent)[index];
  if (child?.tag !== tag) throw malformed();
  return child;
}

/** The octets of a string, joined when it is a constructed one in chunks. */
export function octetsOf(string: Ber, depth = 0): Buffer {
  if ((string.tag & CONSTRUCTED) === 0) return string.content;
  if (depth > MAX_DEPTH) throw malformed();
  return Buffer.concat(childrenOf(string).map((chunk) => octetsOf(chunk, depth + 1)));
}

/** An INTEGER that must not be negative; `Infinity` for one of more than six octets. */
export function naturalOf(integer: Ber): number {
  const [first] = integer.content;
  if (integer.tag !== TAG.integer || first === undefined || first >= 0x80) throw malformed();
  const significant = integer.content.subarray(integer.content.findIndex((octet) => octet !== 0));
  if (significant.length > 6) return Number.POSITIVE_INFINITY;
  return significant.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function oidOf(oid: Ber): string {
  const [first] = oid.content;
  if (oid.tag !== TAG.oid || first === undefined || oid.content.length > 32) throw malformed();
  const arcs = [Math.min(2, Math.floor(first / 40))];
  let arc = 0;
  for (const octet of oid.content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    arcs.push(arcs.length === 1 ? arc - 40 * (arcs[0] ?? 0) : arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** Whether the bytes begin as a SEQUENCE of more than 127 octets does: every certificate, key and PFX. */
export function startsAsSequence(bytes: Buffer): boolean {
  const [tag, length] = bytes;
  return tag === TAG.sequence && length !== undefined && length >= 0x80 && length <= 0x84;
}

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
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

interface Read {
  readonly value: Ber;
  /** Where the next value starts. */
  readonly end: number;
}

function readAt(bytes: Buffer, offset: number, depth: number): Read {
  const tag = bytes[offset];
  const lengthOctet = bytes[offset + 1];
  const highTagNumber = tag !== undefined && (tag & 0x1f) === 0x1f;
  if (tag === undefined || lengthOctet === undefined || highTagNumber || depth > MAX_DEPTH) throw malformed();
  if (lengthOctet === 0x80) return readIndefinite(bytes, offset, tag, depth);
  const lengthOctets = lengthOctet < 0x80 ? 0 : lengthOctet & 0x7f;
  const start = offset + 2 + lengthOctets;
  if (lengthOctets > 4 || start > bytes.length) throw malformed();
  const length = lengthOctets === 0 ? lengthOctet : bytes.readUIntBE(offset + 2, lengthOctets);
  if (start + length > bytes.length) throw malformed();
  return { value: { tag, content: bytes.subarray(start, start + length) }, end: start + length };
}

function readIndefinite(bytes: Buffer, offset: number, tag: number, depth: number): Read {
  if ((tag & CONSTRUCTED) === 0) throw malformed();
  const start = offset + 2;
  let end = start;
  while (bytes[end] !== 0 || bytes[end + 1] !== 0) end = readAt(bytes, end, depth + 1).end;
  return { value: { tag, content: bytes.subarray(start, end) }, end: end + 2 };
}

function minimalOctets(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets.subarray(Math.min(3, Math.clz32(value) >> 3));
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) octets.unshift(0x80 | (rest & 0x7f));
  return octets;
}

function malformed(): UnusableCertificate {
  return unusable('damaged', 'file');
}
