import { type CredentialMaterial, type TokenEndpoint, urlOf, urlWithSecret } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportRequest } from '../core/request.ts';
import type { ImportedCertificates, Session, SignedIn } from '../core/session.ts';
import { OF_SDKS, type Variables } from '../core/variable-names.ts';
import type { LoginFiles } from '../profile/saved-session.ts';
import { type Carrier, tokenCredentials } from './token-credentials.ts';
import {
  clientIdOf,
  isChosenByWorkflow,
  isSecretOf,
  type Past,
  subscriptionIdOf,
  type VariableFamily,
} from './variables.ts';

/**
 * The `azure` family: what the Azure SDKs read, above all `DefaultAzureCredential`. A credential that is there but
 * refused ends its chain, so nothing is left that belongs to another method.
 * Source: Azure SDK design guidelines, "Environment variables"; `@azure/identity`, `environmentCredential.ts`.
 */
type SdkVariables = Variables<(typeof OF_SDKS)[number]>;

/**
 * After an import of management certificates: no SDK takes these, so nothing of another login may stay, and no identity
 * of the machine may stand in.
 */
export function azureFamilyOfCertificates({ selected }: ImportedCertificates, past: Past): VariableFamily {
  return withTokenCredentials(OF_SDKS, { AZURE_SUBSCRIPTION_ID: selected.id }, 'az', past);
}

/** What the family needs beside the account. */
interface AzureSources {
  readonly secrets: ExportRequest['secrets'];
  /** Whether the federated token is kept fresh: a file that is not would be fatal after five minutes. */
  readonly keepAlive: boolean;
  readonly past: Past;
}

export function azureFamily({ account, material }: SignedIn, files: LoginFiles, sources: AzureSources): VariableFamily {
  const { principal, tenantId, cloud, selected } = account;
  const { past } = sources;
  const { carrier, credential } = credentialOf(material, files, sources);
  const variables: Variables = {
    AZURE_TENANT_ID: tenantId,
    // Only beside a credential, or for the machine's identity of that id: on its own `DefaultAzureCredential` takes it for
    // the client id of such an identity, and the SDK for Go fails where there is none.
    AZURE_CLIENT_ID: carrier === 'az' ? '' : clientIdOf(principal),
    AZURE_SUBSCRIPTION_ID: subscriptionIdOf(selected),
    // In the public cloud too: azure-identity 1.13 to 1.23.1 for Python takes a token file only where this is set.
    AZURE_AUTHORITY_HOST: `${cloud.authority}/`,
    ANSIBLE_AZURE_AUTH_SOURCE: isLeftToAnsible(past) ? '' : 'cli',
    ...credential,
  };
  const owned = OF_SDKS.filter((name) => !isSecretOf(material, past.env[name]));
  return withTokenCredentials(owned, variables, carrier, past);
}

interface SdkCredential {
  /** How the SDKs get to the session with it. */
  readonly carrier: Carrier;
  readonly credential: SdkVariables;
}

function credentialOf(
  material: CredentialMaterial,
  files: LoginFiles,
  { secrets, keepAlive, past }: AzureSources,
): SdkCredential {
  switch (material.kind) {
    case 'client-secret': {
      const { kind, clientSecret } = material;
      if (secrets === 'export') return { carrier: kind, credential: { AZURE_CLIENT_SECRET: clientSecret } };
      // The workflow may give it to its clients itself.
      return { carrier: isSecretOf(material, past.env['AZURE_CLIENT_SECRET']) ? kind : 'az', credential: {} };
    }
    case 'client-certificate': {
      const AZURE_CLIENT_SEND_CERTIFICATE_CHAIN = material.chain === 'send' ? 'true' : '';
      const AZURE_CLIENT_CERTIFICATE_PATH = files.certificate.path;
      const credential = { AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN };
      return { carrier: material.kind, credential };
    }
    case 'assertion':
      if (material.source.kind === 'file') return tokenFile(material.source.path, 'az');
      return tokenFile(keepAlive ? files.federatedToken.path : '', 'az');
    case 'token-endpoint':
      // A pod has the file anyway, and a blank variable ends the chain of the SDK for Go.
      return tokenFile(material.podFile, material.kind);
    case 'managed-identity':
      return { carrier: material.kind, credential: {} };
    case 'user':
      return { carrier: 'az', credential: {} };
  }
}

/** @param otherwise how the SDKs get to the session without such a file */
function tokenFile(path: string, otherwise: Carrier): SdkCredential {
  return { carrier: path === '' ? otherwise : 'workload-identity', credential: { AZURE_FEDERATED_TOKEN_FILE: path } };
}

function withTokenCredentials(
  owned: VariableFamily['owned'],
  variables: Variables,
  carrier: Carrier,
  past: Past,
): VariableFamily {
  const { env } = past;
  const exported = new Set(Object.entries(variables).flatMap(([name, value]) => (value === '' ? [] : [name])));
  const isChosen = isChosenByWorkflow('AZURE_TOKEN_CREDENTIALS', past, ['dev', 'prod']);
  const chosen = isChosen ? (env['AZURE_TOKEN_CREDENTIALS'] ?? '') : '';
  const { value, warnings } = tokenCredentials(carrier, exported, env, chosen);
  return { owned, variables: { ...variables, AZURE_TOKEN_CREDENTIALS: value }, replacing: 'warn', warnings, carrier };
}

/**
 * From `AZURE_SUBSCRIPTION_ID` Ansible concludes that all of a credential is in variables, and misses `AZURE_SECRET`;
 * with that one it signs in by itself.
 * Source: azure.azcollection, `plugins/module_utils/azure_rm_common.py`.
 */
function isLeftToAnsible(past: Past): boolean {
  return isChosenByWorkflow('ANSIBLE_AZURE_AUTH_SOURCE', past, ['cli']) || (past.env['AZURE_SECRET'] ?? '') !== '';
}

/**
 * Where clients find the agent that has the credential: the variables of App Service, of which `az` before 2.69 knows the
 * older ones alone. Terraform's own are in its family. All replace those of the machine, whose identity is not the job's.
 * Source: azure-cli, `azure/cli/core/auth/adal_authentication.py`; the managed identity clients of the Azure SDKs.
 */
export function endpointFamilies(session: Session, env: Environment): VariableFamily[] {
  if (session.kind !== 'account' || session.material.kind !== 'token-endpoint') return [];
  return [
    // With a thumbprint, clients take the endpoint for that of a Service Fabric.
    {
      owned: ['IDENTITY_SERVER_THUMBPRINT'],
      variables: endpointVariables(session.material.endpoint),
      replacing: 'warn',
    },
    { owned: [], variables: withoutProxy(env), replacing: 'silent' },
  ];
}

function endpointVariables(endpoint: TokenEndpoint): Variables {
  return {
    IDENTITY_ENDPOINT: urlOf(endpoint),
    IDENTITY_HEADER: endpoint.secret,
    MSI_ENDPOINT: urlWithSecret(endpoint),
    MSI_SECRET: endpoint.secret,
  };
}

/** Python, Node and `az` would send the secret to the proxy, which cannot reach this machine's loopback. */
function withoutProxy(env: Environment): Variables {
  const hasProxy = Object.entries(env).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value !== '');
  const bypassing = (name: 'NO_PROXY' | 'no_proxy'): string => {
    const bypassed = env[name] || env['no_proxy'] || env['NO_PROXY'] || '';
    // To Python, blanks separate nothing, and `*` means all only where it stands alone.
    const isBypassed = bypassed === '*' || bypassed.split(',').some((entry) => entry.trim() === '127.0.0.1');
    // Exported also where it is so already: the earlier login that made it so takes it back when it ends.
    return isBypassed ? bypassed : [bypassed, '127.0.0.1'].filter(Boolean).join(',');
  };
  return hasProxy ? { NO_PROXY: bypassing('NO_PROXY'), no_proxy: bypassing('no_proxy') } : {};
}
