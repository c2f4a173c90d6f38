import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { pod } from './pod.ts';
import { checkSdks } from './sdk.ts';
import { application, type SignIn } from './session.ts';

const signIn: SignIn = {
  env: pod,
  inputs: ({ identity }) => ({ ...identity, 'auth-type': 'workload-identity', subscription: 'Production' }),
  account: application,
};

checkAz(signIn);
checkClassic(signIn, 'never');
checkSdks(signIn);
