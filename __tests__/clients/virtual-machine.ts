import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { SignIn } from './session.ts';

/** The reason to skip the checks of a machine with an identity; `false` to run them. */
export const NO_MACHINE = isFenced() ? false : `needs a separate network in which ${METADATA_ADDRESS} is this machine`;

/** The real address of the metadata service, which the simulator can use only in a fence. */
export const METADATA_SERVICE = { managedIdentity: { host: METADATA_ADDRESS, port: 80 } };

const direct = `127.0.0.1,localhost,${METADATA_ADDRESS}`;

/** Keeps requests to the metadata service away from the proxy. */
export const DIRECT_TO_METADATA = { NO_PROXY: direct, no_proxy: direct };

export function managedIdentity(kind: 'system-assigned' | 'user-assigned'): SignIn {
  const isUser = kind === 'user-assigned';
  return {
    env: () => DIRECT_TO_METADATA,
    simulator: METADATA_SERVICE,
    inputs: ({ contoso }) => ({
      'auth-type': 'managed-identity',
      ...(isUser ? { 'client-id': contoso.userIdentity.clientId } : {}),
      subscription: 'Production',
    }),
    account: ({ contoso }) => {
      const { objectId } = isUser ? contoso.userIdentity : contoso.systemIdentity;
      return { name: isUser ? 'userAssignedIdentity' : 'systemAssignedIdentity', type: 'servicePrincipal', objectId };
    },
  };
}
