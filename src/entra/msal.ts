/**
 * The door to MSAL, imported only dynamically so that it stays a chunk of its own. The build leaves out of it what cannot
 * be reached.
 */
export { ConfidentialClientApplication, LogLevel } from '@azure/msal-node';
