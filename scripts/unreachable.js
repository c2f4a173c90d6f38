/** Takes the place of packages that no path of the action reaches: see replaced.ts. */
export default {};
