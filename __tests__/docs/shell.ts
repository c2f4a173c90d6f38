import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProcess } from '../../simulator/job.ts';

/** Programs that would change something, ask something, or are not on every machine. They only note how they were called. */
export const STAND_INS = ['az', 'base64', 'curl', 'gh', 'node', 'npm', 'npx', 'ssh-keygen', 'sudo'] as const;

/** One call of a program that something stood in for. */
export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  /** What came in by a pipe or from a file; `''` for the terminal. */
  readonly input: string;
}

/** A folder in which commands are run as a reader would run them, in Bash. */
export class Terminal implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'azure-session-terminal-'));
  readonly #programs = join(this.folder, '..', `${crypto.randomUUID()}-programs`);
  readonly #records = join(this.#programs, 'records');

  /** @param answers what a program prints, by a part of its arguments */
  constructor(programs: readonly string[], answers: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.#programs);
    const cases = Object.entries(answers).map(([part, answer]) => `*${quoted(part)}*) echo ${quoted(answer)} ;;`);
    for (const name of programs) {
      const file = join(this.#programs, name);
      writeFileSync(file, `${STAND_IN.replace('RECORDS', quoted(this.#records)).replace('CASES', cases.join('\n'))}\n`);
      chmodSync(file, 0o755);
    }
  }

  /** A file that a command expects there. */
  write(name: string, content = ''): void {
    writeFileSync(join(this.folder, name), content);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** @returns the exit code, and what was printed */
  async run(script: string, variables: Readonly<Record<string, string>> = {}): Promise<{ code: number; log: string }> {
    const path = [this.#programs, process.env['PATH'] ?? ''].join(delimiter);
    const env = { PATH: path, HOME: this.folder, ...variables };
    const result = await runProcess('bash', ['-eu', '-o', 'pipefail', '-c', script], env, this.folder, 30_000);
    return { code: result.exitCode ?? -1, log: result.log };
  }

  get calls(): Call[] {
    if (!existsSync(this.#records)) return [];
    return readFileSync(this.#records, 'utf8')
      .split('\u0001')
      .filter((record) => record !== '')
      .map((record) => {
        const [program = '', input = '', ...args] = record.split('\u0002');
        return { program, input, args: args.slice(0, -1) };
      });
  }

  [Symbol.dispose](): void {
    for (const folder of [this.folder, this.#programs]) rmSync(folder, { recursive: true });
  }
}

/** Standard input is read where it is no end in itself: a test has none. */
const STAND_IN = `#!/bin/bash
input=$(cat)
{ printf '%s\\2' "$(basename "$0")" "$input" "$@"; printf '\\1'; } >> RECORDS
case "$*" in
CASES
esac`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
