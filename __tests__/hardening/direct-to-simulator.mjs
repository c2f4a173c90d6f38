/**
 * Loaded into the built action by `NODE_OPTIONS=--import`: leads every connection that would leave the machine to the
 * simulator, so that what happens without a proxy can be tested anywhere. The action itself is unmodified.
 *
 * DIRECT_TO is JSON: `host`, `port`, and `log`, a file that gets the name of each host that was meant.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const { host, port, log } = JSON.parse(process.env['DIRECT_TO'] ?? '{}');
const { connect } = Socket.prototype;

Socket.prototype.connect = function (...args) {
  // Node's own callers pass an array of options and callback.
  const [options, ...rest] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof options !== 'object' || options.port !== 443) return Reflect.apply(connect, this, args);
  appendFileSync(log, `${options.host}\n`);
  return Reflect.apply(connect, this, [{ ...options, host, port }, ...rest]);
};
