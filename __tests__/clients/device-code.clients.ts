import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { checkSdksThroughAz } from './sdk.ts';
import { type SignIn, user } from './session.ts';

const signIn: SignIn = {
  env: ({ simulator, contoso }) => {
    simulator.deviceLogin.intervalSeconds = 1;
    simulator.deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 1 };
    return {};
  },
  inputs: ({ contoso }) => ({ 'auth-type': 'device-code', 'tenant-id': contoso.tenant.id, subscription: 'Production' }),
  account: user,
};

checkAz(signIn);
checkClassic(signIn, 'by-itself');
checkSdksThroughAz(signIn);
