import { readPath } from './config-dir.ts';
import type { InputContext } from './context.ts';
import { servicePrincipal } from './principal.ts';
import type { CloudRequest, WorkloadIdentityRequest } from './request.ts';
import { needed, sentenceList } from './wording.ts';

/**
 * The variables a pod gets from the mutating webhook, by the input that takes their place.
 * Source: Azure/azure-workload-identity, "Mutating Admission Webhook".
 */
const POD_VARIABLES = {
  'client-id': 'AZURE_CLIENT_ID',
  'tenant-id': 'AZURE_TENANT_ID',
  'federated-token-file': 'AZURE_FEDERATED_TOKEN_FILE',
} as const;

type PodInput = keyof typeof POD_VARIABLES;

export function readWorkloadIdentity(
  context: InputContext,
  cloud: CloudRequest | undefined,
): WorkloadIdentityRequest | undefined {
  const lacking = reportMissing(context);
  const clientId = podValue(context, 'client-id');
  const tenantId = podValue(context, 'tenant-id');
  const file = podValue(context, 'federated-token-file');
  const tokenFile = file.value === '' ? undefined : readPath(context, file.name, file.value);
  const principal = servicePrincipal(
    context,
    { client: clientId.name, clientId: clientId.value, tenant: tenantId.name, tenantId: tenantId.value },
    cloud,
  );
  if (lacking || principal === undefined || tokenFile === undefined) return undefined;
  return { method: 'workload-identity', ...principal, tokenFile };
}

/** The input's value, else the pod's, and what a message calls it. An unusable input counts as empty: it is reported. */
function podValue({ inputs, env }: InputContext, input: PodInput): { name: string; value: string } {
  if (inputs.garbled(input)) return { name: `\`${input}\``, value: '' };
  if (inputs.given(input)) return { name: `\`${input}\``, value: inputs.text(input) };
  const variable = POD_VARIABLES[input];
  return { name: `${variable} of the pod`, value: (env[variable] ?? '').trim() };
}

function reportMissing(context: InputContext): boolean {
  const names = Object.keys(POD_VARIABLES) as PodInput[];
  const missing = names.filter((name) => !context.inputs.given(name) && podValue(context, name).value === '');
  if (missing.length === 0) return false;
  const variables = missing.map((name) => POD_VARIABLES[name]);
  const verb = missing.length === 1 ? 'is' : 'are';
  context.findings.problem(
    `Signing in as a workload identity needs ${needed(names, missing)} empty, and so ${verb} ${sentenceList(variables)} in the environment.`,
    'A pod has these variables when it carries the label `azure.workload.identity/use: "true"` and runs as a service account annotated with `azure.workload.identity/client-id`. In a container job they must be passed on to the container.',
  );
  return true;
}
