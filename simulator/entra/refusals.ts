import type { Application, Tenant, User } from '../directory.ts';
import { Refusal, type RefusalDetails } from './refusal.ts';

type Words = string | ((...values: never[]) => string);
type Row = readonly [code: number, words: Words, more?: Partial<RefusalDetails>];
/** What makes a refusal of the values that its words need. */
type Maker<W> = (...values: W extends (...values: infer Values) => string ? Values : []) => Refusal;

/** The refusals that share an error of OAuth 2.0. */
function rows<const Group extends Readonly<Record<string, Row>>>(error: string, group: Group) {
  const makers = Object.entries(group).map(([name, [code, words, more]]: [string, Row]) => {
    const description = (values: never[]): string => (typeof words === 'string' ? words : words(...values));
    return [name, (...values: never[]) => new Refusal({ code, error, description: description(values), ...more })];
  });
  return Object.fromEntries(makers) as { readonly [Name in keyof Group]: Maker<Group[Name][1]> };
}

const CERTIFICATES_PAGE =
  'Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .';
const NOT_INSTALLED =
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any ' +
  'user in the tenant.';
const MOVED =
  'Due to a configuration change made by your administrator, or because you moved to a new location, you must';
const RESOURCE_MANAGER_ID = '797f4846-ba00-4fd7-ba43-dac1f8f63013';

/** The claims challenge of a policy of Conditional Access. */
function challenge(policy: string): string {
  return `{"access_token":{"capolids":{"essential":true,"values":["${policy}"]}}}`;
}

function noMatch(part: 'issuer' | 'subject' | 'audience', hint = '') {
  return (presented: string): string =>
    `No matching federated identity record found for presented assertion ${part} '${presented}'. ${hint}Check your ` +
    'federated identity credential Subject, Audience and Issuer against the presented assertion. ' +
    'https://learn.microsoft.com/entra/workload-id/workload-identity-federation';
}

function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/(\.\d{3})Z$/, '$10000Z');
}

/**
 * Entra's refusals in its own words, as far as they are public.
 * Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes", and the texts
 * that users quote in public issues.
 */
export const refuse = {
  ...rows('invalid_request', {
    malformedTenant: [
      900023,
      (tenant: string) =>
        `Specified tenant identifier '${tenant}' is neither a valid DNS name, nor a valid external domain.`,
    ],
    unknownTenant: [
      90002,
      (tenant: string) =>
        `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the ` +
        'correct cloud. Check with your subscription administrator, this may happen if there are no active ' +
        'subscriptions for the tenant.',
    ],
    confidentialClientAcrossClouds: [900382, 'Confidential Client is not supported in Cross Cloud request.'],
    tenantOfAnotherCloud: [
      90038,
      ({ id, cloud }: Tenant) => `Tenant '${id}' request is being redirected to the National Cloud '${cloud}'.`,
    ],
    noTenantInformation: [
      50059,
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
    ],
    passwordOverCommon: [
      9001023,
      'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or ' +
        'tenant-specific endpoint.',
    ],
    missingField: [900144, (name: string) => `The request body must contain the following parameter: '${name}'.`],
    notPosted: [
      900561,
      (method: string) => `The endpoint only accepts POST, OPTIONS requests. Received a ${method} request.`,
    ],
    severalResources: [
      28000,
      'Provided value for the input parameter scope is not valid because it contains more than one resource.',
    ],
    noClientCredential: [
      7000216,
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ],
    wrongAssertionType: [
      7000220,
      "'client_assertion_type' must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.",
    ],
    malformedAssertion: [50027, 'JWT token is invalid or malformed.'],
    issuerUnreachable: [50166, 'Request to External OIDC endpoint failed.'],
  }),
  ...rows('unsupported_grant_type', {
    unsupportedGrant: [70003, (grant: string) => `The app requested an unsupported grant type '${grant}'.`],
  }),
  ...rows('invalid_scope', {
    scopeWithoutDefault: [
      1002012,
      (scope: string) =>
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with ` +
        '/.default suffixed to the resource identifier (application ID URI).',
    ],
    invalidScope: [
      70011,
      (scope: string) =>
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter " +
        `'scope' is not valid. The scope ${scope} is not valid.`,
    ],
  }),
  ...rows('invalid_resource', {
    unknownResource: [
      500011,
      (resource: string, { displayName }: Tenant) =>
        `The resource principal named ${resource} was not found in the tenant named ${displayName}. ${NOT_INSTALLED} ` +
        'You might have sent your authentication request to the wrong tenant.',
    ],
  }),
  ...rows('unauthorized_client', {
    unknownApplication: [
      700016,
      (clientId: string, { displayName }: Tenant) =>
        `Application with identifier '${clientId}' was not found in the directory '${displayName}'. ${NOT_INSTALLED} ` +
        'You may have sent your authentication request to the wrong tenant.',
    ],
    missingServicePrincipal: [
      7000229,
      ({ clientId }: Application, { id }: Tenant) =>
        `The client application '${clientId}' is missing service principal in the tenant '${id}'. See instructions ` +
        'here: https://go.microsoft.com/fwlink/?linkid=2225119',
    ],
    disabledApplication: [
      7000112,
      ({ clientId, displayName }: Application) => `Application '${clientId}'(${displayName}) is disabled.`,
    ],
  }),
  ...rows('invalid_client', {
    wrongSecret: [
      7000215,
      ({ clientId }: Application) =>
        'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not ' +
        `the client secret ID, for a secret added to app '${clientId}'.`,
    ],
    expiredSecret: [
      7000222,
      ({ clientId }: Application) =>
        `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys ` +
        'for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: ' +
        'https://aka.ms/certCreds.',
    ],
    secretOfPublicClient: [
      700025,
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    ],
    missingClientCredential: [
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ],
    assertionOfAnotherClient: [700021, "Client assertion application identifier doesn't match 'client_id' parameter."],
    assertionAudience: [700023, `Client assertion audience claim does not match Realm issuer. ${CERTIFICATES_PAGE}`],
    assertionTime: [
      700024,
      ({ now, notBefore, expiry }: { now: number; notBefore: number; expiry: number }) =>
        `Client assertion is not within its valid time range. Current time: ${stamp(now)}, assertion valid from ` +
        `${stamp(notBefore)}, expiry time of assertion ${stamp(expiry)}. ${CERTIFICATES_PAGE}`,
    ],
    unregisteredCertificate: [
      700027,
      (thumbprint: string, { clientId }: Application) =>
        'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ' +
        `The key was not found., Thumbprint of key used by client: '${thumbprint}', Please visit the Azure Portal, ` +
        `Graph Explorer or directly use MS Graph to see configured keys for app Id '${clientId}'. Review the ` +
        'documentation at https://learn.microsoft.com/graph/deployments to determine the corresponding service endpoint.]',
    ],
    wrongAssertionSignature: [
      700027,
      (reason: string) => `Client assertion contains an invalid signature. [Reason - ${reason}]`,
    ],
    untrustedSubjectName: [
      700030,
      (commonName: string) =>
        'Invalid certificate - subject name in certificate is not authorized. SubjectNames/SubjectAlternativeNames ' +
        `(up to 10) in token certificate are: ${commonName}.`,
    ],
    noFederatedCredentials: [
      70025,
      ({ clientId, displayName }: Application) =>
        `The client '${clientId}'(${displayName}) has no configured federated identity credentials.`,
    ],
    issuerMismatch: [700211, noMatch('issuer')],
    audienceMismatch: [700212, noMatch('audience')],
    subjectMismatch: [700213, noMatch('subject')],
    subjectCase: [
      7002138,
      noMatch(
        'subject',
        'The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ',
      ),
    ],
  }),
  ...rows('invalid_grant', {
    blockedByConditionalAccess: [
      53003,
      'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
      { suberror: 'message_only', claims: challenge('2b0e31b8-6f0b-4a5e-9c53-9d1f6f5a8c11') },
    ],
    unknownUser: [
      50034,
      (directory: string) =>
        `The user account {EUII Hidden} does not exist in the ${directory} directory. To sign into this application, ` +
        'the account must be added to the directory.',
    ],
    wrongPassword: [50126, 'Error validating credentials due to invalid username or password.'],
    lockedAccount: [
      50053,
      "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    ],
    expiredPassword: [50055, 'The password is expired.', { suberror: 'user_password_expired' }],
    disabledUser: [50057, 'The user account is disabled.'],
    multifactorRequired: [
      50076,
      `${MOVED} use multi-factor authentication to access '${RESOURCE_MANAGER_ID}'.`,
      { suberror: 'basic_action', claims: challenge('c8b1f3a4-5d67-4e0f-9c2b-7a1d3e5f9b20') },
    ],
    multifactorUnregistered: [
      50079,
      `${MOVED} enroll in multi-factor authentication to access '${RESOURCE_MANAGER_ID}'.`,
      { suberror: 'basic_action', claims: challenge('c8b1f3a4-5d67-4e0f-9c2b-7a1d3e5f9b20') },
    ],
    userOfAnotherTenant: [
      50020,
      ({ userPrincipalName, tenantId }: User, { displayName }: Tenant) =>
        `User account '${userPrincipalName}' from identity provider 'https://sts.windows.net/${tenantId}/' does not ` +
        `exist in tenant '${displayName}' and cannot access the application in that tenant. The account needs to be ` +
        'added as an external user in the tenant first.',
    ],
    malformedGrant: [9002313, 'Invalid request. Request is malformed or invalid.'],
    foreignGrant: [70000, 'Provided grant is invalid or malformed.'],
    expiredRefreshToken: [
      700082,
      (issued: number) =>
        `The refresh token has expired due to inactivity. The token was issued on ${new Date(issued).toISOString()} ` +
        'and was inactive for 90.00:00:00.',
    ],
  }),
  // Device code. RFC 8628, section 3.5.
  ...rows('authorization_pending', {
    authorizationPending: [70016, 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.'],
  }),
  ...rows('slow_down', { slowDown: [0, 'The client polls too often.'] }),
  ...rows('authorization_declined', {
    authorizationDeclined: [70012, 'The end user denied the authorization request.'],
  }),
  ...rows('bad_verification_code', {
    unknownDeviceCode: [70018, 'Invalid verification code due to User typing in wrong user code for device code flow.'],
  }),
  ...rows('expired_token', {
    expiredDeviceCode: [
      70020,
      "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    ],
  }),
};
