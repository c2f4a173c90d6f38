import type { Runner } from '../runner/runner.ts';
import { nearestChoice } from './nearest.ts';
import type { Findings } from './problems.ts';
import {
  type ChoiceOf,
  defaultOf,
  INPUT_NAMES,
  INPUTS,
  type InputName,
  type InputOfKind,
  type InputSpec,
} from './table.ts';
import { codeList, quoted } from './wording.ts';

const UNEVALUATED =
  'GitHub evaluates an expression only where it stands in the workflow. Text that a variable, a file or a script brings along stays as it is.';

/**
 * The inputs by the kind the table gives them. All are checked at once, when the reader is made, so that a value nobody
 * asks for later is reported too, and each only once. A value that does not fit is a problem, and reads as the default.
 */
export class InputReader {
  readonly #texts: ReadonlyMap<InputName, string>;
  readonly #given: ReadonlySet<InputName>;
  readonly #garbled = new Set<InputName>();
  readonly #flags = new Map<InputName, boolean>();
  readonly #integers = new Map<InputName, number>();
  readonly #choices = new Map<InputName, readonly string[]>();

  constructor(runner: Pick<Runner, 'input'>, findings: Findings) {
    const raw = new Map(INPUT_NAMES.map((name) => [name, runner.input(name)]));
    this.#given = new Set(INPUT_NAMES.filter((name) => raw.get(name) !== ''));
    this.#texts = new Map(INPUT_NAMES.map((name) => [name, raw.get(name) || defaultOf(name)]));
    for (const name of INPUT_NAMES) {
      const problem = garbling(INPUTS[name], this.text(name));
      if (problem === undefined) this.#check(name, findings);
      else {
        this.#garbled.add(name);
        findings.problem(`\`${name}\` ${problem.text}`, ...problem.next);
      }
    }
  }

  /** Whether there is a value. Says nothing about an input with a default, which the runner fills in. */
  given(name: InputName): boolean {
    return this.#given.has(name);
  }

  /** Whether the value was found unusable as a whole, so that nothing more need be said about its form. */
  garbled(name: InputName): boolean {
    return this.#garbled.has(name);
  }

  text(name: InputName): string {
    return this.#texts.get(name) ?? '';
  }

  flag(name: InputOfKind<'boolean'>): boolean {
    return this.#flags.get(name) ?? defaultOf(name) === 'true';
  }

  integer(name: InputOfKind<'integer'>): number {
    return this.#integers.get(name) ?? Number(defaultOf(name));
  }

  /** The chosen value in the table's letter case; `undefined` when it is none of them, which is a problem already. */
  choice<Name extends InputOfKind<'choice'>>(name: Name): ChoiceOf<Name> | undefined {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    const [chosen] = this.#choices.get(name) ?? [];
    return values.find((value) => value === chosen);
  }

  /** The chosen values in the table's letter case, each once. */
  list<Name extends InputOfKind<'list'>>(name: Name): readonly ChoiceOf<Name>[] {
    const values: readonly ChoiceOf<Name>[] = INPUTS[name].value.values;
    const chosen = this.#choices.get(name) ?? [];
    return values.filter((value) => chosen.includes(value));
  }

  /** The lines that are not blank, without the white space around them. */
  lines(name: InputOfKind<'lines'>): readonly string[] {
    return this.garbled(name) ? [] : parts(this.text(name), /\r?\n/);
  }

  #check(name: InputName, findings: Findings): void {
    const { value: kind }: InputSpec = INPUTS[name];
    const value = this.text(name);
    if (kind.kind === 'boolean') this.#flags.set(name, readFlag(name, value, kind.strange, findings));
    if (kind.kind === 'integer') this.#integers.set(name, readInteger(name, value, kind, findings));
    if (kind.kind === 'choice') this.#choices.set(name, readChoices(name, [value], kind.values, findings));
    if (kind.kind === 'list') {
      this.#choices.set(name, readChoices(name, parts(value, /[,\r\n]/), kind.values, findings));
    }
  }
}

function parts(text: string, separator: RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** What makes a value unusable whatever its kind; continues a sentence that begins with the input's name. */
function garbling(spec: InputSpec, value: string): { text: string; next: readonly string[] } | undefined {
  if (value.includes('${{')) {
    return { text: 'holds an expression that was not evaluated: its value contains `${{`.', next: [UNEVALUATED] };
  }
  const oneLine = spec.value.kind === 'text' && spec.value.form === 'line' && spec.secrecy === undefined;
  return oneLine && /\p{Cc}/u.test(value)
    ? { text: 'contains a line break or another control character.', next: [] }
    : undefined;
}

function readFlag(
  name: InputName,
  value: string,
  strange: 'is-an-error' | 'counts-as-false',
  findings: Findings,
): boolean {
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  const text = `\`${name}\` is ${quoted(value)}, which is neither true nor false.`;
  if (strange === 'counts-as-false') findings.warning(`${text} It counts as false, as at azure/login.`);
  else findings.problem(text);
  return strange === 'is-an-error' && defaultOf(name) === 'true';
}

function readInteger(
  name: InputName,
  value: string,
  { min, max }: { readonly min: number; readonly max: number },
  findings: Findings,
): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  findings.problem(`\`${name}\` is ${quoted(value)}, which is no whole number from ${min} to ${max}.`);
  return Number(defaultOf(name));
}

function readChoices(
  name: InputName,
  given: readonly string[],
  values: readonly string[],
  findings: Findings,
): readonly string[] {
  return given.flatMap((item) => {
    const chosen = values.find((value) => value.toLowerCase() === item.toLowerCase());
    if (chosen !== undefined) return [chosen];
    const nearest = nearestChoice(item, values);
    const suggestion = nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`;
    const separator =
      INPUTS[name].value.kind === 'list' && /[\s;|]/.test(item) ? ' Several are separated by commas.' : '';
    const advice = separator || suggestion;
    findings.problem(`\`${name}\` is ${quoted(item)}, which is none of ${codeList(values, 'or')}.${advice}`);
    return [];
  });
}
