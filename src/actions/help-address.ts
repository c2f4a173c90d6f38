import type { Environment } from '../core/machine.ts';

/**
 * Where the documentation explains a failure, at the version of the action in use.
 * @returns `''` for a local action, which the runner gives no repository
 * Source: GitHub Docs, "Variables reference", "Default environment variables".
 */
export function helpAddress(message: string, env: Environment): string {
  const {
    GITHUB_SERVER_URL: server = '',
    GITHUB_ACTION_REPOSITORY: repository = '',
    GITHUB_ACTION_REF: ref = '',
  } = env;
  const page = `${server}/${repository}/blob/${ref}/docs/troubleshooting.md`;
  // A step that sets these variables must not lead elsewhere, or end the link in the summary.
  return /^https:\/\/[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+\/blob\/[\w./-]+$/.test(page) && !/\/\.\.?\//.test(page)
    ? `${page}#${helpAnchor(message)}`
    : '';
}

/**
 * The anchor for a message: its code, or else its words in lower case, since values from outside are rarely such words.
 * A message that the page does not have leads to the top of the page.
 */
export function helpAnchor(message: string): string {
  const [, code] = /: (\w+) \([^)]*\)\.$/.exec(message) ?? [];
  const own = message.replaceAll(/"[^"]*"|`[^`]*`/g, '');
  const words = code === undefined ? (own.match(/(?<=^| )[a-z-]+(?=[ ,.:;]|$)/g) ?? []) : [code];
  return words.join('-').toLowerCase().replaceAll('_', '-');
}
