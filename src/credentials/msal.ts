/** The one door to MSAL, imported only dynamically so that it stays a chunk of its own. */
export { ConfidentialClientApplication } from '@azure/msal-node';
