import { createHash, hash as hashOf } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

export type Scalar = null | boolean | number | string;

/** The value of an expression. */
export type Value = Scalar | readonly Value[] | { readonly [name: string]: Value };

/** GitHub would reject the workflow, or this runner does not support it. */
export class WorkflowError extends Error {}

/** Adds the place to the message, unless it is there already. */
export function withPlace(error: unknown, place: string): unknown {
  const lacksPlace = error instanceof WorkflowError && !error.message.startsWith(place);
  return lacksPlace ? new WorkflowError(`${place}: ${error.message}`) : error;
}

/** The contexts and functions of an expression. */
export interface Scope {
  readonly contexts: { readonly [name: string]: Value };
  /** Of the job so far, or of the jobs that it needs. */
  readonly status: 'success' | 'failure' | 'skipped';
}

/** Replaces every `${{ … }}` by its value. */
export function interpolate(template: Scalar | undefined, scope: Scope): string {
  const replace = (_: string, expression: string): string => text(evaluate(expression, scope), expression);
  return String(template ?? '').replaceAll(EXPRESSION, replace);
}

/** As `interpolate`, but a template that consists of one expression keeps the type of its value. */
export function evaluateTemplate(template: string, scope: Scope): Value {
  const [, whole] = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(template.trim()) ?? [];
  return whole === undefined ? interpolate(template, scope) : evaluate(whole, scope);
}

/** Evaluates the templates in a value. */
export function evaluateAll(value: Value, scope: Scope): Value {
  if (typeof value === 'string') return evaluateTemplate(value, scope);
  if (Array.isArray(value)) return value.map((item: Value) => evaluateAll(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, evaluateAll(one, scope)]));
}

/** Evaluates an `if:`, which means `success() && …` unless it has a status function itself. */
export function isMet(condition: Scalar | undefined, scope: Scope): boolean {
  if (condition === undefined) return scope.status === 'success';
  const expression = String(condition)
    .trim()
    .replace(/^\$\{\{((?:(?!\}\}).)*)\}\}$/s, '$1');
  const hasStatus = /\b(success|failure|always|cancelled)\s*\(/i.test(expression);
  return (hasStatus || scope.status === 'success') && evaluate(`!!(${expression})`, scope) === true;
}

const EXPRESSION = /\$\{\{((?:(?!\}\}).)*)\}\}/gs;

/**
 * Evaluates an expression with GitHub's own parser and evaluator.
 * @throws {WorkflowError} for an invalid expression, and for a context that is not available here
 */
function evaluate(expression: string, scope: Scope): Value {
  try {
    const { tokens } = new Lexer(expression.trim()).lex();
    const calls = functions(scope);
    const tree = new Parser(tokens, Object.keys(scope.contexts), [...calls.values()]).parse();
    const value = new Evaluator(tree, contexts(scope), calls).evaluate();
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
        value: key === 'github' && value instanceof data.Dictionary ? new GitHubContext(...value.pairs()) : value,
      };
    }),
  );
}

/** A missing property of the context `github` is an error of this runner, not of the workflow. */
class GitHubContext extends data.Dictionary {
  override get(key: string): data.ExpressionData {
    const value = super.get(key);
    if (value === undefined) throw new WorkflowError(`This runner has no github.${key}`);
    return value;
  }
}

type Call = (...values: data.ExpressionData[]) => data.ExpressionData;

function functions({ contexts: { github }, status }: Scope) {
  const constant = (value: boolean) => () => new data.BooleanData(value);
  const calls: Readonly<Record<string, Call>> = {
    success: constant(status === 'success'),
    failure: constant(status === 'failure'),
    always: constant(true),
    cancelled: constant(false),
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
  if (typeof value === 'object') throw new WorkflowError(`An array or an object is not text: ${expression.trim()}`);
  return String(value);
}
