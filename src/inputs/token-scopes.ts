import type { InputContext } from './context.ts';
import { isGuid, isUri, oddity } from './forms.ts';
import type { Method } from './request.ts';

const DEFAULT = '/.default';

/** Resources and scopes as written. Of two that mean the same, a resource and its `/.default`, the first is kept. */
export function readTokenScopes({ inputs, findings }: InputContext, method: Method | undefined): readonly string[] {
  const lines = inputs.lines('token-scopes');
  if (lines.length > 0 && method === 'publish-settings') {
    findings.problem(
      '`token-scopes` does not go with publish settings: a management certificate gets no access tokens.',
    );
  }
  const scopes = new Map<string, string>();
  lines.forEach((line, at) => {
    if (!isScope(line)) {
      findings.problem(
        `Line ${at + 1} of \`token-scopes\` is neither a resource like https://vault.azure.net nor a scope like https://vault.azure.net/.default.${oddity(line) || inOneLine(line)}`,
      );
    }
    const scope = line.endsWith(DEFAULT) ? line : `${line}${DEFAULT}`;
    if (!scopes.has(scope)) scopes.set(scope, line);
  });
  return [...scopes.values()];
}

/** A resource is a URI or the id of an application; a query, a fragment or a misplaced `/.default` belongs to neither. */
function isScope(line: string): boolean {
  const resource = line.endsWith(DEFAULT) ? line.slice(0, -DEFAULT.length) : line;
  return (
    isGuid(resource) ||
    (isUri(resource) && !/[?#,;]|\/\.default/i.test(resource) && !/^https?:(?!\/\/[^/])/i.test(resource))
  );
}

function inOneLine(line: string): string {
  return /[,;]/.test(line) ? ' Write one a line.' : '';
}
