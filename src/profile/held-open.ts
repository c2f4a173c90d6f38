/**
 * Windows neither removes nor replaces a file that another program has open, nor always lets it be read: a client that
 * writes its profile, a virus scanner. Usually that program is done with it a moment later.
 */

/** In milliseconds, three and a half seconds together: short at first, since most programs hold a file for an instant. */
const PAUSES_MS = [10, 20, 40, 80, 160, 320, 640, 1000, 1230];

/** Whether somebody has the file open, on Windows. Elsewhere that hinders nobody. */
export function isHeldOpen(code: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
}

/**
 * Does something again, for some seconds, as long as another program is in the way.
 * @param isPassing which errors can pass by waiting
 * @throws what the last try threw
 */
export function patiently<T>(act: () => T, isPassing: (error: unknown) => boolean): T {
  for (const pause of PAUSES_MS) {
    try {
      return act();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  return act();
}
