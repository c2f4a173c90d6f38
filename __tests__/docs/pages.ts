import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../simulator/job.ts';

/** A page of the documentation. */
export interface Page {
  /** Path from the root of the repository, with slashes. */
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly headings: readonly string[];
  /** Code spans outside of blocks. */
  readonly codes: readonly string[];
  /** Targets of links, as written. */
  readonly links: readonly string[];
}

/** A fenced block. */
export interface Block {
  /** `page:line`. */
  readonly place: string;
  readonly page: string;
  /** The last heading before the block. */
  readonly heading: string;
  /** The info string. */
  readonly language: string;
  readonly text: string;
}

export const PAGES: readonly Page[] = globSync(['*.md', 'docs/*.md'], { cwd: ROOT })
  .map((name) => name.replaceAll('\\', '/'))
  .sort()
  .map((name) => readPage(name, readFileSync(join(ROOT, name), 'utf8')));

export function pageNamed(name: string): Page {
  const page = PAGES.find((candidate) => candidate.name === name);
  if (page === undefined) throw new Error(`No page ${name}`);
  return page;
}

export function blocksIn(languages: readonly string[], pages: readonly Page[] = PAGES): Block[] {
  return pages.flatMap(({ blocks }) => blocks).filter(({ language }) => languages.includes(language));
}

function readPage(name: string, text: string): Page {
  const blocks: Block[] = [];
  const headings: string[] = [];
  const prose: string[] = [];
  let open: { indent: string; language: string; line: number; lines: string[] } | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const [, indent = '', info] = /^( *)```(.*)$/.exec(line) ?? [];
    if (open !== undefined) {
      if (info === '' && indent === open.indent) {
        const place = `${name}:${open.line}`;
        const heading = headings.at(-1) ?? '';
        blocks.push({ place, page: name, heading, language: open.language, text: open.lines.join('\n') });
        open = undefined;
      } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (info !== undefined) open = { indent, language: info.trim(), line: at + 1, lines: [] };
    else {
      const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
      if (heading !== undefined) headings.push(heading);
      prose.push(line);
    }
  }
  if (open !== undefined) throw new Error(`${name}:${open.line}: an unclosed block`);
  const unfenced = prose.join('\n');
  return {
    name,
    text,
    blocks,
    headings,
    codes: [...unfenced.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    links: [...unfenced.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
  };
}

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Workflow {
  readonly on: unknown;
  readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>>;
}

/** Completes a workflow, a job or steps; `undefined` for some keys, which the page says where to put. */
export function workflowIn({ text }: Pick<Block, 'text'>): Workflow | undefined {
  const value = parse(text);
  if ('jobs' in value) return value;
  // Other methods must not need the permission.
  const federated = !/auth-type:|client-secret:|creds:|client-certificate:|username:|publish-settings:/.test(text);
  const permissions = federated ? { 'id-token': 'write' } : {};
  const job = Array.isArray(value) ? { permissions, steps: value } : value;
  return 'steps' in job ? { on: 'push', jobs: { job: { 'runs-on': 'ubuntu-latest', ...job } } } : undefined;
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
