import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Job } from '../../simulator/job.ts';
import type { ConnectRequest, DisconnectRequest } from '../../src/exports/powershell/run.ts';

/** One run of `pwsh`, as the stand-in saw it. */
export interface PwshCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  /** What the certificate in its request held at that moment, in base64; `''` without one. */
  readonly certificate: string;
}

/** What the stand-in does for one of the two scripts. */
export type Behaviour = 'succeed' | 'no-module' | 'refuse' | 'crash' | 'hang' | 'succeed-and-break-the-runner';

/**
 * There is no PowerShell to test with. This one writes down how it was called, remembers contexts as PowerShell would,
 * and ends as it is told.
 */
export class StandInPwsh {
  readonly #folder: string;
  readonly env: Record<string, string>;

  constructor(job: Job, behaviour: { readonly connect?: Behaviour; readonly disconnect?: Behaviour } = {}) {
    this.#folder = join(job.folder, `pwsh-${crypto.randomUUID()}`);
    mkdirSync(this.#folder);
    const program = join(import.meta.dirname, 'stand-in-pwsh.cjs');
    // The path of Node in the first line of a script could hold no blank.
    const script = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
    writeFileSync(join(this.#folder, 'pwsh'), script, { mode: 0o755 });
    this.env = {
      PATH: `${this.#folder}${delimiter}${job.env['PATH'] ?? ''}`,
      STAND_IN_FOLDER: this.#folder,
      STAND_IN_JOB: job.folder,
      STAND_IN_CONNECT: behaviour.connect ?? 'succeed',
      STAND_IN_DISCONNECT: behaviour.disconnect ?? 'succeed',
    };
  }

  get calls(): PwshCall[] {
    return this.#linesOf('calls').map((line) => JSON.parse(line) as PwshCall);
  }

  /** The names of the contexts that it keeps for later processes. */
  get contexts(): string[] {
    return this.#linesOf('contexts');
  }

  #linesOf(name: string): string[] {
    const file = join(this.#folder, name);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    return lines.filter((line) => line !== '');
  }
}

export function connectRequestOf(call: PwshCall | undefined): ConnectRequest {
  return JSON.parse(call?.env['AZURE_SESSION_POWERSHELL'] ?? '') as ConnectRequest;
}

export function disconnectRequestOf(call: PwshCall | undefined): DisconnectRequest {
  return JSON.parse(call?.env['AZURE_SESSION_POWERSHELL'] ?? '') as DisconnectRequest;
}
