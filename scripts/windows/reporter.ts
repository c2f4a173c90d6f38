/** How `node --test` on the Windows side tells what it found: one line a test, and the reason of one that failed. */
import type { TestEvent } from 'node:test/reporters';

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.details.type !== 'suite') {
      yield data.skip === undefined ? `ok   ${data.name}\n` : `skip ${data.name} (${data.skip})\n`;
    }
    if (type === 'test:fail') yield `FAIL ${data.name}\n${indented(reason(data.details.error))}\n`;
  }
}

function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? error.message);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '     ');
}
