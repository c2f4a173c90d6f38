import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
    const path = join(this.#folder, 'pwsh');
    const program = join(this.#folder, 'program.cjs');
    writeFileSync(program, PROGRAM);
    // The path of Node in the first line of a script could hold no blank.
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
    chmodSync(path, 0o755);
    this.env = {
      PATH: `${this.#folder}${delimiter}${job.env['PATH'] ?? ''}`,
      STAND_IN_FOLDER: this.#folder,
      STAND_IN_JOB: job.folder,
      STAND_IN_CONNECT: behaviour.connect ?? 'succeed',
      STAND_IN_DISCONNECT: behaviour.disconnect ?? 'succeed',
    };
  }

  get calls(): PwshCall[] {
    const file = join(this.#folder, 'calls');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as PwshCall);
  }

  /** The names of the contexts that it keeps for later processes. */
  get contexts(): string[] {
    const file = join(this.#folder, 'contexts');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((name) => name !== '')
      : [];
  }
}

export function connectRequestOf(call: PwshCall | undefined): ConnectRequest {
  return JSON.parse(call?.env['AZURE_SESSION_POWERSHELL'] ?? '') as ConnectRequest;
}

export function disconnectRequestOf(call: PwshCall | undefined): DisconnectRequest {
  return JSON.parse(call?.env['AZURE_SESSION_POWERSHELL'] ?? '') as DisconnectRequest;
}

const PROGRAM = `
const fs = require('node:fs');
const { join } = require('node:path');
const { STAND_IN_FOLDER: folder, STAND_IN_JOB: job } = process.env;
const args = process.argv.slice(2);
if (args.at(-1).includes('azure-session-process:')) console.log('azure-session-process:' + process.pid);
const request = JSON.parse(process.env.AZURE_SESSION_POWERSHELL);
const connects = args.at(-1).includes('Connect-AzAccount');
const pfx = request.parameters?.CertificatePath;
const certificate = pfx ? fs.readFileSync(pfx).toString('base64') : '';
const call = { args, env: process.env, pid: process.pid, certificate };
fs.appendFileSync(join(folder, 'calls'), JSON.stringify(call) + '\\n');
const contexts = join(folder, 'contexts');
const kept = fs.existsSync(contexts) ? fs.readFileSync(contexts, 'utf8').split('\\n').filter(Boolean) : [];
const remember = () => {
  const names = connects ? [...kept, request.parameters.ContextName] : kept.filter((name) => name !== request.contextName);
  fs.writeFileSync(contexts, names.join('\\n'));
};
const secrets = [request.credential?.password, request.parameters?.FederatedToken, request.secure?.CertificatePassword];
switch (connects ? process.env.STAND_IN_CONNECT : process.env.STAND_IN_DISCONNECT) {
  case 'no-module':
    process.exit(20);
  case 'refuse': {
    const message = 'AADSTS90002: Tenant not found.\\u001b[31m\\nYou gave ' + secrets.filter(Boolean).join();
    console.log('WARNING: ' + secrets.filter(Boolean).join());
    console.log('azure-session:' + Buffer.from(message).toString('base64'));
    process.exit(21);
  }
  case 'crash':
    console.error('Process terminated. Could not find a valid ICU package. ' + secrets.filter(Boolean).join());
    process.exit(134);
  case 'hang':
    remember();
    setTimeout(() => {}, 20_000);
    break;
  case 'succeed-and-break-the-runner':
    for (const name of fs.readdirSync(job).filter((name) => name.endsWith('-main-GITHUB_ENV') || /-main-.*GITHUB_ENV$/.test(name))) {
      fs.rmSync(join(job, name));
      fs.mkdirSync(join(job, name));
    }
    remember();
    break;
  default:
    console.log('WARNING: TenantId contains more than one active subscription.');
    remember();
}
`;
