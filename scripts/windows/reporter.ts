/** A reporter for `node --test` on Windows: one line for each test, and the reason for a failure. */
import { relative, sep } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { isSubtestsFailed } from '../clients/table.ts';

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.details.type !== 'suite') {
      yield data.skip === undefined ? `ok   ${title(data)}\n` : `skip ${title(data)} (${data.skip})\n`;
    }
    if (type === 'test:fail' && !isSubtestsFailed(data.details.error)) {
      yield `FAIL ${title(data)}\n${indented(reason(data.details.error))}\n`;
    }
  }
}

/** A test of the regular suite has the file name as a prefix. */
function title({ file = '', name }: { file?: string | undefined; name: string }): string {
  const path = relative('__tests__', file).replaceAll(sep, '/');
  return path.startsWith('windows/') ? name : `${path}: ${name}`;
}

function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? error.message);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '     ');
}
