import type { Cloud } from '../core/clouds.ts';
import { KNOWN_CLOUDS, knownCloudOfIssuer } from '../core/clouds.ts';
import type { CredentialMaterial } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportRequest } from '../core/request.ts';
import type { Account, Principal } from '../core/session.ts';
import { isTokenEndpoint, urlWithSecret } from '../core/token-endpoint.ts';
import type { SessionPfx } from './pfx.ts';
import { type ExportedVariable, isSecretOf, type VariableFamily } from './variables.ts';

/**
 * The `terraform` family: what the providers azurerm, azuread and azapi and the azurerm backend read. They take the first
 * method whose variables are there, in the order certificate, secret, token, GitHub, managed identity, `az`, and do not
 * fall back when it is refused; so nothing is left that belongs to another method. They treat a blank variable as unset.
 *
 * azapi reads `AZURE_FEDERATED_TOKEN_FILE` too, before it would ask GitHub, and keeps that token for ten minutes, twice
 * as long as it lives. Only where the family `azure` is not exported does it ask GitHub.
 *
 * `ARM_OIDC_TOKEN` is missing here: it is blanked, with a better warning, whether this family is asked for or not.
 * `ARM_MSI_ENDPOINT` is the machine's, unless a login put an endpoint of its own there. `ARM_DISABLE_INSTANCE_DISCOVERY` does no harm in another cloud. `ARM_USE_CLI` is true where nothing is said, and stays so: where a
 * method's variables do not reach (an old backend that knows no secret file, a container without GitHub's), `az` does.
 *
 * Source: hashicorp/go-azure-sdk, `sdk/auth`; terraform-provider-azurerm, `internal/provider`; terraform-provider-azapi,
 * `internal/provider`; Terraform, `internal/backend/remote-state/azure`.
 */
const OWNED = [
  'ARM_TENANT_ID',
  'ARM_CLIENT_ID',
  'ARM_CLIENT_ID_FILE_PATH',
  'ARM_SUBSCRIPTION_ID',
  'ARM_ENVIRONMENT',
  'ARM_METADATA_HOSTNAME',
  'ARM_METADATA_HOST',
  'ARM_RESOURCE_MANAGER_ENDPOINT',
  'ARM_RESOURCE_MANAGER_AUDIENCE',
  'ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST',
  'ARM_CLIENT_CERTIFICATE',
  'ARM_CLIENT_CERTIFICATE_PATH',
  'ARM_CLIENT_CERTIFICATE_PASSWORD',
  'ARM_CLIENT_SECRET',
  'ARM_CLIENT_SECRET_FILE_PATH',
  'ARM_USE_OIDC',
  'ARM_OIDC_TOKEN_FILE_PATH',
  'ARM_OIDC_REQUEST_URL',
  'ARM_OIDC_REQUEST_TOKEN',
  'ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID',
  'ARM_OIDC_AZURE_SERVICE_CONNECTION_ID',
  'ARM_USE_AKS_WORKLOAD_IDENTITY',
  'ARM_USE_MSI',
] as const;

type Name = (typeof OWNED)[number] | 'ARM_MSI_ENDPOINT' | 'ARM_USE_CLI' | 'ARM_DISABLE_INSTANCE_DISCOVERY';

/** What the family needs beside the account. */
interface TerraformSources {
  readonly secrets: ExportRequest['secrets'];
  readonly env: Environment;
  /** Where the secret will be, for those that read it from a file. */
  readonly secretPath: string;
  /** There for a certificate sign-in alone. */
  readonly pfx: SessionPfx | undefined;
}

export function terraformFamily(
  account: Account,
  material: CredentialMaterial,
  sources: TerraformSources,
): VariableFamily {
  const { principal, tenantId, cloud, selected } = account;
  const variables = [
    plain('ARM_TENANT_ID', tenantId),
    ...clientIdVariables(principal),
    ...(selected.kind === 'subscription' ? [plain('ARM_SUBSCRIPTION_ID', selected.subscription.id)] : []),
    ...cloudVariables(cloud),
    ...credentialVariables(material, sources),
  ];
  const ofLogin = isTokenEndpoint(sources.env['ARM_MSI_ENDPOINT']) ? (['ARM_MSI_ENDPOINT'] as const) : [];
  const owned = [...OWNED, ...ofLogin].filter((name) => !isSecretOf(material, sources.env[name]));
  return { owned, variables, replacing: 'warn' };
}

/** A system assigned identity would be taken for a user-assigned one if it had a client id; users have none. */
function clientIdVariables(principal: Principal): ExportedVariable[] {
  if (principal.kind === 'user') return [];
  if (principal.kind === 'managed-identity' && principal.assigned === 'system') return [];
  return [plain('ARM_CLIENT_ID', principal.clientId)];
}

/**
 * With a metadata host the providers ignore the name of the environment. azapi asks no such host, and before it sends
 * anything to an issuer it does not know it asks `login.microsoft.com` about that.
 * Source: terraform-provider-azapi, `internal/provider/provider.go`; Pulumi's azure-native reads the same.
 */
function cloudVariables(cloud: Cloud): ExportedVariable[] {
  const { terraformName, metadataHost, resourceManager, resourceManagerAudience, authority } = cloud;
  if (metadataHost === '') return [plain('ARM_ENVIRONMENT', terraformName)];
  const isKnownIssuer = knownCloudOfIssuer(authority) !== undefined;
  return [
    plain('ARM_METADATA_HOSTNAME', metadataHost),
    plain('ARM_RESOURCE_MANAGER_ENDPOINT', resourceManager),
    plain('ARM_RESOURCE_MANAGER_AUDIENCE', resourceManagerAudience),
    plain('ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST', `${authority}/`),
    ...(isKnownIssuer ? [] : [plain('ARM_DISABLE_INSTANCE_DISCOVERY', 'true')]),
  ];
}

function credentialVariables(
  material: CredentialMaterial,
  { secrets, env, secretPath, pfx }: TerraformSources,
): ExportedVariable[] {
  switch (material.kind) {
    case 'client-secret':
      return secrets === 'export'
        ? [secret('ARM_CLIENT_SECRET', material.clientSecret)]
        : [plain('ARM_CLIENT_SECRET_FILE_PATH', secretPath)];
    case 'client-certificate':
      return pfx === undefined
        ? []
        : [plain('ARM_CLIENT_CERTIFICATE_PATH', pfx.path), secret('ARM_CLIENT_CERTIFICATE_PASSWORD', pfx.password)];
    case 'assertion':
      return [
        plain('ARM_USE_OIDC', 'true'),
        ...(material.source.kind === 'file'
          ? [plain('ARM_OIDC_TOKEN_FILE_PATH', material.source.path)]
          : requestUrl(material.source.audience, env)),
      ];
    case 'managed-identity':
      return [plain('ARM_USE_MSI', 'true')];
    case 'token-endpoint':
      return [plain('ARM_USE_MSI', 'true'), secret('ARM_MSI_ENDPOINT', urlWithSecret(material.endpoint))];
    case 'user':
      return [plain('ARM_USE_CLI', 'true')];
  }
}

/**
 * The providers ask GitHub for tokens themselves, fresh ones as long as the job runs, but for the public cloud's audience,
 * unless the URL has one already.
 * Source: hashicorp/go-azure-sdk, `sdk/auth/github_oidc_authorizer.go`; terraform-provider-azapi, `auth_oidc.go`.
 */
function requestUrl(audience: string, env: Environment): ExportedVariable[] {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  if (url === null || audience === KNOWN_CLOUDS.AzureCloud.federatedAudience) return [];
  url.searchParams.set('audience', audience);
  return [plain('ARM_OIDC_REQUEST_URL', url.href)];
}

/** The files that the variables name, by name in the profile folder. */
export function terraformFiles(
  material: CredentialMaterial,
  secrets: ExportRequest['secrets'],
  secretName: string,
): { readonly name: string; readonly content: string }[] {
  return material.kind === 'client-secret' && secrets === 'withhold'
    ? [{ name: secretName, content: material.clientSecret }]
    : [];
}

function plain(name: Name, value: string): ExportedVariable {
  return { name, value, content: 'plain' };
}

function secret(name: Name, value: string): ExportedVariable {
  return { name, value, content: 'secret' };
}
