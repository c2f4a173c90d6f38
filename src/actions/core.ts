/** What the action needs of the toolkit. The build shakes it, so that neither entry reads the rest: see scripts/build.ts. */
export {
  debug,
  error,
  exportVariable,
  getInput,
  getState,
  info,
  notice,
  saveState,
  setOutput,
  setSecret,
  warning,
} from '@actions/core';
