import { checkMethod } from './methods.ts';

checkMethod('device code', 'renews');
