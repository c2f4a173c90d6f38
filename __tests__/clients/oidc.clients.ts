import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { checkSdks } from './sdk.ts';
import { application, type SignIn } from './session.ts';

const signIn: SignIn = {
  inputs: ({ identity }) => ({ ...identity, subscription: 'Production' }),
  account: application,
};

checkAz(signIn);
checkClassic(signIn, 'never');
checkSdks(signIn);
