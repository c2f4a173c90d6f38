import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionStep } from '../../simulator/job.ts';
import { expiryOf } from '../../src/core/jwt.ts';

/** What the SDKs read and what `az` reads of a federated session. */
function tokensOf(step: ActionStep): string[] {
  const folder = step.result.outputs['config-dir'] ?? '';
  const entries = readFileSync(join(folder, 'service_principal_entries.json'), 'utf8');
  const [entry] = JSON.parse(entries) as [{ client_assertion: string }];
  return [readFileSync(join(folder, 'federated-token'), 'utf8'), entry.client_assertion];
}

/** For how long one of them has been over, in milliseconds. */
export function staleMs(step: ActionStep): number {
  return Math.max(0, ...tokensOf(step).map((token) => Date.now() - expiryOf(token).getTime()));
}

/** A file of `/proc`: processes come and go while they are looked at. */
export function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
