import type { Environment } from '../../src/core/machine.ts';
import type { SignInRequest } from '../../src/core/request.ts';
import type { SessionError } from '../../src/core/session-error.ts';
import { inputError, warningTexts } from '../../src/errors/inputs.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { defaultOf, INPUT_NAMES, type InputName } from '../../src/inputs/table.ts';

export type With = Readonly<Partial<Record<InputName, string>>>;
type RunnerOfStep = Parameters<typeof parseInputs>[0];

/** Mixed case, to show which ids become lower case. */
export const CLIENT = '11111111-2222-3333-4444-55555555ABCD';
export const TENANT = '72F988BF-86F1-41AF-91AB-2D7CD011DB47';
export const SUBSCRIPTION = 'AAAAAAAA-0000-4000-8000-000000000001';
export const OIDC: With = { 'client-id': CLIENT, 'tenant-id': TENANT };

/** A step as the action reads it: with the defaults of `action.yml`, and values trimmed. */
export function step(inputs: With, env: Environment = {}, platform: NodeJS.Platform = 'linux'): RunnerOfStep {
  const defaults = Object.fromEntries(INPUT_NAMES.map((name) => [name, defaultOf(name)]));
  const values: Readonly<Record<string, string>> = { ...defaults, ...inputs };
  return {
    env: { GITHUB_WORKSPACE: '/w', HOME: '/home/runner', ...env },
    platform,
    input: (name) => (values[name] ?? '').trim(),
    mask: () => undefined,
  };
}

/** The result of `parseInputs`, with the texts for the user. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly request: SignInRequest; readonly warnings: readonly string[] }
  | { readonly kind: 'rejected'; readonly error: SessionError; readonly warnings: readonly string[] };

export function outcome(runner: RunnerOfStep): Outcome {
  const parsed = parseInputs(runner);
  const warnings = warningTexts(parsed.warnings);
  if (parsed.kind === 'accepted') return { ...parsed, warnings };
  return { kind: 'rejected', error: inputError(parsed.errors), warnings };
}

export function parse(inputs: With, env: Environment = {}, platform: NodeJS.Platform = 'linux'): Outcome {
  return outcome(step(inputs, env, platform));
}

/** @throws {Error} if the inputs are rejected */
export function accepted(inputs: With, env: Environment = {}): SignInRequest {
  const parsed = parse(inputs, env);
  if (parsed.kind === 'rejected') throw new Error(`Rejected: ${parsed.error.report}`);
  return parsed.request;
}
