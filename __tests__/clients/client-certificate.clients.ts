import { checkAz } from './az.ts';
import { checkClassic } from './classic.ts';
import { METHODS, toProduction } from './methods.ts';
import { checkSdks } from './sdk.ts';

const signIn = toProduction(METHODS.certificate);

checkAz(signIn);
checkClassic(signIn, 'by-itself');
checkSdks(signIn);
