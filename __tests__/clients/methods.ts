import { podVariables } from '../../simulator/workflow/pod.ts';
import { checkAz, checkClassic, checkFirstAzCommand } from './az.ts';
import { checkSdks, WITH_CLI } from './open-process.ts';
import { application, type SignIn, user } from './session.ts';

type Inputs = Readonly<Record<string, string>>;

/** Ways to sign in, on any machine. */
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
    env: ({ contoso }) => {
      // The classic CLI looks for its tokens in lower case.
      contoso.user.userPrincipalName = 'Ada@Contoso.com';
      return {};
    },
    inputs: ({ contoso: { tenant, user: person, password } }) => ({
      'tenant-id': tenant.id,
      username: person.userPrincipalName,
      password,
    }),
    account: user,
  },
  'device code': {
    env: ({ simulator, contoso }) => {
      simulator.deviceLogin.intervalSeconds = 1;
      simulator.deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 1 };
      return {};
    },
    inputs: ({ contoso }) => ({ 'auth-type': 'device-code', 'tenant-id': contoso.tenant.id }),
    account: user,
  },
} satisfies Readonly<Record<string, SignIn>>;

export function withInputs(signIn: SignIn, inputs: Inputs): SignIn {
  return { ...signIn, inputs: (world) => ({ ...signIn.inputs(world), ...inputs }) };
}

/** To the one of several subscriptions that clients are tested with. */
export function toProduction(signIn: SignIn, inputs: Inputs = {}): SignIn {
  return withInputs(signIn, { subscription: 'Production', ...inputs });
}

/** The command lines and the SDKs after one method; each has a file, so that they run side by side. */
export function checkMethod(method: keyof typeof METHODS, renewalOfClassic: 'by-itself' | 'never'): void {
  const signIn = toProduction(METHODS[method]);
  checkAz(signIn);
  checkClassic(signIn, renewalOfClassic);
  if (method === 'secret' || method === 'user') checkFirstAzCommand(signIn);
  if (method === 'user' || method === 'device code') checkSdks(signIn, ', by way of az', WITH_CLI);
  else checkSdks(method === 'secret' ? toProduction(METHODS['secret, exported']) : signIn);
}
