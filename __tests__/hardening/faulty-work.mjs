/**
 * Loaded into the built action by `NODE_OPTIONS=--import`: faults that nobody thinks of. FAULTY_WORK names one.
 * The action itself is unmodified.
 */
import child_process from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';

/** A request that never says anything again, and keeps no process alive. */
class LostRequest extends EventEmitter {
  socket = null;
  end() {}
  destroy() {}
}

const { spawn } = child_process;
const { connect } = net.Socket.prototype;

const FAULTS = {
  'nothing left to wait for': () => {
    https.request = () => new LostRequest();
    net.Socket.prototype.connect = function (...args) {
      return Reflect.apply(connect, this, args).unref();
    };
  },
  'an error that nobody catches': () => {
    https.request = () => {
      setImmediate(() => {
        throw new Error('Zq7secret');
      });
      return new LostRequest();
    };
  },
  'an error that nobody catches between two tries': () => {
    https.request = () => {
      const request = new LostRequest();
      setTimeout(() => request.emit('error', new Error('Zq7secret')), 50);
      return request;
    };
    setTimeout(() => {
      throw new RangeError('Zq7secret');
    }, 400);
  },
  'an error that nobody catches after the profile was written': () => {
    child_process.spawn = (...args) => {
      setTimeout(() => {
        throw new TypeError('Zq7secret');
      }, 300);
      return Reflect.apply(spawn, child_process, args);
    };
  },
  'work that never ends': () => {
    https.request = () => new LostRequest();
    AbortSignal.timeout = () => new AbortController().signal;
    setInterval(() => {}, 1000);
  },
  'a thread that waits for the system': () => {
    fs.open(process.env['FAULTY_PIPE'], 'r', () => {});
  },
  'no home folder': () => {
    os.homedir = () => {
      throw new Error('no such user');
    };
  },
  'a failure while a request is under way': () => {
    fs.existsSync = () => {
      throw new Error('Zq7secret');
    };
  },
  'nobody reads the log': () => {
    fs.writeSync = () => {
      throw Object.assign(new Error('EPIPE'), { code: 'EPIPE' });
    };
  },
};

FAULTS[process.env['FAULTY_WORK']]();
syncBuiltinESMExports();
