/**
 * What some systems lack. Each is the reason to skip a test there, and `false` on a system that has it:
 * `test('…', { skip: NEEDS.scripts }, …)`.
 */
const isWindows = process.platform === 'win32';

export const NEEDS = {
  /** That the kernel starts a file that begins with `#!`. */
  scripts: isWindows && 'needs programs that are scripts',
  /** Links that anybody may make, named pipes, devices, and modes of files. */
  posix: isWindows && 'needs links, pipes and modes',
  signals: isWindows && 'needs signals',
  /** The tests on the Windows side see what a proxy's variables do there. */
  letterCase: isWindows && 'needs variables that differ in letter case alone',
  shell: isWindows && 'needs the shell of POSIX and its commands',
  proc: process.platform !== 'linux' && 'needs the /proc of Linux',
} as const;
