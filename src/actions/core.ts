/** The part of the toolkit that the action uses. The build removes the rest by tree shaking, see scripts/build.ts. */
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
