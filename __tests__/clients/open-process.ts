import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { AZ_NEWEST, GO_IDENTITY, SDK_FOLDER, SDK_PYTHON } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import { type Claims, checkClient, claimsOf, type SignIn, type Variables } from './session.ts';

export type Command = readonly [program: string, ...args: string[]];

export interface OpenProgram {
  readonly command: Command;
  /** How long the library caches the token file. */
  readonly fileCacheSeconds: number;
  /** Whether `forward` works. */
  readonly clock: 'movable' | 'fixed';
}

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
export const NO_CLI = { PATH: '/nonexistent' };

/** A PATH with `az`, for the methods whose variables the SDKs do not support. */
export const withCli = (az: string) => ({ PATH: `${dirname(az)}:/usr/bin:/bin` });
export const WITH_CLI = withCli(AZ_NEWEST);

const RESPONSE_LIMIT_MS = 90_000;

/** A token, or the library's error message. */
type Result = Readonly<Partial<Record<'token' | 'error', string>>>;

/** A program in a job, which reads commands from its standard input. */
export class OpenProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #results: AsyncIterator<string>;
  #stderr = '';

  /** The PATH has no `az` by default. */
  constructor([program, ...args]: Command, job: Job, env: Variables = {}) {
    this.#child = spawn(program, args, { env: { ...job.env, ...NO_CLI, ...env }, cwd: job.workspace });
    const { stdout, stderr } = this.#child;
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#results = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  token(scope: string): Promise<Result> {
    return this.#send(`token ${scope}`);
  }

  async claims(scope: string): Promise<Claims> {
    const { token, error } = await this.token(scope);
    return claimsOf(token ?? assert.fail(error));
  }

  /** Sets the clock of the process forward. */
  async forward(seconds: number): Promise<void> {
    await this.#send(`forward ${seconds}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
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
export async function firstToken(command: Command, job: Job, scope: string, env?: Variables): Promise<Claims> {
  await using running = new OpenProcess(command, job, env);
  return await running.claims(scope);
}

/** `DefaultAzureCredential` of each language, by default with the exported variables only. */
export function checkSdks(signIn: SignIn, suffix = '', path?: Variables): void {
  for (const [name, { command }] of Object.entries(OPEN_PROGRAMS)) {
    checkClient(name + suffix, signIn, (check) => {
      for (const service of ['management.azure.com', 'vault.azure.net']) {
        check(`a token for ${service}`, async ({ job, account }) => {
          const { aud, oid } = await firstToken(command, job, `https://${service}/.default`, path);
          assert.ok(aud.includes(service), aud);
          assert.equal(oid, account.objectId);
        });
      }
    });
  }
}
