/** Preloaded when an entry's modules are counted, but never when it is timed. Writes the list of Node's own modules. */
const { writeFileSync } = require('node:fs');

process.once('exit', () => {
  const loaded = process.moduleLoadList.flatMap((name) => name.match(/(?<=^NativeModule ).*/) ?? []);
  writeFileSync(process.env.LOADED_MODULES_FILE, JSON.stringify(loaded));
});
