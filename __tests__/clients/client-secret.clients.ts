import { checkAz, checkFirstAzCommand } from './az.ts';
import { checkClassic } from './classic.ts';
import { checkSdks } from './sdk.ts';
import { application, type SignIn } from './session.ts';

const signIn: SignIn = {
  inputs: ({ secret }) => ({ ...secret, subscription: 'Production' }),
  account: application,
};

checkAz(signIn);
checkFirstAzCommand(signIn);
checkClassic(signIn, 'by-itself');
checkSdks({ ...signIn, inputs: ({ secret }) => ({ ...secret, 'export-secrets': 'true', subscription: 'Production' }) });
