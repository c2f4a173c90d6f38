import { checkAz, checkFirstAzCommand } from './az.ts';
import { checkClassic } from './classic.ts';
import { checkSdksThroughAz } from './sdk.ts';
import { type SignIn, user } from './session.ts';

const signIn: SignIn = {
  env: ({ contoso }) => {
    // The classic CLI looks for its tokens in lower case.
    contoso.user.userPrincipalName = 'Ada@Contoso.com';
    return {};
  },
  inputs: ({ contoso }) => ({
    'tenant-id': contoso.tenant.id,
    username: contoso.user.userPrincipalName,
    password: contoso.password,
    subscription: 'Production',
  }),
  account: user,
};

checkAz(signIn);
checkFirstAzCommand(signIn);
checkClassic(signIn, 'by-itself');
checkSdksThroughAz(signIn);
