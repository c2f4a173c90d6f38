import { checkMethod } from './methods.ts';

checkMethod('user', 'by-itself');
