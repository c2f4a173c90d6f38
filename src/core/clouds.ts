import type { CloudServices } from './cloud-services.ts';

/** An Azure cloud: who issues tokens, who manages resources, and what each client calls it. */
export interface Cloud {
  /** The name `az` and the classic CLI use, for example `AzureUSGovernment`. Case matters to both. */
  readonly name: string;
  /** Origin of the token issuer, without a trailing slash. */
  readonly authority: string;
  /** What issues the tokens. An AD FS has one directory, which stands where Entra ID has a tenant: `ADFS_TENANT`. */
  readonly directory: 'entra' | 'adfs';
  /** Origin of Azure Resource Manager, without a trailing slash. */
  readonly resourceManager: string;
  /** The audience both CLIs ask Resource Manager tokens for, exactly as they write it: the trailing slash counts. */
  readonly resourceManagerAudience: string;
  /** The `api-version` in which its Resource Manager lists subscriptions and tenants. */
  readonly resourceManagerVersion: string;
  /** The classic Service Management endpoint; `''` where the cloud has none. */
  readonly serviceManagement: string;
  /** The audience Entra expects of a federated token. */
  readonly federatedAudience: string;
  /** How Terraform's providers name it (`ARM_ENVIRONMENT`); `''` for a cloud they find by `metadataHost`. */
  readonly terraformName: string;
  /** Host, with its port if that is not 443, whose `/metadata/endpoints` describes a private cloud; `''` for the others. */
  readonly metadataHost: string;
  readonly definition: CloudDefinition;
}

/** How clients learn the endpoints of a cloud. */
export type CloudDefinition =
  /** By its name: every client knows them. */
  | { readonly kind: 'built-in' }
  /** From their own profiles, where they have to be written. */
  | { readonly kind: 'written'; readonly apiProfile: ApiProfile; readonly services: CloudServices };

/** The set of interface versions that `az` uses: that of an Azure Stack Hub is years behind. */
type ApiProfile = 'latest' | '2020-09-01-hybrid';

export type KnownCloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud' | 'AzureGermanCloud';

/** What clients use instead of a tenant id when the token issuer is an AD FS. */
export const ADFS_TENANT = 'adfs';

/** What holds for every cloud of Microsoft's. */
const MICROSOFTS = {
  directory: 'entra',
  resourceManagerVersion: '2022-12-01',
  metadataHost: '',
  definition: { kind: 'built-in' },
} as const;

/**
 * The clouds whose endpoints are known without asking.
 * Source: azure-cli, `azure/cli/core/cloud.py`; hashicorp/go-azure-sdk, `sdk/environments`.
 */
export const KNOWN_CLOUDS: Readonly<Record<KnownCloudName, Cloud>> = {
  AzureCloud: {
    ...MICROSOFTS,
    name: 'AzureCloud',
    authority: 'https://login.microsoftonline.com',
    resourceManager: 'https://management.azure.com',
    resourceManagerAudience: 'https://management.core.windows.net/',
    serviceManagement: 'https://management.core.windows.net',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'public',
  },
  AzureUSGovernment: {
    ...MICROSOFTS,
    name: 'AzureUSGovernment',
    authority: 'https://login.microsoftonline.us',
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerAudience: 'https://management.core.usgovcloudapi.net/',
    serviceManagement: 'https://management.core.usgovcloudapi.net',
    federatedAudience: 'api://AzureADTokenExchangeUSGov',
    terraformName: 'usgovernment',
  },
  AzureChinaCloud: {
    ...MICROSOFTS,
    name: 'AzureChinaCloud',
    authority: 'https://login.chinacloudapi.cn',
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerAudience: 'https://management.core.chinacloudapi.cn/',
    serviceManagement: 'https://management.core.chinacloudapi.cn',
    federatedAudience: 'api://AzureADTokenExchangeChina',
    terraformName: 'china',
  },
  AzureGermanCloud: {
    ...MICROSOFTS,
    name: 'AzureGermanCloud',
    authority: 'https://login.microsoftonline.de',
    resourceManager: 'https://management.microsoftazure.de',
    resourceManagerAudience: 'https://management.core.cloudapi.de/',
    serviceManagement: 'https://management.core.cloudapi.de',
    federatedAudience: 'api://AzureADTokenExchange',
    terraformName: 'german',
    // `az` 2.91 has forgotten it, and would go back to the public cloud.
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

/** What a workflow that chose the cloud should know; `''` where there is nothing to know. */
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

/** The host of a URL in one spelling: in lower case, without the dot at its end that DNS ignores; `''` without a host. */
export function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? '').toLowerCase().replace(/\.+$/, '');
}

/** The origin of a URL, without that dot. */
export function originOf(url: string): string {
  return (URL.parse(url)?.origin ?? '').replace(/\.+(?=:\d+$|$)/, '');
}

/** Whether a Resource Manager is one of Microsoft's own. Its domain does not tell: customers have hosts there too. */
export function isMicrosoftResourceManager(url: string): boolean {
  return Object.values(KNOWN_CLOUDS).some(({ resourceManager }) => resourceManager === originOf(url));
}

/**
 * Whether Microsoft itself issues the tokens: what its clouds accept may be sent there. Only hosts that are known count,
 * each at its own port.
 */
export function isMicrosoftIssuer(authority: string): boolean {
  return knownCloudOfIssuer(authority) !== undefined;
}

/** The cloud of Microsoft's that has its tokens from there. A private one may have its own from the same issuer. */
export function knownCloudOfIssuer(authority: string): Cloud | undefined {
  const alias = Object.hasOwn(ISSUER_ALIASES, authority) ? ISSUER_ALIASES[authority] : undefined;
  if (alias !== undefined) return KNOWN_CLOUDS[alias];
  return Object.values(KNOWN_CLOUDS).find((cloud) => cloud.authority === authority);
}

/** The token issuer of one tenant: URLs, as the issuer itself names them. */
interface TokenIssuer {
  /** What MSAL takes for the authority. */
  readonly authority: string;
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly deviceCodeEndpoint: string;
  readonly keys: string;
}

/**
 * Not discovered: each discovery would be a request, and would trust the host that answers it.
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
