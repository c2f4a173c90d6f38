/**
 * Preloaded into the built action: redirects every connection to port 443 to the simulator, for tests without a proxy.
 *
 * DIRECT_TO is JSON: `host`, `port`, and `log`, a file that gets the name of each original host.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const { host, port, log } = JSON.parse(process.env['DIRECT_TO'] ?? '{}');
const { connect } = Socket.prototype;

Socket.prototype.connect = function (...args) {
  // Node calls it with one array of options and callback.
  const [options, ...rest] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof options !== 'object' || options.port !== 443) return Reflect.apply(connect, this, args);
  appendFileSync(log, `${options.host}\n`);
  return Reflect.apply(connect, this, [{ ...options, host, port }, ...rest]);
};
