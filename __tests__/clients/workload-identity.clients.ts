import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { METHODS, toProduction } from './methods.ts';
import { checkSdks } from './sdk.ts';

const signIn = toProduction(METHODS['workload identity']);

checkAz(signIn);
checkClassic(signIn, 'never');
checkSdks(signIn);
