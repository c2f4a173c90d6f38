import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { SignIn } from './session.ts';

/** Why the checks of a machine with an identity are skipped, where they are. */
export const NO_MACHINE = isFenced()
  ? false
  : `needs a network of its own, in which ${METADATA_ADDRESS} is this machine`;

/** Where the simulated metadata service has to listen for clients that know its real address alone: in a fence. */
export const METADATA_SERVICE = { managedIdentity: { host: METADATA_ADDRESS, port: 80 } };

const direct = `127.0.0.1,localhost,${METADATA_ADDRESS}`;

/** A virtual machine's metadata service is not to be asked through a proxy. */
export const DIRECT_TO_METADATA = { NO_PROXY: direct, no_proxy: direct };

/** A job on a virtual machine that signs in as one of its identities. */
export function managedIdentity(kind: 'system-assigned' | 'user-assigned'): SignIn {
  return {
    env: () => DIRECT_TO_METADATA,
    simulator: METADATA_SERVICE,
    inputs: ({ contoso }) => ({
      'auth-type': 'managed-identity',
      ...(kind === 'system-assigned' ? {} : { 'client-id': contoso.userIdentity.clientId }),
      subscription: 'Production',
    }),
    account: ({ contoso }) => ({
      name: kind === 'system-assigned' ? 'systemAssignedIdentity' : 'userAssignedIdentity',
      type: 'servicePrincipal',
      objectId: (kind === 'system-assigned' ? contoso.systemIdentity : contoso.userIdentity).objectId,
    }),
  };
}
