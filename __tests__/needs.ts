/** Reasons to skip a test: `test('…', { skip: NEEDS.scripts }, …)`. Each is `false` on a system that has the feature. */
const isWindows = process.platform === 'win32';

export const NEEDS = {
  /** Executable files that begin with `#!`. */
  scripts: isWindows && 'needs programs that are scripts',
  /** Links without special rights, named pipes, devices, and file modes. */
  posix: isWindows && 'needs links, pipes and modes',
  signals: isWindows && 'needs signals',
  /** `__tests__/windows` covers the proxy variables there. */
  letterCase: isWindows && 'needs variables that differ in letter case alone',
  shell: isWindows && 'needs the shell of POSIX and its commands',
  proc: process.platform !== 'linux' && 'needs the /proc of Linux',
} as const;
