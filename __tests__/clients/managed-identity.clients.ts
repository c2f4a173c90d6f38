import { test } from 'node:test';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { World } from '../action/world.ts';
import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { checkSdks } from './sdk.ts';
import type { SignIn } from './session.ts';

/** A virtual machine: its metadata service is not to be asked through a proxy. */
const machine: Pick<SignIn, 'env' | 'simulator'> = {
  env: () => {
    const direct = `127.0.0.1,localhost,${METADATA_ADDRESS}`;
    return { NO_PROXY: direct, no_proxy: direct };
  },
  simulator: { managedIdentity: { host: METADATA_ADDRESS, port: 80 } },
};

const system: SignIn = {
  ...machine,
  inputs: () => ({ 'auth-type': 'managed-identity', subscription: 'Production' }),
  account: ({ contoso }: World) => ({
    name: 'systemAssignedIdentity',
    type: 'servicePrincipal',
    objectId: contoso.systemIdentity.objectId,
  }),
};

const assigned: SignIn = {
  ...machine,
  inputs: ({ contoso }) => ({
    'auth-type': 'managed-identity',
    'client-id': contoso.userIdentity.clientId,
    subscription: 'Production',
  }),
  account: ({ contoso }: World) => ({
    name: 'userAssignedIdentity',
    type: 'servicePrincipal',
    objectId: contoso.userIdentity.objectId,
  }),
};

if (isFenced()) {
  checkAz(system);
  checkAz(assigned, ', user-assigned');
  checkClassic(system, 'never');
  checkSdks(system);
  checkSdks(assigned, ', user-assigned');
} else {
  test('managed identity', { skip: `needs a network of its own, in which ${METADATA_ADDRESS} is this machine` });
}
