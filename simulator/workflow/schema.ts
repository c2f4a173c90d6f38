/** Reads workflows and actions by GitHub's own schemas, with the parser that GitHub publishes. */
import { existsSync, readFileSync } from 'node:fs';
import { JSONObjectReader } from '@actions/workflow-parser/templates/json-object-reader';
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import type { Position } from '@actions/workflow-parser/templates/tokens/token-range';
import { isMapping, isSequence } from '@actions/workflow-parser/templates/tokens/type-guards';
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';
import { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader';
import { parse } from 'yaml';
import { WorkflowError } from './expression.ts';

/** Of an action, GitHub's runner asks for no more than it needs to run it. */
const ROOTS = { workflow: 'workflow-root-strict', action: 'action-root' } as const;

/**
 * @param name what the file is called in messages
 * @returns what the file says, which has the shape that GitHub asks for
 * @throws WorkflowError for everything in it that GitHub would errors, with job, step and line
 */
export function readBySchema(file: string, name: string, kind: keyof typeof ROOTS): unknown {
  if (!existsSync(file)) throw new WorkflowError(`${name} is not there.`);
  const text = readFileSync(file, 'utf8');
  const errors = new TemplateValidationErrors();
  const context = new TemplateContext(errors, schemaOf(kind), new NoOperationTraceWriter());
  const reader = new YamlObjectReader(context.getFileId(name), text);
  const [broken] = reader.errors;
  if (broken !== undefined) throw new WorkflowError(`${name}: ${broken.message.trim()}`);
  const root = readTemplate(context, ROOTS[kind], reader, context.getFileId(name));
  const found = errors.getErrors().map(({ rawMessage, range }) => {
    if (range === undefined) return `${name}: ${rawMessage}`;
    return `${[name, ...placeAt(root, range.start)].join(': ')}: ${rawMessage} (line ${range.start.line})`;
  });
  if (found.length > 0) throw new WorkflowError([...new Set(found)].join('\n'));
  return parse(text);
}

const schemas = new Map<keyof typeof ROOTS, TemplateSchema>();

/** The package's entry imports the schemas without `type: 'json'`, which bundlers allow and Node does not. */
function schemaOf(kind: keyof typeof ROOTS): TemplateSchema {
  const entry = import.meta.resolve('@actions/workflow-parser');
  const json = (): string => readFileSync(new URL(`${kind}-v1.0.min.json`, entry), 'utf8');
  const schema = schemas.get(kind) ?? TemplateSchema.load(new JSONObjectReader(undefined, json()));
  schemas.set(kind, schema);
  return schema;
}

/** The job and the step around a position; an action has its steps below `runs`. */
function placeAt(root: TemplateToken | undefined, position: Position): string[] {
  const jobs = child(root, 'jobs');
  const job =
    jobs !== undefined && isMapping(jobs) ? [...jobs].find(({ value }) => surrounds(value, position)) : undefined;
  const place = job === undefined ? [] : [`job ${job.key.toString()}`];
  const steps = child(job?.value ?? child(root, 'runs'), 'steps');
  const all = steps !== undefined && isSequence(steps) ? [...steps] : [];
  const at = all.findIndex((step) => surrounds(step, position));
  if (at === -1) return place;
  const [name, id, uses] = ['name', 'id', 'uses'].map((key) => child(all[at], key)?.toString());
  return [...place, stepPlace(at, { name, id, uses })];
}

function child(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return token !== undefined && isMapping(token) ? token.find(key) : undefined;
}

function surrounds({ range }: TemplateToken, { line, column }: Position): boolean {
  if (range === undefined) return false;
  const { start, end } = range;
  const begins = start.line < line || (start.line === line && start.column <= column);
  return begins && (line < end.line || (line === end.line && column < end.column));
}

/** What a step is called in messages. */
export function stepPlace(at: number, { name, id, uses }: { name?: unknown; id?: unknown; uses?: unknown }): string {
  const named = name ?? id ?? uses;
  return `step ${at + 1}${named === undefined ? '' : ` (${String(named)})`}`;
}
