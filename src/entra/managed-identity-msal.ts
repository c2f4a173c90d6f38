/** Separate from `msal.ts`, so that each bundle contains only the MSAL classes that it uses. */
export { AuthError, ManagedIdentityApplication } from '@azure/msal-node';
