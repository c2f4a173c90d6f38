import type { InputContext } from './context.ts';
import type { CommandMode, Method } from './request.ts';

/** What classic Service Management accepts: management certificates and the tokens of users. */
const CLASSIC_METHODS: ReadonlySet<Method> = new Set(['publish-settings', 'password', 'device-code']);

/** The command mode, checked against the method; `undefined` when it is unknown. */
export function readMode({ inputs, findings }: InputContext, method: Method | undefined): CommandMode | undefined {
  const mode = inputs.choice('mode');
  if (mode === 'arm' && method === 'publish-settings') {
    findings.problem(
      '`publish-settings` needs `mode: asm`: a management certificate opens classic Service Management, not Resource Manager.',
    );
  }
  if (mode === 'asm' && method !== undefined && !CLASSIC_METHODS.has(method)) {
    findings.problem(
      `\`mode: asm\` does not go with ${method}: classic Service Management knows management certificates and users, but no service principals and no managed identities.`,
      'Use `mode: arm`, or sign in with `publish-settings` or as a user.',
    );
  }
  return mode;
}
