/**
 * Imported packages that are not bundled. MSAL signs assertions with `jsonwebtoken`, which has fourteen dependencies;
 * the action signs its own assertions and passes them to MSAL. `@actions/core` requests ID tokens with its HTTP client,
 * which depends on undici; the action uses its own HTTP client.
 */
export const REPLACED: readonly string[] = ['jsonwebtoken', '@actions/http-client'];
