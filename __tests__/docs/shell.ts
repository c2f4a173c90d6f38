import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProcess } from '../../simulator/job.ts';
import { shellQuote } from '../../src/core/sanitize.ts';

/** Programs that would change or request something, or that some machines lack. The stand-ins only record each call. */
export const STAND_INS = ['az', 'base64', 'curl', 'gh', 'node', 'npm', 'npx', 'ssh-keygen', 'sudo'] as const;

/** A call of a stand-in. */
export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  /** Its standard input; `''` for the terminal. */
  readonly input: string;
}

/** Runs commands in Bash, in a new folder, as a reader would. */
export class Terminal implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'azure-session-terminal-'));
  readonly #programs = join(this.folder, '..', `${crypto.randomUUID()}-programs`);
  readonly #records = join(this.#programs, 'records');

  /** @param outputs the output of a program, by a part of its arguments */
  constructor(programs: readonly string[], outputs: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.#programs);
    const texts = Object.entries(outputs).map((entry) => entry.map(shellQuote));
    const cases = texts.map(([part, output]) => `*${part}*) echo ${output} ;;`);
    const script = STAND_IN.replace('RECORDS', shellQuote(this.#records)).replace('CASES', cases.join('\n'));
    for (const name of programs) writeFileSync(join(this.#programs, name), `${script}\n`, { mode: 0o755 });
  }

  write(name: string, content = ''): void {
    writeFileSync(join(this.folder, name), content);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  async run(script: string, variables: Readonly<Record<string, string>> = {}): Promise<{ code: number; log: string }> {
    const path = [this.#programs, process.env['PATH'] ?? ''].join(delimiter);
    const env = { PATH: path, HOME: this.folder, ...variables };
    const result = await runProcess('bash', ['-eu', '-o', 'pipefail', '-c', script], env, this.folder, 30_000);
    return { code: result.exitCode ?? -1, log: result.log };
  }

  get calls(): Call[] {
    if (!existsSync(this.#records)) return [];
    const records = readFileSync(this.#records, 'utf8').split('\u0001').slice(0, -1);
    return records.map((record) => {
      const [program = '', input = '', ...args] = record.split('\u0002');
      return { program, input, args: args.slice(0, -1) };
    });
  }

  [Symbol.dispose](): void {
    for (const folder of [this.folder, this.#programs]) rmSync(folder, { recursive: true });
  }
}

const STAND_IN = `#!/bin/bash
input=$(cat)
{ printf '%s\\2' "$(basename "$0")" "$input" "$@"; printf '\\1'; } >> RECORDS
case "$*" in
CASES
esac`;
