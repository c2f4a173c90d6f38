import { type Cloud, hostOf, isMicrosoftIssuer, isMicrosoftResourceManager } from '../core/clouds.ts';
import { ignoreErrors } from '../core/ignore-errors.ts';
import { claimsOf } from '../core/jwt.ts';
import type { TokenRequest } from '../core/request.ts';
import { sanitize } from '../core/sanitize.ts';
import type { SessionError } from '../core/session-error.ts';
import { cloudError } from '../errors/private-cloud.ts';

/**
 * Keeps credentials for Microsoft's clouds away from private clouds. A private cloud may name its own token issuer, and
 * a server that receives a token that Microsoft's clouds accept could replay it there. Loaded for private clouds only.
 */

/** @throws {SessionError} when the cloud does not support the method, or must not receive a token that it requests */
export function assertRequestAllowed(request: TokenRequest, cloud: Cloud): void {
  const isFederated = request.method === 'oidc' || request.method === 'workload-identity';
  if (isFederated && cloud.directory === 'adfs') throw cloudError('federationByAdFs');
  const { authority, resourceManager: url, resourceManagerAudience } = cloud;
  // Microsoft issues managed identity tokens, whichever issuer the cloud names.
  if (request.method === 'managed-identity' && !isOwnAudience(url, resourceManagerAudience)) {
    throw foreignAudience(url, resourceManagerAudience);
  }
  if (request.method !== 'oidc' || isMicrosoftIssuer(authority)) return;
  const { audience } = request;
  if (audience === undefined || isMicrosoftAudience(audience))
    throw cloudError('audienceOfMicrosoft', authority, audience);
}

/** @throws {SessionError} for an assertion that must not be sent to the token issuer of the cloud */
export function assertAssertionAllowed(assertion: string, { authority }: Cloud): void {
  const audience = isMicrosoftIssuer(authority) ? '' : microsoftAudienceOf(assertion);
  if (audience !== '') throw cloudError('assertionOfMicrosoft', authority, audience);
}

/** @throws {SessionError} for an access token that Microsoft's services accept, whoever issued it */
export function assertTokenAllowed(token: string, { resourceManager }: Cloud): void {
  const audience = isMicrosoftResourceManager(resourceManager) ? '' : microsoftAudienceOf(token);
  if (audience !== '') throw cloudError('tokenOfMicrosoft', resourceManager, audience);
}

/**
 * Whether the audience is the Resource Manager at `url`: the same host, or `https://management.<tenant>/<id>` of an
 * Azure Stack Hub. Microsoft's own hosts may have any audience.
 */
export function isOwnAudience(url: string, audience: string): boolean {
  const host = hostOf(audience);
  if (host === hostOf(url) || isMicrosoftResourceManager(url)) return true;
  return /^https:/i.test(audience) && /^[a-z]*management\./.test(host) && !isMicrosoftHost(host);
}

export function foreignAudience(url: string, audience: string): SessionError {
  const why = `It requests tokens for ${sanitize(audience, 200)}, which is not its own Resource Manager. Such a token is not sent to another host.`;
  return cloudError('invalidMetadata', url, why);
}

/**
 * Domains of Microsoft's cloud services, including customers' hosts. Deliberately broad: the list only blocks tokens to
 * private clouds, and never permits anything.
 * Source: azure-cli, `azure/cli/core/cloud.py`; Microsoft Learn, "Azure domains".
 */
const MICROSOFT_DOMAINS: readonly string[] = `
  azure.com azure.net azure.us azure.cn windows.net windows.us azurewebsites.net microsoft.com microsoft.us microsoft.de
  office.com office.net office365.com office365.us microsoftonline.com microsoftonline.us microsoftonline.cn
  microsoftonline.de microsoftazure.us microsoftazure.de usgovcloudapi.net chinacloudapi.cn cloudapi.de loganalytics.io
  sharepoint.com azure-api.net azuredatabricks.net azuresynapse.net azconfig.io applicationinsights.io msftcloudes.com
  live.com b2clogin.com ciamlogin.com dynamics.com powerbi.com visualstudio.com`
  .trim()
  .split(/\s+/);

export function isMicrosoftHost(host: string): boolean {
  return MICROSOFT_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** The application ids of Resource Manager, Microsoft Graph, Azure AD Graph and the token exchange. */
const RESOURCE_IDS: ReadonlySet<string> = new Set([
  '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  '00000003-0000-0000-c000-000000000000',
  '00000002-0000-0000-c000-000000000000',
  'fb60f99c-7a34-4190-8149-302f77469936',
]);

/** `api://AzureADTokenExchange`, and its variants in other Microsoft clouds: `…USGov`, `…China`, and closed clouds. */
const TOKEN_EXCHANGE = /^(?:api:)?\/*azureadtokenexchange/;

/** Whether one of Microsoft's clouds accepts tokens for this audience, whatever the spelling. */
export function isMicrosoftAudience(audience: string): boolean {
  const normalized = (ignoreErrors(() => decodeURIComponent(audience)) ?? audience)
    .normalize('NFKC')
    .replaceAll(/[\s\p{C}]/gu, '')
    .toLowerCase();
  return (
    TOKEN_EXCHANGE.test(normalized) ||
    RESOURCE_IDS.has(normalized.replaceAll(/^[a-z]+:\/*|\/+$/g, '')) ||
    isMicrosoftHost(hostOf(normalized)) ||
    isMicrosoftHost(hostOf(`https://${normalized}`))
  );
}

/** The first audience of a JWT that one of Microsoft's clouds accepts; `''` when there is none. */
export function microsoftAudienceOf(jwt: string): string {
  const audiences = [claimsOf(jwt)?.['aud']].flat();
  return audiences.find((each): each is string => typeof each === 'string' && isMicrosoftAudience(each)) ?? '';
}
