import { type Cloud, hostOf, isMicrosoftIssuer, isMicrosoftResourceManager } from '../core/clouds.ts';
import { quotable } from '../core/foreign-text.ts';
import { claimsOf } from '../core/jwt.ts';
import type { TokenRequest } from '../core/request.ts';
import { SessionError } from '../core/session-error.ts';
import { unusableDescription } from '../errors/discovery.ts';

/**
 * What a private cloud must not receive. It may name a token issuer of its own, and whoever gets a token that Microsoft's
 * clouds accept can use it there. Loaded for private clouds only.
 */

/** @throws {SessionError} when a token that this method would ask for must not be sent to the cloud */
export function assertMayBeAsked(request: TokenRequest, cloud: Cloud): void {
  // These come from Microsoft, whichever issuer the cloud names.
  if (request.method === 'managed-identity') assertOwnAudience(cloud);
  if (request.method !== 'oidc' || isMicrosoftIssuer(cloud.authority)) return;
  const { audience } = request;
  if (audience !== undefined && !isMicrosoftAudience(audience)) return;
  const demand = audience === undefined ? 'must be given' : `must not be ${quotable(audience, 100)}`;
  throw new SessionError(`This cloud has a token issuer of its own, so \`audience\` ${demand}.`, {
    why: `GitHub's ID token would be sent to ${cloud.authority}. With an audience that Microsoft's clouds accept, it could be used there to sign in as this job.`,
    next: [
      {
        say: 'Name an audience that only this cloud accepts, and set the same one in its federated credential:',
        yaml: 'audience: AUDIENCE_OF_THIS_CLOUD',
      },
      CHECK_ISSUER,
    ],
  });
}

const CHECK_ISSUER = 'If the cloud should use Entra ID, check the token issuer that it names in its metadata.';

/** @throws {SessionError} for an assertion that must not be sent to the token issuer of the cloud */
export function assertAssertionMayBeSent(assertion: string, { authority }: Cloud): void {
  const audience = isMicrosoftIssuer(authority) ? '' : microsoftAudienceOf(assertion);
  if (audience === '') return;
  throw new SessionError(
    "This cloud has a token issuer of its own, and the federated token is for Microsoft's clouds.",
    {
      why: `The token has the audience ${quotable(audience, 100)}. Whoever receives it could use it there to sign in as this job, so it is not sent to ${authority}.`,
      next: [
        'In a pod, project a service account token with an audience that only this cloud accepts, and name its file in `federated-token-file`.',
        CHECK_ISSUER,
      ],
    },
  );
}

/** @throws {SessionError} for an access token of Microsoft's services, whoever gave it */
export function assertTokenMayBeSent(token: string, { resourceManager }: Cloud): void {
  const audience = isMicrosoftResourceManager(resourceManager) ? '' : microsoftAudienceOf(token);
  if (audience === '') return;
  throw new SessionError(`The access token is not for the Resource Manager at ${resourceManager}.`, {
    why: `It is for ${quotable(audience, 200)}, one of Microsoft's services. Such a token is not sent to another host.`,
    next: ['Check that the identity belongs to the cloud that `resource-manager-url` names.'],
  });
}

/** @throws {SessionError} where a token comes from Microsoft, whichever issuer the cloud names, and is not for the cloud alone */
function assertOwnAudience({ resourceManager, resourceManagerAudience }: Cloud): void {
  if (!isOwnAudience(resourceManager, resourceManagerAudience))
    throw foreignAudience(resourceManager, resourceManagerAudience);
}

/** Its own host; for an Azure Stack Hub `https://management.<tenant>/<id>`; all audiences for Microsoft's own hosts. */
export function isOwnAudience(url: string, audience: string): boolean {
  const host = hostOf(audience);
  if (host === hostOf(url) || isMicrosoftResourceManager(url)) return true;
  return /^https:/i.test(audience) && /^[a-z]*management\./.test(host) && !isMicrosoftHost(host);
}

export function foreignAudience(url: string, audience: string): SessionError {
  return unusableDescription(
    url,
    `It asks for tokens for ${quotable(audience, 200)}, which is not its own Resource Manager. Such a token is not sent to another host.`,
  );
}

/**
 * Domains in which Microsoft's clouds have their services, customers' hosts among them. Broad on purpose: it decides what
 * must not reach a private cloud, never what Microsoft's own hosts may have.
 * Source: azure-cli, `azure/cli/core/cloud.py`; Microsoft Learn, "Azure domains".
 */
const DOMAINS: readonly string[] = [
  ...['azure.com', 'azure.net', 'azure.us', 'azure.cn', 'windows.net', 'windows.us', 'azurewebsites.net'],
  ...['microsoft.com', 'microsoft.us', 'microsoft.de', 'office.com', 'office.net', 'office365.com', 'office365.us'],
  ...['microsoftonline.com', 'microsoftonline.us', 'microsoftonline.cn', 'microsoftonline.de', 'microsoftazure.us'],
  ...['usgovcloudapi.net', 'chinacloudapi.cn', 'cloudapi.de', 'microsoftazure.de', 'loganalytics.io', 'sharepoint.com'],
  ...[
    'azure-api.net',
    'azuredatabricks.net',
    'azuresynapse.net',
    'azconfig.io',
    'applicationinsights.io',
    'msftcloudes.com',
  ],
  ...['live.com', 'b2clogin.com', 'ciamlogin.com', 'dynamics.com', 'powerbi.com', 'visualstudio.com'],
];

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
