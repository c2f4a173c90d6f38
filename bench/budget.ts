import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PathFigures, Paths } from './paths.ts';

/** The permitted cost of one run of an entry. Requests and handshakes must match exactly; the rest are upper limits. */
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

/** Sets the budget to the current figures, with a margin for bytes and for Node's own modules. */
export function writeBudget(paths: Paths): void {
  writeFileSync(FILE, `${formatted(budgetFor(paths))}\n`);
}

/** Formats as Biome does: a list is on one line if it fits. */
function formatted(budget: Budget): string {
  return JSON.stringify(budget, null, 2).replaceAll(
    /^(.*\[)\n([^\]]*)\n *\]/gm,
    (list, start: string, items: string) => {
      const line = `${start}${items.trim().replaceAll(/\n */g, ' ')}]`;
      return line.length < 120 ? line : list;
    },
  );
}

/** Margins, so that a small fix does not need a new budget, and Node's modules may differ slightly between systems. */
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

/** @returns a line for each figure that is not within the budget, with the measured value */
export function overBudget(figures: PathFigures, budget: PathBudget): string[] {
  const { requests, tlsHandshakes, tcpConnections, bytes, files, nodeModules } = figures;
  const lines: string[] = [];
  if (JSON.stringify(requests) !== JSON.stringify(budget.requests)) {
    lines.push(`requests: ${listed(requests)}; the budget has ${listed(budget.requests)}`);
  }
  if (JSON.stringify(tlsHandshakes) !== JSON.stringify(budget.tlsHandshakes)) {
    lines.push(`TLS handshakes: ${byHost(tlsHandshakes)}; the budget has ${byHost(budget.tlsHandshakes)}`);
  }
  const checkLimit = (what: string, measured: number, limit: number, names: readonly string[] = []): void => {
    if (measured > limit)
      lines.push(`${what}: ${measured}; the budget is ${limit}${names.map((name) => `\n    ${name}`).join('')}`);
  };
  checkLimit('TCP connections', tcpConnections, budget.tcpConnections);
  checkLimit('files of dist', files.length, budget.files, files);
  checkLimit('bytes of these files', bytes, budget.bytes, files);
  checkLimit("Node's own modules", nodeModules.length, budget.nodeModules, nodeModules);
  return lines;
}

function listed(requests: readonly string[]): string {
  return requests.length === 0 ? 'none' : requests.join(', ');
}

function byHost(handshakes: Readonly<Record<string, number>>): string {
  return listed(Object.entries(handshakes).map(([host, count]) => `${host} ${count}`));
}
