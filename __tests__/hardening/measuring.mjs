/** Preloaded into the built action: writes its peak memory in megabytes to the file MEASURED when it exits. */
import { writeFileSync } from 'node:fs';

process.once('exit', () => {
  writeFileSync(process.env['MEASURED'] ?? '', String(process.resourceUsage().maxRSS / 1024));
});
