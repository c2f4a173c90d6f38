import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { AZ_NEWEST, GO_IDENTITY, SDK_FOLDER, SDK_PYTHON } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import { checkClient, claimsOf, type SignIn } from './session.ts';

/** Long-running programs with one `DefaultAzureCredential` each. */
export const OPEN_PROGRAMS: Readonly<Record<string, OpenProgram>> = {
  '@azure/identity': {
    command: [process.execPath, join(import.meta.dirname, 'open-process.mjs'), SDK_FOLDER],
    // Source: workloadIdentityCredential.ts, `readFileContents`.
    fileCacheSeconds: 300,
    clock: 'movable',
  },
  'azure-identity for Python': {
    command: [SDK_PYTHON, join(import.meta.dirname, 'open-process.py')],
    // Source: workload_identity.py, `TokenFileMixin`.
    fileCacheSeconds: 600,
    clock: 'movable',
  },
  // Source: workload_identity.go, `getAssertion`.
  ...(existsSync(GO_IDENTITY)
    ? { 'azidentity for Go': { command: [GO_IDENTITY], fileCacheSeconds: 600, clock: 'fixed' } as OpenProgram }
    : {}),
};

/** A PATH without `az`, so that a library must use the exported variables. */
export const NO_CLI = '/nonexistent';

/** A PATH with `az`, for the methods whose variables the SDKs do not support. */
export const WITH_CLI = { PATH: `${dirname(AZ_NEWEST)}:/usr/bin:/bin` };

export interface OpenProgram {
  readonly command: readonly [program: string, ...args: string[]];
  /** How long the library caches the token file. */
  readonly fileCacheSeconds: number;
  /** Whether `forward` works. */
  readonly clock: 'movable' | 'fixed';
}

const RESPONSE_LIMIT_MS = 90_000;

/** A token, or the library's error message. */
interface Result {
  readonly token?: string;
  readonly error?: string;
}

/** A program in a job, which reads commands from its standard input. */
export class OpenProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #results: AsyncIterator<string>;
  #stderr = '';

  constructor({ command }: Pick<OpenProgram, 'command'>, job: Job, more: Record<string, string> = {}) {
    const [program, ...args] = command;
    const env = { ...job.env, PATH: NO_CLI, ...more };
    this.#child = spawn(program, args, { env, cwd: job.workspace });
    const { stdout, stderr } = this.#child;
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#results = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  token(scope: string): Promise<Result> {
    return this.#send(`token ${scope}`);
  }

  /** Sets the clock of the process forward. */
  async forward(seconds: number): Promise<void> {
    await this.#send(`forward ${seconds}`);
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async #send(command: string): Promise<Result> {
    this.#child.stdin.write(`${command}\n`);
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), RESPONSE_LIMIT_MS);
    const { value } = await this.#results.next();
    clearTimeout(killer);
    return typeof value === 'string' ? (JSON.parse(value) as Result) : assert.fail(`no result: ${this.#stderr}`);
  }
}

/** The first token of a new process. */
export async function tokenOf(
  program: Pick<OpenProgram, 'command'> | undefined,
  job: Job,
  scope: string,
  env: Record<string, string> = {},
): Promise<string> {
  const running = new OpenProcess(program ?? assert.fail('not installed'), job, env);
  const { token, error } = await running.token(scope);
  await running.close();
  return token ?? assert.fail(error);
}

/** `DefaultAzureCredential` of each language, by default with the exported variables only. */
export function checkSdks(signIn: SignIn, suffix = '', path: Record<string, string> = {}): void {
  for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
    checkClient(name + suffix, signIn, (check) => {
      for (const service of ['management.azure.com', 'vault.azure.net']) {
        check(`a token for ${service}`, async ({ job, account }) => {
          const { aud, oid } = claimsOf(await tokenOf(program, job, `https://${service}/.default`, path));
          assert.ok(aud.includes(service), aud);
          assert.equal(oid, account.objectId);
        });
      }
    });
  }
}
