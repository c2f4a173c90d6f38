import type { Application, Tenant, User } from '../directory.ts';
import { EntraError, type ErrorDetails } from './error.ts';

const CERTIFICATES_PAGE =
  'Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .';
const FEDERATED_HELP =
  'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation';
const NOT_INSTALLED =
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.';
const MOVED =
  'Due to a configuration change made by your administrator, or because you moved to a new location, you must';
const RESOURCE_MANAGER_ID = '797f4846-ba00-4fd7-ba43-dac1f8f63013';

/** A template tag for the description of one OAuth 2.0 error. */
function entra(error: string, more: Pick<ErrorDetails, 'suberror' | 'claims'> = {}) {
  return (text: TemplateStringsArray, ...values: readonly string[]) =>
    new EntraError({ error, description: String.raw(text, ...values), ...more });
}

const invalidRequest = entra('invalid_request');
const invalidScope = entra('invalid_scope');
const invalidResource = entra('invalid_resource');
const unauthorizedClient = entra('unauthorized_client');
const invalidClient = entra('invalid_client');
const invalidGrant = entra('invalid_grant');
const authorizationPending = entra('authorization_pending');
const badVerificationCode = entra('bad_verification_code');
const expiredToken = entra('expired_token');
const passwordExpired = entra('invalid_grant', { suberror: 'user_password_expired' });
const blockedByPolicy = entra('invalid_grant', {
  suberror: 'message_only',
  claims: challenge('2b0e31b8-6f0b-4a5e-9c53-9d1f6f5a8c11'),
});
const multifactorNeeded = entra('invalid_grant', {
  suberror: 'basic_action',
  claims: challenge('c8b1f3a4-5d67-4e0f-9c2b-7a1d3e5f9b20'),
});

/** The claims challenge of a Conditional Access policy. */
function challenge(policy: string): string {
  return `{"access_token":{"capolids":{"essential":true,"values":["${policy}"]}}}`;
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/(\.\d{3})Z$/, '$10000Z');
}

/**
 * Source of the texts: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes", and
 * public issues that quote them.
 */
export const errors = {
  malformedTenant: (tenant: string) =>
    invalidRequest`AADSTS900023: Specified tenant identifier '${tenant}' is neither a valid DNS name, nor a valid external domain.`,
  unknownTenant: (tenant: string) =>
    invalidRequest`AADSTS90002: Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  confidentialClientAcrossClouds: () =>
    invalidRequest`AADSTS900382: Confidential Client is not supported in Cross Cloud request.`,
  tenantOfAnotherCloud: ({ id, cloud }: Tenant) =>
    invalidRequest`AADSTS90038: Tenant '${id}' request is being redirected to the National Cloud '${cloud}'.`,
  noTenantInformation: () =>
    invalidRequest`AADSTS50059: No tenant-identifying information found in either the request or implied by any provided credentials.`,
  passwordOverCommon: () =>
    invalidRequest`AADSTS9001023: The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.`,
  missingField: (name: string) =>
    invalidRequest`AADSTS900144: The request body must contain the following parameter: '${name}'.`,
  methodNotAllowed: (method: string) =>
    invalidRequest`AADSTS900561: The endpoint only accepts POST, OPTIONS requests. Received a ${method} request.`,
  severalResources: () =>
    invalidRequest`AADSTS28000: Provided value for the input parameter scope is not valid because it contains more than one resource.`,
  noClientCredential: () =>
    invalidRequest`AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.`,
  wrongAssertionType: () =>
    invalidRequest`AADSTS7000220: 'client_assertion_type' must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.`,
  malformedAssertion: () => invalidRequest`AADSTS50027: JWT token is invalid or malformed.`,
  issuerUnreachable: () => invalidRequest`AADSTS50166: Request to External OIDC endpoint failed.`,
  unknownInstance: () => entra('invalid_instance')`AADSTS50049: Unknown or invalid instance.`,
  unsupportedGrant: (grant: string) =>
    entra('unsupported_grant_type')`AADSTS70003: The app requested an unsupported grant type '${grant}'.`,
  scopeWithoutDefault: (scope: string) =>
    invalidScope`AADSTS1002012: The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
  invalidScope: (scope: string) =>
    invalidScope`AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
  unknownResource: (resource: string, { displayName }: Tenant) =>
    invalidResource`AADSTS500011: The resource principal named ${resource} was not found in the tenant named ${displayName}. ${NOT_INSTALLED} You might have sent your authentication request to the wrong tenant.`,
  unknownApplication: (clientId: string, { displayName }: Tenant) =>
    unauthorizedClient`AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${displayName}'. ${NOT_INSTALLED} You may have sent your authentication request to the wrong tenant.`,
  missingServicePrincipal: ({ clientId }: Application, { id }: Tenant) =>
    unauthorizedClient`AADSTS7000229: The client application '${clientId}' is missing service principal in the tenant '${id}'. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119`,
  disabledApplication: ({ clientId, displayName }: Application) =>
    unauthorizedClient`AADSTS7000112: Application '${clientId}'(${displayName}) is disabled.`,
  wrongSecret: ({ clientId }: Application) =>
    invalidClient`AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
  expiredSecret: ({ clientId }: Application) =>
    invalidClient`AADSTS7000222: The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
  secretOfPublicClient: () =>
    invalidClient`AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.`,
  missingClientCredential: () =>
    invalidClient`AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.`,
  assertionOfAnotherClient: () =>
    invalidClient`AADSTS700021: Client assertion application identifier doesn't match 'client_id' parameter.`,
  assertionAudience: () =>
    invalidClient`AADSTS700023: Client assertion audience claim does not match Realm issuer. ${CERTIFICATES_PAGE}`,
  assertionTime: ({ now, notBefore, expiry }: { now: number; notBefore: number; expiry: number }) =>
    invalidClient`AADSTS700024: Client assertion is not within its valid time range. Current time: ${timestamp(now)}, assertion valid from ${timestamp(notBefore)}, expiry time of assertion ${timestamp(expiry)}. ${CERTIFICATES_PAGE}`,
  unregisteredCertificate: (thumbprint: string, { clientId }: Application) =>
    invalidClient`AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${clientId}'. Review the documentation at https://learn.microsoft.com/graph/deployments to determine the corresponding service endpoint.]`,
  wrongAssertionSignature: (reason: string) =>
    invalidClient`AADSTS700027: Client assertion contains an invalid signature. [Reason - ${reason}]`,
  untrustedSubjectName: (commonName: string) =>
    invalidClient`AADSTS700030: Invalid certificate - subject name in certificate is not authorized. SubjectNames/SubjectAlternativeNames (up to 10) in token certificate are: ${commonName}.`,
  noFederatedCredentials: ({ clientId, displayName }: Application) =>
    invalidClient`AADSTS70025: The client '${clientId}'(${displayName}) has no configured federated identity credentials.`,
  issuerMismatch: (presented: string) =>
    invalidClient`AADSTS700211: No matching federated identity record found for presented assertion issuer '${presented}'. ${FEDERATED_HELP}`,
  audienceMismatch: (presented: string) =>
    invalidClient`AADSTS700212: No matching federated identity record found for presented assertion audience '${presented}'. ${FEDERATED_HELP}`,
  subjectMismatch: (presented: string) =>
    invalidClient`AADSTS700213: No matching federated identity record found for presented assertion subject '${presented}'. ${FEDERATED_HELP}`,
  subjectCase: (presented: string) =>
    invalidClient`AADSTS7002138: No matching federated identity record found for presented assertion subject '${presented}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ${FEDERATED_HELP}`,
  blockedByConditionalAccess: () =>
    blockedByPolicy`AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.`,
  unknownUser: (directory: string) =>
    invalidGrant`AADSTS50034: The user account {EUII Hidden} does not exist in the ${directory} directory. To sign into this application, the account must be added to the directory.`,
  wrongPassword: () => invalidGrant`AADSTS50126: Error validating credentials due to invalid username or password.`,
  lockedAccount: () =>
    invalidGrant`AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password.`,
  expiredPassword: () => passwordExpired`AADSTS50055: The password is expired.`,
  disabledUser: () => invalidGrant`AADSTS50057: The user account is disabled.`,
  multifactorRequired: () =>
    multifactorNeeded`AADSTS50076: ${MOVED} use multi-factor authentication to access '${RESOURCE_MANAGER_ID}'.`,
  multifactorUnregistered: () =>
    multifactorNeeded`AADSTS50079: ${MOVED} enroll in multi-factor authentication to access '${RESOURCE_MANAGER_ID}'.`,
  userOfAnotherTenant: ({ userPrincipalName, tenantId }: User, { displayName }: Tenant) =>
    invalidGrant`AADSTS50020: User account '${userPrincipalName}' from identity provider 'https://sts.windows.net/${tenantId}/' does not exist in tenant '${displayName}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first.`,
  malformedGrant: () => invalidGrant`AADSTS9002313: Invalid request. Request is malformed or invalid.`,
  grantOfAnotherClient: () => invalidGrant`AADSTS70000: Provided grant is invalid or malformed.`,
  expiredRefreshToken: (issued: number) =>
    invalidGrant`AADSTS700082: The refresh token has expired due to inactivity. The token was issued on ${new Date(issued).toISOString()} and was inactive for 90.00:00:00.`,
  // Device code. Source: RFC 8628, section 3.5.
  authorizationPending: () =>
    authorizationPending`AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.`,
  slowDown: () => entra('slow_down')`The client polls too often.`,
  authorizationDeclined: () =>
    entra('authorization_declined')`AADSTS70012: The end user denied the authorization request.`,
  unknownDeviceCode: () =>
    badVerificationCode`AADSTS70018: Invalid verification code due to User typing in wrong user code for device code flow.`,
  expiredDeviceCode: () =>
    expiredToken`AADSTS70020: The provided value for the input parameter 'device_code' is not valid. This device code has expired.`,
};
