/**
 * Says in one line what is missing where Node is too old to run TypeScript: `npm ci` brings a newer one by an install
 * script, which `--ignore-scripts` and some settings of npm leave out. It is JavaScript that Node 20 can run.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This needs Node 22.18 or newer and runs on ${process.versions.node}: npm ci ran without install scripts, so the Node it brings is missing. Run npm rebuild node --ignore-scripts=false, or install a newer Node.`,
  );
  process.exit(1);
}
