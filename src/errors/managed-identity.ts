import { quotableId } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import type { ManagedIdentityRequest } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { shellWord } from './templates.ts';

type Identity = ManagedIdentityRequest['identity'];

const WHERE_IT_WORKS =
  'Managed identity works on self-hosted runners on Azure only: virtual machines, scale sets, AKS, App Service, Container Apps, and servers with the Azure Arc agent.';
const OWN_RUNNER: Step = {
  say: 'Run the job on a self-hosted runner in Azure that has an identity:',
  yaml: 'runs-on: self-hosted',
};
const USE_OIDC: Step = {
  say: 'Or sign in by OIDC, which works on every runner and needs no secret either: give the user-assigned identity, or an application, a federated credential for this job, and set its `client-id` and `tenant-id`:',
  yaml: 'auth-type: oidc',
};

/** For a machine on which no identity endpoint can be reached: `missing` says at which host, and why. */
export function noManagedIdentity(missing: Error & { readonly host: string }, env: Environment): SessionError {
  return new SessionError('This runner has no managed identity.', {
    why: `No identity endpoint answers at ${missing.host} (${missing.message}). ${WHERE_IT_WORKS}${hostedNote(env, ' ')}`,
    next: [OWN_RUNNER, USE_OIDC],
    cause: missing,
  });
}

/** GitHub-hosted runners are virtual machines in Azure, and yet nobody's who uses them. */
function hostedNote(env: Environment, separator: ' ' | '\n'): string {
  return env['RUNNER_ENVIRONMENT'] === 'github-hosted'
    ? `${separator}This job runs on a GitHub-hosted runner, which can be given none.`
    : '';
}

/**
 * For a machine that has an identity endpoint, but not this identity.
 * @param words the endpoint's own, fit to be shown
 */
export function identityNotAssigned(identity: Identity, words: string, env: Environment): SessionError {
  const why = `The identity endpoint says: ${words}${hostedNote(env, '\n')}`;
  if (identity.kind === 'system-assigned') {
    return new SessionError('This runner has no system-assigned managed identity.', {
      why,
      next: [
        {
          say: 'Switch it on; for a virtual machine:',
          command: 'az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP',
        },
        { say: 'If the machine has a user-assigned identity, name it:', yaml: 'client-id: CLIENT_ID_OF_THE_IDENTITY' },
        USE_OIDC,
      ],
    });
  }
  const { clientId } = identity;
  return new SessionError(`The managed identity ${quotableId(clientId)} is not assigned to this runner.`, {
    why,
    next: [
      {
        say: 'Check that `client-id` is the client id of a user-assigned identity, not its object id or that of an application. This finds it:',
        command: `az identity list --query ${shellWord(`[?clientId=='${clientId}'].{name:name, id:id}`)} --output table`,
      },
      {
        say: 'Assign it to the machine, by the id that this prints; for a virtual machine:',
        command:
          'az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP --identities IDENTITY_RESOURCE_ID',
      },
      "For the machine's own, system-assigned identity, leave `client-id` out.",
      USE_OIDC,
    ],
  });
}

/** For a machine with several user-assigned identities and a request that names none. */
export function severalIdentities(words: string): SessionError {
  return new SessionError('This runner has several managed identities, and `client-id` does not say which.', {
    why: `The identity endpoint says: ${words}`,
    next: [
      {
        say: 'Name one by its client id; this lists those that you see:',
        command: 'az identity list --query "[].{name:name, clientId:clientId}" --output table',
      },
    ],
  });
}

/** For every other error. */
export function endpointRefused(host: string, status: number, words: string): SessionError {
  return new SessionError(`The identity endpoint ${host} refused a token (HTTP ${status}).`, {
    why: words === '' ? 'It did not say why.' : `It says: ${words}`,
    next: [
      'See that no proxy or firewall of the runner answers in its place, and that the variables of the identity endpoint (IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT, MSI_SECRET) are those of this machine.',
      USE_OIDC,
    ],
  });
}

/** For a variable that should name an identity endpoint and does not. Its value is not quoted: nobody checked it. */
export function malformedEndpoint(variable: string): SessionError {
  return new SessionError(`The environment variable ${variable} does not hold an http URL.`, {
    why: 'It should name the endpoint that gives this machine the tokens of its managed identity.',
    next: [`Correct ${variable}, or remove it.`],
  });
}

/** What MSAL finds wrong before or after it asked. The rest of its codes cannot come up here. */
const MSAL_ERRORS: Readonly<Record<string, { readonly why: string; readonly next: readonly (string | Step)[] }>> = {
  unable_to_create_cloud_shell: {
    why: 'MSI_ENDPOINT is set without MSI_SECRET, as in Azure Cloud Shell, which has no user-assigned identities.',
    next: ['Leave `client-id` out, or remove MSI_ENDPOINT if the runner is not in Cloud Shell.'],
  },
  user_assigned_managed_identity_not_confirmed: {
    why: 'The Azure Arc agent gave a token of the system-assigned identity: this version knows no other.',
    next: ['Leave `client-id` out, or update the Azure Arc agent.'],
  },
  unable_to_read_secret_file: {
    why: "The Azure Arc agent wrote a key that the runner's user may not read.",
    next: [
      {
        say: "Put the runner's user into the agent's group and restart the runner (on Windows: Hybrid agent extension applications):",
        command: 'sudo usermod --append --groups himds RUNNER_USER',
      },
    ],
  },
  platform_not_supported: {
    why: 'The Azure Arc agent exists for Linux and Windows only.',
    next: [USE_OIDC],
  },
};

/** @param code of MSAL's `ManagedIdentityError`; its message is not shown, since it may quote a path from outside */
export function endpointUnusable(code: string, cause: unknown): SessionError {
  const known = MSAL_ERRORS[code];
  return new SessionError('The managed identity of this runner cannot be used.', {
    why: known?.why ?? `The identity endpoint answered otherwise than documented (${code}).`,
    next: known?.next ?? ['See that no other program answers in the place of the identity endpoint.', USE_OIDC],
    cause,
  });
}
