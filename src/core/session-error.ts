/**
 * The one family of errors a user sees. `message` says what failed, `why` the cause in plain words (the server's own,
 * where there is a server), `next` the steps or commands that mend it, in the order to try them.
 *
 * No part may hold a secret, a token, an assertion or an excerpt of an input that may be one: this text goes to the
 * log, the annotation and the job summary as it is.
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

  /** The text of the annotation: what, why and what to do next, a paragraph each. */
  get report(): string {
    const steps = this.next.map(({ say, command, yaml }) => [say, ...indented(command ?? yaml)].join('\n'));
    const remediation = steps.length === 0 ? [] : ['What to do:', ...steps];
    return [this.message, this.why, ...remediation].filter((paragraph) => paragraph !== '').join('\n');
  }

  /** For an error of a table: what it comes from. */
  causedBy(cause: unknown): this {
    this.cause = cause;
    return this;
  }
}

function indented(code: string | undefined): string[] {
  return code === undefined ? [] : [code.replaceAll(/^/gm, '    ')];
}

/** Something the user can do: a sentence and, where there is one, the command or the YAML of a workflow that does it. */
export type Step = { readonly say: string } & (
  | { readonly command: string; readonly yaml?: never }
  | { readonly command?: never; readonly yaml: string }
  | { readonly command?: never; readonly yaml?: never }
);

/**
 * What failed, why, and what to do next, in the order to try it. After a sentence may come the code that it speaks of: `$ `
 * begins a command, `| ` the YAML of a workflow. `''` is nothing.
 */
export type ErrorText = readonly [what: string, why: string, ...next: readonly string[]];

/** Errors as data: a name for each, and what its text depends on. */
type ErrorTable = Readonly<Record<string, (...about: never[]) => ErrorText>>;

/** The maker of the errors of one table. */
export function errorsOf<Table extends ErrorTable>(table: Table) {
  return <Name extends keyof Table>(name: Name, ...about: Parameters<Table[Name]>): SessionError => {
    const text = table[name] as (...about: readonly unknown[]) => ErrorText;
    return errorOf(text(...about));
  };
}

export function errorOf([what, why, ...next]: ErrorText): SessionError {
  return new SessionError(what, { why, next: stepsOf(next) });
}

/** The steps of an `ErrorText`. */
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
