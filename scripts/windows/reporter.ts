/** How `node --test` on the Windows side tells what it found: one line a test, and the reason of one that failed. */
import { relative, sep } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { isSumOfFailures } from '../clients/table.ts';

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.details.type !== 'suite') {
      yield data.skip === undefined ? `ok   ${title(data)}\n` : `skip ${title(data)} (${data.skip})\n`;
    }
    if (type === 'test:fail' && !isSumOfFailures(data.details.error)) {
      yield `FAIL ${title(data)}\n${indented(reason(data.details.error))}\n`;
    }
  }
}

/** The name of a test of the suite comes after that of its file. */
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
