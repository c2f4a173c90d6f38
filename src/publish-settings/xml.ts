import type { SaxesTagPlain } from 'saxes';
import type { SessionError } from '../core/session-error.ts';
import { settingsError } from '../errors/publish-settings.ts';

/** An element as it was read. */
export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

/** Largest document, in bytes or in characters. A publish settings file has about 4 KB for each subscription. */
export const LARGEST_XML = 1024 * 1024;
/** Publish settings have three levels. */
const DEEPEST = 16;
const MOST_ELEMENTS = 10_000;

/**
 * Reads XML strictly: malformed XML is refused, and so is every document type declaration, before any of its entities
 * could be used. Nothing is ever fetched or read besides `text`. The parser's own words are dropped, since they may quote
 * the document. White space and a byte order mark before the document are skipped, as an input may begin with them.
 *
 * Source: Extensible Markup Language (XML) 1.0, fifth edition. The parser takes 5 ms to load, so it is imported here.
 * @throws {SessionError}
 */
export async function readXml(text: string): Promise<XmlElement> {
  if (text.length > LARGEST_XML) throw settingsError('tooLarge');
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const tree = new Tree();
  parser.on('error', () => stop(settingsError('malformed')));
  parser.on('doctype', () => stop(settingsError('documentType')));
  parser.on('opentag', (tag) => tree.open(tag));
  parser.on('closetag', () => tree.close());
  parser.write(text.trimStart()).close();
  return tree.root ?? stop(settingsError('malformed'));
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
}

/** Keeps the tree within the limits while it grows, so that a hostile document costs no more than they allow. */
class Tree {
  root: XmlElement | undefined;
  readonly #path: OpenElement[] = [];
  #elements = 0;

  open({ name, attributes }: SaxesTagPlain): void {
    this.#elements += 1;
    if (this.#elements > MOST_ELEMENTS || this.#path.length >= DEEPEST) stop(settingsError('tooLarge'));
    const local = name.slice(name.indexOf(':') + 1);
    const element = { name: local, attributes: new Map(Object.entries(attributes)), children: [] };
    this.#path.at(-1)?.children.push(element);
    this.root ??= element;
    this.#path.push(element);
  }

  close(): void {
    this.#path.pop();
  }
}

function stop(error: SessionError): never {
  throw error;
}
