import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PathFigures, Paths } from './paths.ts';

/** What one run of an entry may cost. Requests and handshakes are exact, the rest are ceilings. */
export interface PathBudget {
  readonly requests: readonly string[];
  readonly tcpConnections: number;
  readonly tlsHandshakes: Readonly<Record<string, number>>;
  readonly files: number;
  readonly bytes: number;
  readonly nodeModules: number;
}

export type Budget = Readonly<Record<string, PathBudget>>;

const FILE = join(import.meta.dirname, 'budget.json');

export function readBudget(): Budget {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Budget;
}

/** Takes the figures as they are, with a little room in the bytes and in Node's own modules. */
export function writeBudget(paths: Paths): void {
  writeFileSync(FILE, `${formatted(budgetFor(paths))}\n`);
}

/** As the formatter has it: a list on one line where it fits on one. */
function formatted(budget: Budget): string {
  return JSON.stringify(budget, null, 2).replaceAll(
    /^(.*\[)\n([^\]]*)\n *\]/gm,
    (list, start: string, items: string) => {
      const line = `${start}${items.trim().replaceAll(/\n */g, ' ')}]`;
      return line.length < 120 ? line : list;
    },
  );
}

/** Room for a fix without a word about the budget, and for Node's modules to differ a little by system. */
const BYTES_ROOM = 1.03;
const NODE_MODULES_ROOM = 5;

export function budgetFor(paths: Paths): Budget {
  const entries = Object.entries(paths).map(([name, figures]): [string, PathBudget] => [
    name,
    {
      requests: figures.requests,
      tcpConnections: figures.tcpConnections,
      tlsHandshakes: figures.tlsHandshakes,
      files: figures.files.length,
      bytes: Math.ceil((figures.bytes * BYTES_ROOM) / 1000) * 1000,
      nodeModules: figures.nodeModules.length === 0 ? 0 : figures.nodeModules.length + NODE_MODULES_ROOM,
    },
  ]);
  return Object.fromEntries(entries);
}

/** @returns one line for each figure that is not within the budget, with the real one */
export function overBudget(figures: PathFigures, budget: PathBudget): string[] {
  const { requests, tlsHandshakes, tcpConnections, bytes, files, nodeModules } = figures;
  const lines: string[] = [];
  if (JSON.stringify(requests) !== JSON.stringify(budget.requests)) {
    lines.push(`requests: ${listed(requests)}; the budget has ${listed(budget.requests)}`);
  }
  if (JSON.stringify(tlsHandshakes) !== JSON.stringify(budget.tlsHandshakes)) {
    lines.push(`TLS handshakes: ${byHost(tlsHandshakes)}; the budget has ${byHost(budget.tlsHandshakes)}`);
  }
  const ceiling = (what: string, real: number, most: number, which: readonly string[] = []): void => {
    if (real > most)
      lines.push(`${what}: ${real}; the budget is ${most}${which.map((name) => `\n    ${name}`).join('')}`);
  };
  ceiling('TCP connections', tcpConnections, budget.tcpConnections);
  ceiling('files of dist', files.length, budget.files, files);
  ceiling('bytes of these files', bytes, budget.bytes, files);
  ceiling("Node's own modules", nodeModules.length, budget.nodeModules, nodeModules);
  return lines;
}

function listed(requests: readonly string[]): string {
  return requests.length === 0 ? 'none' : requests.join(', ');
}

function byHost(handshakes: Readonly<Record<string, number>>): string {
  return listed(Object.entries(handshakes).map(([host, count]) => `${host} ${count}`));
}
