import { podVariables } from '../../simulator/workflow/pod.ts';
import type { World } from '../action/world.ts';
import { checkAz, checkClassic, checkFirstAzCommand } from './az.ts';
import { checkSdks, WITH_CLI } from './open-process.ts';
import { application, type SignIn, user, type Variables } from './session.ts';

export const MEMORY = { 'credential-store': 'memory' };

/** The sign-in methods of any machine. */
export const METHODS = {
  oidc: { inputs: ({ identity }) => identity, account: application },
  secret: { inputs: ({ secret }) => secret, account: application },
  'secret, exported': { inputs: ({ secret }) => ({ ...secret, 'export-secrets': 'true' }), account: application },
  certificate: { inputs: ({ certificate }) => certificate, account: application },
  'workload identity': {
    env: ({ simulator, contoso }) => podVariables(simulator, contoso),
    inputs: ({ identity }) => ({ ...identity, 'auth-type': 'workload-identity' }),
    account: application,
  },
  user: {
    prepare: ({ contoso }) => {
      // The classic CLI looks up its tokens in lower case.
      contoso.user.userPrincipalName = 'Ada@Contoso.com';
    },
    inputs: ({ contoso, user: person }) => ({ 'tenant-id': contoso.tenant.id, ...person }),
    account: user,
  },
  'device code': {
    prepare: enterDeviceCode,
    inputs: ({ contoso }) => ({ 'auth-type': 'device-code', 'tenant-id': contoso.tenant.id }),
    account: user,
  },
} satisfies Readonly<Record<string, SignIn>>;

export function enterDeviceCode({ simulator: { deviceLogin }, contoso }: World): void {
  deviceLogin.intervalSeconds = 1;
  deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 1 };
}

export function withInputs(signIn: SignIn, inputs: Variables): SignIn {
  return { ...signIn, inputs: (world) => ({ ...signIn.inputs(world), ...inputs }) };
}

export function toProduction(signIn: SignIn, inputs: Variables = {}): SignIn {
  return withInputs(signIn, { subscription: 'Production', ...inputs });
}

/** Checks the command lines and the SDKs. Each method has a file, so that the methods run in parallel. */
export function checkMethod(method: keyof typeof METHODS, classicRenewal: 'renews' | 'never'): void {
  const signIn = toProduction(METHODS[method]);
  checkAz(signIn);
  checkClassic(signIn, classicRenewal);
  if (method === 'secret' || method === 'user') checkFirstAzCommand(signIn);
  if (method === 'user' || method === 'device code') checkSdks(signIn, ', through az', WITH_CLI);
  else checkSdks(method === 'secret' ? toProduction(METHODS['secret, exported']) : signIn);
}
