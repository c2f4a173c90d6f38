/** MSAL for managed identities, imported only dynamically; apart from `msal.ts`, so that neither path loads the other's. */
export { AuthError, ManagedIdentityApplication } from '@azure/msal-node';
