import { test } from 'node:test';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { checkSdks } from './sdk.ts';
import { managedIdentity } from './virtual-machine.ts';

const system = managedIdentity('system-assigned');
const assigned = managedIdentity('user-assigned');

if (isFenced()) {
  checkAz(system);
  checkAz(assigned, ', user-assigned');
  checkClassic(system, 'never');
  checkSdks(system);
  checkSdks(assigned, ', user-assigned');
} else {
  test('managed identity', { skip: `needs a network of its own, in which ${METADATA_ADDRESS} is this machine` });
}
