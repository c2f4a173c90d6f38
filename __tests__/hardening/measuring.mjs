/**
 * Loaded into the built action by `NODE_OPTIONS=--import`: writes down what the process used when it ends. MEASURED names
 * the file, which gets JSON: processor time in milliseconds, the most memory in megabytes.
 */
import { writeFileSync } from 'node:fs';

process.once('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const used = { milliseconds: (userCPUTime + systemCPUTime) / 1000, megabytes: maxRSS / 1024 };
  writeFileSync(process.env['MEASURED'] ?? '', JSON.stringify(used));
});
