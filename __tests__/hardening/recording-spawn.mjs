/**
 * Preloaded into the built action: appends each process that it starts to the file RECORDED_PROCESSES, as a line of JSON
 * with arguments and environment.
 */
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const childProcess = createRequire(import.meta.url)('node:child_process');
const { ChildProcess } = childProcess;
const { spawn } = ChildProcess.prototype;

/** All asynchronous functions of `child_process` call this method. */
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
