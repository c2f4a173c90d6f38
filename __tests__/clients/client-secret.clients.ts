import { checkAz, checkFirstAzCommand } from './az.ts';
import { checkClassic } from './classic.ts';
import { METHODS, toProduction } from './methods.ts';
import { checkSdks } from './sdk.ts';

const signIn = toProduction(METHODS.secret);

checkAz(signIn);
checkFirstAzCommand(signIn);
checkClassic(signIn, 'by-itself');
checkSdks(toProduction(METHODS['secret, exported']));
