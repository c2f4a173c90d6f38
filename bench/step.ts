import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryVariables, type Job, ROOT, readCommands } from '../simulator/job.ts';
import { type Command, timeProcess, type Variables } from './measure/processes.ts';

const COMMAND_FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'];

/**
 * A step `uses: azure-session`, whose entries run as the runner runs them: all inputs are set, by default to the values
 * in `action.yml`. Preparation and reading results are not part of the measured time.
 */
export class BenchStep {
  readonly #job: Job;
  readonly #inputs: Variables;

  constructor(job: Job, inputs: Variables) {
    this.#job = job;
    this.#inputs = inputs;
  }

  /** @returns milliseconds */
  main(): Promise<number> {
    return timeProcess(this.mainCommand());
  }

  /** Signs out of the session of the last `main`. @returns milliseconds */
  post(): Promise<number> {
    return timeProcess(this.postCommand());
  }

  /** Also empties the command files of an earlier run. */
  mainCommand(): Command {
    for (const name of COMMAND_FILES) writeFileSync(this.#file(name), '');
    return this.#entry('main');
  }

  postCommand(): Command {
    return this.#entry('post', readCommands(this.#file('GITHUB_STATE')));
  }

  /** The action `logout`, in a later step of the job. */
  logoutCommand(): Command {
    return this.#entry('logout');
  }

  /** The environment of later steps. */
  get laterVariables(): Variables {
    return { ...this.#job.env, ...readCommands(this.#file('GITHUB_ENV')) };
  }

  #entry(entry: 'main' | 'post' | 'logout', state: Variables = {}): Command {
    const files = Object.fromEntries(COMMAND_FILES.map((name) => [name, this.#file(name)]));
    const inputs = entryVariables(entry, entry === 'logout' ? {} : this.#inputs, state);
    return {
      command: process.execPath,
      args: [join(ROOT, 'dist', entry, 'index.js')],
      env: { ...this.laterVariables, ...inputs, ...files },
    };
  }

  #file(name: string): string {
    return join(this.#job.folder, name);
  }
}
