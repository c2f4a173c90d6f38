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

export function oidc(subject: string, audience = 'api://AzureADTokenExchange') {
  return { ...application, method: 'oidc' as const, presented: { issuer: ISSUER, subject, audience } };
}

function withIssuer(issuer: string): SignInFacts {
  return { ...oidc(''), presented: { issuer, subject: '', audience: '' } };
}

const certificate = { ...application, method: 'client-certificate', thumbprint: 'A1B2C3D4E5' } as const;
/** To show which proof a message is about, although no sign-in has both. */
const proven = { ...oidc('repo:o/r:pull_request'), thumbprint: 'AB12' };

function unknownSubject(subject: string): Parameters<typeof entraError> {
  return ['700213', noMatch('subject', subject), oidc(subject)];
}

const noMatch = (what: string, value: string): string =>
  `No matching federated identity record found for presented assertion ${what} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`;

const ENVIRONMENT_BY_ID = "repo:octo-org@65/octo-repo@74:environment:It's prod";
const BRANCH_BY_NAME = 'repo:octo-org/octo-repo:ref:refs/heads/main';
const MERGE_QUEUE = 'repo:octo-org/octo-repo:ref:refs/heads/gh-readonly-queue/main/pr-7-4f2a';
const PULL_REQUEST = 'repo:octo-org/octo-repo:pull_request';
const POD = { ...oidc('system:serviceaccount:ci:runner').presented, issuer: 'https://oidc.example.net/cluster/' };
const pod = { ...application, method: 'workload-identity', presented: POD } as const;

/** By name: the code, the server's message, and the sign-in. */
const ENTRA: Readonly<Record<string, Parameters<typeof entraError>>> = {
  'an environment subject with ids, and a single quote in the name': unknownSubject(ENVIRONMENT_BY_ID),
  'a branch subject by name': unknownSubject(BRANCH_BY_NAME),
  'the temporary branch of a merge queue': unknownSubject(MERGE_QUEUE),
  'a pull request subject, but no credential exists': ['70025', 'No credentials.', oidc(PULL_REQUEST)],
  'a subject that differs only in letter case': ['7002138', 'Not case-sensitively.', oidc(BRANCH_BY_NAME)],
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
  "the issuer of a pod's token": ['700211', noMatch('issuer', POD.issuer), pod],
  'an expired ID token': ['700024', 'Client assertion is not within its valid time range.', oidc(BRANCH_BY_NAME)],
  'a wrong client secret': ['7000215', `Invalid client secret provided for app '${CLIENT}'.`, secret],
  'an unknown application': ['700016', `Application with identifier '${CLIENT}' was not found.`, secret],
  'an unknown application, with a token and a certificate': ['700016', 'No.', proven],
  'a certificate that is not registered': ['700027', 'The certificate is not registered.', certificate],
  'a certificate that is not registered, with a token': ['700027', 'No.', proven],
  'an unknown tenant, in another cloud': ['90002', 'Who?', { ...secret, tenantId: 'a.com', cloud: AzureUSGovernment }],
  'a wrong password': ['50126', 'Invalid username or password.', { ...ada, tenantId: 'organizations' }],
  'a second factor': ['50076', 'You must use multi-factor authentication to access the resource.', ada],
  'a declined device code': [
    '70018',
    'The end user has denied the authorization request.',
    { method: 'device-code', tenantId: TENANT, cloud: AzureCloud },
    'authorization_declined',
  ],
  'a missing secret': ['7000218', 'No proof.', secret],
  'a user of an application that needs a secret': ['7000218', 'No proof.', ada],
  'an application without federated credentials, in a pod': ['70025', 'None.', pod],
  'a tenant of another cloud, in AzureChinaCloud': ['900382', 'Cloud.', { ...secret, cloud: AzureChinaCloud }],
  'a federated mismatch without claims': ['700213', 'No match.', { method: 'oidc', cloud: AzureChinaCloud }],
  'a federated mismatch with an empty token': ['700213', 'No match.', withIssuer('')],
  'a federated mismatch without a subject': ['700213', 'No match.', withIssuer(ISSUER)],
  'hostile words': ['700213', 'x\n::set-output::y', { ...proven, clientId: 'a\n::error::b', tenantId: '\n##[error]c' }],
  'a code that is not in the table': ['399218', 'Something new.', secret, 'invalid_grant'],
  'a code that is not in the table, with a token': ['399218', 'Something new.', proven],
  'an error without a code': ['', 'No.', { method: 'managed-identity', cloud: AzureCloud }, 'unauthorized_client'],
};

const identity = { clientId: CLIENT, objectId: OBJECT, tenantId: TENANT, cloud: AzureCloud };
const nameless = { ...identity, objectId: '' };
const subscriptions = [
  { id: SUBSCRIPTION, name: 'Production', state: 'Enabled' },
  { id: '77777777-0000-4000-8000-777777777777', name: 'Test and integration', state: 'Warned' },
];
const many = Array.from({ length: 23 }, (_, index) => ({
  id: `88888888-0000-4000-8000-${String(index).padStart(12, '0')}`,
  name: `Team\n${index + 1}${'x'.repeat(index === 0 ? 100 : 0)}`,
  state: 'Enabled',
}));
const UNSEEN = '99999999-0000-4000-8000-999999999999';
const MISTYPED = SUBSCRIPTION.slice(0, -1);

function armError(status: number, code: string, message: string): SessionError {
  const body = JSON.stringify({ error: { code, message } });
  const response = readResourceManagerError(status, { 'x-ms-correlation-request-id': CORRELATION }, body);
  return resourceManagerError(response, { ...identity, operation: 'list the subscriptions' });
}

export const WRONG_TENANT = `The access token is from the wrong issuer 'https://sts.windows.net/${TENANT}/'. It must match the tenant 'https://sts.windows.net/${OBJECT}/' associated with this subscription.`;
const SUBJECTS = `repo:o/r:environment:prod repo:o/r:environment:a@1/b repo:o@1/r@2:environment:It%3As
  repo:o/r:ref:refs/heads/feature/x repo:o/r:ref:refs/tags/v1 repo:o/r:pull_request repo:o@1/r@2:pull_request
  repo:o/r:environment:prod:job_workflow_ref:o/a/.github/workflows/x.yml@refs/heads/main
  repository_owner_id:1:repository_id:2:ref:refs/heads/main repo:o/r:ref:refs/pull/1/merge
  system:serviceaccount:ci:runner anything`.split(/\s+/);

function subjectDescription(subject: string): string {
  return [subject, ...Object.values(describeSubject(subject)).filter(Boolean)].join('\n    ');
}

const DEPENDABOT = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_ACTOR: 'dependabot[bot]' };
const byName = (env: Record<string, string>): SessionError => missingIdTokenPermission(env, { byName: true });

const OTHERS: Readonly<Record<string, SessionError | string>> = {
  'descriptions of subjects': SUBJECTS.map(subjectDescription).join('\n'),
  'the pull request warning': pullRequestWarning(PULL_REQUEST),
  'the pull request warning, with ids': pullRequestWarning('repo:o@1/r@2:pull_request'),
  'no permission for an ID token': missingIdTokenPermission({ GITHUB_EVENT_NAME: 'push' }),
  'no permission for an ID token, possibly a fork': missingIdTokenPermission({
    GITHUB_EVENT_NAME: 'pull_request_review',
  }),
  'no permission for an ID token, Dependabot': missingIdTokenPermission(DEPENDABOT),
  'no permission for an ID token, with auth-type: oidc, at an event with its own permissions': byName({
    GITHUB_EVENT_NAME: 'pull_request_target',
  }),
  'no ID tokens at all: Gitea': missingIdTokenPermission({ GITEA_ACTIONS: 'true', GITHUB_ACTIONS: 'true' }),
  'no ID tokens at all: Forgejo': missingIdTokenPermission({ FORGEJO_ACTIONS: 'true', GITEA_ACTIONS: 'true' }),
  'no ID tokens at all: act': byName({ ACT: 'true' }),
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
  'no subscription for a user without an object id': noSubscriptions({ ...nameless, clientId: '' }),
  'a misspelt subscription': subscriptionNotFound('Prodution', subscriptions, identity),
  'a part of the name of a subscription': subscriptionNotFound('integration', subscriptions, identity),
  'a subscription that resembles no other': subscriptionNotFound('nothing like it', subscriptions, identity),
  'a subscription with a hostile name': subscriptionNotFound('a"\n::error::b`c', subscriptions, identity),
  'a subscription id that is not visible, and no object id': subscriptionNotFound(UNSEEN, many, nameless),
  'a subscription id without its last character': subscriptionNotFound(MISTYPED, subscriptions, identity),
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
    `The client '${OBJECT}' does not have authorization over scope '/subscriptions/${SUBSCRIPTION}'.`,
  ),
  'no authorization for a scope that only the response names': armError(403, '', `'/subscriptions/${SUBSCRIPTION}/x'.`),
  'a token for the wrong tenant': armError(401, 'InvalidAuthenticationTokenTenant', WRONG_TENANT),
  'an error of Resource Manager that is not in the table': armError(409, 'Conflict', 'Try later.'),
};

if (import.meta.main) process.stdout.write(renderedMessages());
