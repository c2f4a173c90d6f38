import {
  type CredentialMaterial,
  type TokenEndpoint,
  tokenEndpointUrl,
  tokenEndpointUrlWithSecret,
} from '../core/credential.ts';
import { valueWithoutLogins } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportRequest } from '../core/request.ts';
import type { ImportedCertificates, Session, SignedIn } from '../core/session.ts';
import { SDK_VARIABLES, type Variables } from '../core/variable-names.ts';
import type { LoginFiles } from '../profile/saved-session.ts';
import { type SdkCredential, tokenCredentials } from './token-credentials.ts';
import { clientIdOf, isClientSecret, isSetByWorkflow, type PriorState, type VariableFamily } from './variables.ts';

/**
 * The `azure` family: the variables that the Azure SDKs read, above all `DefaultAzureCredential`. A configured
 * credential that fails ends its chain, so the variables of all other methods are blanked.
 * Source: Azure SDK design guidelines, "Environment variables"; `@azure/identity`, `environmentCredential.ts`.
 */
type SdkVariables = Variables<(typeof SDK_VARIABLES)[number]>;

/**
 * No SDK accepts management certificates. The family blanks the credential of an earlier login, and keeps the SDKs from
 * signing in as a managed identity of the machine instead.
 */
export function azureFamilyForCertificates({ selected }: ImportedCertificates, prior: PriorState): VariableFamily {
  return withTokenCredentials(SDK_VARIABLES, { AZURE_SUBSCRIPTION_ID: selected.id }, 'az', prior);
}

interface AzureSources {
  readonly secrets: ExportRequest['secrets'];
  /** Whether the federated token is renewed. Without renewal the token in the file expires after five minutes. */
  readonly keepAlive: boolean;
  readonly prior: PriorState;
}

export function azureFamily({ account, material }: SignedIn, files: LoginFiles, sources: AzureSources): VariableFamily {
  const { principal, tenantId, cloud, selected } = account;
  const { prior } = sources;
  const { credential, credentialVariables } = configuredCredential(material, files, sources);
  // `DefaultAzureCredential` takes a client id without a credential for that of a managed identity. The SDK for Go fails
  // where the machine has no such identity.
  const clientId = credential === 'az' ? '' : clientIdOf(principal);
  const variables: Variables = {
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    // The workflow may know a subscription for a tenant-level account.
    AZURE_SUBSCRIPTION_ID: selected?.id ?? valueWithoutLogins('AZURE_SUBSCRIPTION_ID', prior.env),
    // Set in the public cloud too: azure-identity 1.13 to 1.23.1 for Python uses a token file only where this is set.
    AZURE_AUTHORITY_HOST: `${cloud.authority}/`,
    ANSIBLE_AZURE_AUTH_SOURCE: isAnsibleConfigured(clientId, prior) ? '' : 'cli',
    ...credentialVariables,
  };
  const owned = SDK_VARIABLES.filter((name) => !isClientSecret(material, prior.env[name]));
  return withTokenCredentials(owned, variables, credential, prior);
}

interface ConfiguredCredential {
  readonly credential: SdkCredential;
  readonly credentialVariables: SdkVariables;
}

function configuredCredential(
  material: CredentialMaterial,
  files: LoginFiles,
  { secrets, keepAlive, prior }: AzureSources,
): ConfiguredCredential {
  switch (material.kind) {
    case 'client-secret': {
      const { kind, clientSecret } = material;
      if (secrets === 'export') {
        return { credential: kind, credentialVariables: { AZURE_CLIENT_SECRET: clientSecret } };
      }
      const isExportedByWorkflow = isClientSecret(material, prior.env['AZURE_CLIENT_SECRET']);
      return { credential: isExportedByWorkflow ? kind : 'az', credentialVariables: {} };
    }
    case 'client-certificate': {
      const credentialVariables = {
        AZURE_CLIENT_CERTIFICATE_PATH: files.certificate.path,
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: material.chain === 'send' ? 'true' : '',
      };
      return { credential: material.kind, credentialVariables };
    }
    case 'assertion':
      if (material.source.kind === 'file') return tokenFile(material.source.path, 'az');
      return tokenFile(keepAlive ? files.federatedToken.path : '', 'az');
    case 'token-endpoint':
      // A pod has the token file anyway, and a blank variable would end the chain of the SDK for Go.
      return tokenFile(material.podFile, material.kind);
    case 'managed-identity':
      return { credential: material.kind, credentialVariables: {} };
    case 'user':
      return { credential: 'az', credentialVariables: {} };
  }
}

/** @param fallback the credential where there is no token file */
function tokenFile(path: string, fallback: SdkCredential): ConfiguredCredential {
  const credential = path === '' ? fallback : 'workload-identity';
  return { credential, credentialVariables: { AZURE_FEDERATED_TOKEN_FILE: path } };
}

function withTokenCredentials(
  owned: VariableFamily['owned'],
  variables: Variables,
  sdkCredential: SdkCredential,
  prior: PriorState,
): VariableFamily {
  const { env } = prior;
  const exported = new Set(Object.entries(variables).flatMap(([name, value]) => (value === '' ? [] : [name])));
  const isChosen = isSetByWorkflow('AZURE_TOKEN_CREDENTIALS', prior, ['dev', 'prod']);
  const chosen = isChosen ? (env['AZURE_TOKEN_CREDENTIALS'] ?? '') : '';
  const { value, warnings } = tokenCredentials(sdkCredential, exported, env, chosen);
  const withChoice = { ...variables, AZURE_TOKEN_CREDENTIALS: value };
  return { owned, variables: withChoice, onReplace: 'warn', warnings, sdkCredential };
}

/**
 * Whether the workflow configures Ansible's sign-in itself. By default Ansible takes `AZURE_SUBSCRIPTION_ID` as a sign
 * that the whole credential is in variables, and fails without `AZURE_SECRET`, or if that is not the secret of
 * `AZURE_CLIENT_ID`.
 * Source: azure.azcollection, `plugins/module_utils/azure_rm_common.py`.
 * @param clientId the new value of `AZURE_CLIENT_ID`
 */
function isAnsibleConfigured(clientId: string, prior: PriorState): boolean {
  const hasSecret = (prior.env['AZURE_SECRET'] ?? '') !== '';
  const isOfClient = hasSecret && valueWithoutLogins('AZURE_CLIENT_ID', prior.env) === clientId;
  return isOfClient || isSetByWorkflow('ANSIBLE_AZURE_AUTH_SOURCE', prior, ['cli']);
}

/**
 * The variables of App Service, which lead clients to the token endpoint of the agent. `az` before 2.69 reads only the
 * older pair. They replace the machine's values, whose identity is not the job's. Terraform's is in its family.
 * Source: azure-cli, `azure/cli/core/auth/adal_authentication.py`; the managed identity clients of the Azure SDKs.
 */
export function endpointFamilies(session: Session, env: Environment): VariableFamily[] {
  if (session.kind !== 'account' || session.material.kind !== 'token-endpoint') return [];
  return [
    // With a thumbprint set, clients use the protocol of Service Fabric.
    {
      owned: ['IDENTITY_SERVER_THUMBPRINT'],
      variables: endpointVariables(session.material.endpoint),
      onReplace: 'warn',
    },
    { owned: [], variables: proxyBypass(env), onReplace: 'silent' },
  ];
}

function endpointVariables(endpoint: TokenEndpoint): Variables {
  return {
    IDENTITY_ENDPOINT: tokenEndpointUrl(endpoint),
    IDENTITY_HEADER: endpoint.secret,
    MSI_ENDPOINT: tokenEndpointUrlWithSecret(endpoint),
    MSI_SECRET: endpoint.secret,
  };
}

/** Otherwise, Python, Node and `az` send the secret to the proxy, which cannot connect to this machine's loopback. */
function proxyBypass(env: Environment): Variables {
  const hasProxy = Object.entries(env).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value !== '');
  const bypassList = (name: 'NO_PROXY' | 'no_proxy'): string => {
    const list = env[name] || env['no_proxy'] || env['NO_PROXY'] || '';
    // Python splits the list at commas only, and `*` matches every host only where it is the whole list.
    const includesLoopback = list === '*' || list.split(',').some((entry) => entry.trim() === '127.0.0.1');
    // Exported even if unchanged: the value may come from an earlier login, whose end restores the previous one.
    return includesLoopback ? list : [list, '127.0.0.1'].filter(Boolean).join(',');
  };
  return hasProxy ? { NO_PROXY: bypassList('NO_PROXY'), no_proxy: bypassList('no_proxy') } : {};
}
