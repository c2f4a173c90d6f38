/** The values that the runner masks in logs, summaries and names. */
export class Masks {
  readonly #texts = new Set<string>();

  constructor(secrets: readonly string[]) {
    for (const secret of secrets) this.add(secret);
  }

  /** Each line of a value is a mask of its own. */
  add(secret: string): void {
    for (const line of secret.split(/\r?\n/)) if (line.trim() !== '') this.#texts.add(line);
  }

  includes(text: string): boolean {
    return [...this.#texts].some((secret) => text.includes(secret));
  }

  hide(text: string): string {
    return [...this.#texts]
      .sort((one, other) => other.length - one.length)
      .reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
  }
}
