import { checkMethod } from './methods.ts';

checkMethod('workload identity', 'never');
