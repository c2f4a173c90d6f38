/**
 * Loaded into the built action: once it has done its work and begins to write the profile, it makes the file that
 * PAUSED_WRITES names, and goes on when the file is gone.
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
