/** What an expression of a workflow can be. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

/** A workflow that GitHub would refuse, or that asks for something this runner does not know. */
export class WorkflowError extends Error {}

/** What an expression can see where it stands. */
export interface Scope {
  readonly contexts: { readonly [name: string]: Value };
  /** How the job went so far, or the jobs that it needs. */
  readonly status: 'success' | 'failure' | 'skipped';
}

/** Every `${{ … }}` in a text replaced by its value. */
export function interpolate(template: string, scope: Scope): string {
  return template.replaceAll(EXPRESSION, (_, expression: string) => text(evaluate(expression, scope), expression));
}

/** As `interpolate`, but a template that is one expression and nothing else keeps the type of its value. */
export function evaluateTemplate(template: string, scope: Scope): Value {
  const [, whole] = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(template.trim()) ?? [];
  return whole === undefined ? interpolate(template, scope) : evaluate(whole, scope);
}

/** An `if:`, which means `success() && …` unless it asks for the status itself. */
export function holds(condition: string | undefined, scope: Scope): boolean {
  if (condition === undefined) return scope.status === 'success';
  const expression = condition.trim().replace(/^\$\{\{(.*)\}\}$/s, '$1');
  const asksForStatus = /\b(success|failure|always|cancelled)\s*\(/i.test(expression);
  return (asksForStatus || scope.status === 'success') && truthy(evaluate(expression, scope));
}

const EXPRESSION = /\$\{\{((?:(?!\}\}).)*)\}\}/gs;

/**
 * The part of GitHub's expression language that workflows here use: literals, contexts, `==`, `!=`, `!`, `&&`, `||`,
 * parentheses, `fromJSON` and the status functions. Source: GitHub Docs, "Evaluate expressions in workflows and actions".
 * @throws WorkflowError for anything else, and for a context that there is none of at this place
 */
export function evaluate(expression: string, scope: Scope): Value {
  const parser = new Parser(expression, scope);
  return parser.whole();
}

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||[!().[\]]))/y;

type Token =
  | { readonly kind: 'string' | 'number' | 'name' | 'operator'; readonly text: string }
  | { readonly kind: 'end' };

class Parser {
  readonly #tokens: readonly Token[];
  readonly #expression: string;
  readonly #scope: Scope;
  #at = 0;

  constructor(expression: string, scope: Scope) {
    this.#expression = expression.trim();
    this.#scope = scope;
    this.#tokens = tokens(this.#expression);
  }

  whole(): Value {
    const value = this.#or();
    if (this.#next().kind !== 'end') throw this.#unknown();
    return value;
  }

  #or(): Value {
    let left = this.#and();
    while (this.#take('||')) {
      const right = this.#and();
      left = truthy(left) ? left : right;
    }
    return left;
  }

  #and(): Value {
    let left = this.#equality();
    while (this.#take('&&')) {
      const right = this.#equality();
      left = truthy(left) ? right : left;
    }
    return left;
  }

  #equality(): Value {
    let left = this.#unary();
    for (;;) {
      if (this.#take('==')) left = equal(left, this.#unary());
      else if (this.#take('!=')) left = !equal(left, this.#unary());
      else return left;
    }
  }

  #unary(): Value {
    return this.#take('!') ? !truthy(this.#unary()) : this.#primary();
  }

  #primary(): Value {
    const token = this.#next();
    this.#at++;
    switch (token.kind) {
      case 'string':
        return token.text.slice(1, -1).replaceAll("''", "'");
      case 'number':
        return Number(token.text);
      case 'name':
        return this.#named(token.text);
      case 'operator': {
        if (token.text !== '(') throw this.#unknown();
        const value = this.#or();
        this.#expect(')');
        return value;
      }
      case 'end':
        throw this.#unknown();
    }
  }

  #named(name: string): Value {
    const lower = name.toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    if (lower === 'null') return null;
    if (this.#take('(')) return this.#call(lower);
    const context = this.#scope.contexts[lower];
    if (context === undefined) throw new WorkflowError(`There is no context \`${name}\` here: ${this.#expression}`);
    return this.#properties(name, context);
  }

  #properties(context: string, start: Value): Value {
    let value = start;
    for (let depth = 0; this.#take('.'); depth++) {
      const token = this.#next();
      if (token.kind !== 'name') throw this.#unknown();
      this.#at++;
      const found = property(value, token.text);
      if (found === undefined && depth === 0 && context === 'github') {
        throw new WorkflowError(`This runner has no github.${token.text}.`);
      }
      value = found ?? null;
    }
    return value;
  }

  #call(name: string): Value {
    switch (name) {
      case 'fromjson': {
        const json = text(this.#or(), this.#expression);
        this.#expect(')');
        return parseJson(json, this.#expression);
      }
      case 'success':
      case 'failure':
        this.#expect(')');
        return this.#scope.status === name;
      case 'always':
        this.#expect(')');
        return true;
      case 'cancelled':
        this.#expect(')');
        return false;
      default:
        throw new WorkflowError(`This runner does not know the function ${name}: ${this.#expression}`);
    }
  }

  #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' };
  }

  #take(operator: string): boolean {
    const token = this.#next();
    if (token.kind !== 'operator' || token.text !== operator) return false;
    this.#at++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) throw this.#unknown();
  }

  #unknown(): WorkflowError {
    return new WorkflowError(`This runner cannot read the expression: ${this.#expression}`);
  }
}

function tokens(expression: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const at = TOKEN.lastIndex;
    const [, string, number, name, operator] = TOKEN.exec(expression) ?? [];
    if (string !== undefined) found.push({ kind: 'string', text: string });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (name !== undefined) found.push({ kind: 'name', text: name });
    else if (operator !== undefined) found.push({ kind: 'operator', text: operator });
    else throw new WorkflowError(`This runner cannot read ${expression.slice(at)} in the expression: ${expression}`);
  }
  return found;
}

/** Names of properties are read without regard to case. */
function property(value: Value, name: string): Value | undefined {
  if (!isObject(value)) return undefined;
  const key = Object.keys(value).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : value[key];
}

function isObject(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(json: string, expression: string): Value {
  try {
    return JSON.parse(json) as Value;
  } catch {
    throw new WorkflowError(`Not JSON: ${expression}`);
  }
}

function truthy(value: Value): boolean {
  return value !== null && value !== false && value !== 0 && value !== '';
}

/** Texts without regard to case, and values of different types as numbers. */
function equal(left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left.toLowerCase() === right.toLowerCase();
  if (typeof left === typeof right) return left === right;
  return toNumber(left) === toNumber(right);
}

function toNumber(value: Value): number {
  return typeof value === 'object' && value !== null ? Number.NaN : Number(value ?? 0);
}

function text(value: Value, expression: string): string {
  if (value === null) return '';
  if (typeof value === 'object') throw new WorkflowError(`No text, but an array or an object: ${expression}`);
  return String(value);
}
