/** Replaces packages and modules that the action never uses: see replaced.ts and build.ts. */
module.exports = {};
