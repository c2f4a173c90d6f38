/**
 * Lets what waits at the network go on, before work that holds the thread for milliseconds: a name that was resolved, a
 * connection that came about. Loading a module does not: it is synchronous to its end.
 */
export function yieldToNetwork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
