export const id = 939;
export const ids = [939];
export const modules = {

/***/ 5669:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ isTransient),
/* harmony export */   l: () => (/* binding */ readEntraRefusal)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6584);
/* harmony import */ var _quotable_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2513);


const LARGEST_BODY = 64 * 1024;
const LONGEST_DESCRIPTION = 800;
function readEntraRefusal(status, headers, bodyText) {
    if (bodyText.length > LARGEST_BODY)
        return undefined;
    const body = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJsonObject */ .dw)(bodyText);
    const error = word((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(body, 'error'));
    if (body === undefined || error === '')
        return undefined;
    const text = (0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotable */ .E)((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(body, 'error_description'), LARGEST_BODY);
    return {
        status,
        error,
        code: /\bAADSTS(\d{1,12})(?!\d)/.exec(text)?.[1] ?? firstCode(body['error_codes']),
        description: (0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotable */ .E)(text.replaceAll(TAIL, ''), LONGEST_DESCRIPTION),
        correlationId: id((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(body, 'correlation_id') || tailValue(text, 'Correlation ID')),
        traceId: id((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(body, 'trace_id') || tailValue(text, 'Trace ID') || (headers['x-ms-request-id'] ?? '')),
        timestamp: moment((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(body, 'timestamp') || tailValue(text, 'Timestamp')),
        suberror: word((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(body, 'suberror')),
    };
}
const TAIL = / ?\b(?:Trace ID: [\w-]+|Correlation ID: [\w-]+|Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ)/g;
function tailValue(text, label) {
    return new RegExp(`\\b${label}: ([\\w-]+(?: \\d\\d:\\d\\d:\\d\\dZ)?)`).exec(text)?.[1] ?? '';
}
function firstCode(codes) {
    const first = Array.isArray(codes) ? codes[0] : undefined;
    return typeof first === 'number' && Number.isSafeInteger(first) && first >= 0 ? String(first) : '';
}
function word(text) {
    return /^[\w.-]{1,60}$/.test(text) ? text : '';
}
function id(text) {
    return /^[\w-]{1,60}$/.test(text) ? text : '';
}
function moment(text) {
    return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/.test(text) ? text : '';
}
const TRANSIENT_CODES = {
    50033: 'RetryableError: a passing fault of the service',
    90006: 'ExternalServerRetryableError: the service is temporarily unavailable',
    90012: 'RequestTimeout: the service took too long for itself',
    90024: 'RequestBudgetExceededError: a transient error, to be tried again',
    90033: 'MsodsServiceUnavailable: the directory service is away for a moment',
    90055: 'TenantThrottlingError: the tenant has too many requests right now',
    90090: 'GraphRetryableError: the service is temporarily unavailable',
};
const TRANSIENT_ERRORS = {
    server_error: 'the service failed on a request it could not find fault with',
    temporarily_unavailable: 'the service is too busy at the moment',
};
const NEVER_AGAIN = {
    50053: 'the account is locked, and each try keeps it so',
    50126: 'each try with a wrong password brings the account nearer to its lock',
    50196: 'the block for too many identical requests lasts longer with each further one',
};
function isTransient(refusal) {
    if (Object.hasOwn(NEVER_AGAIN, refusal.code))
        return false;
    return Object.hasOwn(TRANSIENT_CODES, refusal.code) || Object.hasOwn(TRANSIENT_ERRORS, refusal.error);
}


/***/ }),

/***/ 939:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  findReachOfUser: () => (/* binding */ findReachOfUser)
});

// EXTERNAL MODULE: ./build/credentials/user-grant.js
var user_grant = __webpack_require__(4825);
// EXTERNAL MODULE: ./build/azure/access-token-claims.js
var access_token_claims = __webpack_require__(4104);
// EXTERNAL MODULE: ./build/azure/subscriptions.js
var azure_subscriptions = __webpack_require__(5406);
// EXTERNAL MODULE: ./build/credentials/token-answer.js
var token_answer = __webpack_require__(8375);
// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(6584);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __webpack_require__(3886);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
// EXTERNAL MODULE: ./build/azure/errors/quotable.js
var quotable = __webpack_require__(2513);
// EXTERNAL MODULE: ./build/azure/errors/resource-manager.js
var resource_manager = __webpack_require__(9862);
// EXTERNAL MODULE: ./build/azure/resource-manager.js
var azure_resource_manager = __webpack_require__(5196);
;// CONCATENATED MODULE: ./build/azure/tenants.js









const TENANTS_AT_ONCE = 4;
async function reachEveryTenant(asker, grant, facts, context) {
    const own = { ...asker.token, tenantId: asker.tenantId };
    const [subscriptions, tenants] = await Promise.all([(0,azure_subscriptions/* listSubscriptions */.$H)(asker), listTenants(asker)]);
    const others = tenants.filter(({ id }) => id !== own.tenantId);
    const outcomes = await inTurns(others, (tenant) => reach(tenant, asker, grant, facts, context));
    const refusing = outcomes.filter((outcome) => 'why' in outcome);
    if (refusing.length > 0)
        tellLeftOut(refusing, tenants.length, context);
    return [{ token: own, subscriptions }, ...outcomes.filter((outcome) => 'token' in outcome)];
}
async function listTenants(asker) {
    const question = {
        path: '/tenants',
        what: 'tenant list',
        refused: ({ status, headers, body }) => {
            const refusal = (0,resource_manager/* readResourceManagerRefusal */.wl)(status, headers, body);
            asker.maskId(refusal.homeTenant);
            return (0,resource_manager/* resourceManagerRefused */.uS)(refusal, { ...asker, operation: 'list the tenants' });
        },
    };
    const entries = await (0,azure_resource_manager/* listFromResourceManager */.M)(question, asker);
    return entries.map(json/* asObject */.eB).flatMap((entry) => {
        const id = (0,json/* idField */.ei)(entry, 'tenantId');
        asker.maskId(id);
        return id === '' ? [] : [{ id, name: (0,json/* stringField */.OM)(entry, 'displayName') }];
    });
}
async function reach(tenant, asker, grant, facts, context) {
    try {
        const token = await (0,user_grant/* redeemRefreshToken */.vv)(grant, tenant.id, asker.token.scope, context);
        const subscriptions = await (0,azure_subscriptions/* listSubscriptions */.$H)({ ...asker, token, tenantId: tenant.id });
        return { token: { ...token, tenantId: tenant.id }, subscriptions };
    }
    catch (error) {
        if (error instanceof token_answer/* EntraRefused */.Xt)
            return { tenant, why: await meaningOf(error, { ...facts, tenantId: tenant.id }) };
        if (isRefusal(error, context))
            return { tenant, why: error.message };
        throw error;
    }
}
async function meaningOf({ message, refusal }, facts) {
    const { remedyFor } = await __webpack_require__.e(/* import() */ 644).then(__webpack_require__.bind(__webpack_require__, 3644));
    return `${message}. ${remedyFor(refusal, facts).meaning || refusal.description}`;
}
function isRefusal(error, { retry }) {
    return error instanceof session_error/* SessionError */.P && !(error.cause instanceof net_transient/* TransientFailure */.$r) && !retry.deadline.signal.aborted;
}
async function inTurns(items, work) {
    const outcomes = [];
    const queue = queueOf(items);
    const worker = async () => {
        for (const [at, item] of queue)
            outcomes[at] = await work(item);
    };
    await Promise.all(Array.from({ length: TENANTS_AT_ONCE }, worker));
    return outcomes;
}
function* queueOf(items) {
    yield* items.entries();
}
const MOST_NAMED = 50;
function tellLeftOut(refusing, all, { warn }) {
    const lines = refusing.map(({ tenant, why }) => `    ${nameOf(tenant)}: ${(0,quotable/* quotable */.E)(why, 200)}`);
    warn([
        `${refusing.length} of the user's ${all} tenants ${refusing.length === 1 ? 'is' : 'are'} left out, with all subscriptions there:`,
        ...cut(lines),
        'To use one of them, name it in `tenant-id`.',
    ].join('\n'));
}
function cut(lines) {
    const more = lines.length - MOST_NAMED;
    return more > 0 ? [...lines.slice(0, MOST_NAMED), `    and ${more} more`] : lines;
}
function nameOf({ id, name }) {
    return name === '' ? (0,quotable/* quotableId */.n)(id) : `${(0,quotable/* quotable */.E)(name, 64)} (${(0,quotable/* quotableId */.n)(id)})`;
}
function mergeSubscriptions(reached, warn) {
    const merged = new Map();
    const shared = new Set();
    for (const subscription of reached.flatMap(({ subscriptions }) => subscriptions)) {
        const key = subscription.id.toLowerCase();
        const earlier = merged.get(key);
        if (earlier !== undefined)
            shared.add(key);
        if (earlier === undefined || (!isOwned(earlier) && isOwned(subscription)))
            merged.set(key, subscription);
    }
    const all = [...merged.values()];
    if (shared.size > 0)
        warn(sharedWarning(all.filter(({ id }) => shared.has(id.toLowerCase()))));
    return all;
}
function isOwned({ tenantId, homeTenantId }) {
    return tenantId === homeTenantId;
}
function sharedWarning(shared) {
    const lines = shared.map(({ id, name, tenantId }) => `    ${nameOf({ id, name })}: tenant ${(0,quotable/* quotableId */.n)(tenantId)}`);
    return [
        'The user sees subscriptions through more than one tenant. The session reaches them through one:',
        ...cut(lines),
        'To reach one through another tenant, name that in `tenant-id`.',
    ].join('\n');
}

;// CONCATENATED MODULE: ./build/azure/user-reach.js




async function findReachOfUser(request, token, grant, context) {
    const { credential, subscription } = request;
    const tenantId = (0,access_token_claims/* tenantOfToken */.F0)(token.token, context.cloud) || grant.homeTenantId;
    const principal = userOf(credential, token, grant);
    const asker = { ...context, token, tenantId, clientId: '', objectId: principal.objectId };
    const query = { ...asker, request: subscription };
    if ((0,user_grant/* namesTenant */.DW)(credential.tenantId) || subscription.scope === 'named-only') {
        const account = { principal, tenantId, cloud: context.cloud, ...(await (0,azure_subscriptions/* findSubscriptions */.gP)(query)) };
        return { account, managementTokens: [{ ...token, tenantId }] };
    }
    const reached = await reachEveryTenant(asker, grant, (0,user_grant/* userFacts */.HJ)(credential, context), context);
    const found = (0,azure_subscriptions/* withDefault */.IQ)(mergeSubscriptions(reached, context.warn), query);
    const { selected } = found;
    const own = selected.kind === 'subscription' ? selected.subscription.tenantId : tenantId;
    const account = { principal, tenantId: own, cloud: context.cloud, ...found };
    return { account, managementTokens: tokensFor(account, reached) };
}
function userOf(credential, token, grant) {
    const given = credential.method === 'password' ? credential.username.toLowerCase() : '';
    const username = (0,user_grant/* usernameOf */.cR)(grant.idToken) || (0,user_grant/* usernameOf */.cR)(token.token) || given || grant.homeObjectId;
    return { kind: 'user', username, objectId: grant.homeObjectId };
}
function tokensFor({ tenantId, subscriptions }, reached) {
    const needed = new Set(subscriptions.map((subscription) => subscription.tenantId));
    const own = reached.find(({ token }) => token.tenantId === tenantId) ?? reached[0];
    const others = reached.filter((tenant) => tenant !== own && needed.has(tenant.token.tenantId));
    return [own.token, ...others.map(({ token }) => token)];
}


/***/ }),

/***/ 8375:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cq: () => (/* binding */ readTokenAnswer),
/* harmony export */   SK: () => (/* binding */ explaining),
/* harmony export */   Xt: () => (/* binding */ EntraRefused)
/* harmony export */ });
/* harmony import */ var _azure_errors_entra_answer_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5669);
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6584);
/* harmony import */ var _net_transient_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3886);
/* harmony import */ var _github_id_token_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1396);




class EntraRefused extends Error {
    name = 'EntraRefused';
    refusal;
    constructor(refusal) {
        super(refusal.code === '' ? refusal.error : `AADSTS${refusal.code}`);
        this.refusal = refusal;
    }
}
function readTokenAnswer(response) {
    const { status, requestId } = response;
    if (status === 200) {
        const body = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_3__/* .parseJsonObject */ .dw)(response.body);
        const token = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_3__/* .stringField */ .OM)(body, 'access_token');
        if (/^[\x21-\x7e]+$/.test(token))
            return { ...body, expires_in: lifetimeSeconds(body?.['expires_in'], token) };
        throw new _net_transient_js__WEBPACK_IMPORTED_MODULE_1__/* .TransientFailure */ .$r('Entra ID answered without a token', { requestId });
    }
    const refusal = (0,_azure_errors_entra_answer_js__WEBPACK_IMPORTED_MODULE_0__/* .readEntraRefusal */ .l)(status, response.headers, response.body);
    if (refusal === undefined) {
        throw new _net_transient_js__WEBPACK_IMPORTED_MODULE_1__/* .TransientFailure */ .$r(`Entra ID answered HTTP ${status} with something else than JSON`, { requestId });
    }
    if ((0,_azure_errors_entra_answer_js__WEBPACK_IMPORTED_MODULE_0__/* .isTransient */ .d)(refusal)) {
        const name = refusal.code === '' ? refusal.error : `AADSTS${refusal.code}`;
        throw new _net_transient_js__WEBPACK_IMPORTED_MODULE_1__/* .TransientFailure */ .$r(`Entra ID answered ${name}`, { requestId: requestId || refusal.traceId });
    }
    throw new EntraRefused(refusal);
}
const LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60;
function lifetimeSeconds(given, token) {
    const seconds = typeof given === 'number' || typeof given === 'string' ? Number(given) : 0;
    const left = seconds > 0 ? seconds : ((0,_github_id_token_js__WEBPACK_IMPORTED_MODULE_2__/* .expiryOf */ .p1)(token).getTime() - Date.now()) / 1000;
    return left > 0 && left <= LONGEST_SECONDS ? Math.floor(left) : 0;
}
function explaining(facts) {
    return async (error) => {
        if (!(error instanceof EntraRefused))
            throw error;
        const { signInRefused } = await __webpack_require__.e(/* import() */ 800).then(__webpack_require__.bind(__webpack_require__, 1800));
        throw signInRefused(error.refusal, facts, error);
    };
}


/***/ }),

/***/ 4825:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D5: () => (/* binding */ publicClientPost),
/* harmony export */   DW: () => (/* binding */ namesTenant),
/* harmony export */   HJ: () => (/* binding */ userFacts),
/* harmony export */   Mr: () => (/* binding */ readUserAnswer),
/* harmony export */   RZ: () => (/* binding */ userCredential),
/* harmony export */   a5: () => (/* binding */ withIdentityScopes),
/* harmony export */   cR: () => (/* binding */ usernameOf),
/* harmony export */   mF: () => (/* binding */ requestUserToken),
/* harmony export */   vv: () => (/* binding */ redeemRefreshToken)
/* harmony export */ });
/* unused harmony export homeOf */
/* harmony import */ var _azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3796);
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(6584);
/* harmony import */ var _net_retry_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2426);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1487);
/* harmony import */ var _credential_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4636);
/* harmony import */ var _github_id_token_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1396);
/* harmony import */ var _jwt_claims_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(8652);
/* harmony import */ var _token_answer_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8375);








function withIdentityScopes(scope) {
    return `${scope} openid profile offline_access`;
}
function userCredential(facts, tenantId, context, signIn) {
    let signedIn;
    let grant;
    return {
        method: facts.method,
        async getToken(scope) {
            signedIn ??= signIn(scope);
            const first = await signedIn;
            grant = first.grant;
            if (first.token.scope === scope)
                return first.token;
            return redeemRefreshToken(first.grant, tenantId, scope, context).catch((0,_token_answer_js__WEBPACK_IMPORTED_MODULE_4__/* .explaining */ .SK)(facts));
        },
        handover() {
            if (grant === undefined)
                throw new Error('Nobody has signed in yet.');
            return { kind: 'user', grant };
        },
    };
}
function redeemRefreshToken(grant, tenantId, scope, context) {
    return (0,_net_retry_js__WEBPACK_IMPORTED_MODULE_1__/* .withRetry */ .bD)('The token request to Entra ID', context.retry, async () => {
        const fields = { grant_type: 'refresh_token', refresh_token: grant.refreshToken, scope: withIdentityScopes(scope) };
        return readAccessToken(await requestUserToken(tenantId, fields, context), scope, new Date());
    });
}
async function requestUserToken(tenantId, fields, context) {
    const response = await context.http.send(publicClientPost(tenantId, 'token', { ...fields, client_info: '1' }, context));
    const body = (0,_token_answer_js__WEBPACK_IMPORTED_MODULE_4__/* .readTokenAnswer */ .Cq)(response);
    for (const name of ['access_token', 'refresh_token', 'id_token'])
        context.mask((0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(body, name));
    return body;
}
function publicClientPost(tenantId, endpoint, fields, { cloud }) {
    const { tokenEndpoint, deviceCodeEndpoint } = (0,_azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__/* .tokenIssuer */ .fH)(cloud, tenantId);
    return {
        method: 'POST',
        url: endpoint === 'token' ? tokenEndpoint : deviceCodeEndpoint,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' },
        body: new URLSearchParams({ client_id: _credential_js__WEBPACK_IMPORTED_MODULE_6__/* .AZURE_CLI_CLIENT_ID */ .H, ...fields }).toString(),
    };
}
function readUserAnswer(body, scope, source, now) {
    const refreshToken = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(body, 'refresh_token');
    if (refreshToken === '') {
        throw new _session_error_js__WEBPACK_IMPORTED_MODULE_2__/* .SessionError */ .P('Entra ID issued no refresh token for the user.', {
            why: 'Without one no later step could get a token. A policy of the tenant, or an identity provider that is not Entra ID, can be the reason.',
            next: [{ say: 'Let the workflow sign in as a service principal by OIDC instead:', run: 'auth-type: oidc' }],
        });
    }
    const idToken = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(body, 'id_token');
    const home = homeOf((0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(body, 'client_info'), idToken);
    return { token: readAccessToken(body, scope, now), grant: { source, refreshToken, idToken, ...home } };
}
function readAccessToken(body, scope, now) {
    const token = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(body, 'access_token');
    const seconds = Number(body['expires_in']);
    const expiresOn = seconds > 0 ? new Date(now.getTime() + seconds * 1000) : (0,_github_id_token_js__WEBPACK_IMPORTED_MODULE_3__/* .expiryOf */ .p1)(token);
    return { token, expiresOn, scope };
}
function homeOf(clientInfo, idToken) {
    const info = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .parseJsonObject */ .dw)(Buffer.from(clientInfo, 'base64url').toString('utf8'));
    const claims = (0,_jwt_claims_js__WEBPACK_IMPORTED_MODULE_7__/* .claimsOf */ .d)(idToken);
    return {
        homeObjectId: (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(info, 'uid') || (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(claims, 'oid') || (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(claims, 'sub'),
        homeTenantId: (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(info, 'utid') || (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(claims, 'tid'),
    };
}
function usernameOf(token) {
    const claims = (0,_jwt_claims_js__WEBPACK_IMPORTED_MODULE_7__/* .claimsOf */ .d)(token);
    const names = ['preferred_username', 'upn', 'unique_name'].map((claim) => (0,_net_json_js__WEBPACK_IMPORTED_MODULE_5__/* .stringField */ .OM)(claims, claim));
    return (names.find((name) => name !== '') ?? '').toLowerCase();
}
const EVERY_TENANT = new Set(['organizations', 'common']);
function namesTenant(tenantId) {
    return !EVERY_TENANT.has(tenantId);
}
function userFacts(request, { cloud }) {
    return {
        method: request.method,
        cloud,
        ...(namesTenant(request.tenantId) ? { tenantId: request.tenantId } : {}),
        ...(request.username === undefined ? {} : { username: request.username }),
    };
}


/***/ })

};
