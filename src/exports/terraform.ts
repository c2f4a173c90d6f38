import { type Cloud, KNOWN_CLOUDS, knownCloudOfIssuer } from '../core/clouds.ts';
import { type CredentialMaterial, isTokenEndpoint, urlWithSecret } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportRequest } from '../core/request.ts';
import type { SignedIn } from '../core/session.ts';
import { OF_TERRAFORM, type Variables } from '../core/variable-names.ts';
import type { SessionPfx } from './pfx.ts';
import { clientIdOf, isSecretOf, subscriptionIdOf, type VariableFamily } from './variables.ts';

/**
 * The `terraform` family: what the providers azurerm, azuread and azapi and the azurerm backend read. They take the first
 * method whose variables are there, in the order certificate, secret, token, GitHub, managed identity, `az`, and do not
 * fall back when it is refused; so nothing is left that belongs to another method. They treat a blank variable as unset.
 *
 * azapi reads `AZURE_FEDERATED_TOKEN_FILE` too, before it would ask GitHub, and keeps that token for ten minutes, twice
 * as long as it lives. Only where the family `azure` is not exported does it ask GitHub.
 *
 * The family does not own `ARM_OIDC_TOKEN`, which is blanked, with a better warning, whether this family is asked for or
 * not; `ARM_MSI_ENDPOINT`, which is the machine's, unless a login put an endpoint of its own there;
 * `ARM_DISABLE_INSTANCE_DISCOVERY`, which does no harm in another cloud; and `ARM_USE_CLI`, which is true where nothing is
 * said, and stays so: where a method's variables do not reach (an old backend that knows no secret file, a container
 * without GitHub's), `az` does.
 *
 * Source: hashicorp/go-azure-sdk, `sdk/auth`; terraform-provider-azurerm, `internal/provider`; terraform-provider-azapi,
 * `internal/provider`; Terraform, `internal/backend/remote-state/azure`.
 */
type TerraformVariables = Variables<
  (typeof OF_TERRAFORM)[number] | 'ARM_MSI_ENDPOINT' | 'ARM_USE_CLI' | 'ARM_DISABLE_INSTANCE_DISCOVERY'
>;

/** What the family needs beside the account. */
interface TerraformSources {
  readonly secrets: ExportRequest['secrets'];
  readonly env: Environment;
  /** Where the secret will be, for those that read it from a file. */
  readonly secretPath: string;
  /** There for a certificate sign-in alone. */
  readonly pfx: SessionPfx | undefined;
}

export function terraformFamily({ account, material }: SignedIn, sources: TerraformSources): VariableFamily {
  const { principal, tenantId, cloud, selected } = account;
  const variables: TerraformVariables = {
    ARM_TENANT_ID: tenantId,
    ARM_CLIENT_ID: clientIdOf(principal),
    ARM_SUBSCRIPTION_ID: subscriptionIdOf(selected),
    ...cloudVariables(cloud),
    ...credentialVariables(material, sources),
  };
  const ofLogin = isTokenEndpoint(sources.env['ARM_MSI_ENDPOINT']) ? (['ARM_MSI_ENDPOINT'] as const) : [];
  const owned = [...OF_TERRAFORM, ...ofLogin].filter((name) => !isSecretOf(material, sources.env[name]));
  return { owned, variables, replacing: 'warn' };
}

/**
 * With a metadata host the providers ignore the name of the environment. azapi asks no such host, and before it sends
 * anything to an issuer it does not know it asks `login.microsoft.com` about that.
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
        : { ARM_USE_OIDC: 'true', ARM_OIDC_REQUEST_URL: requestUrl(material.source.audience, env) };
    case 'managed-identity':
      return { ARM_USE_MSI: 'true' };
    case 'token-endpoint':
      return { ARM_USE_MSI: 'true', ARM_MSI_ENDPOINT: urlWithSecret(material.endpoint) };
    case 'user':
      return { ARM_USE_CLI: 'true' };
  }
}

/**
 * The providers ask GitHub for tokens themselves, fresh ones as long as the job runs, but for the public cloud's audience,
 * unless the URL has one already.
 * Source: hashicorp/go-azure-sdk, `sdk/auth/github_oidc_authorizer.go`; terraform-provider-azapi, `auth_oidc.go`.
 */
function requestUrl(audience: string, env: Environment): string {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  if (url === null || audience === KNOWN_CLOUDS.AzureCloud.federatedAudience) return '';
  url.searchParams.set('audience', audience);
  return url.href;
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
