import type { Environment } from '../core/machine.ts';

/**
 * The Actions runner. Main and post use the environment, stdout and the runner's command files only through it. (MSAL
 * reads `process.env` itself.)
 */
export interface Runner {
  /** Names are case-insensitive on Windows, as in `process.env`. */
  readonly env: Environment;
  readonly platform: NodeJS.Platform;

  /** @returns the trimmed value of an action input; `''` if it is not set */
  input(name: string): string;

  /**
   * Masks a value, and each of its lines, in the log from now on, and in every message and summary written through this
   * interface. Ignores blank values, which the runner would reject.
   */
  mask(secret: string): void;

  readonly isDebug: boolean;
  /** Writes to the log if debug logging is on. */
  debug(line: string): void;
  info(text: string): void;
  notice(message: string): void;
  warning(message: string): void;
  /** @param title heading of the annotation; must not contain text from outside */
  error(title: string, message: string): void;

  /**
   * Sets outputs and variables for later steps, all or none.
   * @throws if the runner's files cannot be written; their contents are then unchanged
   */
  publish(outputs: Values, variables: Values): void;
  /** Saves a value for the post run of this step. A later value replaces an earlier one of the same name. */
  saveState(name: string, value: string): void;
  /** @returns the value that the main run saved; `''` if there is none */
  state(name: string): string;
  appendSummary(markdown: string): void;

  /** Marks the step as failed. Does not end the process. */
  fail(): void;
}

export type Values = Readonly<Record<string, string>>;

/** The runner did not provide a file for outputs, variables or state. */
export class MissingRunnerFile extends Error {
  override readonly name = 'MissingRunnerFile';

  /** @param variable the environment variable for the file's path */
  constructor(variable: string) {
    super(`The runner did not set ${variable}.`);
  }
}
