import type { Environment } from '../../src/core/machine.ts';
import type { SignInRequest } from '../../src/core/request.ts';
import type { SessionError } from '../../src/core/session-error.ts';
import { inputError, warningTexts } from '../../src/errors/inputs.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { defaultOf, INPUT_NAMES, type InputName } from '../../src/inputs/table.ts';

export type With = Readonly<Partial<Record<InputName, string>>>;
export type RunnerOfStep = {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  input(name: string): string;
  mask(secret: string): void;
};

/** The ids of every example. The mixed case shows what is made lower case. */
export const CLIENT = '11111111-2222-3333-4444-55555555ABCD';
export const TENANT = '72F988BF-86F1-41AF-91AB-2D7CD011DB47';
export const SUBSCRIPTION = 'AAAAAAAA-0000-4000-8000-000000000001';
export const OIDC: With = { 'client-id': CLIENT, 'tenant-id': TENANT };

/** A step as the runner passes it on: defaults of `action.yml` filled in, white space at both ends removed. */
export function step(inputs: With, env: Environment = {}, platform: NodeJS.Platform = 'linux'): RunnerOfStep {
  const filled: Readonly<Record<string, string>> = {
    ...Object.fromEntries(INPUT_NAMES.map((name) => [name, defaultOf(name)])),
    ...inputs,
  };
  return {
    env: { GITHUB_WORKSPACE: '/w', HOME: '/home/runner', ...env },
    platform,
    input: (name) => (filled[name] ?? '').trim(),
    mask: () => undefined,
  };
}

/** What `parseInputs` finds, with the texts that the user reads. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly request: SignInRequest; readonly warnings: readonly string[] }
  | { readonly kind: 'rejected'; readonly error: SessionError; readonly warnings: readonly string[] };

export function outcome(runner: RunnerOfStep): Outcome {
  const parsed = parseInputs(runner);
  const warnings = warningTexts(parsed.warnings);
  return parsed.kind === 'rejected'
    ? { kind: 'rejected', error: inputError(parsed.errors), warnings }
    : { ...parsed, warnings };
}

export function parse(inputs: With, env: Environment = {}, platform: NodeJS.Platform = 'linux'): Outcome {
  return outcome(step(inputs, env, platform));
}

/** The request of a step that must be accepted. */
export function accepted(inputs: With, env: Environment = {}): SignInRequest {
  const parsed = parse(inputs, env);
  if (parsed.kind === 'rejected') throw new Error(`Rejected: ${parsed.error.report}`);
  return parsed.request;
}
