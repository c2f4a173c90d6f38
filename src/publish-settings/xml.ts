import type { SaxesTagPlain } from 'saxes';

/** An element as it was read: names as written, prefix included; `text` is its own, not that of its children. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

type XmlReading =
  | { readonly kind: 'document'; readonly root: XmlElement }
  | { readonly kind: 'refused'; readonly problem: XmlProblem };

/**
 * Why a document is refused: it is not well-formed; it declares a document type that is empty, names an outer file or
 * address, or declares entities; it is larger than any real one.
 */
export type XmlProblem =
  | 'malformed'
  | 'document-type'
  | 'external-entity'
  | 'entities'
  | 'too-large'
  | 'too-deep'
  | 'too-many-elements';

/** Largest document, in bytes or in characters. A publish settings file has about 4 KB for each subscription. */
export const LARGEST_XML = 1024 * 1024;
/** Publish settings have three levels, answers of the classic service up to four. */
const DEEPEST = 16;
const MOST_ELEMENTS = 10_000;

/**
 * Reads XML strictly: what is not well-formed is refused, and so is every document type declaration, before any of its
 * entities could be used. Nothing is ever fetched or read besides `text`. The parser's own words are dropped, since
 * they may quote the document. White space before the document is passed over, as an input may begin with it, and so is
 * a byte order mark.
 *
 * Source: Extensible Markup Language (XML) 1.0, fifth edition; the parser is loaded here only, as it costs 5 ms.
 */
export async function readXml(text: string): Promise<XmlReading> {
  if (text.length > LARGEST_XML) return refused('too-large');
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const tree = new TreeBuilder();
  parser.on('error', () => stop('malformed'));
  parser.on('doctype', (declaration) => stop(documentTypeProblem(declaration)));
  parser.on('opentag', (tag) => tree.open(tag));
  parser.on('text', (characters) => tree.addText(characters));
  parser.on('cdata', (characters) => tree.addText(characters));
  parser.on('closetag', () => tree.close());
  try {
    parser.write(text.trimStart()).close();
  } catch (error) {
    if (error instanceof Stop) return refused(error.problem);
    throw error;
  }
  return tree.root === undefined ? refused('malformed') : { kind: 'document', root: tree.root };
}

/** The name without its namespace prefix. */
export function localName(element: XmlElement): string {
  return element.name.slice(element.name.indexOf(':') + 1);
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/** Keeps the tree within the limits while it grows, so that a hostile document costs no more than they allow. */
class TreeBuilder {
  root: XmlElement | undefined;
  readonly #path: OpenElement[] = [];
  #elements = 0;

  open(tag: SaxesTagPlain): void {
    const element = { name: tag.name, attributes: new Map(Object.entries(tag.attributes)), children: [], text: '' };
    this.#elements += 1;
    if (this.#elements > MOST_ELEMENTS) stop('too-many-elements');
    if (this.#path.length >= DEEPEST) stop('too-deep');
    this.#path.at(-1)?.children.push(element);
    this.root ??= element;
    this.#path.push(element);
  }

  addText(characters: string): void {
    const element = this.#path.at(-1);
    if (element !== undefined) element.text += characters;
  }

  close(): void {
    this.#path.pop();
  }
}

/** Ends the parsing from within one of the parser's events. */
class Stop extends Error {
  readonly problem: XmlProblem;

  constructor(problem: XmlProblem) {
    super(problem);
    this.problem = problem;
  }
}

function stop(problem: XmlProblem): never {
  throw new Stop(problem);
}

function refused(problem: XmlProblem): XmlReading {
  return { kind: 'refused', problem };
}

/** @param declaration what stands between `<!DOCTYPE` and its `>` */
function documentTypeProblem(declaration: string): XmlProblem {
  if (/<!ENTITY\s+(?:%\s+)?[^\s"'<>]+\s+(?:SYSTEM|PUBLIC)\s/.test(declaration)) return 'external-entity';
  if (declaration.includes('<!ENTITY')) return 'entities';
  return /^\s*[^\s["']+\s+(?:SYSTEM|PUBLIC)\s/.test(declaration) ? 'external-entity' : 'document-type';
}
