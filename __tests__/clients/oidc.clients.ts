import { checkMethod } from './methods.ts';

checkMethod('oidc', 'never');
