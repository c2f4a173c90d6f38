/**
 * Loaded into the built action by `NODE_OPTIONS=--import`: counts every change that it makes outside of itself, and lets
 * one of them fail. The action itself is unmodified. It is JavaScript, because stripping types would cost each of some
 * hundred processes 50 ms.
 *
 * FAULTY_FS is JSON: `log`, a file that gets one line for each change; `at`, the number of the change to strike; `how`,
 * the fault.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const fs = require('node:fs');
const childProcess = require('node:child_process');
const { log, at, how } = JSON.parse(process.env['FAULTY_FS'] ?? '{}');
const original = { ...fs, spawn: childProcess.spawn };

/** Those that need room on the disk, and so fail when it is full. */
const GROWING = ['mkdirSync', 'openSync', 'writeSync', 'appendFileSync', 'writeFileSync', 'linkSync', 'symlinkSync'];
const OTHERS = ['renameSync', 'rmSync', 'rmdirSync', 'unlinkSync', 'truncateSync', 'ftruncateSync', 'utimesSync'];
const CODES = { 'disk-full': 'ENOSPC', 'no-permission': 'EACCES', 'broken-disk': 'EIO' };
const { O_CREAT, O_RDWR, O_WRONLY } = fs.constants;
/** Removals by which a file or folder can stay although no error was reported. */
const REMOVALS = ['rmSync', 'rmdirSync', 'unlinkSync'];
const STDOUT = 1;
const NOTHING_DONE = Symbol('nothing done');
const paths = new Map();
let count = 0;
/** While Node's own code works: it may call these functions for itself. */
let inside = false;
/** What the action starts inherits NODE_OPTIONS, and is not what is tested. */
const isAction = /[\\/]dist[\\/]/.test(process.argv[1] ?? '');

for (const name of [...GROWING, ...OTHERS]) {
  fs[name] = (...args) => {
    const changesNothing =
      (name === 'openSync' && !opensForWriting(args[1])) || (name === 'writeSync' && args[0] === STDOUT);
    if (!isAction || inside || changesNothing) return original[name](...args);
    const path = nameOf(args[0]);
    return counted(name, path, () => {
      const done = isStruck(name, args) ? strike(name, args, path) : undefined;
      if (done === NOTHING_DONE) return undefined;
      const result = done ?? original[name](...args);
      if (name === 'openSync') paths.set(result, path);
      return result;
    });
  };
}

/** A process that cannot be started says so by an event. */
childProcess.spawn = (command, args, options) => {
  if (!isAction) return original.spawn(command, args, options);
  return counted('spawn', command, () => {
    if (isStruck('spawn') && how === 'killed') process.kill(process.pid, 'SIGKILL');
    return original.spawn(isStruck('spawn') ? '/nonexistent' : command, args, options);
  });
};

/** A file that is open already may be named by its number. */
function nameOf(file) {
  const number = typeof file === 'number' ? file : Number(/^\/dev\/fd\/(\d+)$/.exec(String(file))?.[1] ?? Number.NaN);
  return Number.isNaN(number) ? String(file) : paths.get(number);
}

function counted(name, path, change) {
  count += 1;
  inside = true;
  try {
    original.appendFileSync(log, `${name} ${path}\n`);
    return change();
  } finally {
    inside = false;
  }
}

function opensForWriting(flags) {
  return typeof flags === 'number' ? (flags & (O_CREAT | O_RDWR | O_WRONLY)) !== 0 : /[wa+]/.test(flags ?? 'r');
}

/** A full disk stays full, though a file that is there can still be opened; a system that removes nothing stays so. */
function isStruck(name, args = []) {
  if (how === 'no-effect') return count >= at && REMOVALS.includes(name);
  if (how !== 'disk-full') return count === at;
  return count >= at && GROWING.includes(name) && !(name === 'openSync' && original.existsSync(args[0]));
}

/** Fails, or returns what a write that was cut short returns, or does nothing and returns like one that did. */
function strike(name, args, path) {
  if (how === 'no-effect') return NOTHING_DONE;
  if (how === 'killed') process.kill(process.pid, 'SIGKILL');
  const isWrite = name === 'writeSync' || name === 'appendFileSync';
  const written = isWrite && how !== 'no-permission' && how !== 'unforeseen' ? writeHalf(name, args) : 0;
  if (how === 'killed-midway') process.kill(process.pid, 'SIGKILL');
  if (how === 'short-write') return written;
  // As a fault of the program itself would, and with words that nobody may repeat.
  if (how === 'unforeseen') throw new TypeError(`unforeseen words: ${path}`);
  const code = CODES[how];
  throw Object.assign(new Error(`${code}: simulated, ${name} '${path}'`), { code, syscall: name, path });
}

function writeHalf(name, [file, content, offset = 0]) {
  const bytes = Buffer.from(content).subarray(typeof offset === 'number' ? offset : 0);
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  original[name](file, half);
  return half.length;
}
