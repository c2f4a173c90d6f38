import { checkMethod } from './methods.ts';

checkMethod('user', 'renews');
