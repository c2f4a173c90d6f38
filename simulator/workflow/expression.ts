import { createHash, hash as hashOf } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

export type Scalar = null | boolean | number | string;

/** What an expression of a workflow can be. */
export type Value = Scalar | readonly Value[] | { readonly [name: string]: Value };

/** A workflow that GitHub would errors, or that asks for something this runner does not know. */
export class WorkflowError extends Error {}

/** The error with its place before it, if it does not say that already. */
export function placed(error: unknown, place: string): unknown {
  const lacksPlace = error instanceof WorkflowError && !error.message.startsWith(place);
  return lacksPlace ? new WorkflowError(`${place}: ${error.message}`) : error;
}

/** What an expression can see where it stands. */
export interface Scope {
  readonly contexts: { readonly [name: string]: Value };
  /** How the job went so far, or the jobs that it needs. */
  readonly status: 'success' | 'failure' | 'skipped';
}

/** Every `${{ … }}` in a text replaced by its value; where there is no text, an empty one. */
export function interpolate(template: Scalar | undefined, scope: Scope): string {
  const replace = (_: string, expression: string): string => text(evaluate(expression, scope), expression);
  return String(template ?? '').replaceAll(EXPRESSION, replace);
}

/** As `interpolate`, but a template that is one expression and nothing else keeps the type of its value. */
export function evaluateTemplate(template: string, scope: Scope): Value {
  const [, whole] = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(template.trim()) ?? [];
  return whole === undefined ? interpolate(template, scope) : evaluate(whole, scope);
}

/** As `evaluateTemplate`, for every text in a value. */
export function evaluateAll(value: Value, scope: Scope): Value {
  if (typeof value === 'string') return evaluateTemplate(value, scope);
  if (Array.isArray(value)) return value.map((item: Value) => evaluateAll(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, evaluateAll(one, scope)]));
}

/** An `if:`, which means `success() && …` unless it asks for the status itself. */
export function holds(condition: Scalar | undefined, scope: Scope): boolean {
  if (condition === undefined) return scope.status === 'success';
  const expression = String(condition)
    .trim()
    .replace(/^\$\{\{((?:(?!\}\}).)*)\}\}$/s, '$1');
  const asksForStatus = /\b(success|failure|always|cancelled)\s*\(/i.test(expression);
  return (asksForStatus || scope.status === 'success') && evaluate(`!!(${expression})`, scope) === true;
}

const EXPRESSION = /\$\{\{((?:(?!\}\}).)*)\}\}/gs;

/**
 * Evaluates an expression with GitHub's own parser and evaluator.
 * @throws WorkflowError for what GitHub does not understand, and for a context that there is none of at this place
 */
export function evaluate(expression: string, scope: Scope): Value {
  try {
    const { tokens } = new Lexer(expression.trim()).lex();
    const own = functions(scope);
    const tree = new Parser(tokens, Object.keys(scope.contexts), [...own.values()]).parse();
    const value = new Evaluator(tree, contexts(scope), own).evaluate();
    return JSON.parse(JSON.stringify(value, data.replacer)) as Value;
  } catch (error) {
    throw new WorkflowError(`${error instanceof Error ? error.message : String(error)} in: ${expression.trim()}`);
  }
}

function contexts(scope: Scope): data.Dictionary {
  return new data.Dictionary(
    ...Object.entries(scope.contexts).map(([key, context]) => {
      const value = JSON.parse(JSON.stringify(context), data.reviver) as data.ExpressionData;
      return {
        key,
        value: key === 'github' && value instanceof data.Dictionary ? new GitHub(...value.pairs()) : value,
      };
    }),
  );
}

/** A context whose missing properties are this runner's fault, not the workflow's. */
class GitHub extends data.Dictionary {
  override get(key: string): data.ExpressionData {
    const value = super.get(key);
    if (value === undefined) throw new WorkflowError(`This runner has no github.${key}`);
    return value;
  }
}

type Call = (...values: data.ExpressionData[]) => data.ExpressionData;

function functions({ contexts: { github }, status }: Scope) {
  const answer = (value: boolean) => () => new data.BooleanData(value);
  const calls: Readonly<Record<string, Call>> = {
    success: answer(status === 'success'),
    failure: answer(status === 'failure'),
    always: answer(true),
    cancelled: answer(false),
    hashfiles: (...patterns) => new data.StringData(hash(github, patterns)),
  };
  return new Map(
    Object.entries(calls).map(([name, call]) => {
      return [name, { name, minArgs: 0, maxArgs: name === 'hashfiles' ? 255 : 0, call }] as const;
    }),
  );
}

function hash(github: Value | undefined, patterns: readonly data.ExpressionData[]): string {
  const { workspace = '' } = (github ?? {}) as { workspace?: string };
  const globs = patterns.map((pattern) => pattern.coerceString());
  const files = globSync(globs, { cwd: workspace }).sort();
  if (files.length === 0) return '';
  const whole = createHash('sha256');
  for (const file of files) whole.update(hashOf('sha256', readFileSync(join(workspace, file)), 'buffer'));
  return whole.digest('hex');
}

function text(value: Value, expression: string): string {
  if (value === null) return '';
  if (typeof value === 'object') throw new WorkflowError(`No text, but an array or an object: ${expression.trim()}`);
  return String(value);
}
