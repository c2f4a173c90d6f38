import { type Cloud, hostOf, isMicrosoftIssuer, isMicrosoftResourceManager } from '../core/clouds.ts';
import { quotable } from '../core/foreign-text.ts';
import { claimsOf } from '../core/jwt.ts';
import type { TokenRequest } from '../core/request.ts';
import type { SessionError } from '../core/session-error.ts';
import { cloudError } from '../errors/private-cloud.ts';

/**
 * What a private cloud must not receive. It may name a token issuer of its own, and a server that gets a token that
 * Microsoft's clouds accept can use it there. Loaded for private clouds only.
 */

/** @throws {SessionError} when the cloud does not know the method, or must not get a token that it would ask for */
export function assertMayBeAsked(request: TokenRequest, cloud: Cloud): void {
  const isFederated = request.method === 'oidc' || request.method === 'workload-identity';
  if (isFederated && cloud.directory === 'adfs') throw cloudError('federationByAdFs');
  const { authority, resourceManager: url, resourceManagerAudience } = cloud;
  // The tokens of a machine come from Microsoft, whichever issuer the cloud names.
  const isOwn = request.method !== 'managed-identity' || isOwnAudience(url, resourceManagerAudience);
  if (!isOwn) throw foreignAudience(url, resourceManagerAudience);
  if (request.method !== 'oidc' || isMicrosoftIssuer(authority)) return;
  const { audience } = request;
  if (audience === undefined || isMicrosoftAudience(audience))
    throw cloudError('audienceOfMicrosoft', authority, audience);
}

/** @throws {SessionError} for an assertion that must not be sent to the token issuer of the cloud */
export function assertAssertionMayBeSent(assertion: string, { authority }: Cloud): void {
  const audience = isMicrosoftIssuer(authority) ? '' : microsoftAudienceOf(assertion);
  if (audience !== '') throw cloudError('assertionOfMicrosoft', authority, audience);
}

/** @throws {SessionError} for an access token of Microsoft's services, wherever it came from */
export function assertTokenMayBeSent(token: string, { resourceManager }: Cloud): void {
  const audience = isMicrosoftResourceManager(resourceManager) ? '' : microsoftAudienceOf(token);
  if (audience !== '') throw cloudError('tokenOfMicrosoft', resourceManager, audience);
}

/** Its own host; for an Azure Stack Hub `https://management.<tenant>/<id>`; all audiences for Microsoft's own hosts. */
export function isOwnAudience(url: string, audience: string): boolean {
  const host = hostOf(audience);
  if (host === hostOf(url) || isMicrosoftResourceManager(url)) return true;
  return /^https:/i.test(audience) && /^[a-z]*management\./.test(host) && !isMicrosoftHost(host);
}

export function foreignAudience(url: string, audience: string): SessionError {
  const why = `It asks for tokens for ${quotable(audience, 200)}, which is not its own Resource Manager. Such a token is not sent to another host.`;
  return cloudError('unusable', url, why);
}

/**
 * Domains in which Microsoft's clouds have their services, customers' hosts among them. Broad on purpose: it decides what
 * must not reach a private cloud, never what Microsoft's own hosts may have.
 * Source: azure-cli, `azure/cli/core/cloud.py`; Microsoft Learn, "Azure domains".
 */
const DOMAINS: readonly string[] = `
  azure.com azure.net azure.us azure.cn windows.net windows.us azurewebsites.net microsoft.com microsoft.us microsoft.de
  office.com office.net office365.com office365.us microsoftonline.com microsoftonline.us microsoftonline.cn
  microsoftonline.de microsoftazure.us microsoftazure.de usgovcloudapi.net chinacloudapi.cn cloudapi.de loganalytics.io
  sharepoint.com azure-api.net azuredatabricks.net azuresynapse.net azconfig.io applicationinsights.io msftcloudes.com
  live.com b2clogin.com ciamlogin.com dynamics.com powerbi.com visualstudio.com`
  .trim()
  .split(/\s+/);

export function isMicrosoftHost(host: string): boolean {
  return DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** Resources that Entra ID also knows by an id: Resource Manager, Microsoft Graph, and the token exchange. */
const RESOURCE_IDS: ReadonlySet<string> = new Set([
  '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  '00000003-0000-0000-c000-000000000000',
  '00000002-0000-0000-c000-000000000000',
  'fb60f99c-7a34-4190-8149-302f77469936',
]);

/** Of every cloud of Microsoft's: `api://AzureADTokenExchange`, `…USGov`, `…China` and those of closed clouds. */
const TOKEN_EXCHANGE = /^(?:api:)?\/*azureadtokenexchange/;

/** Whether a token for this audience is good at one of Microsoft's clouds, however the audience is spelt. */
export function isMicrosoftAudience(audience: string): boolean {
  const plain = decoded(audience)
    .normalize('NFKC')
    .replaceAll(/[\s\p{C}]/gu, '')
    .toLowerCase();
  return (
    TOKEN_EXCHANGE.test(plain) ||
    RESOURCE_IDS.has(plain.replaceAll(/^[a-z]+:\/*|\/+$/g, '')) ||
    isMicrosoftHost(hostOf(plain)) ||
    isMicrosoftHost(hostOf(`https://${plain}`))
  );
}

/** Of the audiences of a JWT, one that is good at one of Microsoft's clouds; `''` when there is none. */
export function microsoftAudienceOf(jwt: string): string {
  const audiences = [claimsOf(jwt)?.['aud']].flat();
  return audiences.find((each): each is string => typeof each === 'string' && isMicrosoftAudience(each)) ?? '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
