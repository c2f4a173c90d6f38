import { sanitizeId, shellQuote } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import type { ManagedIdentityRequest } from '../core/request.ts';
import { type ErrorText, errorFactory } from '../core/session-error.ts';

type Identity = ManagedIdentityRequest['identity'];

const USE_OIDC = [
  'Or sign in by OIDC, which works on every runner and needs no secret either: give the user-assigned identity, or an application, a federated credential for this job, and set its `client-id` and `tenant-id`:',
  '| auth-type: oidc',
];

export const managedIdentityError = errorFactory({
  /** For a machine on which no identity endpoint can be reached. @param host where none answers @param reason why */
  none: (host: string, reason: string, env: Environment) => [
    'This runner has no managed identity.',
    `No identity endpoint answers at ${host} (${reason}). Managed identity works only on self-hosted runners on Azure: virtual machines, scale sets, AKS, App Service, Container Apps, and servers with the Azure Arc agent.${hostedNote(env, ' ')}`,
    'Run the job on a self-hosted runner in Azure that has an identity:',
    '| runs-on: self-hosted',
    ...USE_OIDC,
  ],
  /** For a machine that has an endpoint, but not this identity. @param words the endpoint's own, fit to be shown */
  notAssigned: (identity: Identity, words: string, env: Environment) => {
    const why = `The identity endpoint says: ${words}${hostedNote(env, '\n')}`;
    return identity.kind === 'system-assigned' ? noSystemAssigned(why) : noUserAssigned(identity.clientId, why);
  },
  /** For a machine with several user-assigned identities and a request that names none. */
  several: (words: string) => [
    'This runner has several managed identities, and `client-id` does not say which.',
    `The identity endpoint says: ${words}`,
    'Name one by its client id. This lists the identities that you see:',
    '$ az identity list --query "[].{name:name, clientId:clientId}" --output table',
  ],
  /** For every other answer. */
  refused: (host: string, status: number, words: string) => [
    `The identity endpoint ${host} refused a token (HTTP ${status}).`,
    words === '' ? 'It did not say why.' : `It says: ${words}`,
    'Check that no proxy or firewall of the runner answers in its place, and that the variables of the identity endpoint (IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT, MSI_SECRET) are those of this machine.',
    ...USE_OIDC,
  ],
  /** For a variable that should name an endpoint and does not. Its value is not quoted: nobody checked it. */
  malformedEndpoint: (variable: string) => [
    `The environment variable ${variable} does not hold an http URL.`,
    'It should name the endpoint that gives this machine the tokens of its managed identity.',
    `Correct ${variable}, or remove it.`,
  ],
  /** @param code of MSAL's `ManagedIdentityError`; its message is not shown, since it may quote a path from outside */
  unusable: (code: string) => [
    'The managed identity of this runner cannot be used.',
    ...(MSAL_ERRORS[code] ?? [
      `The identity endpoint gave an answer that is not documented (${code}).`,
      'Check that no other program answers in the place of the identity endpoint.',
      ...USE_OIDC,
    ]),
  ],
});

/** What MSAL finds wrong before or after it asked. The rest of its codes cannot come up here. */
const MSAL_ERRORS: Readonly<Record<string, readonly [why: string, ...next: string[]]>> = {
  unable_to_create_cloud_shell: [
    'MSI_ENDPOINT is set without MSI_SECRET, as in Azure Cloud Shell, which has no user-assigned identities.',
    'Leave `client-id` out, or remove MSI_ENDPOINT if the runner is not in Cloud Shell.',
  ],
  user_assigned_managed_identity_not_confirmed: [
    'The Azure Arc agent gave a token of the system-assigned identity: this version knows no other.',
    'Leave `client-id` out, or update the Azure Arc agent.',
  ],
  unable_to_read_secret_file: [
    "The Azure Arc agent wrote a key that the runner's user cannot read.",
    "Put the runner's user into the agent's group and restart the runner (on Windows: Hybrid agent extension applications):",
    '$ sudo usermod --append --groups himds RUNNER_USER',
  ],
  platform_not_supported: ['The Azure Arc agent exists for Linux and Windows only.', ...USE_OIDC],
};

/** GitHub-hosted runners are virtual machines in Azure, and yet nobody's who uses them. */
function hostedNote(env: Environment, separator: ' ' | '\n'): string {
  return env['RUNNER_ENVIRONMENT'] === 'github-hosted'
    ? `${separator}This job runs on a GitHub-hosted runner, which cannot have one.`
    : '';
}

function noSystemAssigned(why: string): ErrorText {
  return [
    'This runner has no system-assigned managed identity.',
    why,
    'Turn it on. For a virtual machine:',
    '$ az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP',
    'If the machine has a user-assigned identity, name it:',
    '| client-id: CLIENT_ID_OF_THE_IDENTITY',
    ...USE_OIDC,
  ];
}

function noUserAssigned(clientId: string, why: string): ErrorText {
  return [
    `The managed identity ${sanitizeId(clientId)} is not assigned to this runner.`,
    why,
    'Check that `client-id` is the client id of a user-assigned identity, not its object id or that of an application. This finds it:',
    `$ az identity list --query ${shellQuote(`[?clientId=='${clientId}'].{name:name, id:id}`)} --output table`,
    'Assign it to the machine, by the id that this prints. For a virtual machine:',
    '$ az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP --identities IDENTITY_RESOURCE_ID',
    "For the machine's own, system-assigned identity, leave `client-id` out.",
    ...USE_OIDC,
  ];
}
