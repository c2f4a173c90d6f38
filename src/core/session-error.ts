/**
 * The only error type that users see. `message` states what failed, `why` the cause (in the server's own words, if a
 * server reported it), and `next` the steps that fix it, in the order to try them.
 *
 * No part may contain a secret, a token, an assertion or an excerpt of an input that may be one: this text goes
 * unchanged to the log, the annotation and the job summary.
 */
export class SessionError extends Error {
  override readonly name: string = 'SessionError';
  readonly why: string;
  readonly next: readonly Step[];

  constructor(what: string, details: { why?: string; next?: readonly (string | Step)[]; cause?: unknown } = {}) {
    super(what, details.cause === undefined ? {} : { cause: details.cause });
    this.why = details.why ?? '';
    this.next = (details.next ?? []).map((step) => (typeof step === 'string' ? { say: step } : step));
  }

  /** The text of the annotation. */
  get report(): string {
    const steps = this.next.map(({ say, command, yaml }) => [say, ...indented(command ?? yaml)].join('\n'));
    const remediation = steps.length === 0 ? [] : ['What to do:', ...steps];
    return [this.message, this.why, ...remediation].filter((paragraph) => paragraph !== '').join('\n');
  }

  /** Sets the cause of an error from a table. */
  causedBy(cause: unknown): this {
    this.cause = cause;
    return this;
  }
}

function indented(code: string | undefined): string[] {
  return code === undefined ? [] : [code.replaceAll(/^/gm, '    ')];
}

/** The first lines of a list in a message, indented, and the number of those left out. */
export function shortList(lines: readonly string[], max: number): string[] {
  const omitted = lines.length - max;
  return [...lines.slice(0, max), ...(omitted > 0 ? [`and ${omitted} more`] : [])].map((line) => `    ${line}`);
}

/** An action for the user: a sentence, with the command or the workflow YAML if there is one. */
export type Step = { readonly say: string } & (
  | { readonly command: string; readonly yaml?: never }
  | { readonly command?: never; readonly yaml: string }
  | { readonly command?: never; readonly yaml?: never }
);

/**
 * What failed, why, and what to do next, in the order to try it. A sentence may be followed by its code: `$ ` begins a
 * command, `| ` the YAML of a workflow. Empty steps are dropped.
 */
export type ErrorText = readonly [what: string, why: string, ...next: readonly string[]];

/** Maps the name of an error to a function that builds its text. */
type ErrorTable = Readonly<Record<string, (...details: never[]) => ErrorText>>;

/** @returns a function that creates the errors of a table */
export function errorFactory<Table extends ErrorTable>(table: Table) {
  return <Name extends keyof Table>(name: Name, ...details: Parameters<Table[Name]>): SessionError => {
    const text = table[name] as (...details: readonly unknown[]) => ErrorText;
    return errorOf(text(...details));
  };
}

export function errorOf([what, why, ...next]: ErrorText): SessionError {
  return new SessionError(what, { why, next: stepsOf(next) });
}

export function stepsOf(next: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (const text of next.filter((one) => one !== '')) {
    const say = steps.at(-1)?.say ?? '';
    if (text.startsWith('$ ')) steps.splice(-1, 1, { say, command: text.slice(2) });
    else if (text.startsWith('| ')) steps.splice(-1, 1, { say, yaml: text.slice(2) });
    else steps.push({ say: text });
  }
  return steps;
}
