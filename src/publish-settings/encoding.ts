/**
 * Decodes XML in the encodings that every XML processor must know: UTF-8 and UTF-16, the latter by its byte order mark
 * or, without one, by how `<` is written in it. Tools on Windows save publish settings in any of these.
 * Source: XML 1.0, appendix F.
 *
 * @returns the text without a byte order mark; `undefined` when the bytes are in none of these encodings
 */
export function decodeXml(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  return 'utf-8';
}
