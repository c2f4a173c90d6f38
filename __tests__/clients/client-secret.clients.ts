import { checkMethod } from './methods.ts';

checkMethod('secret', 'renews');
