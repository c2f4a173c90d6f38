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

/** GitHub's runner reads actions less strictly than workflows. */
const ROOTS = { workflow: 'workflow-root-strict', action: 'action-root' } as const;

/**
 * @param name the file's name in messages
 * @returns content that is valid by the schema
 * @throws {WorkflowError} for everything that GitHub would reject, with job, step and line
 */
export function readBySchema(file: string, name: string, kind: keyof typeof ROOTS): unknown {
  if (!existsSync(file)) throw new WorkflowError(`${name} does not exist.`);
  const text = readFileSync(file, 'utf8');
  const errors = new TemplateValidationErrors();
  const context = new TemplateContext(errors, schemaOf(kind), new NoOperationTraceWriter());
  const reader = new YamlObjectReader(context.getFileId(name), text);
  const [syntaxError] = reader.errors;
  if (syntaxError !== undefined) throw new WorkflowError(`${name}: ${syntaxError.message.trim()}`);
  const root = readTemplate(context, ROOTS[kind], reader, context.getFileId(name));
  const messages = errors.getErrors().map(({ rawMessage, range }) => {
    if (range === undefined) return `${name}: ${rawMessage}`;
    return `${[name, ...placeAt(root, range.start)].join(': ')}: ${rawMessage} (line ${range.start.line})`;
  });
  if (messages.length > 0) throw new WorkflowError([...new Set(messages)].join('\n'));
  return parse(text);
}

const schemas = new Map<keyof typeof ROOTS, TemplateSchema>();

/** The package's entry cannot be imported: it imports the schemas without `type: 'json'`, which Node rejects. */
function schemaOf(kind: keyof typeof ROOTS): TemplateSchema {
  const entry = import.meta.resolve('@actions/workflow-parser');
  const read = (): string => readFileSync(new URL(`${kind}-v1.0.min.json`, entry), 'utf8');
  const schema = schemas.get(kind) ?? TemplateSchema.load(new JSONObjectReader(undefined, read()));
  schemas.set(kind, schema);
  return schema;
}

/** The job and the step at a position. An action has its steps below `runs`. */
function placeAt(root: TemplateToken | undefined, position: Position): string[] {
  const jobs = child(root, 'jobs');
  const all = jobs !== undefined && isMapping(jobs) ? [...jobs] : [];
  const job = all.find(({ value }) => surrounds(value, position));
  const place = job === undefined ? [] : [`job ${job.key.toString()}`];
  const list = child(job?.value ?? child(root, 'runs'), 'steps');
  const steps = list !== undefined && isSequence(list) ? [...list] : [];
  const at = steps.findIndex((step) => surrounds(step, position));
  if (at === -1) return place;
  const [name, id, uses] = ['name', 'id', 'uses'].map((key) => child(steps[at], key)?.toString());
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

/** The name of a step in messages. */
export function stepPlace(at: number, { name, id, uses }: { name?: unknown; id?: unknown; uses?: unknown }): string {
  const label = name ?? id ?? uses;
  return `step ${at + 1}${label === undefined ? '' : ` (${String(label)})`}`;
}
