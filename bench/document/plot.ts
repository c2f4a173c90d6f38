import { METHODS } from '../methods.ts';
import { ROUND_TRIPS } from '../parts/sign-in.ts';
import type { Results } from '../results.ts';
import { FLOOR_GOALS, signInRow } from './goals.ts';
import { rounded } from './text.ts';

const WIDTH = 860;
const LEFT = 60;
const RIGHT = 24;

/** Sets a background, because the page may not use the browser's preferred color scheme. */
const STYLE = `
  svg { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --grid: #d1d9e0; --a: #0969da; --b: #1a7f37; --c: #9a6700; --d: #8250df; --goal: #cf222e; --idle: #8c959f; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --grid: #30363d; --a: #58a6ff; --b: #3fb950; --c: #d29922; --d: #bc8cff; --goal: #ff7b72; --idle: #6e7681; }
  }
  text { font: 12px -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif; fill: var(--ink); }
  .title { font-size: 15px; font-weight: 600; }
  .faint { fill: var(--faint); }
  .grid { stroke: var(--grid); }
  .goal { stroke: var(--goal); stroke-width: 2; stroke-dasharray: 5 3; }
  .goal-text { fill: var(--goal); font-size: 11px; }`;

/** Two charts, one above the other: main compared with the floor and the goals, and with a CLI-based login. */
export function plot(results: Results): string {
  const ratios = ratioPanel(results);
  const logins = loginPanel(results, ratios.height);
  const height = ratios.height + logins.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
<title id="title">main as a multiple of the floor, and compared with a CLI-based login</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${height}" fill="var(--paper)"/>
${[...ratios.marks, ...logins.marks].join('\n')}
</svg>
`;
}

interface Panel {
  readonly height: number;
  readonly marks: readonly string[];
}

const COLORS = ['var(--a)', 'var(--b)', 'var(--c)', 'var(--d)'] as const;

const RATIOS = { top: 78, bottom: 300, height: 344 };

/** One group per round-trip time, one mark per method; the line through a mark connects the quartiles. */
function ratioPanel(results: Results): Panel {
  const rows = ROUND_TRIPS.flatMap((roundTripMs) =>
    METHODS.flatMap(({ name }) => signInRow(results, name, roundTripMs)?.mainToFloor ?? []),
  );
  const most = Math.max(1.4, ...rows.map(({ upperQuartile }) => upperQuartile));
  const top = Math.ceil(most * 10) / 10;
  const base = Math.min(1, ...rows.map(({ lowerQuartile }) => Math.floor(lowerQuartile * 10) / 10));
  const y = (ratio: number): number => RATIOS.bottom - ((ratio - base) / (top - base)) * (RATIOS.bottom - RATIOS.top);
  const groupWidth = (WIDTH - LEFT - RIGHT) / ROUND_TRIPS.length;
  const x = (group: number, method: number): number =>
    LEFT + groupWidth * (group + (method + 1) / (METHODS.length + 1));
  const marks = [text(LEFT, 26, 'main, as a multiple of the floor', 'title'), ...legend()];
  for (let tenth = 0; tenth <= Math.round((top - base) * 10); tenth++) {
    const ratio = base + tenth / 10;
    marks.push(line({ x1: LEFT, y1: y(ratio), x2: WIDTH - RIGHT, y2: y(ratio) }, 'class="grid"'));
    marks.push(text(LEFT - 8, y(ratio) + 4, ratio.toFixed(1), 'faint', 'end'));
  }
  for (const [group, roundTripMs] of ROUND_TRIPS.entries()) {
    marks.push(
      text(LEFT + groupWidth * (group + 0.5), RATIOS.bottom + 22, `${roundTripMs} ms round trip`, 'faint', 'middle'),
    );
    for (const [at, { name }] of METHODS.entries()) {
      const ratio = signInRow(results, name, roundTripMs)?.mainToFloor;
      const goal = FLOOR_GOALS.find(
        (one) => one.floor === 'floor' && one.method === name && one.roundTripMs === roundTripMs,
      );
      const center = x(group, at);
      if (goal !== undefined) {
        marks.push(line({ x1: center - 17, y1: y(goal.most), x2: center + 17, y2: y(goal.most) }, 'class="goal"'));
      }
      if (ratio === undefined) continue;
      const color = COLORS[at] ?? 'var(--ink)';
      const { median, lowerQuartile, upperQuartile } = ratio;
      const whisker = { x1: center, y1: y(lowerQuartile), x2: center, y2: y(upperQuartile) };
      marks.push(line(whisker, `stroke="${color}" stroke-width="2"`));
      marks.push(symbol(at, center, y(median), color));
      marks.push(text(center, Math.min(y(upperQuartile), y(median) - 6) - 6, median.toFixed(2), '', 'middle'));
    }
  }
  return { height: RATIOS.height, marks };
}

function legend(): string[] {
  const names = METHODS.flatMap(({ name }, at) => [
    symbol(at, LEFT + 6 + at * 150, 50, COLORS[at] ?? 'var(--ink)'),
    text(LEFT + 18 + at * 150, 54, name),
  ]);
  const goalAt = LEFT + METHODS.length * 150;
  return [
    ...names,
    line({ x1: goalAt, y1: 50, x2: goalAt + 30, y2: 50 }, 'class="goal"'),
    text(goalAt + 36, 54, 'goal: at most', 'goal-text'),
  ];
}

/** A shape for each method, for readers who cannot distinguish the colors. */
function symbol(method: number, x: number, y: number, color: string): string {
  const shapes = [
    `<circle cx="${n(x)}" cy="${n(y)}" r="5"`,
    `<rect x="${n(x - 4.5)}" y="${n(y - 4.5)}" width="9" height="9"`,
    `<path d="M${n(x)} ${n(y - 6.5)}l6.5 6.5l-6.5 6.5l-6.5 -6.5z"`,
    `<path d="M${n(x)} ${n(y - 6)}l6 10.5h-12z"`,
  ];
  return `${shapes[method] ?? shapes[0]} fill="${color}"/>`;
}

const BAR = 15;
const BAR_GAP = 4;
const GROUP_GAP = 16;
const NAMES = 170;

/** Bars, to scale from zero: the times of an empty Node process, the floors, main, and the logins. */
function loginPanel(results: Results, top: number): Panel {
  const groups = ROUND_TRIPS.map((roundTripMs) => ({ roundTripMs, bars: barsAt(results, roundTripMs) }));
  const longest = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ time }) => time)));
  const left = LEFT + NAMES;
  const scale = (WIDTH - RIGHT - left - 150) / longest;
  const marks = [text(LEFT, top + 26, 'oidc: main compared with a CLI-based login, ms', 'title')];
  let y = top + 46;
  for (const { roundTripMs, bars } of groups) {
    marks.push(text(LEFT, y + 12, `${roundTripMs} ms`, 'faint'));
    for (const { name, time, color, note } of bars) {
      marks.push(text(left - 8, y + 12, name, 'faint', 'end'));
      marks.push(
        `<rect x="${left}" y="${y}" width="${n(Math.max(1, time * scale))}" height="${BAR}" rx="2" fill="${color}"/>`,
      );
      marks.push(text(left + time * scale + 6, y + 12, `${rounded(time)}${note}`));
      y += BAR + BAR_GAP;
    }
    y += GROUP_GAP;
  }
  return { height: y - top + 4, marks };
}

interface Bar {
  readonly name: string;
  readonly time: number;
  readonly color: string;
  readonly note: string;
}

function barsAt(results: Results, roundTripMs: number): Bar[] {
  const row = signInRow(results, 'oidc', roundTripMs);
  if (row === undefined) return [];
  return [
    { name: 'empty Node', time: row.empty.median, color: 'var(--idle)', note: '' },
    { name: 'bare floor', time: row.bareFloor.median, color: 'var(--idle)', note: '' },
    { name: 'floor', time: row.floor.median, color: 'var(--idle)', note: '' },
    { name: 'main', time: row.main.median, color: 'var(--a)', note: '' },
    ...row.logins.map(({ az, state, time, toMain }) => ({
      name: `az ${az}, ${state} folder`,
      time: time.median,
      color: 'var(--c)',
      note: ` (${toMain.median.toFixed(1)} times main)`,
    })),
  ];
}

function line({ x1, y1, x2, y2 }: Readonly<Record<'x1' | 'y1' | 'x2' | 'y2', number>>, rest: string): string {
  return `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" ${rest}/>`;
}

function text(x: number, y: number, content: string, className = '', anchor = 'start'): string {
  const rest = `${className === '' ? '' : ` class="${className}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${n(x)}" y="${n(y)}"${rest}>${content}</text>`;
}

/** Rounds to a tenth of a pixel. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
