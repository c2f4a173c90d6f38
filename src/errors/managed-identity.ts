import type { Environment } from '../core/machine.ts';
import { sanitizeId, shellQuote } from '../core/sanitize.ts';
import { type ErrorText, errorFactory } from '../core/session-error.ts';

const USE_OIDC = [
  'Or sign in with OIDC, which works on every runner and needs no secret either. Add a federated credential for this job to the user-assigned identity or to an application, set its `client-id` and `tenant-id`, and set:',
  '| auth-type: oidc',
];

export const managedIdentityError = errorFactory({
  /** For a machine without a reachable identity endpoint. @param reason why the request to `host` failed */
  none: (host: string, reason: string, env: Environment) => [
    'This runner has no managed identity.',
    `No identity endpoint responds at ${host} (${reason}). Managed identity works only on self-hosted runners on Azure: virtual machines, scale sets, AKS, App Service, Container Apps, and servers with the Azure Arc agent.${hostedNote(env, ' ')}`,
    'Run the job on a self-hosted runner in Azure that has an identity:',
    '| runs-on: self-hosted',
    ...USE_OIDC,
  ],
  /** For a machine that has an endpoint, but not this identity. @param message of the endpoint, safe to show */
  notAssigned: (clientId: string, message: string, env: Environment) => {
    const why = `The identity endpoint says: ${message}${hostedNote(env, '\n')}`;
    return clientId === '' ? noSystemAssigned(why) : noUserAssigned(clientId, why);
  },
  /** For a machine with several user-assigned identities and a request without a client id. */
  several: (message: string) => [
    'This runner has several managed identities, and `client-id` does not say which.',
    `The identity endpoint says: ${message}`,
    'Set `client-id` to the client id of one of them. This command lists the identities in the current subscription of `az`:',
    '$ az identity list --query "[].{name:name, clientId:clientId}" --output table',
  ],
  /** For every other error response. */
  refused: (host: string, status: number, message: string) => [
    `The identity endpoint ${host} did not issue a token (HTTP ${status}).`,
    message === '' ? 'It gave no reason.' : `It says: ${message}`,
    'Check that no proxy or firewall of the runner responds instead of the endpoint, and that its variables (IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT, MSI_SECRET) are those of this machine.',
    ...USE_OIDC,
  ],
  /** For a variable that is not the URL of an endpoint. Its value is unchecked, so it is not quoted. */
  malformedEndpoint: (variable: string) => [
    `The environment variable ${variable} is not an http URL.`,
    'It must be the URL of the endpoint that issues tokens for the managed identity of this machine.',
    `Correct ${variable}, or remove it.`,
  ],
  /** @param code of MSAL's `ManagedIdentityError`; its message is not shown, since it may quote an untrusted path */
  unusable: (code: string) => [
    'The managed identity of this runner cannot be used.',
    ...(MSAL_ERRORS[code] ?? [
      `The identity endpoint sent an undocumented response (${code}).`,
      'Check that no other program responds instead of the identity endpoint.',
      ...USE_OIDC,
    ]),
  ],
});

/** Errors that MSAL itself detects. Its other codes cannot occur here. */
const MSAL_ERRORS: Readonly<Record<string, readonly [why: string, ...next: string[]]>> = {
  unable_to_create_cloud_shell: [
    'MSI_ENDPOINT is set without MSI_SECRET, as in Azure Cloud Shell, which has no user-assigned identities.',
    'Leave `client-id` out, or remove MSI_ENDPOINT if the runner is not in Cloud Shell.',
  ],
  user_assigned_managed_identity_not_confirmed: [
    'The Azure Arc agent issued a token for the system-assigned identity: this version supports no other identity.',
    'Leave `client-id` out, or update the Azure Arc agent.',
  ],
  unable_to_read_secret_file: [
    "The Azure Arc agent wrote a key file that the runner's user cannot read.",
    "Add the runner's user to the agent's group (on Windows: Hybrid agent extension applications), and restart the runner:",
    '$ sudo usermod --append --groups himds RUNNER_USER',
  ],
  platform_not_supported: ['The Azure Arc agent exists for Linux and Windows only.', ...USE_OIDC],
};

/** GitHub-hosted runners are virtual machines in Azure, so users may expect them to have a managed identity. */
function hostedNote(env: Environment, separator: ' ' | '\n'): string {
  return env['RUNNER_ENVIRONMENT'] === 'github-hosted'
    ? `${separator}This job runs on a GitHub-hosted runner, which cannot have a managed identity.`
    : '';
}

function noSystemAssigned(why: string): ErrorText {
  return [
    'This runner has no system-assigned managed identity.',
    why,
    'Turn it on, for example for a virtual machine:',
    '$ az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP',
    'If the machine has a user-assigned identity, set its client id:',
    '| client-id: CLIENT_ID_OF_THE_IDENTITY',
    ...USE_OIDC,
  ];
}

function noUserAssigned(clientId: string, why: string): ErrorText {
  return [
    `The managed identity ${sanitizeId(clientId)} is not assigned to this runner.`,
    why,
    'Check that `client-id` is the client id of a user-assigned identity, not its object id or the id of an application. This command finds the identity if it is in the current subscription of `az`:',
    `$ az identity list --query ${shellQuote(`[?clientId=='${clientId}'].{name:name, id:id}`)} --output table`,
    'Assign the identity to the machine by the resource id that the command prints, for example for a virtual machine:',
    '$ az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP --identities IDENTITY_RESOURCE_ID',
    'To use the system-assigned identity of the machine, leave `client-id` out.',
    ...USE_OIDC,
  ];
}
