/**
 * Prints a one-line error if Node is too old to run TypeScript: `npm ci` installs a newer one with an install script,
 * which `--ignore-scripts` and some npm settings skip. This file is JavaScript that Node 20 can run.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This needs Node 22.18 or newer but runs on ${process.versions.node}: npm ci ran without install scripts, so its newer Node is missing. Run npm rebuild node --ignore-scripts=false, or install a newer Node.`,
  );
  process.exit(1);
}
