import { checkAz, checkFirstAzCommand } from './az.ts';
import { checkClassic } from './classic.ts';
import { METHODS, toProduction } from './methods.ts';
import { checkSdksThroughAz } from './sdk.ts';
import type { SignIn } from './session.ts';

const signIn: SignIn = {
  ...toProduction(METHODS.user),
  env: ({ contoso }) => {
    // The classic CLI looks for its tokens in lower case.
    contoso.user.userPrincipalName = 'Ada@Contoso.com';
    return {};
  },
};

checkAz(signIn);
checkFirstAzCommand(signIn);
checkClassic(signIn, 'by-itself');
checkSdksThroughAz(signIn);
