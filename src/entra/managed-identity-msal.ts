/** MSAL for managed identities, apart from `msal.ts`, so that neither path loads the other's. The build shakes both. */
export { AuthError, ManagedIdentityApplication } from '@azure/msal-node';
