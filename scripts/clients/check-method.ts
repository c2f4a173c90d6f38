/**
 * `node scripts/clients/check-method.ts FILE`: runs the checks in one file and prints each outcome as a line of JSON,
 * for `test-clients.ts`, which runs this in a fence.
 */
import { run } from 'node:test';
import { isSubtestsFailed } from './table.ts';

/** One line. */
export type Event =
  | {
      readonly kind: 'check';
      readonly outcome: 'ok' | 'FAIL' | 'skip';
      readonly name: string;
      readonly milliseconds: number;
      /** Why it failed or was skipped. */
      readonly reason: string;
    }
  /** How the client was signed in, as the check reported. */
  | { readonly kind: 'signed-in'; readonly client: string; readonly way: string };

/** For all clients of one method. A client command has a shorter limit. */
const METHOD_LIMIT = 10 * 60_000;

if (import.meta.main) {
  const stream = run({ files: [process.argv[2] ?? ''], timeout: METHOD_LIMIT });
  stream.on('test:pass', ({ name, skip, details }) => {
    if (details.type === 'suite') return;
    const outcome = skip === undefined ? 'ok' : 'skip';
    print({ kind: 'check', outcome, name, milliseconds: details.duration_ms, reason: String(skip ?? '') });
  });
  stream.on('test:fail', ({ name, details }) => {
    if (isSubtestsFailed(details.error)) return;
    print({ kind: 'check', outcome: 'FAIL', name, milliseconds: details.duration_ms, reason: reason(details.error) });
  });
  stream.on('test:diagnostic', ({ message }) => {
    const [, client, way] = /^(.+) is signed in by (.+)$/.exec(message) ?? [];
    if (client !== undefined && way !== undefined) print({ kind: 'signed-in', client, way });
  });
  stream.on('test:stderr', ({ message }) => process.stderr.write(message));
  await new Promise((resolve) => stream.once('end', resolve).resume());
}

function print(event: Event): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? cause.message : String(cause ?? error.message);
}
