import type { Environment } from '../core/machine.ts';
import type { Session } from '../core/session.ts';
import { urlOf, urlWithSecret } from '../core/token-endpoint.ts';
import type { ExportedVariable, VariableFamily } from './variables.ts';

/**
 * Where clients find the agent that has the credential: the variables of App Service, of which `az` before 2.69 knows the
 * older ones alone. Terraform's own are in its family. All replace those of the machine, whose identity is not the job's.
 * Source: azure-cli, `azure/cli/core/auth/adal_authentication.py`; the managed identity clients of the Azure SDKs.
 */
export function endpointFamilies(session: Session, env: Environment): VariableFamily[] {
  if (session.kind !== 'account' || session.material.kind !== 'token-endpoint') return [];
  const { endpoint } = session.material;
  return [
    {
      // With it, clients take the endpoint for that of a Service Fabric.
      owned: ['IDENTITY_SERVER_THUMBPRINT'],
      variables: [
        { name: 'IDENTITY_ENDPOINT', value: urlOf(endpoint), content: 'plain' },
        { name: 'IDENTITY_HEADER', value: endpoint.secret, content: 'secret' },
        { name: 'MSI_ENDPOINT', value: urlWithSecret(endpoint), content: 'secret' },
        { name: 'MSI_SECRET', value: endpoint.secret, content: 'secret' },
      ],
      replacing: 'warn',
    },
    { owned: [], variables: withoutProxy(env), replacing: 'silent' },
  ];
}

/** Python, Node and `az` would send the secret to the proxy, which cannot reach this machine's loopback. */
function withoutProxy(env: Environment): ExportedVariable[] {
  if (!Object.entries(env).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value !== '')) return [];
  return (['NO_PROXY', 'no_proxy'] as const).map((name) => {
    const bypassed = env[name] || env['no_proxy'] || env['NO_PROXY'] || '';
    // To Python, blanks separate nothing, and `*` means all only where it stands alone.
    const isBypassed = bypassed === '*' || bypassed.split(',').some((entry) => entry.trim() === '127.0.0.1');
    // Exported also where it is so already: the earlier login that made it so takes it back when it ends.
    return { name, value: isBypassed ? bypassed : [bypassed, '127.0.0.1'].filter(Boolean).join(','), content: 'plain' };
  });
}
