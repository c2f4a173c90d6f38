import type { Environment } from '../core/machine.ts';
/**
 * The Actions runner as a port: what it hands to a step and what a step may tell it.
 * Only the adapter beside this file touches `process.env`, stdout and the runner's command files.
 */
export interface Runner {
  /** The environment variables of this step. Names are case-insensitive on Windows, as in `process.env`. */
  readonly env: Environment;
  readonly platform: NodeJS.Platform;

  /** The value of an action input as the workflow gave it, with surrounding white space removed; `''` when not given. */
  input(name: string): string;

  /**
   * Hides a value in every later line of the job's log. Takes multi-line values: the runner hides the whole and each
   * of its lines. An empty or blank value is ignored, as the runner would refuse it; one that is hidden already, too.
   * No text below shows it either, in the log or in the summary.
   */
  mask(secret: string): void;

  /** Whether the job runs with debug logging. */
  readonly isDebug: boolean;
  /** Writes nothing for any other job. */
  debug(line: string): void;
  info(text: string): void;
  notice(message: string): void;
  warning(message: string): void;
  /** @param title says what failed, above the message; it holds nothing from outside */
  error(title: string, message: string): void;

  /**
   * Gives later steps outputs and variables, all or none.
   * @throws when the runner's files cannot be written; they are then as they were
   */
  publish(outputs: Values, variables: Values): void;
  /** Keeps a value for this step's own post run. A later value of the same name replaces the earlier. */
  saveState(name: string, value: string): void;
  /** What `saveState` kept in the main run; `''` when there is nothing. */
  state(name: string): string;
  /** Adds Markdown to the job summary. */
  appendSummary(markdown: string): void;

  /** Ends the step in failure once the process has nothing more to do. */
  fail(): void;
}

export type Values = Readonly<Record<string, string>>;

/** The runner named none of the files by which a step tells it something. */
export class NoRunnerFile extends Error {
  override readonly name = 'NoRunnerFile';

  /** @param variable should name the file */
  constructor(variable: string) {
    super(`The runner did not set ${variable}.`);
  }
}
