/** Loaded ahead of an entry that is counted, never of one that is timed: tells which of Node's own modules it loaded. */
const { writeFileSync } = require('node:fs');

process.once('exit', () => {
  const loaded = process.moduleLoadList.flatMap((name) => name.match(/(?<=^NativeModule ).*/) ?? []);
  writeFileSync(process.env.LOADED_MODULES_FILE, JSON.stringify(loaded));
});
