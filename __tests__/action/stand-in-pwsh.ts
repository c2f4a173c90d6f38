import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Job } from '../../simulator/job.ts';
import type { ConnectRequest } from '../../src/exports/powershell/run.ts';

/** One run of the stand-in. */
export interface PwshCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  /** The content of the requested certificate file at that moment, in base64; `''` without a certificate. */
  readonly certificate: string;
}

export type Behavior = 'succeed' | 'no-module' | 'reject' | 'crash' | 'hang' | 'succeed-and-break-the-runner';

/** Replaces PowerShell, which most test machines lack: records its calls, and keeps contexts as PowerShell does. */
export class StandInPwsh {
  readonly #folder: string;
  readonly env: Record<string, string>;

  constructor(job: Job, behavior: { readonly connect?: Behavior; readonly disconnect?: Behavior } = {}) {
    this.#folder = join(job.folder, `pwsh-${crypto.randomUUID()}`);
    mkdirSync(this.#folder);
    const program = join(import.meta.dirname, 'stand-in-pwsh.cjs');
    // A `#!` line cannot contain the path of Node if that has a blank.
    const script = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
    writeFileSync(join(this.#folder, 'pwsh'), script, { mode: 0o755 });
    this.env = {
      PATH: `${this.#folder}${delimiter}${job.env['PATH'] ?? ''}`,
      STAND_IN_FOLDER: this.#folder,
      STAND_IN_JOB: job.folder,
      STAND_IN_CONNECT: behavior.connect ?? 'succeed',
      STAND_IN_DISCONNECT: behavior.disconnect ?? 'succeed',
    };
  }

  get calls(): PwshCall[] {
    return this.#linesOf('calls').map((line) => JSON.parse(line) as PwshCall);
  }

  /** The names of the saved contexts. */
  get contexts(): string[] {
    return this.#linesOf('contexts');
  }

  #linesOf(name: string): string[] {
    const file = join(this.#folder, name);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    return lines.filter((line) => line !== '');
  }
}

export function requestOf(call: PwshCall | undefined): ConnectRequest & { readonly contextName: string } {
  return JSON.parse(call?.env['AZURE_SESSION_POWERSHELL'] ?? '');
}
