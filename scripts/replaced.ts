/**
 * Packages that are not bundled, although another one imports them. MSAL signs assertions by `jsonwebtoken`, with
 * fourteen packages behind it; the action signs its own and hands them to MSAL.
 */
export const REPLACED: readonly string[] = ['jsonwebtoken'];
