/** What the runner hides in everything that a job prints or hands on. */
export class Masks {
  readonly #texts = new Set<string>();

  constructor(secrets: readonly string[]) {
    for (const secret of secrets) this.add(secret);
  }

  /** A text of several lines is hidden line by line, as the log has it. */
  add(secret: string): void {
    for (const line of secret.split(/\r?\n/)) if (line.trim() !== '') this.#texts.add(line);
  }

  touch(text: string): boolean {
    return [...this.#texts].some((secret) => text.includes(secret));
  }

  hide(text: string): string {
    return [...this.#texts]
      .sort((one, other) => other.length - one.length)
      .reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
  }
}
