import { test } from 'node:test';
import { checkAz, checkClassic } from './az.ts';
import { checkSdks } from './open-process.ts';
import { managedIdentity, NO_MACHINE } from './virtual-machine.ts';

const system = managedIdentity('system-assigned');
const assigned = managedIdentity('user-assigned');

if (NO_MACHINE === false) {
  checkAz(system);
  checkAz(assigned, ', user-assigned');
  checkClassic(system, 'never');
  checkSdks(system);
  checkSdks(assigned, ', user-assigned');
} else {
  test('managed identity', { skip: NO_MACHINE });
}
