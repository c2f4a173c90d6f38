import { checkMethod } from './methods.ts';

checkMethod('certificate', 'renews');
