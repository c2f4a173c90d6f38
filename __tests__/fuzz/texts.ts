import fc from 'fast-check';
import { PAYLOADS } from '../hardening/runner-protocol.ts';

/** Texts of users, files and servers, both harmless and hostile. */

/** Cannot occur by chance: hex digits after a marker, with the characters that users and generators put around them. */
export const secret = fc
  .tuple(
    fc.constantFrom('', ' ', '"', '$', '%', '~', '\\', "'", '{', '-----', '\u00e9'),
    fc.stringMatching(/^[0-9a-f]{16,40}$/),
    fc.constantFrom('', '=', '"', '}', '\\n', '#', '%0A', '::', '!'),
  )
  .map(([before, middle, after]) => `${before}Zq7${middle}${after}`);

/** A secret that JSON, XML and URLs need not escape. */
export const plainSecret = fc
  .tuple(fc.stringMatching(/^[0-9a-f]{16,40}$/), fc.constantFrom('', '~', '.', '_', '-', '='))
  .map(([middle, after]) => `Zq7${middle}${after}`);

const ODD_WORDS = '__proto__ constructor toString hasOwnProperty ../../etc/passwd <script> `id` $(id) %00'.split(' ');
export const word: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(...PAYLOADS),
  fc.constantFrom(
    ...ODD_WORDS,
    ...['', '\ud800', '\u202e\u200b', "' OR 1=1", '\0', 'x'.repeat(5000), '- '.repeat(3000)],
  ),
);

export const guid = fc.uuid();
const NUMBERS = '0 -1 1e308 1e999 9007199254740993 123456789012345678901234567890 0.1 -0'.split(' ');
const numberText = fc.constantFrom(...NUMBERS);

/** JSON text, with numbers that `JSON.stringify` does not write. */
export function jsonText(keys: readonly string[], leaf: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const scalar = fc.oneof(
    { weight: 5, arbitrary: leaf.map((value) => JSON.stringify(value)) },
    numberText,
    fc.constantFrom('null', 'true', 'false', '[]', '{}'),
  );
  const known = fc.constantFrom(...keys);
  const key = fc.oneof({ weight: 6, arbitrary: known }, fc.constantFrom('__proto__', 'constructor', ''));
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      members(key, tie('value')),
    ),
  }));
  return fc.oneof(
    { weight: 8, arbitrary: members(key, value) },
    { weight: 2, arbitrary: value },
    { weight: 2, arbitrary: fc.tuple(members(key, value), fc.nat(200)).map(([json, end]) => json.slice(0, end)) },
    { weight: 1, arbitrary: fc.nat(60_000).map((depth) => `{"${keys[0]}":${'['.repeat(depth)}`) },
    { weight: 1, arbitrary: fc.constantFrom('', '\ufeff{}', '<html>no</html>', 'null', '{}', '[]', '{"a":}') },
  );
}

function members(key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc.tuple(key, value).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return fc.array(member, { maxLength: 8 }).map((list) => `{${list.join(',')}}`);
}

const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'oid', 'tid', 'appid', 'upn', 'preferred_username'];
/** A JSON Web Token with an invalid signature, which the action does not check, or a text that resembles one. */
export const token: fc.Arbitrary<string> = fc.oneof(
  jsonText(CLAIMS, fc.oneof(word, guid)).map(jwtWith),
  fc.constantFrom('a.b.c', 'eyJ.eyJ.x', '..', 'x', `${'a'.repeat(20_000)}.b.c`),
);

/** @param claims JSON */
function jwtWith(claims: string): string {
  return `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(claims).toString('base64url')}.Zq7c2lnbmF0dXJlIG9mIGEgdG9rZW4`;
}

export function jwtOf(claims: object): string {
  return jwtWith(JSON.stringify(claims));
}

const HEADERS = 'x-ms-request-id retry-after www-authenticate x-ms-correlation-request-id server x-vss-e2eid';
const header = fc.constantFrom(...HEADERS.split(' '));
export const headers = fc.dictionary(header, fc.oneof(word, numberText), { maxKeys: 3 });

/** A position in a text, as a share of its length. */
const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** Changes a text at up to four positions. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const how = fc.constantFrom('drop', 'double', 'put', 'cut', 'keep');
  const edit = fc.record({ at: position, length: fc.nat(12), how, put: word });
  return fc.tuple(text, fc.array(edit, { maxLength: 4 })).map(([original, edits]) =>
    edits.reduce((current, { at, length, how, put }) => {
      const start = Math.floor(at * current.length);
      const [before, piece] = [current.slice(0, start), current.slice(start, start + length)];
      const after = current.slice(start + length);
      const double = before + piece + piece + after;
      return { drop: before + after, double, put: before + put + after, cut: before, keep: current }[how];
    }, original),
  );
}

/** Changes bytes at up to four positions, often to unusual DER lengths. */
export function damagedBytes(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const lengths = ['80', '84ffffffff', '847fffffff', '88ffffffffff', '3080', '2480', '02047fffffff'];
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 6 }),
    fc.constantFrom(...lengths).map((hex) => Uint8Array.from(Buffer.from(hex, 'hex'))),
  );
  const edit = fc.record({ at: position, octets, how: fc.constantFrom('put', 'insert', 'drop', 'cut') });
  return fc.tuple(bytes, fc.array(edit, { maxLength: 4 })).map(([original, edits]) =>
    edits.reduce((current, { at, octets, how }) => {
      const start = Math.floor(at * current.length);
      const before = current.subarray(0, start);
      if (how === 'cut') return before;
      const rest = current.subarray(how === 'insert' ? start : start + octets.length);
      return Buffer.concat([before, how === 'drop' ? Buffer.alloc(0) : octets, rest]);
    }, original),
  );
}
