import type { Cloud } from '../core/clouds.ts';
import { isGuid } from '../core/forms.ts';
import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import type { Subscription } from '../core/session.ts';
import { errorOf, type SessionError, shortList } from '../core/session-error.ts';
import {
  COMPARE_CLOCK,
  fillTemplate,
  formatIds,
  joinLines,
  nearestChoice,
  PLACEHOLDERS,
  RUN_AGAIN,
  rowsOf,
  type Values,
} from './steps.ts';

/** An error response of Azure Resource Manager, safe to show. A field is `''` if the response lacks it. */
type ErrorResponse = ReturnType<typeof readResourceManagerError>;

/** The identity that made the request. Its client id is `''` if it has none, as for a user. */
interface IdentityFacts {
  readonly clientId: string;
  /** Object id in the tenant; `''` if unknown. */
  readonly objectId: string;
  readonly tenantId: string;
  readonly cloud: Cloud;
}

interface ResourceManagerFacts extends IdentityFacts {
  /** Follows "refused to": `list the subscriptions`. */
  readonly operation: string;
}

type VisibleSubscription = Pick<Subscription, 'id' | 'name' | 'state'>;

/** Error bodies have some hundred characters; policy errors may have thousands. */
const MAX_BODY_LENGTH = 256 * 1024;
const MAX_MESSAGE_LENGTH = 800;

/**
 * Reads an error body of Resource Manager: `{"error":{"code","message"}}`. The code is `''` for any other body.
 * Source: Azure REST API reference, "Common Azure Resource Manager error codes".
 *
 * @param headers names in lower case
 */
export function readResourceManagerError(status: number, headers: Readonly<Record<string, string>>, bodyText: string) {
  const body = bodyText.length > MAX_BODY_LENGTH ? undefined : parseJsonObject(bodyText);
  const error = body !== undefined && Object.hasOwn(body, 'error') ? asObject(body['error']) : undefined;
  const code = stringField(error, 'code');
  const message = sanitize(stringField(error, 'message'), MAX_MESSAGE_LENGTH);
  const correlationId = headers['x-ms-correlation-request-id'] ?? headers['x-ms-request-id'] ?? '';
  return {
    status,
    code: /^\w{1,80}$/.test(code) ? code : '',
    message,
    correlationId: /^[\w-]{1,60}$/.test(correlationId) ? correlationId : '',
    /** The tenant of the subscription, if the response names it. */
    homeTenant:
      /must match (?:one of )?the tenants? '[^']{1,60}\/([0-9a-f-]{36})\/?'/.exec(message)?.[1] ??
      /authorization_uri="https:\/\/[^"/]{1,60}\/([0-9a-f-]{36})"/.exec(headers['www-authenticate'] ?? '')?.[1] ??
      '',
  };
}

/** Omitted if the object id is known. */
const FIND_OBJECT_ID: readonly string[] = [
  'Replace PRINCIPAL_OBJECT_ID with the output of this command:',
  '$ az ad sp show --id {clientId} --query id --output tsv',
];

function assignRole(lead: string): readonly string[] {
  return [
    `${lead} Reader is enough to sign in; the job may need more. Ask someone who can assign roles (Owner, User Access Administrator) to run:`,
    '$ az role assignment create --assignee-object-id {objectId} --assignee-principal-type {principalType} --role Reader --scope {subscriptionScope}',
    ...FIND_OBJECT_ID,
  ];
}

const ASSIGN_ROLE = assignRole('Give the identity a role in the subscription.');
const WAIT_FOR_ROLE =
  'If the role was assigned just now, wait five to ten minutes and run the job again: a new role takes that long to take effect.';
const OTHER_TENANT = [
  'If the subscription belongs to another tenant, sign in to that tenant. This command shows the tenant of each subscription that you can see:',
  '$ az account list --query "[].{name:name, subscription:id, tenant:tenantId}" --output table',
];
const ASK_FOR_ONE = [
  'To request only one subscription, set `subscription` to its id, and add:',
  '| list-subscriptions: false',
];
const MATCHING_CLOUD =
  'Check `environment` and `resource-manager-url`: the token was issued for {cloud}, and the request went to {resourceManager}.';
const NOT_SEEN =
  'The tenant has no such subscription, or the identity has no role in it: Resource Manager does not say which.';

/**
 * The meaning of each Resource Manager error code and the steps that fix it. An HTTP status applies to all codes that
 * the table lacks. The troubleshooting page is generated from this table.
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
  'Set `subscription` to the id, which is a GUID, or to the name. This command lists both:',
  '$ az account list --query "[].{name:name, subscription:id}" --output table',
  '# InvalidAuthenticationTokenTenant: The token belongs to a different tenant than the subscription.',
  'Sign in to the tenant of the subscription:',
  '| tenant-id: {homeTenant}',
  'Check that the identity exists there: a multi-tenant application needs a service principal in that tenant (`az ad sp create`), and a guest needs an invitation.',
  'If the subscription moved to this tenant within the last hour, wait and run the job again.',
  '# InvalidAuthenticationTokenAudience: The token was issued for a different Resource Manager.',
  MATCHING_CLOUD,
  '# ExpiredAuthenticationToken: Resource Manager considers the token expired, although it was just issued.',
  ...COMPARE_CLOCK,
  RUN_AGAIN,
  '# InvalidAuthenticationToken AuthenticationFailed AuthenticationFailedInvalidHeader 401: Resource Manager did not accept the token that Entra ID had just issued.',
  MATCHING_CLOUD,
  'If the runner uses a proxy, check that the proxy forwards the `Authorization` header unchanged.',
  ...COMPARE_CLOCK,
  '# InvalidApiVersionParameter NoRegisteredProviderFound: This Resource Manager does not support the API version of the request.',
  'For an Azure Stack Hub, set `environment: AzureStack` and its `resource-manager-url`; otherwise leave both at their defaults.',
  '# TooManyRequests SubscriptionRequestsThrottled 429: This identity sent, or this subscription received, too many requests in a short time.',
  'Run the job again in a few minutes, and let fewer jobs sign in at the same time.',
  ...ASK_FOR_ONE,
]);

export function resourceManagerError(response: ErrorResponse, facts: ResourceManagerFacts): SessionError {
  const { code, status, message, correlationId, homeTenant } = response;
  const known = [code, `${status}`].flatMap((key) =>
    RESOURCE_MANAGER_ERRORS.filter((row) => row.codes.includes(key)),
  )[0];
  const inScope = /\/subscriptions\/([0-9a-f-]{36})\b/i.exec(message);
  const values = valuesOf(facts, inScope?.[1], homeTenant);
  const why = [
    fillTemplate(known?.meaning ?? '', values),
    identityLine(facts),
    message === '' ? '' : `Resource Manager says: ${message}`,
    correlationId === '' ? '' : `For support: correlation id ${correlationId}.`,
  ];
  const summary = code === '' ? `HTTP ${status}` : `${code} (HTTP ${status})`;
  return errorOf([
    `Azure Resource Manager refused to ${facts.operation}: ${summary}.`,
    joinLines(why),
    ...(known === undefined ? UNKNOWN_ERROR : fillSteps(known.steps, values, facts)),
  ]);
}

const UNKNOWN_ERROR: readonly string[] = [
  'Read the message from Resource Manager above. If it does not help, run the job again.',
  'If the error persists, check https://azure.status.microsoft for an outage, or send the correlation id to Microsoft support.',
];

/** @param what a noun, for example `subscription list` */
export function endlessList(what: string, pages: number, entries: number): SessionError {
  return errorOf([
    `Azure Resource Manager sent an endless ${what}.`,
    `The action does not read a list of more than ${pages} pages or ${entries.toLocaleString('en')} entries.`,
    ...ASK_FOR_ONE,
  ]);
}

/** @param origin of the list @param other origin of the link to its next page */
export function foreignLink(what: string, origin: string, other: string): SessionError {
  return errorOf([
    `Azure Resource Manager sent a link to another host for the next page of the ${what}.`,
    `The list came from ${origin}, but the link leads to ${other}. The action sends an access token only to the Resource Manager of the cloud.`,
    'Check that no proxy rewrites responses.',
    ...ASK_FOR_ONE,
  ]);
}

export function noSubscriptions(facts: IdentityFacts): SessionError {
  const role = assignRole('Give the identity a role in a subscription.');
  return errorOf([
    'The sign-in succeeded, but the identity sees no subscription.',
    joinLines(['The identity has no role assignment in any subscription of the tenant.', identityLine(facts)]),
    ...fillSteps([...role, WAIT_FOR_ROLE, ...OTHER_TENANT], valuesOf(facts), facts),
    'If the job works only on the tenant and needs no subscription, allow that:',
    '| allow-no-subscriptions: true',
  ]);
}

/** The subscriptions that the identity sees, in any state. */
type Visible = readonly VisibleSubscription[] | 'not-listed';

/** @param requested id or name, from the inputs */
export function subscriptionNotFound(requested: string, visible: Visible, facts: IdentityFacts): SessionError {
  const id = isGuid(requested) ? requested : '';
  const isTenant = id !== '' && id.toLowerCase() === facts.tenantId.toLowerCase();
  const role = assignRole(missingRole(visible, id !== '' && !isTenant));
  return errorOf([
    `The subscription ${id || `"${sanitizeId(requested)}"`} was not found.`,
    joinLines([...visibleLines(visible), identityLine(facts)]),
    MALFORMED_ID.test(requested) ? `Use the complete id: this one has ${requested.length} characters, not 36.` : '',
    isTenant ? 'Set `subscription` to the name or the id of a subscription: this is the id of the tenant.' : '',
    ...(id === '' && visible !== 'not-listed' && visible.length > 0 ? suggestion(requested, visible) : []),
    ...fillSteps([...role, WAIT_FOR_ROLE, ...OTHER_TENANT], valuesOf(facts, isTenant ? '' : id), facts),
  ]);
}

/** An id with missing or extra characters. */
const MALFORMED_ID = /^(?=.{20,50}$)(?!.{36}$)[0-9a-f]{6,10}(?:-[0-9a-f]{2,16}){2,4}-?$/i;

function missingRole(visible: Visible, byId: boolean): string {
  if (visible !== 'not-listed' && visible.length === 0) return 'Give the identity a role in the subscription.';
  return byId
    ? 'If the id is right, the identity has no role in the subscription. Give it one.'
    : 'If the subscription you mean is not in the list, the identity has no role in it. Give it one.';
}

function visibleLines(visible: Visible): readonly string[] {
  if (visible === 'not-listed') return [NOT_SEEN];
  if (visible.length === 0)
    return ['The identity sees no subscription at all: it has no role assignment in any subscription of the tenant.'];
  const count = visible.length === 1 ? 'one other subscription' : `${visible.length} other subscriptions`;
  return [`The identity sees ${count}:`, ...listed(visible)];
}

function suggestion(requested: string, visible: readonly VisibleSubscription[]): readonly string[] {
  const names = visible.map(({ name }) => name);
  const near = nearestChoice(requested, names);
  return near === undefined
    ? ['Use a name or an id from the list above.']
    : [`Did you mean "${sanitizeId(near)}"?`, `| subscription: ${JSON.stringify(sanitize(near, 64))}`];
}

export function ambiguousSubscription(name: string, candidates: readonly VisibleSubscription[]): SessionError {
  return errorOf([
    `${candidates.length} subscriptions have the name "${sanitizeId(name)}".`,
    joinLines(['Names are not unique, and the comparison ignores case:', ...listed(candidates)]),
    'Use the id instead of the name:',
    `| subscription: ${candidates[0]?.id ?? PLACEHOLDERS.subscriptionId}`,
  ]);
}

const MAX_LISTED = 20;

function listed(subscriptions: readonly VisibleSubscription[]): readonly string[] {
  const line = ({ id, name, state }: VisibleSubscription): string =>
    `${sanitize(name, 64)} (${sanitizeId(id)}, ${sanitizeId(state)})`;
  return shortList(subscriptions.map(line), MAX_LISTED);
}

function identityLine({ clientId, objectId, tenantId }: IdentityFacts): string {
  const ids = formatIds({ client: clientId, 'object id': objectId, tenant: tenantId });
  return ids === '' ? '' : `Signed in: ${ids}.`;
}

function fillSteps(steps: readonly string[], values: Values, facts: IdentityFacts): readonly string[] {
  const canLookUp = facts.objectId === '' && facts.clientId !== '';
  return steps.filter((step) => canLookUp || !FIND_OBJECT_ID.includes(step)).map((step) => fillTemplate(step, values));
}

function valuesOf(facts: IdentityFacts, subscriptionId = '', homeTenant = ''): Values {
  return {
    clientId: facts.clientId || PLACEHOLDERS.clientId,
    cloud: facts.cloud.name,
    homeTenant: homeTenant || PLACEHOLDERS.tenantId,
    objectId: facts.objectId || PLACEHOLDERS.objectId,
    principalType: facts.clientId === '' ? 'User' : 'ServicePrincipal',
    resourceManager: facts.cloud.resourceManager,
    subscriptionScope: `/subscriptions/${subscriptionId || PLACEHOLDERS.subscriptionId}`,
  };
}
