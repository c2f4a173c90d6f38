import { checkMethod } from './methods.ts';

checkMethod('certificate', 'by-itself');
