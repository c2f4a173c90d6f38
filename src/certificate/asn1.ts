import forge from 'node-forge/lib/forge.js';
import 'node-forge/lib/pki.js';
import type { asn1 } from 'node-forge';
import { type UnusableCertificate, unusable } from '../errors/certificate.ts';

export type Asn1 = asn1.Asn1;

/** Universal types: the tag numbers that PFX and PKCS#8 use. */
export const TYPE = { integer: 2, octetString: 4, oid: 6, sequence: 16 } as const;

/** `@types/node-forge` knows no options. Source: node-forge, `lib/asn1.js`. */
const fromDer: (bytes: string, options: Readonly<Record<string, boolean>>) => Asn1 = forge.asn1.fromDer as never;

/**
 * Reads the value that the octets start with, in DER or BER, and leaves what follows it alone. Indefinite lengths are
 * read too: PFX files of NSS and of Java providers have them.
 *
 * @throws {UnusableCertificate} `damaged` when the octets are no ASN.1, or nest deeper than any real file
 */
export function readAsn1(octets: Buffer): Asn1 {
  try {
    return fromDer(octets.toString('latin1'), { strict: true, parseAllBytes: false, decodeBitStrings: false });
  } catch {
    throw malformed();
  }
}

/** The values inside a constructed one. */
export function childrenOf({ value }: Asn1): readonly Asn1[] {
  if (typeof value === 'string') throw malformed();
  return value;
}

/** The child at `index`, which must be of the universal type. */
export function childOf(parent: Asn1, index: number, type: number): Asn1 {
  const child = childrenOf(parent)[index];
  if (child?.tagClass !== forge.asn1.Class.UNIVERSAL || child.type !== type) throw malformed();
  return child;
}

/** What an explicit tag `[0]` at `index` holds. */
export function taggedOf(parent: Asn1, index: number): Asn1 {
  const child = childrenOf(parent)[index];
  const [content] = child?.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && child.type === 0 ? childrenOf(child) : [];
  if (content === undefined) throw malformed();
  return content;
}

/** The octets of a string, joined when it is a constructed one in chunks. */
export function octetsOf({ value }: Asn1): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.concat(value.map(octetsOf));
}

/** An INTEGER that must not be negative; `Infinity` for one of more than six octets. */
export function naturalOf(integer: Asn1): number {
  const octets = octetsOf(integer);
  const [first] = octets;
  if (integer.type !== TYPE.integer || first === undefined || first >= 0x80) throw malformed();
  const significant = octets.subarray(octets.findIndex((octet) => octet !== 0));
  return significant.length > 6 ? Number.POSITIVE_INFINITY : significant.readUIntBE(0, significant.length);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function oidOf(parent: Asn1, index = 0): string {
  const { value } = childOf(parent, index, TYPE.oid);
  if (typeof value !== 'string' || value.length === 0 || value.length > 32) throw malformed();
  return forge.asn1.derToOid(value);
}

function malformed(): UnusableCertificate {
  return unusable('damaged', 'file');
}

/**
 * The parts of node-forge that read and write PFX. The whole package would bring SSH, TLS and HTTP along; its parts add
 * themselves to the object that the first import gives. Loaded only for a PFX or an encrypted key.
 */

export { forge };
