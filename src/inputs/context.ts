import type { Environment } from '../runner/runner.ts';
import type { Findings } from './problems.ts';
import type { InputReader } from './reader.ts';

/** What every part of the parsing works on. */
export interface InputContext {
  readonly inputs: InputReader;
  readonly findings: Findings;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}
