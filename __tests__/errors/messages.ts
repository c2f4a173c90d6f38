import { stateWarning } from '../../src/arm/subscriptions.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { SessionError } from '../../src/core/session-error.ts';
import { readEntraError } from '../../src/entra/token-response.ts';
import { describeSubject, type SignInFacts, signInError } from '../../src/errors/entra.ts';
import {
  idTokenError,
  insecureTokenService,
  missingIdTokenPermission,
  pullRequestWarning,
} from '../../src/errors/github.ts';
import {
  ambiguousSubscription,
  noSubscriptions,
  readResourceManagerError,
  resourceManagerError,
  subscriptionNotFound,
} from '../../src/errors/resource-manager.ts';

/**
 * The messages for users, for a reviewer to read in `messages.snapshot.txt`:
 * `node __tests__/errors/messages.ts > __tests__/errors/messages.snapshot.txt` updates it.
 */
export function renderedMessages(): string {
  const entra = Object.entries(ENTRA).map(([name, response]) => [name, entraError(...response)] as const);
  return [...entra, ...Object.entries(OTHERS)]
    .map(([name, error]) => `=== ${name}\n\n${typeof error === 'string' ? error : error.report}\n`)
    .join('\n');
}

export const CLIENT = '11111111-aaaa-4aaa-8aaa-111111111111';
export const TENANT = '22222222-bbbb-4bbb-8bbb-222222222222';
export const SUBSCRIPTION = '33333333-cccc-4ccc-8ccc-333333333333';
export const OBJECT = '44444444-dddd-4ddd-8ddd-444444444444';
const TRACE = '55555555-eeee-4eee-8eee-555555555555';
const CORRELATION = '66666666-ffff-4fff-8fff-666666666666';
const { AzureCloud, AzureChinaCloud, AzureUSGovernment } = KNOWN_CLOUDS;
const ISSUER = 'https://token.actions.githubusercontent.com';

/** The error for a response in the format of Entra ID, with the ids at the end of the description. */
export function entraError(code: string, message: string, facts: SignInFacts, error = 'invalid_client'): SessionError {
  const ids = `Trace ID: ${TRACE} Correlation ID: ${CORRELATION} Timestamp: 2026-11-22 08:00:00Z`;
  const body = {
    error,
    error_description: `${code === '' ? '' : `AADSTS${code}: `}${message} ${ids}`,
    error_codes: code === '' ? [] : [Number(code)],
    timestamp: '2026-11-22 08:00:00Z',
    trace_id: TRACE,
    correlation_id: CORRELATION,
  };
  const response = readEntraError(400, {}, JSON.stringify(body));
  if (response === undefined) throw new Error('Not an error response.');
  return signInError(response, facts);
}

const application = { clientId: CLIENT, tenantId: TENANT, cloud: AzureCloud } as const;
const secret = { ...application, method: 'client-secret' } as const;
const ada = { method: 'password', username: 'ada@contoso.com', tenantId: TENANT, cloud: AzureCloud } as const;

export function oidc(subject: string, audience = 'api://AzureADTokenExchange'): SignInFacts {
  return { ...application, method: 'oidc', presented: { issuer: ISSUER, subject, audience } };
}

const noMatch = (what: string, value: string): string =>
  `No matching federated identity record found for presented assertion ${what} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`;

const ENVIRONMENT_BY_ID = "repo:octo-org@65/octo-repo@74:environment:It's prod";
const BRANCH_BY_NAME = 'repo:octo-org/octo-repo:ref:refs/heads/main';
const PULL_REQUEST = 'repo:octo-org/octo-repo:pull_request';
const POD = {
  issuer: 'https://oidc.example.net/cluster/',
  subject: 'system:serviceaccount:ci:runner',
  audience: 'api://AzureADTokenExchange',
};

/** By name: the code, the server's message, and the sign-in. */
const ENTRA: Readonly<Record<string, Parameters<typeof entraError>>> = {
  'an environment subject with ids, and a single quote in the name': [
    '700213',
    noMatch('subject', ENVIRONMENT_BY_ID),
    oidc(ENVIRONMENT_BY_ID),
  ],
  'a branch subject by name': ['700213', noMatch('subject', BRANCH_BY_NAME), oidc(BRANCH_BY_NAME)],
  'a pull request subject, but no credential exists': [
    '70025',
    "The client 'deployer' has no configured federated identity credentials.",
    oidc(PULL_REQUEST),
  ],
  'a subject that differs only in letter case': [
    '7002138',
    `${noMatch('subject', BRANCH_BY_NAME).split('. Check')[0]}. The subject matches with case-insensitive comparison, but not with case-sensitive comparison.`,
    oidc(BRANCH_BY_NAME),
  ],
  'the audience of another cloud': [
    '700212',
    noMatch('audience', AzureUSGovernment.federatedAudience),
    { ...oidc(BRANCH_BY_NAME, AzureUSGovernment.federatedAudience), cloud: AzureUSGovernment },
  ],
  'an audience from the inputs': [
    '700212',
    noMatch('audience', 'api://mine'),
    { ...oidc(BRANCH_BY_NAME, 'api://mine'), audience: 'api://mine' },
  ],
  "the issuer of a pod's token": [
    '700211',
    noMatch('issuer', POD.issuer),
    { ...application, method: 'workload-identity', presented: POD },
  ],
  'an expired ID token': [
    '700024',
    'Client assertion is not within its valid time range. Current time: 2026-11-22T08:00:00.0000000Z, assertion valid from 2026-11-22T07:40:00.0000000Z, expiry time of assertion 2026-11-22T07:45:00.0000000Z.',
    oidc(BRANCH_BY_NAME),
  ],
  'a wrong client secret': [
    '7000215',
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${CLIENT}'.`,
    secret,
  ],
  'an unknown application': [
    '700016',
    `Application with identifier '${CLIENT}' was not found in the directory 'Contoso'.`,
    secret,
  ],
  'a certificate that is not registered': [
    '700027',
    'The certificate with identifier used to sign the client assertion is not registered on application.',
    { ...application, method: 'client-certificate', thumbprint: 'A1B2C3D4E5F60718293A4B5C6D7E8F9012345678' },
  ],
  'an unknown tenant, in another cloud': [
    '90002',
    `Tenant 'contoso.com' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    { ...secret, tenantId: 'contoso.com', cloud: AzureUSGovernment },
  ],
  'a wrong password': [
    '50126',
    'Error validating credentials due to invalid username or password.',
    { ...ada, tenantId: 'organizations' },
  ],
  'a second factor': [
    '50076',
    'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
    ada,
  ],
  'a declined device code': [
    '70018',
    'The end user has denied the authorization request.',
    { method: 'device-code', tenantId: TENANT, cloud: AzureCloud },
    'authorization_declined',
  ],
  'a missing secret': ['7000218', 'No proof.', secret],
  'a user of an application that needs a secret': ['7000218', 'No proof.', ada],
  'an application without federated credentials, in a pod': [
    '70025',
    'None.',
    { ...application, method: 'workload-identity', presented: POD },
  ],
  'a tenant of another cloud, in AzureChinaCloud': ['900382', 'Cloud.', { ...secret, cloud: AzureChinaCloud }],
  'a federated mismatch without claims': ['700213', 'No match.', { method: 'oidc', cloud: AzureChinaCloud }],
  'a code that is not in the table': ['399218', 'Something new.', secret, 'invalid_grant'],
  'an error without a code': ['', 'No.', { method: 'managed-identity', cloud: AzureCloud }, 'unauthorized_client'],
};

const identity = { clientId: CLIENT, objectId: OBJECT, tenantId: TENANT, cloud: AzureCloud };
const subscriptions = [
  { id: SUBSCRIPTION, name: 'Production', state: 'Enabled' },
  { id: '77777777-0000-4000-8000-777777777777', name: 'Test and integration', state: 'Warned' },
];
const many = Array.from({ length: 23 }, (_, index) => ({
  id: `88888888-0000-4000-8000-${String(index).padStart(12, '0')}`,
  name: `Team\n${index + 1}`,
  state: 'Enabled',
}));
const UNSEEN = '99999999-0000-4000-8000-999999999999';

function armError(status: number, code: string, message: string, subscriptionId?: string): SessionError {
  const body = JSON.stringify({ error: { code, message } });
  const response = readResourceManagerError(status, { 'x-ms-correlation-request-id': CORRELATION }, body);
  const operation = subscriptionId === undefined ? 'list the subscriptions' : `read the subscription ${subscriptionId}`;
  return resourceManagerError(response, { ...identity, operation, ...(subscriptionId && { subscriptionId }) });
}

const SUBJECTS = [
  'repo:o/r:environment:prod',
  'repo:o/r:environment:a@1/b',
  'repo:o@1/r@2:environment:It%3As',
  'repo:o/r:ref:refs/heads/feature/x',
  'repo:o/r:ref:refs/tags/v1',
  'repo:o/r:pull_request',
  'repo:o@1/r@2:pull_request',
  'repo:o/r:environment:prod:job_workflow_ref:o/a/.github/workflows/x.yml@refs/heads/main',
  'repository_owner_id:1:repository_id:2:ref:refs/heads/main',
  'repo:o/r:ref:refs/pull/1/merge',
  'system:serviceaccount:ci:runner',
  'anything',
];

function subjectDescription(subject: string): string {
  return [subject, ...Object.values(describeSubject(subject)).filter(Boolean)].join('\n    ');
}

function startedBy(GITHUB_EVENT_NAME: string, GITHUB_ACTOR: string): Record<string, string> {
  return { GITHUB_EVENT_NAME, GITHUB_ACTOR };
}

const OTHERS: Readonly<Record<string, SessionError | string>> = {
  'descriptions of subjects': SUBJECTS.map(subjectDescription).join('\n'),
  'the pull request warning': pullRequestWarning(PULL_REQUEST),
  'the pull request warning, with ids': pullRequestWarning('repo:o@1/r@2:pull_request'),
  'no permission for an ID token': missingIdTokenPermission({ GITHUB_EVENT_NAME: 'push' }),
  'no permission for an ID token, possibly a fork': missingIdTokenPermission(
    startedBy('pull_request_review', 'octocat'),
  ),
  'no permission for an ID token, Dependabot': missingIdTokenPermission(startedBy('pull_request', 'dependabot[bot]')),
  'no permission for an ID token, with auth-type: oidc, at an event with its own permissions': missingIdTokenPermission(
    { GITHUB_EVENT_NAME: 'pull_request_target' },
    { byName: true },
  ),
  'no ID tokens at all: Gitea': missingIdTokenPermission({ GITEA_ACTIONS: 'true', GITHUB_ACTIONS: 'true' }),
  'no ID tokens at all: Forgejo': missingIdTokenPermission({ FORGEJO_ACTIONS: 'true', GITEA_ACTIONS: 'true' }),
  'no ID tokens at all: act': missingIdTokenPermission({ ACT: 'true' }, { byName: true }),
  'ID tokens without TLS': insecureTokenService(new URL('http://git.contoso.local:3000/idtoken'), {
    GITEA_ACTIONS: 'true',
  }),
  'a disabled subscription': stateWarning({ id: SUBSCRIPTION, name: 'Production', state: 'Disabled' }),
  'a subscription past due': stateWarning({ id: SUBSCRIPTION, name: 'Production', state: 'PastDue' }),
  'a rejected ID token request': idTokenError(403, 'Job is not in progress.', 'F00D:1234'),
  'a rejected audience of an ID token': idTokenError(400, ''),
  'an ID token service that does not exist': idTokenError(404, ''),
  'a rejected ID token request without a message': idTokenError(418, ''),
  'a rejected ID token request with a hostile message': idTokenError(
    401,
    `bad\n::error::audience eyJhbGciOiJSUzI1NiJ9.e30.c2ln ${'x'.repeat(10_000)}`,
    'A:1\n::b',
  ),
  'no subscription': noSubscriptions(identity),
  'no subscription for a user without an object id': noSubscriptions({
    ...identity,
    clientId: '',
    objectId: '',
  }),
  'a misspelt subscription': subscriptionNotFound('Prodution', subscriptions, identity),
  'a part of the name of a subscription': subscriptionNotFound('integration', subscriptions, identity),
  'a subscription that resembles no other': subscriptionNotFound('nothing like it', subscriptions, identity),
  'a subscription with a hostile name': subscriptionNotFound('a"\n::error::b`c', subscriptions, identity),
  'a subscription id that is not visible, and no object id': subscriptionNotFound(UNSEEN, many, {
    ...identity,
    objectId: '',
  }),
  'a subscription id without its last character': subscriptionNotFound(
    SUBSCRIPTION.slice(0, -1),
    subscriptions,
    identity,
  ),
  'the tenant id as a subscription': subscriptionNotFound(TENANT.toUpperCase(), subscriptions, identity),
  'a subscription id, but the identity sees no subscription': subscriptionNotFound(SUBSCRIPTION, [], identity),
  'a subscription name, but the identity sees no subscription': subscriptionNotFound('Production', [], identity),
  'a subscription that was requested alone': subscriptionNotFound(SUBSCRIPTION, 'not-listed', identity),
  'two subscriptions of the same name': ambiguousSubscription(
    'production',
    subscriptions.map((each) => ({ ...each, name: 'Production' })),
  ),
  'no authorization': armError(
    403,
    'AuthorizationFailed',
    `The client '${OBJECT}' with object id '${OBJECT}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/${SUBSCRIPTION}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    SUBSCRIPTION,
  ),
  'no authorization for a scope that only the response names': armError(
    403,
    '',
    `No authorization over scope '/subscriptions/${SUBSCRIPTION}/resourceGroups/x'.`,
  ),
  'a token for the wrong tenant': armError(
    401,
    'InvalidAuthenticationTokenTenant',
    `The access token is from the wrong issuer 'https://sts.windows.net/${TENANT}/'. It must match the tenant 'https://sts.windows.net/${OBJECT}/' associated with this subscription.`,
    SUBSCRIPTION,
  ),
  'an error of Resource Manager that is not in the table': armError(409, 'Conflict', 'Try later.'),
};

if (import.meta.main) process.stdout.write(renderedMessages());
