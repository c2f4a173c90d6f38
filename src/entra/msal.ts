/** Imported only dynamically, so that MSAL is a chunk of its own. The build removes unreachable code from it. */
export { ConfidentialClientApplication, LogLevel } from '@azure/msal-node';
