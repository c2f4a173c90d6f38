import type { Application, Tenant, User } from '../directory.ts';
import { Refusal } from './refusal.ts';

/**
 * Entra's refusals in its own words, as far as they are public.
 * Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes", and the texts
 * that users quote in public issues.
 */

const FEDERATION_HELP =
  'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ' +
  'https://learn.microsoft.com/entra/workload-id/workload-identity-federation';

const RESOURCE_MANAGER_ID = '797f4846-ba00-4fd7-ba43-dac1f8f63013';

function invalidClient(code: number, description: string): Refusal {
  return new Refusal({ code, error: 'invalid_client', description });
}

function invalidGrant(code: number, description: string): Refusal {
  return new Refusal({ code, error: 'invalid_grant', description });
}

function invalidRequest(code: number, description: string): Refusal {
  return new Refusal({ code, error: 'invalid_request', description });
}

function unauthorizedClient(code: number, description: string): Refusal {
  return new Refusal({ code, error: 'unauthorized_client', description });
}

// Tenants.

export function malformedTenant(tenant: string): Refusal {
  return invalidRequest(
    900023,
    `Specified tenant identifier '${tenant}' is neither a valid DNS name, nor a valid external domain.`,
  );
}

export function unknownTenant(tenant: string): Refusal {
  return invalidRequest(
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct ` +
      'cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.',
  );
}

export function confidentialClientAcrossClouds(): Refusal {
  return invalidRequest(900382, 'Confidential Client is not supported in Cross Cloud request.');
}

export function tenantOfAnotherCloud(tenant: Tenant): Refusal {
  return invalidRequest(
    90038,
    `Tenant '${tenant.id}' request is being redirected to the National Cloud '${tenant.cloud}'.`,
  );
}

export function noTenantInformation(): Refusal {
  return invalidRequest(
    50059,
    'No tenant-identifying information found in either the request or implied by any provided credentials.',
  );
}

export function passwordOverCommon(): Refusal {
  return invalidRequest(
    9001023,
    'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or ' +
      'tenant-specific endpoint.',
  );
}

export function regionalEndpoint(): Refusal {
  return invalidRequest(
    100007,
    'AAD Regional ONLY supports auth either for MSIs OR for requests from MSAL using SN+I for 1P apps or 3P apps in ' +
      'Microsoft infrastructure tenants.',
  );
}

// The request.

export function missingField(name: string): Refusal {
  return invalidRequest(900144, `The request body must contain the following parameter: '${name}'.`);
}

export function notPosted(method: string): Refusal {
  return invalidRequest(900561, `The endpoint only accepts POST, OPTIONS requests. Received a ${method} request.`);
}

export function unsupportedGrant(grant: string): Refusal {
  return new Refusal({
    code: 70003,
    error: 'unsupported_grant_type',
    description: `The app requested an unsupported grant type '${grant}'.`,
  });
}

export function scopeWithoutDefault(scope: string): Refusal {
  return new Refusal({
    code: 1002012,
    error: 'invalid_scope',
    description:
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with ` +
      '/.default suffixed to the resource identifier (application ID URI).',
  });
}

export function invalidScope(scope: string): Refusal {
  return new Refusal({
    code: 70011,
    error: 'invalid_scope',
    description:
      "The provided request must include a 'scope' input parameter. The provided value for the input parameter " +
      `'scope' is not valid. The scope ${scope} is not valid.`,
  });
}

export function severalResources(): Refusal {
  return new Refusal({
    code: 28000,
    error: 'invalid_request',
    description:
      'Provided value for the input parameter scope is not valid because it contains more than one resource.',
  });
}

export function unknownResource(resource: string, tenant: Tenant): Refusal {
  return new Refusal({
    code: 500011,
    error: 'invalid_resource',
    description:
      `The resource principal named ${resource} was not found in the tenant named ${tenant.displayName}. This can ` +
      'happen if the application has not been installed by the administrator of the tenant or consented to by any user ' +
      'in the tenant. You might have sent your authentication request to the wrong tenant.',
  });
}

// The client.

export function unknownApplication(clientId: string, tenant: Tenant): Refusal {
  return unauthorizedClient(
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenant.displayName}'. This can ` +
      'happen if the application has not been installed by the administrator of the tenant or consented to by any user ' +
      'in the tenant. You may have sent your authentication request to the wrong tenant.',
  );
}

export function missingServicePrincipal(application: Application, tenant: Tenant): Refusal {
  return unauthorizedClient(
    7000229,
    `The client application '${application.clientId}' is missing service principal in the tenant '${tenant.id}'. See ` +
      'instructions here: https://go.microsoft.com/fwlink/?linkid=2225119',
  );
}

export function disabledApplication(application: Application): Refusal {
  return unauthorizedClient(7000112, `Application '${application.clientId}'(${application.displayName}) is disabled.`);
}

export function wrongSecret(application: Application): Refusal {
  return invalidClient(
    7000215,
    'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the ' +
      `client secret ID, for a secret added to app '${application.clientId}'.`,
  );
}

export function expiredSecret(application: Application): Refusal {
  return invalidClient(
    7000222,
    `The provided client secret keys for app '${application.clientId}' are expired. Visit the Azure portal to create ` +
      'new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added ' +
      'security: https://aka.ms/certCreds.',
  );
}

export function secretOfPublicClient(): Refusal {
  return invalidClient(
    700025,
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  );
}

export function missingClientCredential(): Refusal {
  return invalidClient(
    7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  );
}

export function noClientCredential(): Refusal {
  return invalidRequest(
    7000216,
    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  );
}

export function wrongAssertionType(): Refusal {
  return invalidRequest(
    7000220,
    "'client_assertion_type' must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.",
  );
}

export function blockedByConditionalAccess(): Refusal {
  return new Refusal({
    code: 53003,
    error: 'invalid_grant',
    description:
      'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    suberror: 'message_only',
    claims: '{"access_token":{"capolids":{"essential":true,"values":["2b0e31b8-6f0b-4a5e-9c53-9d1f6f5a8c11"]}}}',
  });
}

// Assertions.

export function malformedAssertion(): Refusal {
  return invalidRequest(50027, 'JWT token is invalid or malformed.');
}

export function assertionOfAnotherClient(): Refusal {
  return invalidClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
}

export function assertionAudience(): Refusal {
  return invalidClient(
    700023,
    'Client assertion audience claim does not match Realm issuer. Review the documentation at ' +
      'https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
  );
}

export function assertionTime(times: { now: number; notBefore: number; expiry: number }): Refusal {
  const stamp = (milliseconds: number) => new Date(milliseconds).toISOString().replace(/(\.\d{3})Z$/, '$10000Z');
  return invalidClient(
    700024,
    `Client assertion is not within its valid time range. Current time: ${stamp(times.now)}, assertion valid from ` +
      `${stamp(times.notBefore)}, expiry time of assertion ${stamp(times.expiry)}. Review the documentation at ` +
      'https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
  );
}

export function unregisteredCertificate(thumbprint: string, application: Application): Refusal {
  return invalidClient(
    700027,
    'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ' +
      `The key was not found., Thumbprint of key used by client: '${thumbprint}', Please visit the Azure Portal, Graph ` +
      `Explorer or directly use MS Graph to see configured keys for app Id '${application.clientId}'. Review the ` +
      'documentation at https://learn.microsoft.com/graph/deployments to determine the corresponding service endpoint.]',
  );
}

export function wrongAssertionSignature(reason: string): Refusal {
  return invalidClient(700027, `Client assertion contains an invalid signature. [Reason - ${reason}]`);
}

export function untrustedSubjectName(commonName: string): Refusal {
  return invalidClient(
    700030,
    'Invalid certificate - subject name in certificate is not authorized. SubjectNames/SubjectAlternativeNames (up to ' +
      `10) in token certificate are: ${commonName}.`,
  );
}

export function noFederatedCredentials(application: Application): Refusal {
  return invalidClient(
    70025,
    `The client '${application.clientId}'(${application.displayName}) has no configured federated identity credentials.`,
  );
}

export function federatedMismatch(part: 'issuer' | 'subject' | 'audience', presented: string): Refusal {
  const code = { issuer: 700211, audience: 700212, subject: 700213 }[part];
  return invalidClient(
    code,
    `No matching federated identity record found for presented assertion ${part} '${presented}'. ${FEDERATION_HELP}`,
  );
}

export function federatedSubjectCase(presented: string): Refusal {
  return invalidClient(
    7002138,
    `No matching federated identity record found for presented assertion subject '${presented}'. The subject matches ` +
      `with case-insensitive comparison, but not with case-sensitive comparison. ${FEDERATION_HELP}`,
  );
}

export function issuerUnreachable(): Refusal {
  return invalidRequest(50166, 'Request to External OIDC endpoint failed.');
}

export function entraTokenAsAssertion(): Refusal {
  return invalidClient(
    700222,
    'AAD-issued tokens may not be used for federated identity flows. Please make sure the assertion is issued by ' +
      'another identity provider or a managed identity.',
  );
}

export function notManagedIdentityToken(): Refusal {
  return invalidClient(700229, 'Only app-only tokens can be used as Federated Identity Credentials for AAD issuer.');
}

// Users.

export function unknownUser(directory: string): Refusal {
  return invalidGrant(
    50034,
    `The user account {EUII Hidden} does not exist in the ${directory} directory. To sign into this application, the ` +
      'account must be added to the directory.',
  );
}

export function wrongPassword(): Refusal {
  return invalidGrant(50126, 'Error validating credentials due to invalid username or password.');
}

export function lockedAccount(): Refusal {
  return invalidGrant(
    50053,
    "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
  );
}

export function expiredPassword(): Refusal {
  return new Refusal({
    code: 50055,
    error: 'invalid_grant',
    description: 'The password is expired.',
    suberror: 'user_password_expired',
  });
}

export function disabledUser(): Refusal {
  return invalidGrant(50057, 'The user account is disabled.');
}

export function multifactorRequired(state: 'required' | 'unregistered', api: 'v1' | 'v2'): Refusal {
  const description =
    state === 'required'
      ? 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use ' +
        `multi-factor authentication to access '${RESOURCE_MANAGER_ID}'.`
      : 'Due to a configuration change made by your administrator, or because you moved to a new location, you must ' +
        `enroll in multi-factor authentication to access '${RESOURCE_MANAGER_ID}'.`;
  return new Refusal({
    code: state === 'required' ? 50076 : 50079,
    error: api === 'v1' ? 'interaction_required' : 'invalid_grant',
    description,
    suberror: 'basic_action',
    claims: '{"access_token":{"capolids":{"essential":true,"values":["c8b1f3a4-5d67-4e0f-9c2b-7a1d3e5f9b20"]}}}',
  });
}

export function userOfAnotherTenant(user: User, tenant: Tenant): Refusal {
  return invalidGrant(
    50020,
    `User account '${user.userPrincipalName}' from identity provider 'https://sts.windows.net/${user.tenantId}/' does not ` +
      `exist in tenant '${tenant.displayName}' and cannot access the application in that tenant. The account needs to be ` +
      'added as an external user in the tenant first.',
  );
}

export function malformedGrant(): Refusal {
  return invalidGrant(9002313, 'Invalid request. Request is malformed or invalid.');
}

export function foreignGrant(): Refusal {
  return invalidGrant(70000, 'Provided grant is invalid or malformed.');
}

export function expiredRefreshToken(issued: number): Refusal {
  return invalidGrant(
    700082,
    `The refresh token has expired due to inactivity. The token was issued on ${new Date(issued).toISOString()} and was ` +
      'inactive for 90.00:00:00.',
  );
}

export function revokedRefreshToken(): Refusal {
  return invalidGrant(
    50173,
    'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed ' +
      'or reset their password.',
  );
}

// Device code. RFC 8628, section 3.5.

export function authorizationPending(): Refusal {
  return new Refusal({
    code: 70016,
    error: 'authorization_pending',
    description: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
  });
}

export function slowDown(): Refusal {
  return new Refusal({ code: 0, error: 'slow_down', description: 'The client polls too often.' });
}

export function authorizationDeclined(): Refusal {
  return new Refusal({
    code: 70012,
    error: 'authorization_declined',
    description: 'The end user denied the authorization request.',
  });
}

export function unknownDeviceCode(): Refusal {
  return new Refusal({
    code: 70018,
    error: 'bad_verification_code',
    description: 'Invalid verification code due to User typing in wrong user code for device code flow.',
  });
}

export function expiredDeviceCode(): Refusal {
  return new Refusal({
    code: 70020,
    error: 'expired_token',
    description: "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
  });
}
