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
 * Replaces a value that could not be read. Only `InputReader.error` returns it, so no value can be missing without an
 * error that says why.
 */
class Reported {
  /** So that no other object has this type. */
  protected readonly nominal = true;
}

export type { Reported };

const REPORTED = new Reported();

export function isReported(value: unknown): value is Reported {
  return value === REPORTED;
}

type Read<Parts> = { readonly [Name in keyof Parts]: Exclude<Parts[Name], Reported> };

/** What is made of several values when all of them are there. */
export function combine<Parts extends object, Whole>(
  parts: Parts,
  make: (parts: Read<Parts>) => Whole,
): Whole | Reported {
  return allRead(parts) ? make(parts) : REPORTED;
}

function allRead<Parts extends object>(parts: Parts): parts is Parts & Read<Parts> {
  return !Object.values(parts).some(isReported);
}

/**
 * The inputs by the kind the table gives them, and what was found wrong with them. All are checked when the reader is
 * made, so that a value nobody asks for later is reported too, and each only once.
 */
export class InputReader {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly #texts: ReadonlyMap<InputName, string>;
  readonly #given: ReadonlySet<InputName>;
  readonly #unusable = new Map<InputName, Reported>();
  readonly #choices = new Map<InputName, readonly string[]>();
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];

  constructor(runner: Pick<Runner, 'input' | 'env' | 'platform'>) {
    this.env = runner.env;
    this.platform = runner.platform;
    const raw = INPUT_NAMES.map((name) => [name, runner.input(name)] as const);
    this.#given = new Set(raw.filter(([, text]) => text !== '').map(([name]) => name));
    this.#texts = new Map(raw.map(([name, text]) => [name, text || defaultOf(name)]));
    for (const name of INPUT_NAMES) this.#check(name, INPUTS[name]);
  }

  /** @param about what the text in `errors/inputs.ts` names */
  error<Name extends DiagnosticName>(name: Name, ...about: Parameters<Texts[Name]>): Reported {
    this.#errors.push({ name, about });
    return REPORTED;
  }

  warning<Name extends DiagnosticName>(name: Name, ...about: Parameters<Texts[Name]>): void {
    this.#warnings.push({ name, about });
  }

  get errors(): readonly Diagnostic[] {
    return this.#errors;
  }

  get warnings(): readonly Diagnostic[] {
    return this.#warnings;
  }

  /** Whether there is a value. Says nothing about an input with a default, which the runner fills in. */
  given(name: InputName): boolean {
    return this.#given.has(name);
  }

  /** The text, usable or not; `''` without one. */
  text(name: InputName): string {
    return this.#texts.get(name) ?? '';
  }

  /** The text, unless it is unusable as a whole, so that nothing more need be said about its form. */
  value(name: InputName): string | Reported {
    return this.#unusable.get(name) ?? this.text(name);
  }

  /** A value that is no boolean reads as the default. */
  flag(name: InputOfKind<'boolean'>): boolean {
    const lower = this.text(name).toLowerCase();
    return lower === 'true' || (lower !== 'false' && defaultOf(name) === 'true');
  }

  /** A value that is no number of the range reads as the default. */
  integer(name: InputOfKind<'integer'>): number {
    return integerIn(this.text(name), INPUTS[name].value) ?? Number(defaultOf(name));
  }

  /** The chosen value in the table's letter case. */
  choice<Name extends InputOfKind<'choice'>>(name: Name): ChoiceOf<Name> | Reported {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    const [chosen] = this.#choices.get(name) ?? [];
    return values.find((value) => value === chosen) ?? REPORTED;
  }

  /** The chosen values in the table's letter case, each once. */
  list<Name extends InputOfKind<'list'>>(name: Name): readonly ChoiceOf<Name>[] {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    const chosen = this.#choices.get(name) ?? [];
    return values.filter((value) => chosen.includes(value));
  }

  /** The lines that are not blank, without the white space around them. */
  lines(name: InputOfKind<'lines'>): readonly string[] {
    return this.#unusable.has(name) ? [] : parts(this.text(name), /\r?\n/);
  }

  #check(name: InputName, { value: kind }: InputSpec): void {
    const text = this.text(name);
    if (text.includes('${{')) {
      this.#unusable.set(name, this.error('unevaluated', name));
    } else if (kind.kind === 'text' && kind.form === 'line' && /\p{Cc}/u.test(text)) {
      this.#unusable.set(name, this.error('controlCharacter', name));
    } else if (kind.kind === 'boolean' && !/^(?:true|false)$/i.test(text)) {
      if (kind.invalid === 'counts-as-false') this.warning('countsAsFalse', name, text);
      else this.error('notBoolean', name, text);
    } else if (kind.kind === 'integer' && integerIn(text, kind) === undefined) {
      this.error('notInteger', name, text, kind.min, kind.max);
    } else if (kind.kind === 'choice') {
      this.#choices.set(name, this.#chosen(name, [text], kind.values, 'one'));
    } else if (kind.kind === 'list') {
      this.#choices.set(name, this.#chosen(name, parts(text, /[,\r\n]/), kind.values, 'several'));
    }
  }

  #chosen(
    name: InputName,
    given: readonly string[],
    values: readonly string[],
    choose: 'one' | 'several',
  ): readonly string[] {
    return given.flatMap((item) => {
      const chosen = values.find((value) => value.toLowerCase() === item.toLowerCase());
      if (chosen === undefined) this.error('unknownChoice', name, item, values, choose);
      return chosen ?? [];
    });
  }
}

function parts(text: string, separator: RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function integerIn(text: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}
