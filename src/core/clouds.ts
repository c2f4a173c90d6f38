import type { CloudServices } from './cloud-services.ts';

/** An Azure cloud: its token issuer, its Resource Manager and its name in each client. */
export interface Cloud {
  /** The name in `az` and the classic CLI, for example `AzureUSGovernment`. Both are case-sensitive. */
  readonly name: string;
  /** Origin of the token issuer, without a trailing slash. */
  readonly authority: string;
  /** The kind of token issuer. AD FS has a single directory, which takes the place of the tenant: `ADFS_TENANT`. */
  readonly directory: 'entra' | 'adfs';
  /** Origin of Azure Resource Manager, without a trailing slash. */
  readonly resourceManager: string;
  /** The audience of Resource Manager tokens, spelled exactly as in both CLIs: the trailing slash matters. */
  readonly resourceManagerAudience: string;
  /** The `api-version` for listing subscriptions and tenants. */
  readonly resourceManagerVersion: string;
  /** The classic Service Management endpoint; `''` if the cloud has none. */
  readonly serviceManagement: string;
  /** The audience that Entra ID expects in a federated token. */
  readonly federatedAudience: string;
  /** The name in Terraform's providers (`ARM_ENVIRONMENT`); `''` if they discover the cloud from `metadataHost`. */
  readonly terraformName: string;
  /** The host (with any port other than 443) whose `/metadata/endpoints` describes a private cloud; `''` for others. */
  readonly metadataHost: string;
  readonly definition: CloudDefinition;
}

/** How clients learn the endpoints of a cloud. */
export type CloudDefinition =
  /** Every client knows the endpoints by the cloud's name. */
  | { readonly kind: 'built-in' }
  /** The sign-in writes the endpoints to the profile of each client. */
  | { readonly kind: 'written'; readonly apiProfile: ApiProfile; readonly services: CloudServices };

/** The set of API versions that `az` uses. Azure Stack Hub supports only years-old versions. */
type ApiProfile = 'latest' | '2020-09-01-hybrid';

export type KnownCloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud' | 'AzureGermanCloud';

/** The value that clients use as tenant id when the token issuer is AD FS. */
export const ADFS_TENANT = 'adfs';

/** The properties that Microsoft's clouds share. */
const MICROSOFT_CLOUD = {
  directory: 'entra',
  resourceManagerVersion: '2022-12-01',
  metadataHost: '',
  definition: { kind: 'built-in' },
} as const;

/**
 * The clouds with built-in endpoints.
 * Source: azure-cli, `azure/cli/core/cloud.py`; hashicorp/go-azure-sdk, `sdk/environments`.
 */
export const KNOWN_CLOUDS: Readonly<Record<KnownCloudName, Cloud>> = {
  AzureCloud: {
    ...MICROSOFT_CLOUD,
    name: 'AzureCloud',
    authority: 'https://login.microsoftonline.com',
    resourceManager: 'https://management.azure.com',
    resourceManagerAudience: 'https://management.core.windows.net/',
    serviceManagement: 'https://management.core.windows.net',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'public',
  },
  AzureUSGovernment: {
    ...MICROSOFT_CLOUD,
    name: 'AzureUSGovernment',
    authority: 'https://login.microsoftonline.us',
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerAudience: 'https://management.core.usgovcloudapi.net/',
    serviceManagement: 'https://management.core.usgovcloudapi.net',
    federatedAudience: 'api://AzureADTokenExchangeUSGov',
    terraformName: 'usgovernment',
  },
  AzureChinaCloud: {
    ...MICROSOFT_CLOUD,
    name: 'AzureChinaCloud',
    authority: 'https://login.chinacloudapi.cn',
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerAudience: 'https://management.core.chinacloudapi.cn/',
    serviceManagement: 'https://management.core.chinacloudapi.cn',
    federatedAudience: 'api://AzureADTokenExchangeChina',
    terraformName: 'china',
  },
  AzureGermanCloud: {
    ...MICROSOFT_CLOUD,
    name: 'AzureGermanCloud',
    authority: 'https://login.microsoftonline.de',
    resourceManager: 'https://management.microsoftazure.de',
    resourceManagerAudience: 'https://management.core.cloudapi.de/',
    serviceManagement: 'https://management.core.cloudapi.de',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'german',
    // `az` 2.91 no longer knows this cloud and would fall back to the public cloud.
    definition: {
      kind: 'written',
      apiProfile: 'latest',
      services: {
        portal: 'https://portal.microsoftazure.de',
        gallery: 'https://gallery.cloudapi.de/',
        sqlManagement: 'https://management.core.cloudapi.de:8443/',
        batch: 'https://batch.cloudapi.de/',
        graphAudience: 'https://graph.cloudapi.de/',
        microsoftGraphResourceId: 'https://graph.microsoft.de',
        storage: 'core.cloudapi.de',
        keyVaultDns: 'vault.microsoftazure.de',
        sqlServerHostname: 'database.cloudapi.de',
      },
    },
  },
};

/** @returns a warning for workflows that use the cloud; `''` if there is none */
export function cloudWarning({ name }: Cloud): string {
  return name === KNOWN_CLOUDS.AzureGermanCloud.name
    ? 'AzureGermanCloud, the Microsoft Cloud Germany, was closed on 29 October 2021: its hosts no longer answer. The regions Germany West Central and Germany North belong to `environment: AzureCloud`.'
    : '';
}

/** Other names of the token issuers above. Source: MSAL, `AuthorityMetadata`. */
const ISSUER_ALIASES: Readonly<Record<string, KnownCloudName>> = {
  'https://login.windows.net': 'AzureCloud',
  'https://login.microsoft.com': 'AzureCloud',
  'https://sts.windows.net': 'AzureCloud',
  'https://login.usgovcloudapi.net': 'AzureUSGovernment',
  'https://login.partner.microsoftonline.cn': 'AzureChinaCloud',
};

/** The normalized host of a URL: in lower case, without the trailing dot that DNS ignores; `''` if there is no host. */
export function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? '').toLowerCase().replace(/\.+$/, '');
}

/** The origin of a URL, without a trailing dot after the host. */
export function originOf(url: string): string {
  return (URL.parse(url)?.origin ?? '').replace(/\.+(?=:\d+$|$)/, '');
}

/** Whether Microsoft runs this Resource Manager. Compares origins: Microsoft's domains also have customers' hosts. */
export function isMicrosoftResourceManager(url: string): boolean {
  return Object.values(KNOWN_CLOUDS).some(({ resourceManager }) => resourceManager === originOf(url));
}

/** Whether Microsoft runs the token issuer, so that it may receive credentials for its clouds. Checks host and port. */
export function isMicrosoftIssuer(authority: string): boolean {
  return knownCloudOfIssuer(authority) !== undefined;
}

/** The Microsoft cloud with this token issuer. A private cloud may use the same issuer. */
export function knownCloudOfIssuer(authority: string): Cloud | undefined {
  const alias = Object.hasOwn(ISSUER_ALIASES, authority) ? ISSUER_ALIASES[authority] : undefined;
  if (alias !== undefined) return KNOWN_CLOUDS[alias];
  return Object.values(KNOWN_CLOUDS).find((cloud) => cloud.authority === authority);
}

/** The URLs of the token issuer for one tenant, as its discovery document lists them. */
interface TokenIssuer {
  /** The `authority` option of MSAL. */
  readonly authority: string;
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly deviceCodeEndpoint: string;
  readonly keys: string;
}

/**
 * Builds the URLs locally: discovery would cost a request, and would trust the host that responds.
 * Source: the OpenID Connect discovery documents of Entra ID (version 2.0) and of AD FS.
 */
export function tokenIssuer({ authority: origin, directory }: Cloud, tenantId: string): TokenIssuer {
  if (directory === 'adfs') {
    const authority = `${origin}/${ADFS_TENANT}`;
    return {
      authority,
      issuer: authority,
      authorizationEndpoint: `${authority}/oauth2/authorize/`,
      tokenEndpoint: `${authority}/oauth2/token/`,
      deviceCodeEndpoint: `${authority}/oauth2/devicecode`,
      keys: `${authority}/discovery/keys`,
    };
  }
  const authority = `${origin}/${encodeURIComponent(tenantId)}`;
  return {
    authority,
    issuer: `${authority}/v2.0`,
    authorizationEndpoint: `${authority}/oauth2/v2.0/authorize`,
    tokenEndpoint: `${authority}/oauth2/v2.0/token`,
    deviceCodeEndpoint: `${authority}/oauth2/v2.0/devicecode`,
    keys: `${authority}/discovery/v2.0/keys`,
  };
}
