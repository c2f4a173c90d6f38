/**
 * Packages that are not bundled, although another one imports them. MSAL signs assertions by `jsonwebtoken`, with
 * fourteen packages behind it; the action signs its own and hands them to MSAL. `@actions/core` asks for ID tokens by its
 * HTTP client, with undici behind it; the action asks by its own.
 */
export const REPLACED: readonly string[] = ['jsonwebtoken', '@actions/http-client'];
