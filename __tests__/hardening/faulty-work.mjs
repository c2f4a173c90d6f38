/** Preloaded into the built action: causes the unexpected fault that FAULTY_WORK names. */
import child_process from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';

/** A request without a response or an error, which keeps no process alive. */
class LostRequest extends EventEmitter {
  socket = null;
  end() {}
  destroy() {}
}

const { spawn } = child_process;
const { connect } = net.Socket.prototype;

const FAULTS = {
  'an empty event loop': () => {
    https.request = () => new LostRequest();
    net.Socket.prototype.connect = function (...args) {
      return Reflect.apply(connect, this, args).unref();
    };
  },
  'an uncaught error': () => {
    https.request = () => {
      setImmediate(() => {
        throw Object.assign(new Error('Zq7secret'), { code: 'EODD' });
      });
      return new LostRequest();
    };
  },
  'an uncaught text': () => {
    setTimeout(() => {
      throw 'Zq7secret';
    }, 50);
  },
  'an uncaught error between two attempts': () => {
    https.request = () => {
      const request = new LostRequest();
      setTimeout(() => request.emit('error', new Error('Zq7secret')), 50);
      return request;
    };
    setTimeout(() => {
      throw new RangeError('Zq7secret');
    }, 400);
  },
  'an uncaught error after the profile was written': () => {
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
  'a blocked thread': () => {
    fs.open(process.env['FAULTY_PIPE'], 'r', () => {});
  },
  'no home folder': () => {
    os.homedir = () => {
      throw new Error('no such user');
    };
  },
  'an error during a request': () => {
    fs.existsSync = () => {
      throw new Error('Zq7secret');
    };
  },
  'a closed log': () => {
    fs.writeSync = () => {
      throw Object.assign(new Error('EPIPE'), { code: 'EPIPE' });
    };
  },
};

FAULTS[process.env['FAULTY_WORK']]();
syncBuiltinESMExports();
