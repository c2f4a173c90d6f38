/**
 * Loaded into the built action by `NODE_OPTIONS=--import`: writes down every process that it starts, with its arguments
 * and its environment. RECORDED_PROCESSES names the file, which gets a line of JSON for each.
 */
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const childProcess = createRequire(import.meta.url)('node:child_process');
const { ChildProcess } = childProcess;
const { spawn } = ChildProcess.prototype;

/** Every asynchronous way to start a process ends here. */
ChildProcess.prototype.spawn = function (options) {
  const { file, args, envPairs = [] } = options;
  appendFileSync(process.env['RECORDED_PROCESSES'], `${JSON.stringify({ file, args, envPairs })}\n`);
  return Reflect.apply(spawn, this, [options]);
};

for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
  childProcess[name] = () => {
    throw new Error(`${name} is not recorded`);
  };
}
