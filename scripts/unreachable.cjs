/** Takes the place of packages and modules that no path of the action reaches: see replaced.ts and build.ts. */
module.exports = {};
