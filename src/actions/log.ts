import { writeSync } from 'node:fs';

/**
 * Takes the place of `process.stdout`, by which core writes: Node's own loads 25 modules for the first line, 2.8 ms, and on
 * Windows it writes to a pipe later, where a process that ends at once loses lines.
 *
 * Where nobody reads the log any more, the session is made or undone all the same.
 */
export function writeLogAtOnce(): void {
  Object.defineProperty(process, 'stdout', { value: { write: writeWhole } });
}

const STDOUT = 1;

function writeWhole(text: string): boolean {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      // The pipe is full, and another process that shares it has made it one that does not wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}
