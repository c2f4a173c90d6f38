/**
 * Packages that others ask for and that are not bundled, each with the module that takes its place: its path in the
 * compiled sources.
 */
export const REPLACED: Readonly<Record<string, string>> = { jsonwebtoken: 'credentials/jwt-signature.js' };
