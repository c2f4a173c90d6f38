import { settingsError } from '../errors/publish-settings.ts';

/** An element of a document. */
export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  /** 0 for the root. */
  readonly depth: number;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Largest document, in bytes or in characters. A publish settings file has about 4 KB for each subscription. */
const LARGEST = 1024 * 1024;
/** Publish settings have three levels. */
const DEEPEST = 16;
const MOST_ELEMENTS = 10_000;

/**
 * Reads XML strictly: malformed XML is refused, and so is every document type declaration, before any of its entities
 * could be used. Nothing is ever fetched or read besides `xml`. The parser's own words are dropped, since they may quote
 * the document. White space and a byte order mark before the document are skipped, as an input may begin with them.
 *
 * Source: Extensible Markup Language (XML) 1.0, fifth edition. The parser takes 5 ms to load, so it is imported here.
 *
 * @param xml the text, or the bytes of the file in UTF-8 or UTF-16
 * @returns the elements in the document's order
 * @throws {SessionError}
 */
export async function readXml(xml: string | Uint8Array): Promise<readonly [root: XmlElement, ...XmlElement[]]> {
  if (xml.length > LARGEST) throw settingsError('tooLarge');
  const text = typeof xml === 'string' ? xml : decoded(xml);
  if (text.trim() === '') throw settingsError('empty');
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const elements: XmlElement[] = [];
  let depth = 0;
  parser.on('error', () => refuse('malformed'));
  parser.on('doctype', () => refuse('documentType'));
  parser.on('opentag', ({ name, attributes }) => {
    if (elements.length >= MOST_ELEMENTS || depth >= DEEPEST) refuse('tooLarge');
    const local = name.slice(name.indexOf(':') + 1);
    elements.push({ name: local, depth: depth++, attributes: new Map(Object.entries(attributes)) });
  });
  parser.on('closetag', () => depth--);
  parser.write(text.trimStart()).close();
  const [root, ...others] = elements;
  return root === undefined ? refuse('malformed') : [root, ...others];
}

function refuse(reason: 'malformed' | 'documentType' | 'tooLarge'): never {
  throw settingsError(reason);
}

/**
 * Decodes XML in the encodings that every XML processor must know: UTF-8 and UTF-16, the latter by its byte order mark
 * or, without one, by how `<` is written in it. Tools on Windows save publish settings in any of these.
 * Source: XML 1.0, appendix F.
 */
function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    throw settingsError('unknownEncoding');
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  return 'utf-8';
}
