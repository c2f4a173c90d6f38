/** @returns the result of an action; `undefined` if it throws, for errors that do not matter */
export function ignoreErrors<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
