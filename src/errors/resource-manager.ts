import type { Cloud } from '../core/clouds.ts';
import { sanitize, sanitizeId } from '../core/foreign-text.ts';
import { isGuid } from '../core/forms.ts';
import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import type { Subscription } from '../core/session.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import {
  COMPARE_CLOCK,
  filled,
  labelled,
  lines,
  nearestChoice,
  RUN_AGAIN,
  rowsOf,
  STAND_INS,
  type Values,
} from './steps.ts';

/** What Azure Resource Manager said when it refused a request; `''` where it said nothing. All of it is fit to be shown. */
interface ResourceManagerAnswer {
  readonly status: number;
  /** For example `AuthorizationFailed`. */
  readonly code: string;
  readonly message: string;
  /** The id to quote to Microsoft's support. */
  readonly correlationId: string;
  /** The tenant that the answer names as the right one. */
  readonly homeTenant: string;
}

/** Who asked. An identity that is not known by a client id, a user for example, has `''` there. */
interface IdentityFacts {
  readonly clientId: string;
  /** Object id in the tenant; `''` when it is not known. */
  readonly objectId: string;
  readonly tenantId: string;
  readonly cloud: Cloud;
  /** Without it, an identity with a client id counts as a service principal, and any other as a user. */
  readonly principalType?: 'ServicePrincipal' | 'User';
}

interface ResourceManagerFacts extends IdentityFacts {
  /** What was asked for, after "refused to": `list the subscriptions`. */
  readonly operation: string;
  /** The subscription that was asked for, by its id. */
  readonly subscriptionId?: string;
}

type VisibleSubscription = Pick<Subscription, 'id' | 'name' | 'state'>;

/** Resource Manager's error bodies have some hundred characters; those of a policy may have thousands. */
const LARGEST_BODY = 256 * 1024;
const LONGEST_MESSAGE = 800;

/**
 * Reads the JSON by which Resource Manager refuses a request: `{"error":{"code","message"}}`.
 * Source: Azure REST API reference, "Common Azure Resource Manager error codes".
 *
 * @param headers names in lower case
 * @returns an empty code when the body is something else, since the status alone says much
 */
export function readResourceManagerError(
  status: number,
  headers: Readonly<Record<string, string>>,
  bodyText: string,
): ResourceManagerAnswer {
  const body = bodyText.length > LARGEST_BODY ? undefined : parseJsonObject(bodyText);
  const error = body !== undefined && Object.hasOwn(body, 'error') ? asObject(body['error']) : undefined;
  const code = stringField(error, 'code');
  const message = sanitize(stringField(error, 'message'), LONGEST_MESSAGE);
  const correlationId = headers['x-ms-correlation-request-id'] ?? headers['x-ms-request-id'] ?? '';
  return {
    status,
    code: /^\w{1,80}$/.test(code) ? code : '',
    message,
    correlationId: /^[\w-]{1,60}$/.test(correlationId) ? correlationId : '',
    homeTenant:
      /must match (?:one of )?the tenants? '[^']{1,60}\/([0-9a-f-]{36})\/?'/.exec(message)?.[1] ??
      /authorization_uri="https:\/\/[^"/]{1,60}\/([0-9a-f-]{36})"/.exec(headers['www-authenticate'] ?? '')?.[1] ??
      '',
  };
}

/** Left out where the object id is known. */
const FIND_OBJECT_ID: readonly string[] = [
  'PRINCIPAL_OBJECT_ID is what this prints:',
  '$ az ad sp show --id {clientId} --query id --output tsv',
];

function assignRole(lead: string): readonly string[] {
  return [
    `${lead} Reader is enough to sign in; the job may need more. Ask someone who may assign roles (Owner, User Access Administrator) to run:`,
    '$ az role assignment create --assignee-object-id {objectId} --assignee-principal-type {principalType} --role Reader --scope {subscriptionScope}',
    ...FIND_OBJECT_ID,
  ];
}

const ASSIGN_ROLE = assignRole('Give the identity a role in the subscription.');
const WAIT_FOR_ROLE =
  'If the identity was given a role just now, wait five to ten minutes and run the job again: a new role takes that long to work.';
const OTHER_TENANT = [
  'If the subscription belongs to another tenant, sign in there. This shows the tenant of a subscription that you see yourself:',
  '$ az account list --query "[].{name:name, subscription:id, tenant:tenantId}" --output table',
];
const ASK_FOR_ONE = [
  'To ask for one subscription alone, name it by its id in `subscription`, and add:',
  '| list-subscriptions: false',
];
const MATCHING_CLOUD =
  'Check `environment` and `resource-manager-url`: the token was issued for {cloud}, and the request went to {resourceManager}.';
const NOT_SEEN =
  'The tenant has no such subscription, or the identity has no role in it: Resource Manager does not say which.';

/**
 * What Resource Manager's codes mean here and what mends them; an HTTP status stands for each other code, or none. The
 * troubleshooting page is made from this table.
 */
export const RESOURCE_MANAGER_ERRORS = rowsOf([
  '# AuthorizationFailed 403: The sign-in itself succeeded, but the identity has no role that allows this.',
  ...ASSIGN_ROLE,
  WAIT_FOR_ROLE,
  `# SubscriptionNotFound 404: ${NOT_SEEN}`,
  'Check the id in `subscription`, or in `subscription-id`.',
  ...ASSIGN_ROLE,
  WAIT_FOR_ROLE,
  ...OTHER_TENANT,
  '# InvalidSubscriptionId: The id of the subscription is malformed.',
  'Give the id, which is a GUID, or the name. This lists both:',
  '$ az account list --query "[].{name:name, subscription:id}" --output table',
  '# InvalidAuthenticationTokenTenant: The token is of another tenant than the subscription.',
  'Sign in to the tenant of the subscription:',
  '| tenant-id: {homeTenant}',
  'The identity must exist there: a multi-tenant application needs a service principal in that tenant (`az ad sp create`), a guest an invitation.',
  'If the subscription moved to this tenant within the last hour, wait and run the job again.',
  '# InvalidAuthenticationTokenAudience: The token was issued for another Resource Manager than this one.',
  MATCHING_CLOUD,
  '# ExpiredAuthenticationToken: The token had expired when Resource Manager read it, although it was new.',
  ...COMPARE_CLOCK,
  RUN_AGAIN,
  '# InvalidAuthenticationToken AuthenticationFailed AuthenticationFailedInvalidHeader 401: Resource Manager did not accept the token that Entra ID had just issued.',
  MATCHING_CLOUD,
  'If the runner goes through a proxy, check that the proxy passes the `Authorization` header on unchanged.',
  ...COMPARE_CLOCK,
  '# InvalidApiVersionParameter NoRegisteredProviderFound: This Resource Manager does not know the version of the interface that the request names.',
  'For an Azure Stack Hub, set `environment: AzureStack` and its `resource-manager-url`; otherwise leave both at their defaults.',
  '# TooManyRequests SubscriptionRequestsThrottled 429: Too many requests came from this identity, or to this subscription, in a short time.',
  'Run the job again in a few minutes, and let fewer jobs sign in at the same moment.',
  ...ASK_FOR_ONE,
]);

/** The error for a request that Resource Manager refused: what it was for, what that means, and how to mend it. */
export function resourceManagerError(answer: ResourceManagerAnswer, facts: ResourceManagerFacts): SessionError {
  const { code, status, message, correlationId, homeTenant } = answer;
  const known = [code, `${status}`].flatMap((key) =>
    RESOURCE_MANAGER_ERRORS.filter((row) => row.codes.includes(key)),
  )[0];
  const values = valuesOf(facts, facts.subscriptionId ?? subscriptionIn(message), homeTenant);
  const why = [
    filled(known?.meaning ?? '', values),
    identityLine(facts),
    message === '' ? '' : `Resource Manager says: ${message}`,
    correlationId === '' ? '' : `For support: correlation id ${correlationId}.`,
  ];
  const summary = code === '' ? `HTTP ${status}` : `${code} (HTTP ${status})`;
  return errorOf([
    `Azure Resource Manager refused to ${facts.operation}: ${summary}.`,
    lines(why),
    ...(known === undefined ? UNKNOWN_ERROR : filledSteps(known.steps, values, facts)),
  ]);
}

const UNKNOWN_ERROR: readonly string[] = [
  'The words of Resource Manager above say what it found wrong. If they do not help, run the job again.',
  'If the error stays, quote the correlation id to Microsoft support; https://azure.status.microsoft shows outages.',
];

/** @param what was read, a noun */
export function endlessList(what: string, pages: number, entries: number): SessionError {
  return errorOf([
    `Azure Resource Manager sent a ${what} without end.`,
    `The action reads no list of more than ${pages} pages or ${entries.toLocaleString('en')} entries.`,
    ...ASK_FOR_ONE,
  ]);
}

/** @param host of the list @param other of the link to its next page */
export function foreignLink(what: string, host: string, other: string): SessionError {
  return errorOf([
    `Azure Resource Manager sent a link to another host for the next page of the ${what}.`,
    `The list came from ${host}, the link names ${other}. An access token is never sent to a host the cloud did not name.`,
    'Check that no proxy rewrites answers.',
    ...ASK_FOR_ONE,
  ]);
}

/** For an identity that signed in and sees no subscription at all. */
export function noSubscriptions(facts: IdentityFacts): SessionError {
  const role = assignRole('Give the identity a role in a subscription.');
  return errorOf([
    'The sign-in succeeded, but the identity sees no subscription.',
    lines(['The identity has no role assignment in any subscription of the tenant.', identityLine(facts)]),
    ...filledSteps([...role, WAIT_FOR_ROLE, ...OTHER_TENANT], valuesOf(facts), facts),
    'If it needs no subscription, because the job works on the tenant alone, allow that:',
    '| allow-no-subscriptions: true',
  ]);
}

/** The subscriptions that the identity sees, in any state. */
type Visible = readonly VisibleSubscription[] | 'not-listed';

/**
 * For a subscription that is not among those the identity sees.
 * @param wanted id or name, as the workflow gave it
 */
export function subscriptionNotFound(wanted: string, visible: Visible, facts: IdentityFacts): SessionError {
  const id = isGuid(wanted) ? wanted : '';
  const isTenant = id !== '' && id.toLowerCase() === facts.tenantId.toLowerCase();
  const role = assignRole(withoutRole(visible, id !== '' && !isTenant));
  return errorOf([
    `The subscription ${id || `"${sanitizeId(wanted)}"`} was not found.`,
    lines([...visibleLines(visible), identityLine(facts)]),
    CUT_ID.test(wanted)
      ? `It looks like the id of a subscription, but has ${wanted.length} characters, not 36. Give the whole id.`
      : '',
    isTenant ? 'That is the id of the tenant. Give the name or the id of a subscription in `subscription`.' : '',
    ...(id === '' && visible !== 'not-listed' && visible.length > 0 ? suggestion(wanted, visible) : []),
    ...filledSteps([...role, WAIT_FOR_ROLE, ...OTHER_TENANT], valuesOf(facts, isTenant ? '' : id), facts),
  ]);
}

/** An id that lost characters, or got too many. */
const CUT_ID = /^(?=.{20,50}$)(?!.{36}$)[0-9a-f]{6,10}(?:-[0-9a-f]{2,16}){2,4}-?$/i;

function withoutRole(visible: Visible, byItsId: boolean): string {
  if (visible !== 'not-listed' && visible.length === 0) return 'Give the identity a role in the subscription.';
  const missing = byItsId ? 'If the id is right' : 'If the subscription you mean is not in the list';
  return `${missing}, the identity has no role in it. Give it one.`;
}

function visibleLines(visible: Visible): readonly string[] {
  if (visible === 'not-listed') return [NOT_SEEN];
  if (visible.length === 0)
    return ['The identity sees no subscription at all: it has no role assignment in any subscription of the tenant.'];
  const count = visible.length === 1 ? 'one other subscription' : `${visible.length} other subscriptions`;
  return [`The identity sees ${count}:`, ...listed(visible)];
}

function suggestion(wanted: string, visible: readonly VisibleSubscription[]): readonly string[] {
  const names = visible.map(({ name }) => name);
  const near = nearestChoice(wanted, names);
  return near === undefined
    ? ['Give a name or an id from the list above.']
    : [`Did you mean "${sanitizeId(near)}"?`, `| subscription: ${JSON.stringify(sanitize(near, 64))}`];
}

/** For a name that several of the visible subscriptions have. */
export function ambiguousSubscription(name: string, candidates: readonly VisibleSubscription[]): SessionError {
  return errorOf([
    `${candidates.length} subscriptions have the name "${sanitizeId(name)}".`,
    lines(['Names are not unique, and letter case does not count:', ...listed(candidates)]),
    'Give the id instead of the name:',
    `| subscription: ${candidates[0]?.id ?? STAND_INS.subscriptionId}`,
  ]);
}

const LONGEST_LIST = 20;

function listed(subscriptions: readonly VisibleSubscription[]): readonly string[] {
  const shown = subscriptions
    .slice(0, LONGEST_LIST)
    .map(({ id, name, state }) => `    ${sanitize(name, 64)} (${sanitizeId(id)}, ${sanitizeId(state)})`);
  const more = subscriptions.length - shown.length;
  return more > 0 ? [...shown, `    and ${more} more`] : shown;
}

function identityLine({ clientId, objectId, tenantId }: IdentityFacts): string {
  const ids = labelled({ client: clientId, 'object id': objectId, tenant: tenantId });
  return ids === '' ? '' : `Signed in: ${ids}.`;
}

function filledSteps(steps: readonly string[], values: Values, facts: IdentityFacts): readonly string[] {
  const canBeFound = facts.objectId === '' && facts.clientId !== '';
  return steps.filter((step) => canBeFound || !FIND_OBJECT_ID.includes(step)).map((step) => filled(step, values));
}

function valuesOf(facts: IdentityFacts, subscriptionId = '', homeTenant = ''): Values {
  return {
    clientId: facts.clientId || STAND_INS.clientId,
    cloud: facts.cloud.name,
    homeTenant: homeTenant || STAND_INS.tenantId,
    objectId: facts.objectId || STAND_INS.objectId,
    principalType: facts.principalType ?? (facts.clientId === '' ? 'User' : 'ServicePrincipal'),
    resourceManager: facts.cloud.resourceManager,
    subscriptionScope: `/subscriptions/${subscriptionId || STAND_INS.subscriptionId}`,
  };
}

/** The subscription that an error is about, by the scope it names. */
function subscriptionIn(message: string): string {
  return /\/subscriptions\/([0-9a-f-]{36})\b/i.exec(message)?.[1] ?? '';
}
