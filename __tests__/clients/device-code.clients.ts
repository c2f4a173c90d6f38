import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { METHODS, toProduction } from './methods.ts';
import { checkSdksThroughAz } from './sdk.ts';

const signIn = toProduction(METHODS['device code']);

checkAz(signIn);
checkClassic(signIn, 'by-itself');
checkSdksThroughAz(signIn);
