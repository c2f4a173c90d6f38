import type { SessionPfx } from '../certificate/pfx.ts';
import { type Cloud, KNOWN_CLOUDS, knownCloudOfIssuer } from '../core/clouds.ts';
import { type CredentialMaterial, isTokenEndpoint, tokenEndpointUrlWithSecret } from '../core/credential.ts';
import { valueWithoutLogins } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportRequest } from '../core/request.ts';
import type { SignedIn } from '../core/session.ts';
import { TERRAFORM_VARIABLES, type Variables } from '../core/variable-names.ts';
import { clientIdOf, isClientSecret, type VariableFamily } from './variables.ts';

/**
 * The `terraform` family: the variables of the providers azurerm, azuread and azapi and of the azurerm backend. They
 * use the first method whose variables are set, in the order certificate, secret, token, GitHub, managed identity,
 * `az`, and do not fall back when it fails. So the variables of all other methods are blanked, which counts as unset.
 *
 * azapi prefers `AZURE_FEDERATED_TOKEN_FILE` to a request to GitHub, and caches that token for ten minutes, twice its
 * lifetime. It requests tokens from GitHub only where the family `azure` is not exported.
 *
 * The family does not own these variables:
 * - `ARM_OIDC_TOKEN` is blanked with a more specific warning, whether this family is exported or not.
 * - `ARM_MSI_ENDPOINT` belongs to the machine, unless an earlier login set it to its token endpoint.
 * - `ARM_DISABLE_INSTANCE_DISCOVERY` does no harm in another cloud.
 * - `ARM_USE_CLI` defaults to true and stays true, so that `az` is used where the method's variables have no effect: in
 *   an old backend that does not support a secret file, or in a container without GitHub's variables.
 *
 * Source: hashicorp/go-azure-sdk, `sdk/auth`; terraform-provider-azurerm, `internal/provider`;
 * terraform-provider-azapi, `internal/provider`; Terraform, `internal/backend/remote-state/azure`.
 */
type TerraformVariables = Variables<
  (typeof TERRAFORM_VARIABLES)[number] | 'ARM_MSI_ENDPOINT' | 'ARM_USE_CLI' | 'ARM_DISABLE_INSTANCE_DISCOVERY'
>;

interface TerraformSources {
  readonly secrets: ExportRequest['secrets'];
  readonly env: Environment;
  /** Path of the file that will contain the client secret. */
  readonly secretPath: string;
  /** Set only for a certificate sign-in. */
  readonly pfx: SessionPfx | undefined;
}

export function terraformFamily({ account, material }: SignedIn, sources: TerraformSources): VariableFamily {
  const { principal, tenantId, cloud, selected } = account;
  const variables: TerraformVariables = {
    ARM_TENANT_ID: tenantId,
    ARM_CLIENT_ID: clientIdOf(principal),
    // The workflow may know a subscription for a tenant-level account.
    ARM_SUBSCRIPTION_ID: selected?.id ?? valueWithoutLogins('ARM_SUBSCRIPTION_ID', sources.env),
    ...cloudVariables(cloud),
    ...credentialVariables(material, sources),
  };
  const endpoint = isTokenEndpoint(sources.env['ARM_MSI_ENDPOINT']) ? (['ARM_MSI_ENDPOINT'] as const) : [];
  const owned = [...TERRAFORM_VARIABLES, ...endpoint].filter((name) => !isClientSecret(material, sources.env[name]));
  return { owned, variables, onReplace: 'warn' };
}

/**
 * With a metadata host the providers ignore the environment's name. azapi does not read the metadata, so it gets the
 * endpoints themselves. Unless instance discovery is off, it validates an unknown authority at `login.microsoft.com`.
 * Source: terraform-provider-azapi, `internal/provider/provider.go`; Pulumi's azure-native reads the same.
 */
function cloudVariables(cloud: Cloud): TerraformVariables {
  const { terraformName, metadataHost, resourceManager, resourceManagerAudience, authority } = cloud;
  if (metadataHost === '') return { ARM_ENVIRONMENT: terraformName };
  return {
    ARM_METADATA_HOSTNAME: metadataHost,
    ARM_RESOURCE_MANAGER_ENDPOINT: resourceManager,
    ARM_RESOURCE_MANAGER_AUDIENCE: resourceManagerAudience,
    ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST: `${authority}/`,
    ARM_DISABLE_INSTANCE_DISCOVERY: knownCloudOfIssuer(authority) === undefined ? 'true' : '',
  };
}

function credentialVariables(
  material: CredentialMaterial,
  { secrets, env, secretPath, pfx }: TerraformSources,
): TerraformVariables {
  switch (material.kind) {
    case 'client-secret':
      return secrets === 'export'
        ? { ARM_CLIENT_SECRET: material.clientSecret }
        : { ARM_CLIENT_SECRET_FILE_PATH: secretPath };
    case 'client-certificate':
      return { ARM_CLIENT_CERTIFICATE_PATH: pfx?.path ?? '', ARM_CLIENT_CERTIFICATE_PASSWORD: pfx?.password ?? '' };
    case 'assertion':
      return material.source.kind === 'file'
        ? { ARM_USE_OIDC: 'true', ARM_OIDC_TOKEN_FILE_PATH: material.source.path }
        : { ARM_USE_OIDC: 'true', ARM_OIDC_REQUEST_URL: idTokenRequestUrl(material.source.audience, env) };
    case 'managed-identity':
      return { ARM_USE_MSI: 'true' };
    case 'token-endpoint':
      return { ARM_USE_MSI: 'true', ARM_MSI_ENDPOINT: tokenEndpointUrlWithSecret(material.endpoint) };
    case 'user':
      return { ARM_USE_CLI: 'true' };
  }
}

/**
 * The providers request ID tokens from GitHub themselves, for as long as the job runs. They request the public cloud's
 * audience, unless the URL already has one.
 * Source: hashicorp/go-azure-sdk, `sdk/auth/github_oidc_authorizer.go`; terraform-provider-azapi, `auth_oidc.go`.
 */
function idTokenRequestUrl(audience: string, env: Environment): string {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  if (url === null || audience === KNOWN_CLOUDS.AzureCloud.federatedAudience) return '';
  url.searchParams.set('audience', audience);
  return url.href;
}

/** The files that the variables point to, by their names in the profile folder. */
export function terraformFiles(
  material: CredentialMaterial,
  secrets: ExportRequest['secrets'],
  secretName: string,
): { readonly name: string; readonly content: string }[] {
  return material.kind === 'client-secret' && secrets === 'withhold'
    ? [{ name: secretName, content: material.clientSecret }]
    : [];
}
