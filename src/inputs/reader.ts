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
 * Reads the inputs by their kind in the table, and collects the errors and warnings about them.
 *
 * The constructor checks every input, so that a value that is never read is reported too, and each value only once. An
 * invalid input then reads as empty, so that it causes no second error. Values derived from it are never used:
 * `parseInputs` returns no request if there is an error.
 */
export class InputReader {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly #values: ReadonlyMap<InputName, string>;
  readonly #invalid: ReadonlySet<InputName>;

  constructor(runner: Pick<Runner, 'input' | 'env' | 'platform'>) {
    this.env = runner.env;
    this.platform = runner.platform;
    this.#values = new Map(INPUT_NAMES.map((name) => [name, runner.input(name)]));
    for (const name of unknownInputs(runner.env)) {
      const unset = INPUT_NAMES.filter((input) => ['', defaultOf(input)].includes(this.#values.get(input) ?? ''));
      this.warning('misspelled', name, unset);
    }
    this.#invalid = new Set(INPUT_NAMES.filter((name) => !this.#check(name, INPUTS[name])));
  }

  /** @param args the arguments of the text in `errors/inputs.ts` */
  error<Name extends DiagnosticName>(name: Name, ...args: Parameters<Texts[Name]>): void {
    this.errors.push({ name, args });
  }

  warning<Name extends DiagnosticName>(name: Name, ...args: Parameters<Texts[Name]>): void {
    this.warnings.push({ name, args });
  }

  /** Whether there is a value, valid or not. Not useful for an input with a default, which the runner fills in. */
  isSet(name: InputName): boolean {
    return this.#values.get(name) !== '';
  }

  isValid(name: InputName): boolean {
    return !this.#invalid.has(name);
  }

  /** `''` without a valid value. */
  text(name: InputName): string {
    return this.isValid(name) ? this.#textOf(name) : '';
  }

  /** Returns the default without a valid value, like the methods below. */
  flag(name: InputOfKind<'boolean'>): boolean {
    const lower = this.text(name).toLowerCase();
    return lower === 'true' || (lower !== 'false' && defaultOf(name) === 'true');
  }

  integer(name: InputOfKind<'integer'>): number {
    return Number(this.text(name) || defaultOf(name));
  }

  /** Returns the value in the table's letter case. */
  choice<Name extends InputOfKind<'choice'>>(name: Name): ChoiceOf<Name> {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    return matchingValue(values, this.text(name)) ?? (defaultOf(name) as ChoiceOf<Name>);
  }

  /** Returns the values in the table's letter case and order, without duplicates. */
  list<Name extends InputOfKind<'list'>>(name: Name): readonly ChoiceOf<Name>[] {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    const items = itemsOf(this.text(name));
    // Two empty expressions with a comma between them make a list without items.
    const chosen = (items.length > 0 ? items : itemsOf(defaultOf(name))).map((item) => matchingValue(values, item));
    return values.filter((value) => chosen.includes(value));
  }

  /** Returns the lines that are not blank, trimmed. */
  lines(name: InputOfKind<'lines'>): readonly string[] {
    return trimmedParts(this.text(name), /\r?\n/);
  }

  #textOf(name: InputName): string {
    return this.#values.get(name) || defaultOf(name);
  }

  /** Reports an invalid value. */
  #check(name: InputName, { value: kind }: InputSpec): boolean {
    const text = this.#textOf(name);
    const errorsBefore = this.errors.length;
    if (text.includes('${{')) {
      this.error('unevaluated', name);
    } else if (kind.kind === 'text' && kind.form === 'line' && /\p{Cc}/u.test(text)) {
      this.error('controlCharacter', name);
    } else if (kind.kind === 'boolean' && !/^(?:true|false)$/i.test(text)) {
      if (kind.invalid === 'counts-as-false') this.warning('countsAsFalse', name, text);
      else this.error('notBoolean', name, text);
    } else if (kind.kind === 'integer' && !(/^\d+$/.test(text) && +text >= kind.min && +text <= kind.max)) {
      this.error('notInteger', name, text, kind.min, kind.max);
    } else if (kind.kind === 'choice' && matchingValue(kind.values, text) === undefined) {
      this.error('unknownChoice', name, text, kind.values, 'one');
    } else if (kind.kind === 'list') {
      const unknown = itemsOf(text).filter((item) => matchingValue(kind.values, item) === undefined);
      for (const item of unknown) this.error('unknownChoice', name, item, kind.values, 'several');
    }
    return this.errors.length === errorsBefore;
  }
}

const KNOWN_VARIABLES: ReadonlySet<string> = new Set(INPUT_NAMES.map((name) => `INPUT_${name.toUpperCase()}`));

/**
 * The inputs of the step that the action does not define. The runner passes them to the action like all others.
 * Source: actions/runner, `ActionRunner.cs` and `Handler.cs`.
 */
function unknownInputs(env: Environment): string[] {
  const names = Object.keys(env).filter((name) => name.startsWith('INPUT_') && !KNOWN_VARIABLES.has(name));
  return names.map((name) => name.slice('INPUT_'.length).toLowerCase());
}

function matchingValue<Value extends string>(values: readonly Value[], text: string): Value | undefined {
  return values.find((value) => value.toLowerCase() === text.toLowerCase());
}

function itemsOf(list: string): readonly string[] {
  return trimmedParts(list, /[,\r\n]/);
}

function trimmedParts(text: string, separator: RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
