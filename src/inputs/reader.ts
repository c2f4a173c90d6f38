import type { Runner } from '../actions/runner.ts';
import type { Environment } from '../core/machine.ts';
import type { Diagnostic, DiagnosticName, Texts } from '../errors/inputs.ts';
import {
  type ChoiceOf,
  defaultOf,
  INPUT_NAMES,
  INPUTS,
  type InputName,
  type InputOfKind,
  type InputSpec,
} from './table.ts';

/**
 * The inputs by the kind the table gives them, and what was found wrong with them.
 *
 * All are checked when the reader is made, so that a value nobody asks for later is reported too, and each only once. One
 * that is unusable reads as if it was empty, so that nothing more is said of it. What is made of such values is never
 * used: `parseInputs` gives no request where there is an error.
 */
export class InputReader {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly #given: ReadonlyMap<InputName, string>;
  readonly #unusable: ReadonlySet<InputName>;

  constructor(runner: Pick<Runner, 'input' | 'env' | 'platform'>) {
    this.env = runner.env;
    this.platform = runner.platform;
    this.#given = new Map(INPUT_NAMES.map((name) => [name, runner.input(name)]));
    for (const name of strangersIn(runner.env)) {
      this.warning(
        'misspelt',
        name,
        INPUT_NAMES.filter((input) => this.#isUnset(input)),
      );
    }
    this.#unusable = new Set(INPUT_NAMES.filter((name) => !this.#check(name, INPUTS[name])));
  }

  /** @param about what the text in `errors/inputs.ts` names */
  error<Name extends DiagnosticName>(name: Name, ...about: Parameters<Texts[Name]>): void {
    this.errors.push({ name, about });
  }

  warning<Name extends DiagnosticName>(name: Name, ...about: Parameters<Texts[Name]>): void {
    this.warnings.push({ name, about });
  }

  /** Whether there is a value, usable or not. Says nothing about an input with a default, which the runner fills in. */
  given(name: InputName): boolean {
    return this.#given.get(name) !== '';
  }

  usable(name: InputName): boolean {
    return !this.#unusable.has(name);
  }

  /** `''` without a usable value. */
  text(name: InputName): string {
    return this.usable(name) ? this.#textOf(name) : '';
  }

  /** The default where there is no usable value, as of all kinds below. */
  flag(name: InputOfKind<'boolean'>): boolean {
    const lower = this.text(name).toLowerCase();
    return lower === 'true' || (lower !== 'false' && defaultOf(name) === 'true');
  }

  integer(name: InputOfKind<'integer'>): number {
    return Number(this.text(name) || defaultOf(name));
  }

  /** The chosen value in the table's letter case. */
  choice<Name extends InputOfKind<'choice'>>(name: Name): ChoiceOf<Name> {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    return chosen(values, this.text(name)) ?? (defaultOf(name) as ChoiceOf<Name>);
  }

  /** The chosen values in the table's letter case and order, each once. */
  list<Name extends InputOfKind<'list'>>(name: Name): readonly ChoiceOf<Name>[] {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    const items = itemsOf(this.text(name)).map((item) => chosen(values, item));
    return values.filter((value) => items.includes(value));
  }

  /** The lines that are not blank, without the white space around them. */
  lines(name: InputOfKind<'lines'>): readonly string[] {
    return parts(this.text(name), /\r?\n/);
  }

  /** Whether the workflow may have meant to give it, and did not. */
  #isUnset(name: InputName): boolean {
    return !this.given(name) || this.#given.get(name) === defaultOf(name);
  }

  #textOf(name: InputName): string {
    return this.#given.get(name) || defaultOf(name);
  }

  /** @returns whether the value is usable */
  #check(name: InputName, { value: kind }: InputSpec): boolean {
    const text = this.#textOf(name);
    const { length } = this.errors;
    if (text.includes('${{')) {
      this.error('unevaluated', name);
    } else if (kind.kind === 'text' && kind.form === 'line' && /\p{Cc}/u.test(text)) {
      this.error('controlCharacter', name);
    } else if (kind.kind === 'boolean' && !/^(?:true|false)$/i.test(text)) {
      if (kind.invalid === 'counts-as-false') this.warning('countsAsFalse', name, text);
      else this.error('notBoolean', name, text);
    } else if (kind.kind === 'integer' && !(/^\d+$/.test(text) && +text >= kind.min && +text <= kind.max)) {
      this.error('notInteger', name, text, kind.min, kind.max);
    } else if (kind.kind === 'choice' && chosen(kind.values, text) === undefined) {
      this.error('unknownChoice', name, text, kind.values, 'one');
    } else if (kind.kind === 'list') {
      const unknown = itemsOf(text).filter((item) => chosen(kind.values, item) === undefined);
      for (const item of unknown) this.error('unknownChoice', name, item, kind.values, 'several');
    }
    return this.errors.length === length;
  }
}

const OWN_VARIABLES: ReadonlySet<string> = new Set(INPUT_NAMES.map((name) => `INPUT_${name.toUpperCase()}`));

/**
 * The inputs of the step that the action does not have: the runner passes them on, as it does those of the table.
 * Source: actions/runner, `ActionRunner.cs` and `Handler.cs`.
 */
function strangersIn(env: Environment): string[] {
  const names = Object.keys(env).filter((name) => name.startsWith('INPUT_') && !OWN_VARIABLES.has(name));
  return names.map((name) => name.slice('INPUT_'.length).toLowerCase());
}

function chosen<Value extends string>(values: readonly Value[], text: string): Value | undefined {
  return values.find((value) => value.toLowerCase() === text.toLowerCase());
}

function itemsOf(list: string): readonly string[] {
  return parts(list, /[,\r\n]/);
}

function parts(text: string, separator: RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
