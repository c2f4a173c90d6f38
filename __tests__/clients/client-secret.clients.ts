import { checkMethod } from './methods.ts';

checkMethod('secret', 'by-itself');
