/**
 * Preloaded into the built action: counts its changes to the disk and the processes that it starts, and makes one of them
 * fail. It is JavaScript, since stripping types would cost each of hundreds of processes 50 ms.
 *
 * FAULTY_FS is JSON: `log`, a file that gets a line for each change; `at`, the number of the change that fails; `how`, the
 * fault.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const fs = require('node:fs');
const childProcess = require('node:child_process');
const { log, at, how } = JSON.parse(process.env['FAULTY_FS'] ?? '{}');
const original = { ...fs, spawn: childProcess.spawn };

/** Calls that fail when the disk is full. */
const GROWING = ['mkdirSync', 'openSync', 'writeSync', 'appendFileSync', 'writeFileSync', 'linkSync', 'symlinkSync'];
const OTHERS = ['renameSync', 'rmSync', 'rmdirSync', 'unlinkSync', 'truncateSync', 'ftruncateSync', 'utimesSync'];
const CODES = { 'disk-full': 'ENOSPC', 'no-permission': 'EACCES', 'broken-disk': 'EIO' };
const { O_CREAT, O_RDWR, O_WRONLY } = fs.constants;
/** Calls that can succeed without an effect. */
const REMOVALS = ['rmSync', 'rmdirSync', 'unlinkSync'];
const STDOUT = 1;
const NOTHING_DONE = Symbol('nothing done');
const paths = new Map();
let count = 0;
/** Set during a call, since Node implements some of these functions by others. */
let inside = false;
/** Child processes inherit NODE_OPTIONS, but must not fail. */
const isAction = /[\\/]dist[\\/]/.test(process.argv[1] ?? '');

for (const name of [...GROWING, ...OTHERS]) {
  fs[name] = (...args) => {
    const changesNothing =
      (name === 'openSync' && !opensForWriting(args[1])) || (name === 'writeSync' && args[0] === STDOUT);
    if (!isAction || inside || changesNothing) return original[name](...args);
    const path = nameOf(args[0]);
    return counted(name, path, () => {
      const done = isFaulty(name, args) ? applyFault(name, args, path) : undefined;
      if (done === NOTHING_DONE) return undefined;
      const result = done ?? original[name](...args);
      if (name === 'openSync') paths.set(result, path);
      return result;
    });
  };
}

/** A process that cannot be started emits an `error` event. */
childProcess.spawn = (command, args, options) => {
  if (!isAction) return original.spawn(command, args, options);
  return counted('spawn', command, () => {
    if (isFaulty('spawn') && how === 'killed') process.kill(process.pid, 'SIGKILL');
    return original.spawn(isFaulty('spawn') ? '/nonexistent' : command, args, options);
  });
};

/** An open file may be given by its descriptor. */
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

/** `disk-full` and `no-effect` last from change `at` on. Existing files can be opened on a full disk. */
function isFaulty(name, args = []) {
  if (how === 'no-effect') return count >= at && REMOVALS.includes(name);
  if (how !== 'disk-full') return count === at;
  return count >= at && GROWING.includes(name) && !(name === 'openSync' && original.existsSync(args[0]));
}

function applyFault(name, args, path) {
  if (how === 'no-effect') return NOTHING_DONE;
  if (how === 'killed') process.kill(process.pid, 'SIGKILL');
  const isWrite = name === 'writeSync' || name === 'appendFileSync';
  const written = isWrite && how !== 'no-permission' && how !== 'bug' ? writeHalf(name, args) : 0;
  if (how === 'killed-midway') process.kill(process.pid, 'SIGKILL');
  if (how === 'short-write') return written;
  // The action must not quote this message, which contains a line like one of the stack.
  if (how === 'bug') throw new TypeError(`${path}\n    at Zq7secret (x:1:1)`);
  const code = CODES[how];
  throw Object.assign(new Error(`${code}: simulated, ${name} '${path}'`), { code, syscall: name, path });
}

function writeHalf(name, [file, content, offset = 0]) {
  const bytes = Buffer.from(content).subarray(typeof offset === 'number' ? offset : 0);
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  original[name](file, half);
  return half.length;
}
