/**
 * Preloaded into the built action: before the action writes the profile, creates the file that PAUSED_WRITES names and
 * waits until the file is removed.
 */
import { createRequire } from 'node:module';

const fs = createRequire(import.meta.url)('node:fs');
const { openSync, writeFileSync } = fs;
const sign = process.env['PAUSED_WRITES'] ?? '';

fs.openSync = (path, ...more) => {
  if (String(path).endsWith('azureProfile.json')) {
    writeFileSync(sign, '');
    while (fs.existsSync(sign)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  return openSync(path, ...more);
};
