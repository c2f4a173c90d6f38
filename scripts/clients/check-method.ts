/**
 * `node scripts/clients/check-method.ts FILE`: runs the checks in one file and prints each outcome as a line of JSON, for
 * `test-clients.ts`, which runs this in a fence.
 */
import { run } from 'node:test';
import { isSumOfFailures } from './table.ts';

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
  /** A check's own word on how the client that it looks at was signed in. */
  | { readonly kind: 'signed-in'; readonly client: string; readonly way: string };

/** A client command has its own, shorter limit; this one is for all clients after one way to sign in. */
const METHOD_LIMIT = 10 * 60_000;

if (import.meta.main) {
  const stream = run({ files: [process.argv[2] ?? ''], timeout: METHOD_LIMIT });
  stream.on('test:pass', ({ name, skip, details }) => {
    if (details.type === 'suite') return;
    const outcome = skip === undefined ? 'ok' : 'skip';
    print({ kind: 'check', outcome, name, milliseconds: details.duration_ms, reason: String(skip ?? '') });
  });
  stream.on('test:fail', ({ name, details }) => {
    if (isSumOfFailures(details.error)) return;
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
