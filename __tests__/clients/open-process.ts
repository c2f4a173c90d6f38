import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { AZ_NEWEST, GO_IDENTITY, SDK_FOLDER, SDK_PYTHON } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import { checkClient, claimsOf, type SignIn } from './session.ts';

/** Programs that stay open for as long as a step runs, with one `DefaultAzureCredential` each. */
export const OPEN_PROGRAMS: Readonly<Record<string, OpenProgram>> = {
  '@azure/identity': {
    command: [process.execPath, join(import.meta.dirname, 'open-process.mjs'), SDK_FOLDER],
    // Source: workloadIdentityCredential.ts, `readFileContents`.
    keepsFile: 300,
    clock: 'movable',
  },
  'azure-identity for Python': {
    command: [SDK_PYTHON, join(import.meta.dirname, 'open-process.py')],
    // Source: workload_identity.py, `TokenFileMixin`.
    keepsFile: 600,
    clock: 'movable',
  },
  // Source: workload_identity.go, `getAssertion`.
  ...(existsSync(GO_IDENTITY)
    ? { 'azidentity for Go': { command: [GO_IDENTITY], keepsFile: 600, clock: 'fixed' } as OpenProgram }
    : {}),
};

/** No `az` is to be found there, so that a library must take what the session exported. */
export const NO_CLI = '/nonexistent';

/** With `az` there, its session serves the methods whose variables the SDKs cannot take. */
export const WITH_CLI = { PATH: `${dirname(AZ_NEWEST)}:/usr/bin:/bin` };

export interface OpenProgram {
  readonly command: readonly [program: string, ...args: string[]];
  /** For so long, in seconds, the library does not read the token file again. */
  readonly keepsFile: number;
  /** Whether the process can be made to believe that it is later. */
  readonly clock: 'movable' | 'fixed';
}

const ANSWER_LIMIT_MS = 90_000;

/** What the program got: a token, or the library's words. */
export interface Answer {
  readonly token?: string;
  readonly error?: string;
}

/** A program that runs in a job, and is told by line what to do. */
export class OpenProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #said = '';

  constructor(
    { command: [command, ...args] }: Pick<OpenProgram, 'command'>,
    job: Job,
    more: Record<string, string> = {},
  ) {
    const env = { ...job.env, PATH: NO_CLI, ...more };
    this.#child = spawn(command, args, { env, cwd: job.workspace, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#child;
    assert.ok(stdout !== null && stderr !== null);
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  token(scope: string): Promise<Answer> {
    return this.#order(`token ${scope}`);
  }

  /** Puts the clock of the process forward by so many seconds, as if it had been open for longer. */
  async forward(seconds: number): Promise<void> {
    await this.#order(`forward ${seconds}`);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async #order(line: string): Promise<Answer> {
    this.#child.stdin?.write(`${line}\n`);
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_LIMIT_MS);
    const { value } = await this.#answers.next();
    clearTimeout(killer);
    return typeof value === 'string' ? (JSON.parse(value) as Answer) : assert.fail(`no answer: ${this.#said}`);
  }
}

/** A token that a program gets when it asks first in its life. */
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

/** `DefaultAzureCredential` of each language, by the exported variables alone unless told. */
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
