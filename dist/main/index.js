import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 181:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("buffer");

/***/ }),

/***/ 6982:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");

/***/ }),

/***/ 9896:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");

/***/ }),

/***/ 8611:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("http");

/***/ }),

/***/ 1421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 7598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 3024:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 1455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 7067:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");

/***/ }),

/***/ 4708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");

/***/ }),

/***/ 7030:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 8161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 6760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 8500:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");

/***/ }),

/***/ 1692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");

/***/ }),

/***/ 7975:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");

/***/ }),

/***/ 6928:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");

/***/ }),

/***/ 2203:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("stream");

/***/ }),

/***/ 9023:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("util");

/***/ }),

/***/ 4104:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   F0: () => (/* binding */ tenantOfToken),
/* harmony export */   jb: () => (/* binding */ accessTokenClaims),
/* harmony export */   vr: () => (/* binding */ idsOfToken)
/* harmony export */ });
/* harmony import */ var _credentials_jwt_claims_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8652);
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6584);
/* harmony import */ var _clouds_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3796);



function accessTokenClaims(token) {
    const claims = (0,_credentials_jwt_claims_js__WEBPACK_IMPORTED_MODULE_1__/* .claimsOf */ .d)(token);
    return { tenantId: (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(claims, 'tid'), objectId: (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(claims, 'oid') };
}
function idsOfToken(token) {
    const claims = (0,_credentials_jwt_claims_js__WEBPACK_IMPORTED_MODULE_1__/* .claimsOf */ .d)(token);
    return ['tid', 'appid', 'azp'].map((name) => (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(claims, name)).filter((id) => id !== '');
}
function tenantOfToken(token, { directory }) {
    return directory === 'adfs' ? _clouds_js__WEBPACK_IMPORTED_MODULE_0__/* .ADFS_TENANT */ .sZ : accessTokenClaims(token).tenantId;
}


/***/ }),

/***/ 3755:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   v: () => (/* binding */ accountName)
/* harmony export */ });
function accountName(principal) {
    switch (principal.kind) {
        case 'service-principal':
            return principal.clientId;
        case 'managed-identity':
            return principal.assigned === 'system' ? 'systemAssignedIdentity' : 'userAssignedIdentity';
        case 'user':
            return principal.username;
    }
}


/***/ }),

/***/ 3796:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Np: () => (/* binding */ KNOWN_CLOUDS),
/* harmony export */   fH: () => (/* binding */ tokenIssuer),
/* harmony export */   l9: () => (/* binding */ knownCloudOfIssuer),
/* harmony export */   oe: () => (/* binding */ cloudWarning),
/* harmony export */   sZ: () => (/* binding */ ADFS_TENANT)
/* harmony export */ });
const ADFS_TENANT = 'adfs';
const MICROSOFTS = {
    directory: 'entra',
    resourceManagerVersion: '2022-12-01',
    metadataHost: '',
    definition: { kind: 'built-in' },
};
const KNOWN_CLOUDS = {
    AzureCloud: {
        ...MICROSOFTS,
        name: 'AzureCloud',
        authority: 'https://login.microsoftonline.com',
        resourceManager: 'https://management.azure.com',
        resourceManagerAudience: 'https://management.core.windows.net/',
        serviceManagement: 'https://management.core.windows.net',
        federatedAudience: 'api://AzureADTokenExchange',
        terraformName: 'public',
    },
    AzureUSGovernment: {
        ...MICROSOFTS,
        name: 'AzureUSGovernment',
        authority: 'https://login.microsoftonline.us',
        resourceManager: 'https://management.usgovcloudapi.net',
        resourceManagerAudience: 'https://management.core.usgovcloudapi.net/',
        serviceManagement: 'https://management.core.usgovcloudapi.net',
        federatedAudience: 'api://AzureADTokenExchangeUSGov',
        terraformName: 'usgovernment',
    },
    AzureChinaCloud: {
        ...MICROSOFTS,
        name: 'AzureChinaCloud',
        authority: 'https://login.chinacloudapi.cn',
        resourceManager: 'https://management.chinacloudapi.cn',
        resourceManagerAudience: 'https://management.core.chinacloudapi.cn/',
        serviceManagement: 'https://management.core.chinacloudapi.cn',
        federatedAudience: 'api://AzureADTokenExchangeChina',
        terraformName: 'china',
    },
    AzureGermanCloud: {
        ...MICROSOFTS,
        name: 'AzureGermanCloud',
        authority: 'https://login.microsoftonline.de',
        resourceManager: 'https://management.microsoftazure.de',
        resourceManagerAudience: 'https://management.core.cloudapi.de/',
        serviceManagement: 'https://management.core.cloudapi.de',
        federatedAudience: 'api://AzureADTokenExchange',
        terraformName: 'german',
        definition: {
            kind: 'written',
            apiProfile: 'latest',
            services: {
                portal: 'https://portal.microsoftazure.de',
                gallery: 'https://gallery.cloudapi.de/',
                sqlManagement: 'https://management.core.cloudapi.de:8443/',
                batch: 'https://batch.cloudapi.de/',
                graphAudience: 'https://graph.cloudapi.de/',
                microsoftGraphResourceId: 'https://graph.microsoft.de',
                storage: 'core.cloudapi.de',
                keyVaultDns: 'vault.microsoftazure.de',
                sqlServerHostname: 'database.cloudapi.de',
            },
        },
    },
};
function cloudWarning({ name }) {
    return name === KNOWN_CLOUDS.AzureGermanCloud.name
        ? 'AzureGermanCloud, the Microsoft Cloud Germany, was closed on 29 October 2021: its hosts no longer answer. The regions Germany West Central and Germany North belong to `environment: AzureCloud`.'
        : '';
}
const ISSUER_ALIASES = {
    'https://login.windows.net': 'AzureCloud',
    'https://login.microsoft.com': 'AzureCloud',
    'https://sts.windows.net': 'AzureCloud',
    'https://login.usgovcloudapi.net': 'AzureUSGovernment',
    'https://login.partner.microsoftonline.cn': 'AzureChinaCloud',
};
function knownCloudOfIssuer(authority) {
    const alias = Object.hasOwn(ISSUER_ALIASES, authority) ? ISSUER_ALIASES[authority] : undefined;
    if (alias !== undefined)
        return KNOWN_CLOUDS[alias];
    return Object.values(KNOWN_CLOUDS).find((cloud) => cloud.authority === authority);
}
function tokenIssuer({ authority: origin, directory }, tenantId) {
    if (directory === 'adfs') {
        const authority = `${origin}/${ADFS_TENANT}`;
        return {
            authority,
            issuer: authority,
            authorizationEndpoint: `${authority}/oauth2/authorize/`,
            tokenEndpoint: `${authority}/oauth2/token/`,
            deviceCodeEndpoint: `${authority}/oauth2/devicecode`,
            keys: `${authority}/discovery/keys`,
        };
    }
    const authority = `${origin}/${encodeURIComponent(tenantId)}`;
    return {
        authority,
        issuer: `${authority}/v2.0`,
        authorizationEndpoint: `${authority}/oauth2/v2.0/authorize`,
        tokenEndpoint: `${authority}/oauth2/v2.0/token`,
        deviceCodeEndpoint: `${authority}/oauth2/v2.0/devicecode`,
        keys: `${authority}/discovery/v2.0/keys`,
    };
}


/***/ }),

/***/ 8502:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   cv: () => (/* binding */ jsonArgument),
/* harmony export */   r7: () => (/* binding */ shellWord),
/* harmony export */   t$: () => (/* binding */ yamlValue)
/* harmony export */ });
function shellWord(value) {
    return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
function jsonArgument(value) {
    return JSON.stringify(value).replaceAll(/['\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}
function escaped(character) {
    return Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
}
function yamlValue(value) {
    const plain = /^[A-Za-z](?:[\w .()/-]*[\w)])?$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
    const id = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
    return plain || id ? value : JSON.stringify(value);
}


/***/ }),

/***/ 2513:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ quotable),
/* harmony export */   n: () => (/* binding */ quotableId)
/* harmony export */ });
function quotable(text, longest) {
    const line = text
        .slice(0, longest * 4)
        .toWellFormed()
        .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
        .replaceAll(/\p{Cf}/gu, '')
        .replaceAll(JWT, '(token removed)')
        .trim();
    return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`;
}
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]+)*/g;
function quotableId(id) {
    return quotable(id, 120).replaceAll('`', "'");
}


/***/ }),

/***/ 9862:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   EW: () => (/* binding */ ambiguousSubscription),
/* harmony export */   KC: () => (/* binding */ disabledSubscription),
/* harmony export */   cF: () => (/* binding */ noSubscriptions),
/* harmony export */   l7: () => (/* binding */ subscriptionNotFound),
/* harmony export */   uS: () => (/* binding */ resourceManagerRefused),
/* harmony export */   wl: () => (/* binding */ readResourceManagerRefusal)
/* harmony export */ });
/* unused harmony export RESOURCE_MANAGER_REMEDIES */
/* harmony import */ var _inputs_nearest_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(1410);
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6584);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1487);
/* harmony import */ var _command_line_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(8502);
/* harmony import */ var _quotable_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(2513);
/* harmony import */ var _step_template_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8657);






const LARGEST_BODY = 256 * 1024;
const LONGEST_MESSAGE = 800;
function readResourceManagerRefusal(status, headers, bodyText) {
    const body = bodyText.length > LARGEST_BODY ? undefined : (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJsonObject */ .dw)(bodyText);
    const error = body !== undefined && Object.hasOwn(body, 'error') ? (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)(body['error']) : undefined;
    const code = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(error, 'code');
    const message = (0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotable */ .E)((0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(error, 'message'), LONGEST_MESSAGE);
    const correlationId = headers['x-ms-correlation-request-id'] ?? headers['x-ms-request-id'] ?? '';
    return {
        status,
        code: /^\w{1,80}$/.test(code) ? code : '',
        message,
        correlationId: /^[\w-]{1,60}$/.test(correlationId) ? correlationId : '',
        homeTenant: /must match (?:one of )?the tenants? '[^']{1,60}\/([0-9a-f-]{36})\/?'/.exec(message)?.[1] ??
            /authorization_uri="https:\/\/[^"/]{1,60}\/([0-9a-f-]{36})"/.exec(headers['www-authenticate'] ?? '')?.[1] ??
            '',
    };
}
const ROLE_ASSIGNMENT = 'az role assignment create --assignee-object-id {objectId} --assignee-principal-type {principalType} --role Reader --scope {subscriptionScope}';
const ASSIGN_ROLE = roleStep('Give the identity a role in the subscription.');
const WAIT_FOR_ROLE = {
    say: 'If it was given a role just now, wait five to ten minutes and run the job again: it takes that long to be seen.',
};
const OTHER_TENANT = {
    say: 'If the subscription belongs to another tenant, sign in there. This shows the tenant of a subscription that you see yourself:',
    run: 'az account list --query "[].{name:name, subscription:id, tenant:tenantId}" --output table',
};
const MATCHING_CLOUD = {
    say: 'Check `environment` and `resource-manager-url`: the token was issued for {cloud}, and {resourceManager} was asked.',
};
const SET_CLOCK = {
    say: 'On a self-hosted runner, compare its clock with the true time, and set it if it is off:',
    run: 'date -u',
};
const NOT_SEEN = 'The tenant has no such subscription, or the identity has no role in it: Resource Manager does not say which.';
const RESOURCE_MANAGER_REMEDIES = [
    {
        codes: ['AuthorizationFailed'],
        statuses: [403],
        meaning: 'The sign-in itself succeeded, but the identity has no role that allows this.',
        steps: [ASSIGN_ROLE, WAIT_FOR_ROLE],
    },
    {
        codes: ['SubscriptionNotFound'],
        statuses: [404],
        meaning: NOT_SEEN,
        steps: [
            { say: 'Check the id in `subscription`, or in `subscription-id`.' },
            ASSIGN_ROLE,
            WAIT_FOR_ROLE,
            OTHER_TENANT,
        ],
    },
    {
        codes: ['InvalidSubscriptionId'],
        statuses: [],
        meaning: 'The id of the subscription is malformed.',
        steps: [
            {
                say: 'Give the id alone, a GUID without `/subscriptions/` before it, or the name. This lists both:',
                run: 'az account list --query "[].{name:name, subscription:id}" --output table',
            },
        ],
    },
    {
        codes: ['InvalidAuthenticationTokenTenant'],
        statuses: [],
        meaning: 'The token is of another tenant than the subscription.',
        steps: [
            { say: 'Sign in to the tenant of the subscription:', run: 'tenant-id: {homeTenant}' },
            {
                say: 'The identity has to exist there: a multi-tenant application needs a service principal in it (`az ad sp create`), a guest an invitation.',
            },
            { say: 'If the subscription moved to this tenant within the last hour, wait and run the job again.' },
        ],
    },
    {
        codes: ['InvalidAuthenticationTokenAudience'],
        statuses: [],
        meaning: 'The token was made for another Resource Manager than this one.',
        steps: [MATCHING_CLOUD],
    },
    {
        codes: ['ExpiredAuthenticationToken'],
        statuses: [],
        meaning: 'The token had expired when Resource Manager read it, although it was new.',
        steps: [SET_CLOCK, { say: 'Run the job again.' }],
    },
    {
        codes: ['InvalidAuthenticationToken', 'AuthenticationFailed', 'AuthenticationFailedInvalidHeader'],
        statuses: [401],
        meaning: 'Resource Manager did not accept the token that Entra ID had just issued.',
        steps: [
            MATCHING_CLOUD,
            { say: 'If the runner goes through a proxy, see that it passes the `Authorization` header on unchanged.' },
            SET_CLOCK,
        ],
    },
    {
        codes: ['InvalidApiVersionParameter', 'NoRegisteredProviderFound'],
        statuses: [],
        meaning: 'This Resource Manager does not know the version of the interface that was asked for.',
        steps: [
            {
                say: 'For an Azure Stack Hub, set `environment: AzureStack` and its `resource-manager-url`; otherwise leave both as they are by default.',
            },
        ],
    },
    {
        codes: ['TooManyRequests', 'SubscriptionRequestsThrottled'],
        statuses: [429],
        meaning: 'Too many requests came from this identity, or to this subscription, in a short time.',
        steps: [
            { say: 'Run the job again in a few minutes, and let fewer jobs sign in at the same moment.' },
            { say: 'To ask for one subscription only, name it by its id and add:', run: 'list-subscriptions: false' },
        ],
    },
];
function resourceManagerRefused(refusal, facts, cause) {
    const remedy = RESOURCE_MANAGER_REMEDIES.find(({ codes }) => codes.includes(refusal.code)) ??
        RESOURCE_MANAGER_REMEDIES.find(({ statuses }) => statuses.includes(refusal.status));
    const values = templateValues(facts, facts.subscriptionId ?? subscriptionIn(refusal.message), refusal.homeTenant);
    const why = [
        remedy === undefined ? '' : (0,_step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .filled */ .Bq)(remedy.meaning, values),
        identityLine(facts),
        refusal.message === '' ? '' : `Resource Manager says: ${refusal.message}`,
        refusal.correlationId === '' ? '' : `For support: correlation id ${refusal.correlationId}.`,
    ];
    const answer = refusal.code === '' ? `HTTP ${refusal.status}` : `${refusal.code} (HTTP ${refusal.status})`;
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`Azure Resource Manager refused to ${facts.operation}: ${answer}.`, {
        why: lines(why),
        next: remedy === undefined ? UNKNOWN_REFUSAL : steps(remedy.steps, values, facts),
        cause,
    });
}
const UNKNOWN_REFUSAL = [
    { say: 'The words of Resource Manager above say what it found wrong. If they do not help, run the job again.' },
    { say: 'If it stays, quote the correlation id to Microsoft support; https://azure.status.microsoft shows outages.' },
];
function noSubscriptions(facts) {
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P('The sign-in succeeded, but the identity sees no subscription.', {
        why: lines([NO_ROLE, identityLine(facts)]),
        next: [
            ...steps([roleStep('Give the identity a role in a subscription.'), WAIT_FOR_ROLE, OTHER_TENANT], templateValues(facts), facts),
            {
                say: 'If it needs no subscription, because the job works on the tenant alone, allow that:',
                run: 'allow-no-subscriptions: true',
            },
        ],
    });
}
const NO_ROLE = 'The identity has no role assignment in any subscription of the tenant.';
function subscriptionNotFound(wanted, visible, facts) {
    const id = isId(wanted) ? wanted : '';
    const missing = id === '' ? 'If the subscription you mean is not in the list' : 'If the id is right';
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`The subscription ${id || `"${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(wanted)}"`} was not found.`, {
        why: lines([...visibleLines(visible), identityLine(facts)]),
        next: [
            ...(id === '' && visible.length > 0 ? suggestion(wanted, visible) : []),
            ...steps([roleStep(`${missing}, the identity has no role in it. Give it one.`), WAIT_FOR_ROLE, OTHER_TENANT], templateValues(facts, id), facts),
        ],
    });
}
function visibleLines(visible) {
    if (visible.length === 0)
        return [NOT_SEEN];
    const count = visible.length === 1 ? 'one other subscription' : `${visible.length} other subscriptions`;
    return [`The identity sees ${count}:`, ...listed(visible)];
}
function suggestion(wanted, visible) {
    const near = (0,_inputs_nearest_js__WEBPACK_IMPORTED_MODULE_4__/* .nearestChoice */ .u)(wanted, visible.map(({ name }) => name));
    return near === undefined
        ? [{ say: 'Give the name as it stands in this list, or the id.' }]
        : [{ say: `Did you mean "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(near)}"?`, run: `subscription: ${(0,_command_line_js__WEBPACK_IMPORTED_MODULE_5__/* .yamlValue */ .t$)((0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotable */ .E)(near, 64))}` }];
}
function ambiguousSubscription(name, candidates) {
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`${candidates.length} subscriptions have the name "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(name)}".`, {
        why: lines(['Names need not be unique, and case does not tell them apart:', ...listed(candidates)]),
        next: [{ say: 'Give the id instead of the name:', run: `subscription: ${candidates[0]?.id ?? 'SUBSCRIPTION_ID'}` }],
    });
}
function disabledSubscription(subscription) {
    const state = (0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(subscription.state);
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`The subscription "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(subscription.name)}" (${subscription.id}) is not enabled.`, {
        why: `Azure reports its state as ${state}: it was cancelled, its credit is spent, or a bill is open. Nothing can be changed in it.`,
        next: [
            {
                say: 'Its owner or billing administrator sees the reason in the portal under Subscriptions and can reactivate it there: https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled',
            },
            { say: 'Or name another subscription, by name or id:', run: 'subscription: NAME_OR_ID' },
        ],
    });
}
const LONGEST_LIST = 20;
function listed(subscriptions) {
    const shown = subscriptions
        .slice(0, LONGEST_LIST)
        .map(({ id, name, state }) => `    ${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotable */ .E)(name, 64)} (${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(id)}, ${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(state)})`);
    const more = subscriptions.length - shown.length;
    return more > 0 ? [...shown, `    and ${more} more`] : shown;
}
function identityLine({ clientId, objectId, tenantId }) {
    const parts = [
        clientId === '' ? '' : `client ${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(clientId)}`,
        objectId === '' ? '' : `object id ${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(objectId)}`,
        tenantId === '' ? '' : `tenant ${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_3__/* .quotableId */ .n)(tenantId)}`,
    ].filter((part) => part !== '');
    return parts.length === 0 ? '' : `Signed in: ${parts.join(', ')}.`;
}
function steps(templates, values, facts) {
    return templates.flatMap((template) => {
        const step = (0,_step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .filledStep */ .b0)(template, values);
        return template.run === ROLE_ASSIGNMENT && facts.objectId === '' && facts.clientId !== ''
            ? [step, (0,_step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .filledStep */ .b0)(FIND_OBJECT_ID, values)]
            : [step];
    });
}
const FIND_OBJECT_ID = {
    say: 'PRINCIPAL_OBJECT_ID is what this prints:',
    run: 'az ad sp show --id {clientId} --query id --output tsv',
};
function templateValues(facts, subscriptionId = '', homeTenant = '') {
    return {
        clientId: facts.clientId || _step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .STAND_INS */ .sr.clientId,
        cloud: facts.cloud.name,
        homeTenant: homeTenant || _step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .STAND_INS */ .sr.tenantId,
        objectId: facts.objectId || _step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .STAND_INS */ .sr.objectId,
        principalType: facts.principalType ?? (facts.clientId === '' ? 'User' : 'ServicePrincipal'),
        resourceManager: facts.cloud.resourceManager,
        subscriptionScope: `/subscriptions/${subscriptionId || _step_template_js__WEBPACK_IMPORTED_MODULE_1__/* .STAND_INS */ .sr.subscriptionId}`,
    };
}
function subscriptionIn(message) {
    return /\/subscriptions\/([0-9a-f-]{36})\b/i.exec(message)?.[1] ?? '';
}
function isId(text) {
    return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
function roleStep(lead) {
    return {
        say: `${lead} Reader is enough to sign in; the job may need more. Somebody who may assign roles (Owner, User Access Administrator) runs:`,
        run: ROLE_ASSIGNMENT,
    };
}
function lines(parts) {
    return parts.filter((part) => part !== '').join('\n');
}


/***/ }),

/***/ 8657:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Bq: () => (/* binding */ filled),
/* harmony export */   b0: () => (/* binding */ filledStep),
/* harmony export */   sr: () => (/* binding */ STAND_INS)
/* harmony export */ });
/* harmony import */ var _command_line_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8502);
/* harmony import */ var _quotable_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(2513);


function filledStep(template, values, setting = _quotable_js__WEBPACK_IMPORTED_MODULE_0__/* .quotableId */ .n) {
    const say = filled(template.say, values, setting);
    return template.run === undefined ? { say } : { say, run: filled(template.run, values, inCommand) };
}
function inCommand(value) {
    return (0,_command_line_js__WEBPACK_IMPORTED_MODULE_1__/* .shellWord */ .r7)(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? (0,_quotable_js__WEBPACK_IMPORTED_MODULE_0__/* .quotable */ .E)(value, 120) : value);
}
function filled(template, values, setting = _quotable_js__WEBPACK_IMPORTED_MODULE_0__/* .quotableId */ .n) {
    return template.replaceAll(/\{(\w+)\}/g, (_, name) => {
        const value = Object.hasOwn(values, name) ? values[name] : undefined;
        if (value === undefined)
            throw new Error(`No such placeholder: {${name}}`);
        return setting(value);
    });
}
const STAND_INS = {
    clientId: 'CLIENT_ID',
    credentialName: 'github',
    issuer: 'ISSUER',
    objectId: 'PRINCIPAL_OBJECT_ID',
    subject: 'SUBJECT',
    subscriptionId: 'SUBSCRIPTION_ID',
    tenantId: 'TENANT_ID',
    thumbprint: 'THUMBPRINT',
    username: 'USER_NAME',
};


/***/ }),

/***/ 5196:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ listFromResourceManager),
/* harmony export */   Y: () => (/* binding */ getFromResourceManager)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(6584);
/* harmony import */ var _net_retry_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(2426);
/* harmony import */ var _net_transient_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(3886);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(1487);




const MOST_PAGES = 1000;
const MOST_CHARACTERS = 128 * 1024 * 1024;
async function getFromResourceManager(question, asker) {
    const { body } = await get(urlOf(question, asker.cloud), question, asker);
    return body;
}
async function listFromResourceManager(question, asker) {
    const found = [];
    let url = urlOf(question, asker.cloud);
    let characters = 0;
    for (let page = 1; page <= MOST_PAGES && characters <= MOST_CHARACTERS; page++) {
        const { body, length } = await get(url, question, asker);
        characters += length;
        const values = body['value'];
        if (Array.isArray(values))
            for (const value of values)
                found.push(value);
        const next = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_3__/* .stringField */ .OM)(body, 'nextLink');
        if (next === '')
            return found;
        url = followed(next, question.what, asker.cloud);
    }
    throw new _session_error_js__WEBPACK_IMPORTED_MODULE_2__/* .SessionError */ .P(`Azure Resource Manager sent a ${question.what} without end.`, {
        why: `After ${MOST_PAGES} pages, or ${MOST_CHARACTERS / 1024 / 1024} MB, it still named a next one.`,
        next: ['Set `subscription` to an id and `list-subscriptions: false`.'],
    });
}
function urlOf({ path }, { resourceManager, resourceManagerVersion }) {
    return `${resourceManager}${path}?api-version=${resourceManagerVersion}`;
}
function followed(nextLink, what, cloud) {
    const url = URL.parse(nextLink);
    if (url?.origin === new URL(cloud.resourceManager).origin)
        return url.href;
    throw new _session_error_js__WEBPACK_IMPORTED_MODULE_2__/* .SessionError */ .P(`Azure Resource Manager sent a link to another host for the next page of the ${what}.`, {
        why: `The list came from ${new URL(cloud.resourceManager).host}, the link names ${url?.host ?? 'no host at all'}. An access token is never sent to a host the cloud did not name.`,
        next: ['Check that no proxy rewrites answers; or set `subscription` to an id and `list-subscriptions: false`.'],
    });
}
function get(url, { what, refused }, { http, retry, token }) {
    return (0,_net_retry_js__WEBPACK_IMPORTED_MODULE_0__/* .withRetry */ .bD)(`The ${what} from Azure Resource Manager`, retry, async () => {
        const response = await http.send({ method: 'GET', url, headers: { Authorization: `Bearer ${token.token}` } });
        if (response.status !== 200)
            throw refused(response);
        const body = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_3__/* .parseJsonObject */ .dw)(response.body);
        if (body !== undefined)
            return { body, length: response.body.length };
        throw new _net_transient_js__WEBPACK_IMPORTED_MODULE_1__/* .TransientFailure */ .$r('Azure Resource Manager answered with something else than JSON', {
            requestId: response.requestId,
        });
    });
}


/***/ }),

/***/ 5406:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $H: () => (/* binding */ listSubscriptions),
/* harmony export */   IQ: () => (/* binding */ withDefault),
/* harmony export */   Ol: () => (/* binding */ isEnabled),
/* harmony export */   gP: () => (/* binding */ findSubscriptions)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6584);
/* harmony import */ var _errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9862);
/* harmony import */ var _resource_manager_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(5196);



async function findSubscriptions(query) {
    const { wanted, scope } = query.request;
    if (scope === 'all')
        return withDefault(await listSubscriptions(query), query);
    if (wanted === undefined)
        return { subscriptions: [], selected: { kind: 'tenant-level' } };
    return withDefault([await getSubscription(wanted, query)], query);
}
function withDefault(subscriptions, query) {
    const { wanted, whenNone } = query.request;
    if (wanted === undefined && subscriptions.length === 0 && whenNone === 'tenant-level-account') {
        return { subscriptions, selected: { kind: 'tenant-level' } };
    }
    const subscription = wanted === undefined ? firstEnabled(subscriptions, query) : named(wanted, subscriptions, query);
    return { subscriptions, selected: { kind: 'subscription', subscription } };
}
function firstEnabled(subscriptions, query) {
    const [any] = subscriptions;
    if (any === undefined)
        throw (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .noSubscriptions */ .cF)(query);
    const enabled = subscriptions.filter(isEnabled);
    const first = enabled[0] ?? subscriptions.find(isUsable);
    if (first === undefined)
        throw (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .disabledSubscription */ .KC)(any);
    if (enabled.length > 1) {
        query.warn(`The identity sees ${enabled.length} enabled subscriptions; the first, ${first.name} (${first.id}), is the default. Name the one you mean in the input \`subscription\`.`);
    }
    return first;
}
function named(wanted, subscriptions, query) {
    const same = (text) => text.toLowerCase() === wanted.toLowerCase();
    const byId = subscriptions.find(({ id }) => same(id));
    const byName = subscriptions.filter(({ name }) => same(name));
    if (byId === undefined && byName.length > 1)
        throw (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguousSubscription */ .EW)(wanted, byName);
    const found = byId ?? byName[0];
    if (found === undefined)
        throw (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .subscriptionNotFound */ .l7)(wanted, subscriptions, query);
    if (!isUsable(found))
        throw (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .disabledSubscription */ .KC)(found);
    return found;
}
function isUsable({ state }) {
    return state !== 'Disabled' && state !== 'Deleted';
}
function isEnabled({ state }) {
    return state === 'Enabled';
}
async function listSubscriptions(asker) {
    const question = {
        path: '/subscriptions',
        what: 'subscription list',
        refused: (response) => refused(response, asker),
    };
    const values = await (0,_resource_manager_js__WEBPACK_IMPORTED_MODULE_1__/* .listFromResourceManager */ .M)(question, asker);
    return values.flatMap((value) => subscriptionOf(value, asker));
}
async function getSubscription(id, asker) {
    const question = {
        path: `/subscriptions/${encodeURIComponent(id)}`,
        what: 'look-up of the subscription',
        refused: (response) => response.status === 404 || response.status === 403
            ? (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .subscriptionNotFound */ .l7)(id, [], asker)
            : refused(response, asker),
    };
    const [subscription] = subscriptionOf(await (0,_resource_manager_js__WEBPACK_IMPORTED_MODULE_1__/* .getFromResourceManager */ .Y)(question, asker), asker);
    if (subscription === undefined)
        throw (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .subscriptionNotFound */ .l7)(id, [], asker);
    return subscription;
}
function refused(response, asker) {
    const refusal = (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .readResourceManagerRefusal */ .wl)(response.status, response.headers, response.body);
    asker.maskId(refusal.homeTenant);
    return (0,_errors_resource_manager_js__WEBPACK_IMPORTED_MODULE_0__/* .resourceManagerRefused */ .uS)(refusal, { ...asker, operation: 'list the subscriptions' });
}
function subscriptionOf(value, { tenantId, maskId }) {
    const entry = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)(value);
    const id = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .idField */ .ei)(entry, 'subscriptionId');
    if (entry === undefined || id === '')
        return [];
    const homeTenantId = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .idField */ .ei)(entry, 'tenantId') || tenantId;
    const managers = entry['managedByTenants'];
    const managedByTenants = Array.isArray(managers)
        ? managers.map((manager) => (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .idField */ .ei)((0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)(manager), 'tenantId')).filter((tenant) => tenant !== '')
        : [];
    for (const one of [id, homeTenantId, ...managedByTenants])
        maskId(one);
    const name = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(entry, 'displayName') || id;
    const state = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_2__/* .stringField */ .OM)(entry, 'state') || 'Enabled';
    return [{ id, name, state, tenantId, homeTenantId, managedByTenants }];
}


/***/ }),

/***/ 4636:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ AZURE_CLI_CLIENT_ID)
/* harmony export */ });
const AZURE_CLI_CLIENT_ID = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';


/***/ }),

/***/ 1396:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  p1: () => (/* binding */ expiryOf),
  rI: () => (/* binding */ idTokenOrigin),
  zl: () => (/* binding */ requestGitHubIdToken)
});

// EXTERNAL MODULE: ./build/net/json.js
var json = __nccwpck_require__(6584);
// EXTERNAL MODULE: ./build/net/retry.js
var retry = __nccwpck_require__(2426);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __nccwpck_require__(3886);
// EXTERNAL MODULE: ./build/azure/errors/quotable.js
var quotable = __nccwpck_require__(2513);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(1487);
;// CONCATENATED MODULE: ./build/credentials/github-errors.js


const PERMISSION = {
    say: 'Add the permission to the job, or to the whole workflow. A `permissions` block at a job replaces that of the workflow, so it has to name everything the job needs:',
    run: 'permissions:\n  id-token: write\n  contents: read',
};
const REUSABLE_WORKFLOW = {
    say: 'In a reusable workflow, the job that calls it (the one with `uses:`) needs the same block: a called workflow never gets more than its caller.',
};
const COMPOSITE_ACTION = {
    say: 'A composite action cannot ask for permissions: the job that uses it has to.',
};
const PULL_REQUEST_EVENTS = new Set([
    'pull_request',
    'pull_request_review',
    'pull_request_review_comment',
]);
function missingIdTokenPermission(env) {
    const host = foreignHost(env);
    if (host !== undefined)
        return noIdTokens(host);
    return new session_error/* SessionError */.P('This job may not ask GitHub for an ID token: it lacks the permission `id-token: write`.', {
        why: 'Only a job with that permission gets ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, and they are not set here. `auth-type: oidc` proves by that token who the job is.',
        next: [PERMISSION, ...causeInThisRun(env), REUSABLE_WORKFLOW, COMPOSITE_ACTION],
    });
}
function causeInThisRun(env) {
    if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
        return [
            {
                say: 'Dependabot started this run. Its runs have only read permissions unless the workflow names others, and their secrets come from Settings > Secrets and variables > Dependabot. If such a run needs no Azure, skip the job:',
                run: "if: github.actor != 'dependabot[bot]'",
            },
        ];
    }
    if (PULL_REQUEST_EVENTS.has(env['GITHUB_EVENT_NAME'] ?? '')) {
        return [
            {
                say: 'If the pull request comes from a fork, no setting of the workflow gives it an ID token, so that foreign code cannot sign in. Skip the job for forks, or sign in after the merge (`on: push`):',
                run: 'if: github.event.pull_request.head.repo.full_name == github.repository',
            },
        ];
    }
    return [];
}
function foreignHost(env) {
    if (env['ACT'] === 'true')
        return 'act';
    if (env['FORGEJO_ACTIONS'] === 'true')
        return 'Forgejo';
    if (env['GITEA_ACTIONS'] === 'true')
        return 'Gitea';
    return undefined;
}
function noIdTokens(host) {
    return new session_error/* SessionError */.P(`${host} gives this job no ID token, and \`auth-type: oidc\` needs one.`, {
        why: 'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set, and this is not a runner of GitHub.',
        next: [
            { say: 'Use another method here: `client-certificate` or `client-secret` for a service principal.' },
            {
                say: 'If it issues ID tokens (OpenID Connect) by a setting of its own, turn that on for this job; Entra ID has to reach the issuer from the internet.',
            },
        ],
    });
}
function idTokenRefused(status, message, requestId = '') {
    const words = (0,quotable/* quotable */.E)(message, 400);
    const why = [
        MEANINGS[status] ?? '',
        words === '' ? '' : `GitHub says: ${words}`,
        requestId === '' ? '' : `For support: request id ${(0,quotable/* quotable */.E)(requestId, 80)}.`,
    ];
    return new session_error/* SessionError */.P(`GitHub refused the request for an ID token: HTTP ${status}.`, {
        why: why.filter((line) => line !== '').join('\n'),
        next: STEPS[status] ?? [RUN_AGAIN, GITHUB_STATUS],
    });
}
const RUN_AGAIN = { say: 'Run the job again: each run gets a request token of its own.' };
const GITHUB_STATUS = { say: 'If it stays, see https://www.githubstatus.com for trouble with Actions.' };
const ENDED = "The job's request token is no longer accepted. It lives as long as the job, about six hours at most, and serves jobs in progress alone.";
const MEANINGS = {
    400: 'GitHub could not make sense of the request, most likely of the audience.',
    401: ENDED,
    403: ENDED,
    404: "There is no token service at the address in ACTIONS_ID_TOKEN_REQUEST_URL, or the job is not GitHub's any more.",
};
const STEPS = {
    400: [
        {
            say: 'Leave `audience` out, or give it as the federated credential has it:',
            run: 'audience: api://AzureADTokenExchange',
        },
        GITHUB_STATUS,
    ],
    401: [
        RUN_AGAIN,
        { say: 'If the job runs for more than six hours, split it, or sign in within the first six.' },
        GITHUB_STATUS,
    ],
    403: [
        RUN_AGAIN,
        { say: 'If the job runs for more than six hours, split it, or sign in within the first six.' },
        {
            say: 'If a proxy stands between the runner and GitHub, see that it lets *.actions.githubusercontent.com through.',
        },
        GITHUB_STATUS,
    ],
    404: [
        RUN_AGAIN,
        { say: 'See that nothing in the workflow sets ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN.' },
        GITHUB_STATUS,
    ],
};

;// CONCATENATED MODULE: ./build/credentials/github-id-token.js




async function requestGitHubIdToken(audience, context) {
    const { url, requestToken } = tokenService(context);
    context.mask(requestToken);
    url.searchParams.set('audience', audience);
    return (0,retry/* withRetry */.bD)('The request for an ID token to GitHub', context.retry, async () => {
        const response = await context.http.send({
            method: 'GET',
            url: url.href,
            headers: { Authorization: `Bearer ${requestToken}` },
        });
        const idToken = readIdToken(response);
        context.mask(idToken);
        return idToken;
    });
}
function idTokenOrigin(env) {
    const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
    return url?.protocol === 'https:' ? url.origin : undefined;
}
function tokenService(context) {
    const url = URL.parse(context.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
    const requestToken = context.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
    if (url === null || url.protocol !== 'https:' || requestToken === '')
        throw missingIdTokenPermission(context.env);
    return { url, requestToken };
}
function readIdToken(response) {
    const body = (0,json/* parseJsonObject */.dw)(response.body);
    if (response.status !== 200)
        throw idTokenRefused(response.status, (0,json/* stringField */.OM)(body, 'message'), response.requestId);
    const token = (0,json/* stringField */.OM)(body, 'value');
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
        throw new net_transient/* TransientFailure */.$r('GitHub answered without a token', { requestId: response.requestId });
    }
    return token;
}
const LATEST_SECONDS = 253_402_300_799;
function expiryOf(jwt) {
    const claims = (0,json/* parseJsonObject */.dw)(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const exp = claims?.['exp'];
    return new Date(typeof exp === 'number' && Math.abs(exp) <= LATEST_SECONDS ? exp * 1000 : 0);
}


/***/ }),

/***/ 8652:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ claimsOf)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(6584);

function claimsOf(jwt) {
    return (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJsonObject */ .dw)(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}


/***/ }),

/***/ 505:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ resourceOf),
/* harmony export */   O: () => (/* binding */ scopeOf)
/* harmony export */ });
const DEFAULT = '/.default';
function scopeOf(resource) {
    return resource.endsWith(DEFAULT) ? resource : `${resource}${DEFAULT}`;
}
function resourceOf(scope) {
    return scope.endsWith(DEFAULT) ? scope.slice(0, -DEFAULT.length) : scope;
}


/***/ }),

/***/ 6768:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ sessionSummary),
/* harmony export */   failureSummary: () => (/* binding */ failureSummary),
/* harmony export */   k: () => (/* binding */ importSummary)
/* harmony export */ });
/* harmony import */ var _azure_account_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3755);

const MOST_SUBSCRIPTIONS = 20;
function sessionSummary({ account, method, expiresOn, tools }) {
    const { principal, tenantId, cloud, subscriptions, selected } = account;
    return [
        '## Signed in to Azure',
        table(['session', ''], [
            ['account', `${(0,_azure_account_js__WEBPACK_IMPORTED_MODULE_0__/* .accountName */ .v)(principal)} (${PRINCIPALS[principal.kind]}, ${method})`],
            ['tenant', tenantId],
            ['cloud', cloud.name],
            ['first token until', `${expiresOn.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
        ]),
        ...(selected.kind === 'subscription'
            ? subscriptionTable(subscriptions, selected.subscription.id)
            : ['No subscription: a tenant-level account.']),
        table(['tool', 'signed in'], tools.map(({ tool, how }) => [tool, how])),
    ].join('\n\n');
}
function importSummary({ cloud, subscriptions, selected }) {
    return [
        '## Signed in to Azure',
        table(['session', ''], [
            ['account', 'management certificates (publish-settings)'],
            ['cloud', cloud.name],
        ]),
        ...subscriptionTable(subscriptions, selected.id),
        table(['tool', 'signed in'], [['classic CLI (azure)', 'profile folder, mode asm']]),
    ].join('\n\n');
}
function subscriptionTable(subscriptions, defaultId) {
    const shown = subscriptions.slice(0, MOST_SUBSCRIPTIONS);
    const rows = shown.map(({ id, name, state }) => [name, id, state, id === defaultId ? 'default' : '']);
    const more = subscriptions.length - shown.length;
    return [table(['subscription', 'id', 'state', 'default'], rows), ...(more > 0 ? [`and ${more} more.`] : [])];
}
const PRINCIPALS = {
    'service-principal': 'service principal',
    'managed-identity': 'managed identity',
    user: 'user',
};
function failureSummary(error) {
    return [
        '## Signing in to Azure failed',
        `**${inline(error.message)}**`,
        ...reasons(error.why),
        ...(error.next.length === 0 ? [] : ['### What to do', ...error.next.map(stepMarkdown)]),
    ].join('\n\n');
}
function reasons(why) {
    const blocks = [];
    for (const line of why.split('\n').filter((text) => text !== '')) {
        const last = blocks.at(-1);
        if (isIndented(line) && last?.every(isIndented))
            last.push(line);
        else
            blocks.push([line]);
    }
    return blocks.map((lines) => lines.every(isIndented) ? fenced(lines.map((line) => line.slice(4)).join('\n'), 'text') : inline(lines.join(' ')));
}
function isIndented(line) {
    return line.startsWith('    ');
}
function stepMarkdown({ say, run }) {
    return run === undefined ? inline(say) : `${inline(say)}\n\n${fenced(run, /^az |^date /.test(run) ? 'sh' : 'yaml')}`;
}
function table(heads, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [line(heads), line(heads.map(() => '---')), ...rows.map((cells) => line(cells.map(inline)))].join('\n');
}
function inline(text) {
    return text
        .replaceAll(/[\r\n]+/g, ' ')
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll(/[\\[\]!|*_~#@]/g, (character) => `&#${character.charCodeAt(0)};`);
}
function fenced(text, language) {
    const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = '`'.repeat(longest + 1);
    return `${fence}${language}\n${text}\n${fence}`;
}


/***/ }),

/***/ 6849:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   IL: () => (/* binding */ jsonValue),
/* harmony export */   OW: () => (/* binding */ isJsonObject),
/* harmony export */   sW: () => (/* binding */ readCreds)
/* harmony export */ });
/* harmony import */ var _empty_secrets_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3973);
/* harmony import */ var _forms_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(7019);
/* harmony import */ var _wording_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(2256);



const OVERRIDING = ['client-id', 'tenant-id', 'subscription-id'];
const SHAPES = {
    'json-auth': { clientId: 'clientId', clientSecret: 'clientSecret', tenantId: 'tenantId' },
    plain: { clientId: 'appId', clientSecret: 'password', tenantId: 'tenant' },
};
const EXPECTED = 'It must be the JSON that `az ad sp create-for-rbac` prints, with `clientId`, `clientSecret`, `tenantId` and `subscriptionId`, or with `appId`, `password` and `tenant`.';
function readCreds(context) {
    const { inputs, findings } = context;
    if (!inputs.given('creds'))
        return { kind: 'absent' };
    const overriding = OVERRIDING.filter((name) => inputs.given(name));
    if (overriding.length > 0) {
        findings.warning(`\`creds\` is ignored, because ${(0,_wording_js__WEBPACK_IMPORTED_MODULE_1__/* .codeList */ .E5)(overriding)} ${overriding.length === 1 ? 'is' : 'are'} given too. It is the same at azure/login.`);
        return { kind: 'ignored' };
    }
    if (inputs.choice('auth-type') === 'IDENTITY') {
        findings.warning('`creds` is ignored with `auth-type: IDENTITY`. It is the same at azure/login.');
        return { kind: 'ignored' };
    }
    if (inputs.garbled('creds'))
        return { kind: 'unusable' };
    const principal = parseCreds(context, inputs.text('creds'));
    return principal === undefined ? { kind: 'unusable' } : { kind: 'read', principal };
}
function parseCreds(context, json) {
    const { findings } = context;
    const fields = jsonValue(json);
    if (fields === undefined) {
        findings.problem(`\`creds\` is not valid JSON. ${EXPECTED}`, 'Store the whole output, braces included, as one secret.');
        return undefined;
    }
    if (!isJsonObject(fields)) {
        findings.problem(`\`creds\` is JSON, but not an object. ${EXPECTED}`);
        return undefined;
    }
    const names = isPlain(fields) ? SHAPES.plain : SHAPES['json-auth'];
    const missing = Object.values(names).filter((name) => field(fields, name) === '');
    if (missing.length > 0) {
        reportMissing(context, fields, missing);
        return undefined;
    }
    return {
        clientId: (0,_forms_js__WEBPACK_IMPORTED_MODULE_2__/* .canonicalId */ .iS)(field(fields, names.clientId).trim()),
        clientSecret: field(fields, names.clientSecret),
        tenantId: (0,_forms_js__WEBPACK_IMPORTED_MODULE_2__/* .canonicalId */ .iS)(field(fields, names.tenantId).trim()),
        subscriptionId: (0,_forms_js__WEBPACK_IMPORTED_MODULE_2__/* .canonicalId */ .iS)(field(fields, 'subscriptionId').trim()),
        resourceManagerUrl: field(fields, 'resourceManagerEndpointUrl').trim(),
    };
}
function reportMissing({ findings, env }, fields, missing) {
    const certificate = CERTIFICATE_FIELDS.find((name) => field(fields, name) !== '');
    if (certificate !== undefined) {
        findings.problem(`\`creds\` names a certificate, \`${certificate}\`, instead of a client secret.`, 'Give the certificate with its key in `client-certificate`, and `client-id` and `tenant-id` beside it.');
        return;
    }
    const present = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
    const blank = missing.some((name) => typeof fields[name] === 'string');
    const misspelt = missing.some((name) => !Object.hasOwn(fields, name) && present.has(name.toLowerCase()));
    findings.problem(`\`creds\` lacks ${(0,_wording_js__WEBPACK_IMPORTED_MODULE_1__/* .codeList */ .E5)(missing)}.${misspelt ? ' The letter case of the names counts.' : ''} ${EXPECTED}`, ...(blank ? (0,_empty_secrets_js__WEBPACK_IMPORTED_MODULE_0__/* .whySecretsAreEmpty */ .N)(env) : []));
}
const CERTIFICATE_FIELDS = ['clientCertificate', 'fileWithCertAndPrivateKey'];
function jsonValue(json) {
    try {
        return JSON.parse(json);
    }
    catch {
        return undefined;
    }
}
function isJsonObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function isPlain(fields) {
    const some = (names) => Object.values(names).some((name) => Object.hasOwn(fields, name));
    return some(SHAPES.plain) && !some(SHAPES['json-auth']);
}
function field(fields, name) {
    const value = Object.hasOwn(fields, name) ? fields[name] : '';
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text.trim() !== '' ? text : '';
}


/***/ }),

/***/ 3973:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ whySecretsAreEmpty)
/* harmony export */ });
const FORK_EVENTS = new Set(['pull_request', 'pull_request_review', 'pull_request_review_comment']);
function whySecretsAreEmpty(env) {
    const event = env['GITHUB_EVENT_NAME'] ?? '';
    const reasons = [];
    if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
        reasons.push('Dependabot started this run, and its runs get no Actions secrets: add the secrets under Settings > Secrets and variables > Dependabot.');
    }
    else if (FORK_EVENTS.has(event)) {
        reasons.push(`This run was started by \`${event}\`: GitHub gives it no secrets when the pull request comes from a fork.`);
    }
    reasons.push('If the value comes from a secret, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (`environment:`), or when a reusable workflow is called without `secrets: inherit`.');
    return reasons;
}


/***/ }),

/***/ 7019:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Jg: () => (/* binding */ isWord),
/* harmony export */   W_: () => (/* binding */ isGuid),
/* harmony export */   _8: () => (/* binding */ httpsOrigin),
/* harmony export */   f6: () => (/* binding */ EXAMPLE_GUID),
/* harmony export */   iS: () => (/* binding */ canonicalId),
/* harmony export */   l0: () => (/* binding */ isDomain),
/* harmony export */   nh: () => (/* binding */ isUri),
/* harmony export */   o6: () => (/* binding */ oddity)
/* harmony export */ });
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;
const URI = /^[a-z][a-z0-9+.-]*:[^\s"'`<>{}|\\^]+$/i;
const WORD = /^[^\s"'`<>{}]+$/;
const EXAMPLE_GUID = '00000000-0000-0000-0000-000000000000';
function isGuid(value) {
    return GUID.test(value);
}
function isDomain(value) {
    return DOMAIN.test(value);
}
function isUri(value) {
    return URI.test(value);
}
function isWord(value) {
    return WORD.test(value);
}
function canonicalId(value) {
    return isGuid(value) ? value.toLowerCase() : value;
}
function oddity(value) {
    if (/["'`]/.test(value))
        return ' It contains quotation marks.';
    if (/\s/.test(value))
        return ' It contains white space.';
    if (/[{}<>]/.test(value))
        return ' It contains brackets.';
    return '';
}
function httpsOrigin(value) {
    if (!URL.canParse(value))
        return undefined;
    const url = new URL(value);
    const bare = url.pathname === '/' && !/[?#@]/.test(value);
    return url.protocol === 'https:' && bare ? url.origin : undefined;
}


/***/ }),

/***/ 533:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.r(__webpack_exports__);
/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   base64Pieces: () => (/* binding */ base64Pieces),
/* harmony export */   isBase64: () => (/* binding */ isBase64),
/* harmony export */   keyMaterial: () => (/* binding */ keyMaterial)
/* harmony export */ });
const SHORTEST_BLOB = 64;
const SHORTEST_STRAY_LINE = 40;
const SHORTEST_PIECE = 4;
function keyMaterial(text) {
    if (text.includes('-----'))
        return pemKeys(text);
    return isBase64(text) ? blobSecrets(text) : [];
}
function isBase64(text) {
    return /^[A-Za-z0-9+_-][A-Za-z0-9+/_=\s-]*$/.test(text) && text.replaceAll(/\s/g, '').length >= SHORTEST_BLOB;
}
function base64Pieces(blob) {
    const lines = blob.split(/\s+/).filter((line) => line.length >= SHORTEST_PIECE);
    return lines.length > 1 ? [...lines, lines.join('')] : lines;
}
function blobSecrets(blob) {
    const decoded = Buffer.from(blob, 'base64').toString('latin1');
    if (!decoded.includes('-----'))
        return base64Pieces(blob);
    const keys = pemKeys(decoded);
    return keys.length === 0 ? [] : [...base64Pieces(blob), ...keys];
}
function pemKeys(text) {
    return text
        .replaceAll('\\r', '')
        .replaceAll('\\n', '\n')
        .split(/(?=-----BEGIN)|-----END[^-]*-{0,5}/)
        .flatMap(blockSecrets);
}
function blockSecrets(block) {
    if (/^-----BEGIN [A-Z0-9 ]*CERTIFICATE( REQUEST)?-----/.test(block))
        return [];
    const shortest = block.startsWith('-----BEGIN') ? SHORTEST_PIECE : SHORTEST_STRAY_LINE;
    return block
        .replace(/^-----BEGIN[^-\n]*-{0,5}/, '')
        .split(/[\s"']+/)
        .filter((piece) => piece.length >= shortest && !isHeader(piece));
}
function isHeader(piece) {
    return /[:,]/.test(piece);
}


/***/ }),

/***/ 1410:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ nearestChoice)
/* harmony export */ });
const LONGEST_TYPO = 40;
function nearestChoice(value, choices) {
    const wanted = letters(value);
    if (wanted.length < 2 || wanted.length > LONGEST_TYPO)
        return undefined;
    return ((wanted.length > 2 ? choices.find((choice) => letters(choice).includes(wanted)) : undefined) ??
        closest(wanted, choices));
}
function letters(text) {
    return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
function closest(wanted, choices) {
    let best;
    for (const choice of choices) {
        const distance = editDistance(wanted, letters(choice));
        const limit = Math.max(1, Math.floor(Math.min(wanted.length, choice.length) / 3));
        if (distance <= limit && (best === undefined || distance < best.distance))
            best = { choice, distance };
    }
    return best?.choice;
}
function editDistance(one, other) {
    let beforePrevious = [];
    let previous = Array.from({ length: other.length + 1 }, (_, length) => length);
    for (let row = 1; row <= one.length; row++) {
        const current = [row];
        for (let column = 1; column <= other.length; column++) {
            const replace = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
            const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
            const swap = swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
            current.push(Math.min(replace, swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
        }
        beforePrevious = previous;
        previous = current;
    }
    return previous.at(-1) ?? 0;
}


/***/ }),

/***/ 2828:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  T: () => (/* binding */ parseInputs)
});

// EXTERNAL MODULE: ./build/azure/clouds.js
var clouds = __nccwpck_require__(3796);
// EXTERNAL MODULE: ./build/inputs/forms.js
var inputs_forms = __nccwpck_require__(7019);
;// CONCATENATED MODULE: ./build/inputs/cloud.js


const PRIVATE_CLOUD_NAME = 'AzureStack';
const URL_FORM = 'It must look like https://management.local.azurestack.external, without a path.';
function readCloud(context, creds) {
    const environment = context.inputs.choice('environment');
    if (environment === undefined)
        return undefined;
    if (environment === 'AzureStack')
        return readStack(context, creds);
    warnOfForeignCreds(context, creds, environment);
    return context.inputs.given('resource-manager-url')
        ? readCloudByUrl(context, environment)
        : { kind: 'known', name: environment };
}
function readStack({ inputs, findings }, creds) {
    if (inputs.given('resource-manager-url')) {
        const url = readUrl({ inputs, findings });
        return url === undefined ? undefined : privateCloud(url);
    }
    if (creds.kind === 'unusable')
        return undefined;
    const fromCreds = creds.kind === 'read' ? creds.principal.resourceManagerUrl : '';
    if (fromCreds === '') {
        findings.problem('`environment: AzureStack` needs to know where the Azure Stack Hub or private cloud is.', 'Give its Resource Manager in `resource-manager-url`, for example https://management.local.azurestack.external. `resourceManagerEndpointUrl` in `creds` does as well.');
        return undefined;
    }
    const url = (0,inputs_forms/* httpsOrigin */._8)(fromCreds);
    if (url === undefined) {
        findings.problem(`\`resourceManagerEndpointUrl\` in \`creds\` is not the https URL of a Resource Manager. ${URL_FORM}`);
    }
    return url === undefined ? undefined : privateCloud(url);
}
function readCloudByUrl(context, environment) {
    const url = readUrl(context);
    if (url === undefined)
        return undefined;
    const owner = cloudAt(url);
    if (owner === environment)
        return { kind: 'known', name: environment };
    if (environment !== 'AzureCloud') {
        context.findings.problem(`\`environment: ${environment}\` and \`resource-manager-url\` name different clouds.`, `Remove \`resource-manager-url\` for ${environment}, or set \`environment: AzureStack\` for a private cloud.`);
        return undefined;
    }
    if (owner !== undefined) {
        context.findings.problem(`\`resource-manager-url\` is the Resource Manager of ${owner}.`, `Set \`environment: ${owner}\` instead.`);
        return undefined;
    }
    return privateCloud(url);
}
function readUrl({ inputs, findings }) {
    const url = (0,inputs_forms/* httpsOrigin */._8)(inputs.text('resource-manager-url'));
    if (url === undefined && !inputs.garbled('resource-manager-url')) {
        findings.problem(`\`resource-manager-url\` is not the https URL of a Resource Manager. ${URL_FORM}`);
    }
    return url;
}
function privateCloud(resourceManagerUrl) {
    return { kind: 'discovered', name: PRIVATE_CLOUD_NAME, resourceManagerUrl };
}
function cloudAt(url) {
    const names = Object.keys(clouds/* KNOWN_CLOUDS */.Np);
    return names.find((name) => clouds/* KNOWN_CLOUDS */.Np[name].resourceManager === url);
}
function warnOfForeignCreds({ inputs, findings }, creds, environment) {
    if (creds.kind !== 'read' || creds.principal.resourceManagerUrl === '' || inputs.given('resource-manager-url'))
        return;
    const owner = cloudAt((0,inputs_forms/* httpsOrigin */._8)(creds.principal.resourceManagerUrl) ?? '');
    if (owner === environment)
        return;
    findings.warning(`\`creds\` was made in ${owner ?? 'another cloud'}, by its \`resourceManagerEndpointUrl\`, but \`environment\` is ${environment}. Set \`environment: ${owner ?? 'AzureStack'}\` if the sign-in is refused.`);
}

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
;// CONCATENATED MODULE: ./build/inputs/paths.js

function absolutePath(given, { platform, workspace, home }) {
    const rules = platform === 'win32' ? external_node_path_.win32 : external_node_path_.posix;
    const separators = platform === 'win32' ? /[\\/]/ : /\//;
    if (/\p{Cc}/u.test(given))
        return refused('contains a line break or another control character.');
    if (/^\$\w|^\$\{|^%\w+%/.test(given)) {
        return refused('begins with a variable of the shell, which nothing expands here. Write an expression of the workflow in its place.');
    }
    if (platform === 'win32' && /^[a-z]:(?![\\/])/i.test(given)) {
        return refused('names a drive without a folder on it. Write a backslash after the colon.');
    }
    if (given.startsWith('~')) {
        const [first = '', ...rest] = given.split(separators);
        if (first !== '~')
            return refused('names the home folder of another user. Write an absolute path, or ./ before the name.');
        return home === ''
            ? refused('begins with ~, but the runner has no home folder.')
            : resolved(rules, home, `./${rest.join('/')}`);
    }
    if (workspace === '' && !standsAlone(given, platform)) {
        return refused('is a relative path, but the runner set no GITHUB_WORKSPACE. Write an absolute path.');
    }
    return resolved(rules, workspace, given);
}
function resolved(rules, base, given) {
    return { kind: 'absolute', path: rules.resolve(base, given) };
}
function standsAlone(given, platform) {
    return platform === 'win32' ? /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(given) : external_node_path_.posix.isAbsolute(given);
}
function refused(reason) {
    return { kind: 'refused', reason };
}

;// CONCATENATED MODULE: ./build/inputs/config-dir.js


function readConfigDir(context) {
    const { inputs, findings, platform } = context;
    if (!inputs.given('config-dir'))
        return { kind: 'private' };
    if (inputs.garbled('config-dir'))
        return undefined;
    const folder = readPath(context, '`config-dir`', inputs.text('config-dir'));
    if (folder === undefined)
        return undefined;
    const rules = platform === 'win32' ? external_node_path_.win32 : external_node_path_.posix;
    if (rules.dirname(folder) === folder) {
        findings.problem('`config-dir` is the root of a file system. Name a folder on it.');
        return undefined;
    }
    return { kind: 'named', path: folder };
}
function readPath({ findings, env, platform }, name, given) {
    const absolute = absolutePath(given, {
        platform,
        workspace: env['GITHUB_WORKSPACE'] ?? '',
        home: (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) ?? '',
    });
    if (absolute.kind === 'absolute')
        return absolute.path;
    findings.problem(`${name} ${absolute.reason}`);
    return undefined;
}

// EXTERNAL MODULE: ./build/inputs/creds.js
var inputs_creds = __nccwpck_require__(6849);
// EXTERNAL MODULE: ./build/inputs/empty-secrets.js
var empty_secrets = __nccwpck_require__(3973);
;// CONCATENATED MODULE: ./build/inputs/principal.js

const USER_TENANTS = new Set(['organizations', 'common']);
function readPrincipal(context, cloud) {
    const { inputs } = context;
    const clientId = inputs.garbled('client-id') ? '' : inputs.text('client-id');
    const tenantId = inputs.garbled('tenant-id') ? '' : inputs.text('tenant-id');
    return servicePrincipal(context, { client: '`client-id`', clientId, tenant: '`tenant-id`', tenantId }, cloud);
}
function checkIds(context, cloud) {
    readUserTenant(context, cloud);
    const clientId = context.inputs.garbled('client-id') ? '' : context.inputs.text('client-id');
    servicePrincipal(context, { client: '`client-id`', clientId, tenant: '', tenantId: '' }, cloud);
}
function servicePrincipal(context, ids, cloud) {
    const clientFits = ids.clientId === '' || checkClientId(context, ids, cloud);
    const tenantFits = ids.tenantId === '' || checkTenantId(context, ids.tenant, ids.tenantId, cloud);
    if (!clientFits || !tenantFits || ids.clientId === '' || ids.tenantId === '')
        return undefined;
    return { clientId: (0,inputs_forms/* canonicalId */.iS)(ids.clientId), tenantId: (0,inputs_forms/* canonicalId */.iS)(ids.tenantId) };
}
function readUserTenant(context, cloud) {
    const tenantId = context.inputs.text('tenant-id');
    if (tenantId === '')
        return 'organizations';
    if (context.inputs.garbled('tenant-id'))
        return undefined;
    if (USER_TENANTS.has(tenantId.toLowerCase()))
        return tenantId.toLowerCase();
    return checkTenantId(context, '`tenant-id`', tenantId, cloud) ? (0,inputs_forms/* canonicalId */.iS)(tenantId) : undefined;
}
function readManagedIdentity({ inputs, findings }) {
    const clientId = inputs.text('client-id');
    if (clientId === '')
        return { method: 'managed-identity', identity: { kind: 'system-assigned' } };
    if (inputs.garbled('client-id'))
        return undefined;
    if (!(0,inputs_forms/* isGuid */.W_)(clientId)) {
        findings.problem(`\`client-id\` is no client id of a user-assigned managed identity, which is a GUID like ${inputs_forms/* EXAMPLE_GUID */.f6}.${(0,inputs_forms/* oddity */.o6)(clientId)}`, 'Give the client id of the identity, not its resource id or name. Leave `client-id` out for the system-assigned identity.');
        return undefined;
    }
    return { method: 'managed-identity', identity: { kind: 'user-assigned', clientId: (0,inputs_forms/* canonicalId */.iS)(clientId) } };
}
function checkClientId({ findings }, { client, clientId }, cloud) {
    if ((0,inputs_forms/* isGuid */.W_)(clientId) || (0,inputs_forms/* isUri */.nh)(clientId) || fitsOwnDirectory(clientId, cloud))
        return true;
    findings.problem(`${client} is neither a GUID like ${inputs_forms/* EXAMPLE_GUID */.f6} nor an identifier URI like api://my-app.${(0,inputs_forms/* oddity */.o6)(clientId)}`);
    return false;
}
function checkTenantId({ findings }, tenant, tenantId, cloud) {
    if ((0,inputs_forms/* isGuid */.W_)(tenantId) || (0,inputs_forms/* isDomain */.l0)(tenantId) || fitsOwnDirectory(tenantId, cloud))
        return true;
    findings.problem(`${tenant} is neither a GUID like ${inputs_forms/* EXAMPLE_GUID */.f6} nor a domain like contoso.onmicrosoft.com.${(0,inputs_forms/* oddity */.o6)(tenantId)}`);
    return false;
}
function fitsOwnDirectory(id, cloud) {
    return cloud?.kind !== 'known' && (0,inputs_forms/* isWord */.Jg)(id);
}

// EXTERNAL MODULE: ./build/inputs/wording.js
var wording = __nccwpck_require__(2256);
;// CONCATENATED MODULE: ./build/inputs/workload-identity.js



const POD_VARIABLES = {
    'client-id': 'AZURE_CLIENT_ID',
    'tenant-id': 'AZURE_TENANT_ID',
    'federated-token-file': 'AZURE_FEDERATED_TOKEN_FILE',
};
function readWorkloadIdentity(context, cloud) {
    const lacking = reportMissing(context);
    const clientId = podValue(context, 'client-id');
    const tenantId = podValue(context, 'tenant-id');
    const file = podValue(context, 'federated-token-file');
    const tokenFile = file.value === '' ? undefined : readPath(context, file.name, file.value);
    const principal = servicePrincipal(context, { client: clientId.name, clientId: clientId.value, tenant: tenantId.name, tenantId: tenantId.value }, cloud);
    if (lacking || principal === undefined || tokenFile === undefined)
        return undefined;
    return { method: 'workload-identity', ...principal, tokenFile };
}
function podValue({ inputs, env }, input) {
    if (inputs.garbled(input))
        return { name: `\`${input}\``, value: '' };
    if (inputs.given(input))
        return { name: `\`${input}\``, value: inputs.text(input) };
    const variable = POD_VARIABLES[input];
    return { name: `${variable} of the pod`, value: (env[variable] ?? '').trim() };
}
function reportMissing(context) {
    const names = Object.keys(POD_VARIABLES);
    const missing = names.filter((name) => !context.inputs.given(name) && podValue(context, name).value === '');
    if (missing.length === 0)
        return false;
    const variables = missing.map((name) => POD_VARIABLES[name]);
    const verb = missing.length === 1 ? 'is' : 'are';
    context.findings.problem(`Signing in as a workload identity needs ${(0,wording/* needed */.Ow)(names, missing)} empty, and so ${verb} ${(0,wording/* sentenceList */.MT)(variables)} in the environment.`, 'A pod has these variables when it carries the label `azure.workload.identity/use: "true"` and runs as a service account annotated with `azure.workload.identity/client-id`. In a container job they must be passed on to the container.');
    return true;
}

;// CONCATENATED MODULE: ./build/inputs/credential-request.js





const SIGNING_IN = {
    oidc: 'Signing in with the ID token of the job',
    'client-secret': 'Signing in with a client secret',
    'client-certificate': 'Signing in with a certificate',
    'managed-identity': 'Signing in as a managed identity',
    'workload-identity': 'Signing in as a workload identity',
    password: 'Signing in with a user name and password',
    'device-code': 'Signing in with a device code',
    'publish-settings': 'Signing in with publish settings',
};
function readCredential(context, method, creds, cloud) {
    const { inputs } = context;
    switch (method) {
        case undefined:
            checkIds(context, cloud);
            return undefined;
        case 'oidc':
            return readOidc(context, creds, cloud);
        case 'client-secret':
            return readClientSecret(context, creds, cloud);
        case 'client-certificate':
            return readClientCertificate(context, creds, cloud);
        case 'managed-identity':
            return readManagedIdentity(context);
        case 'workload-identity':
            return readWorkloadIdentity(context, cloud);
        case 'password':
            return readPassword(context, creds, cloud);
        case 'device-code':
            return withTenant(readUserTenant(context, cloud), (tenantId) => ({ method, tenantId }));
        case 'publish-settings':
            if (lacks(context, method, creds, ['publish-settings']))
                return undefined;
            return {
                method,
                publishSettings: inputs.text('publish-settings'),
                afterImport: inputs.flag('delete-publish-settings') ? 'delete' : 'keep',
            };
    }
}
function readOidc(context, creds, cloud) {
    const lacking = lacks(context, 'oidc', creds, ['client-id', 'tenant-id']);
    const principal = readPrincipal(context, cloud);
    if (lacking || principal === undefined)
        return undefined;
    const audience = context.inputs.text('audience');
    return { method: 'oidc', ...principal, ...(audience === '' ? {} : { audience }) };
}
function readClientSecret(context, creds, cloud) {
    if (creds.kind === 'unusable')
        return undefined;
    if (creds.kind === 'read') {
        const { clientId, tenantId, clientSecret } = creds.principal;
        const [client, tenant] = ['The client id in `creds`', 'The tenant id in `creds`'];
        const principal = servicePrincipal(context, { client, clientId, tenant, tenantId }, cloud);
        return principal === undefined ? undefined : { method: 'client-secret', ...principal, clientSecret };
    }
    const lacking = lacks(context, 'client-secret', creds, ['client-id', 'tenant-id', 'client-secret']);
    const principal = readPrincipal(context, cloud);
    const clientSecret = context.inputs.text('client-secret');
    if (lacking || principal === undefined || reportCredsAsSecret(context, clientSecret))
        return undefined;
    return { method: 'client-secret', ...principal, clientSecret };
}
function reportCredsAsSecret({ findings }, clientSecret) {
    if (!clientSecret.startsWith('{') || !(0,inputs_creds/* isJsonObject */.OW)((0,inputs_creds/* jsonValue */.IL)(clientSecret)))
        return false;
    findings.problem('`client-secret` holds JSON, not the value of a client secret.', 'Give the JSON that `az ad sp create-for-rbac` prints as `creds`, without `client-id`, `tenant-id` and `subscription-id` beside it.');
    return true;
}
function readClientCertificate(context, creds, cloud) {
    const { inputs } = context;
    const lacking = lacks(context, 'client-certificate', creds, ['client-id', 'tenant-id', 'client-certificate']);
    const principal = readPrincipal(context, cloud);
    if (lacking || principal === undefined)
        return undefined;
    return {
        method: 'client-certificate',
        ...principal,
        certificate: inputs.text('client-certificate'),
        certificatePassword: inputs.text('client-certificate-password'),
        chain: inputs.flag('send-certificate-chain') ? 'send' : 'omit',
    };
}
function readPassword(context, creds, cloud) {
    const { inputs } = context;
    const lacking = lacks(context, 'password', creds, ['username', 'password']);
    const tenantId = readUserTenant(context, cloud);
    if (lacking || tenantId === undefined)
        return undefined;
    return { method: 'password', username: inputs.text('username'), password: inputs.text('password'), tenantId };
}
function withTenant(tenantId, request) {
    return tenantId === undefined ? undefined : request(tenantId);
}
function lacks({ inputs, findings, env }, method, creds, names) {
    const empty = names.filter((name) => !inputs.given(name));
    if (empty.length === 0)
        return false;
    const ignored = creds.kind === 'ignored'
        ? ['To use `creds`, remove `client-id`, `tenant-id` and `subscription-id`. `subscription` can stay beside it.']
        : [];
    findings.problem(`${SIGNING_IN[method]} needs ${(0,wording/* needed */.Ow)(names, empty)} empty.`, ...ignored, ...(0,empty_secrets/* whySecretsAreEmpty */.N)(env));
    return true;
}

;// CONCATENATED MODULE: ./build/inputs/exports.js
function readExports(context) {
    return { families: readFamilies(context), secrets: context.inputs.flag('export-secrets') ? 'export' : 'withhold' };
}
function readFamilies({ inputs, findings }) {
    const asked = inputs.list('export-env');
    const families = asked.filter((family) => family !== 'none');
    if (families.length === asked.length)
        return families;
    if (families.length > 0)
        findings.problem('`export-env` says `none` and also names a family. Give one or the other.');
    return 'none';
}

;// CONCATENATED MODULE: ./build/inputs/method.js


const OFFERS = [
    { method: 'client-secret', inputs: ['client-secret'] },
    { method: 'client-secret', inputs: ['creds'] },
    { method: 'client-certificate', inputs: ['client-certificate'] },
    { method: 'password', inputs: ['username', 'password'] },
    { method: 'publish-settings', inputs: ['publish-settings'] },
    { method: 'workload-identity', inputs: ['federated-token-file'] },
];
const SERVICE_PRINCIPAL_METHODS = new Set(['oidc', 'client-secret', 'client-certificate']);
function chooseMethod(context, creds) {
    const authType = context.inputs.choice('auth-type');
    const offers = offersIn(context, creds);
    if (authType === undefined || reportSeveral(context, offers))
        return undefined;
    if (authType === 'auto')
        return chooseByInputs(context, creds, offers[0]);
    if (authType === 'SERVICE_PRINCIPAL')
        return chooseServicePrincipal(context, offers[0]);
    const method = authType === 'IDENTITY' ? 'managed-identity' : authType;
    const [foreign] = offers.filter((offer) => offer.method !== method);
    if (foreign !== undefined) {
        reportForeign(context, authType, foreign);
        return undefined;
    }
    return method;
}
function offersIn({ inputs }, creds) {
    return OFFERS.map(({ method, inputs: names }) => ({
        method,
        inputs: names.filter((name) => inputs.given(name) && !(name === 'creds' && creds.kind === 'ignored')),
    })).filter((offer) => offer.inputs.length > 0);
}
function reportSeveral({ findings }, offers) {
    if (offers.length < 2)
        return false;
    const credentials = (0,wording/* sentenceList */.MT)(offers.map((offer) => (0,wording/* codeList */.E5)(offer.inputs)));
    const count = offers.length === 2 ? 'Two' : String(offers.length);
    findings.problem(`${count} credentials are given at once: ${credentials}.`, 'Keep the one to sign in with.');
    return true;
}
function chooseByInputs(context, creds, offer) {
    if (offer?.method === 'workload-identity') {
        context.findings.problem('`federated-token-file` is given, but a workload identity must be asked for by name.', 'Set `auth-type: workload-identity`.');
        return undefined;
    }
    if (offer !== undefined)
        return offer.method;
    const nothing = !context.inputs.given('client-id') && !context.inputs.given('tenant-id');
    if (!nothing || creds.kind !== 'absent')
        return 'oidc';
    reportNothing(context);
    return undefined;
}
function reportNothing({ findings, env }) {
    findings.problem('The inputs do not say who signs in: `client-id`, `tenant-id` and every credential are empty.', 'Give `client-id` and `tenant-id` to sign in with the ID token GitHub issues to the job, or give another credential.', 'A managed identity, a workload identity and a device code must be asked for by name, in `auth-type`.', ...(0,empty_secrets/* whySecretsAreEmpty */.N)(env));
}
function chooseServicePrincipal(context, offer) {
    const method = offer?.method ?? 'oidc';
    if (offer === undefined || SERVICE_PRINCIPAL_METHODS.has(method))
        return method;
    reportForeign(context, 'SERVICE_PRINCIPAL', offer);
    return undefined;
}
function reportForeign({ findings }, authType, foreign) {
    findings.problem(`\`auth-type: ${authType}\` does not use ${(0,wording/* codeList */.E5)(foreign.inputs)}.`, `Remove ${(0,wording/* codeList */.E5)(foreign.inputs)}, or set \`auth-type: ${foreign.method}\`.`);
}

;// CONCATENATED MODULE: ./build/inputs/mode.js
const CLASSIC_METHODS = new Set(['publish-settings', 'password', 'device-code']);
function readMode({ inputs, findings }, method) {
    const mode = inputs.choice('mode');
    if (mode === 'arm' && method === 'publish-settings') {
        findings.problem('`publish-settings` needs `mode: asm`: a management certificate opens classic Service Management, not Resource Manager.');
    }
    if (mode === 'asm' && method !== undefined && !CLASSIC_METHODS.has(method)) {
        findings.problem(`\`mode: asm\` does not go with ${method}: classic Service Management knows management certificates and users, but no service principals and no managed identities.`, 'Use `mode: arm`, or sign in with `publish-settings` or as a user.');
    }
    return mode;
}

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(1487);
;// CONCATENATED MODULE: ./build/inputs/problems.js

class Findings {
    #problems = [];
    #steps = [];
    #warnings = [];
    problem(text, ...next) {
        this.#problems.push(text);
        this.#steps.push(...next.map((step) => (typeof step === 'string' ? { say: step } : step)));
    }
    warning(text) {
        this.#warnings.push(text);
    }
    get problems() {
        return this.#problems;
    }
    get steps() {
        return this.#steps;
    }
    get warnings() {
        return this.#warnings;
    }
}
function inputError(problems, steps = []) {
    const next = steps.filter((step, at) => steps.findIndex((other) => sameStep(other, step)) === at);
    const [first = 'The inputs cannot be used.', ...others] = problems;
    if (others.length === 0)
        return new session_error/* SessionError */.P(first, { next });
    return new session_error/* SessionError */.P(`There are ${problems.length} problems with the inputs:`, {
        why: problems.map((problem) => `- ${problem}`).join('\n'),
        next,
    });
}
function sameStep(one, other) {
    return one.say === other.say && one.run === other.run;
}

// EXTERNAL MODULE: ./build/inputs/nearest.js
var inputs_nearest = __nccwpck_require__(1410);
;// CONCATENATED MODULE: ./build/inputs/table.js
const LONGEST_SIGN_IN_SECONDS = 21_600;
const INPUTS = {
    'auth-type': {
        description: 'How to sign in: `auto`, `oidc`, `client-secret`, `client-certificate`, `managed-identity`, `workload-identity`, `password`, `device-code` or `publish-settings`. `auto` decides by the other inputs alone; `SERVICE_PRINCIPAL` and `IDENTITY` mean what they mean to azure/login.',
        default: 'auto',
        unset: '',
        secrecy: 'public',
        value: {
            kind: 'choice',
            values: [
                'auto',
                'oidc',
                'client-secret',
                'client-certificate',
                'managed-identity',
                'workload-identity',
                'password',
                'device-code',
                'publish-settings',
                'SERVICE_PRINCIPAL',
                'IDENTITY',
            ],
        },
    },
    'client-id': {
        description: 'Application (client) id or identifier URI of the service principal, or the client id of a user-assigned managed identity.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    'tenant-id': {
        description: 'Id or domain of the Entra tenant. Users may leave it out.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    'client-secret': {
        description: 'Value (not the id) of a client secret of the service principal.',
        default: '',
        unset: '',
        secrecy: 'may-be-secret',
        value: { kind: 'text', form: 'line' },
    },
    'client-certificate': {
        description: 'Certificate with its private key: a path, PEM text, or base64 of a PEM or PFX file.',
        default: '',
        unset: '',
        secrecy: 'may-be-secret',
        value: { kind: 'text', form: 'document' },
    },
    'client-certificate-password': {
        description: 'Password of the PFX file or of the encrypted private key.',
        default: '',
        unset: '',
        secrecy: 'may-be-secret',
        value: { kind: 'text', form: 'line' },
    },
    'send-certificate-chain': {
        description: 'Send the certificate chain (x5c), for a service principal that trusts a subject name and issuer instead of one certificate.',
        default: 'false',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
    'federated-token-file': {
        description: 'Projected token file for `workload-identity`. Without it the pod says where the file is, in AZURE_FEDERATED_TOKEN_FILE.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    username: {
        description: 'Name of a work or school account without multifactor authentication.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    password: {
        description: 'Password of the account that `username` names.',
        default: '',
        unset: '',
        secrecy: 'may-be-secret',
        value: { kind: 'text', form: 'line' },
    },
    creds: {
        description: 'JSON that `az ad sp create-for-rbac` printed, with or without `--json-auth`. It is ignored beside `client-id`, `tenant-id` or `subscription-id`, as at azure/login.',
        default: '',
        unset: '',
        secrecy: 'may-be-secret',
        value: { kind: 'text', form: 'document' },
    },
    'publish-settings': {
        description: 'A `.publishsettings` file, as a path or as its XML text. It needs `mode: asm`.',
        default: '',
        unset: '',
        secrecy: 'may-be-secret',
        value: { kind: 'text', form: 'document' },
    },
    'delete-publish-settings': {
        description: 'Delete the publish settings file once it is imported: it is a key to the subscription.',
        default: 'false',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
    audience: {
        description: 'Audience of the GitHub ID token. Without it the cloud decides: `api://AzureADTokenExchange`, or the same with `USGov` or `China` at its end.',
        default: '',
        unset: 'by cloud',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    environment: {
        description: 'The cloud: `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`, `AzureGermanCloud` or `AzureStack`, in any letter case.',
        default: 'AzureCloud',
        unset: '',
        secrecy: 'public',
        value: {
            kind: 'choice',
            values: ['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud', 'AzureGermanCloud', 'AzureStack'],
        },
    },
    'resource-manager-url': {
        description: 'Azure Resource Manager of a private cloud or an Azure Stack Hub. Its other endpoints are discovered there.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    subscription: {
        description: 'Default subscription, by id or by name. Without it the first enabled one becomes the default, with a warning if there are others.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    'subscription-id': {
        description: 'The same as `subscription`, under the name azure/login gives it.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    'list-subscriptions': {
        description: '`false` asks Azure about the named subscription alone, for tenants with very many. The subscription must then be given by id.',
        default: 'true',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
    'allow-no-subscriptions': {
        description: 'Succeed for an identity that sees no subscription, with a tenant-level account.',
        default: 'false',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'counts-as-false' },
    },
    mode: {
        description: 'Command mode of the classic CLI: `arm` (Resource Manager) or `asm` (classic Service Management, for publish settings and users).',
        default: 'arm',
        unset: '',
        secrecy: 'public',
        value: { kind: 'choice', values: ['arm', 'asm'] },
    },
    'config-dir': {
        description: 'Folder for the profile; `~` and paths relative to the workspace are understood. Logins that name the same folder share one profile.',
        default: '',
        unset: 'new private folder',
        secrecy: 'public',
        value: { kind: 'text', form: 'line' },
    },
    'export-env': {
        description: 'Families of variables that later steps get: any of `azure` and `terraform`, separated by commas or line breaks, or `none`.',
        default: 'azure',
        unset: '',
        secrecy: 'public',
        value: { kind: 'list', values: ['azure', 'terraform', 'none'] },
    },
    'export-secrets': {
        description: 'Also export the secret itself, as AZURE_CLIENT_SECRET and ARM_CLIENT_SECRET.',
        default: 'false',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
    'token-scopes': {
        description: 'Further resources or scopes to get access tokens for, one a line. The tokens go to the cache of the CLI and to the outputs.',
        default: '',
        unset: '',
        secrecy: 'public',
        value: { kind: 'lines' },
    },
    'keep-alive': {
        description: 'For `oidc` and `workload-identity`: keep the session usable for the rest of the job by refreshing the federated token in the background.',
        default: 'true',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
    'enable-AzPSSession': {
        description: 'Also connect Azure PowerShell (`Connect-AzAccount`).',
        default: 'false',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'counts-as-false' },
    },
    logout: {
        description: 'Sign out in the post step. AZURE_LOGIN_POST_CLEANUP=false in the environment means `false`, as at azure/login.',
        default: 'true',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
    'timeout-seconds': {
        description: 'Deadline for the whole sign-in, in seconds. `device-code` has 900 unless another value is given.',
        default: '300',
        unset: '',
        secrecy: 'public',
        value: { kind: 'integer', min: 1, max: LONGEST_SIGN_IN_SECONDS },
    },
    'max-attempts': {
        description: 'How often one request is tried when it fails for a passing reason, 1 to 20.',
        default: '5',
        unset: '',
        secrecy: 'public',
        value: { kind: 'integer', min: 1, max: 20 },
    },
    'job-summary': {
        description: 'When to write what happened to the job summary: `always`, `on-failure` or `never`.',
        default: 'on-failure',
        unset: '',
        secrecy: 'public',
        value: { kind: 'choice', values: ['always', 'on-failure', 'never'] },
    },
    'mask-ids': {
        description: 'Also mask client, tenant and subscription ids in the log. GitHub then drops job outputs that contain them.',
        default: 'false',
        unset: '',
        secrecy: 'public',
        value: { kind: 'boolean', strange: 'is-an-error' },
    },
};
const INPUT_NAMES = Object.keys(INPUTS);

;// CONCATENATED MODULE: ./build/inputs/reader.js



const UNEVALUATED = 'GitHub evaluates an expression only where it stands in the workflow. Text that a variable, a file or a script brings along stays as it is.';
class InputReader {
    #texts;
    #given;
    #garbled = new Set();
    #flags = new Map();
    #integers = new Map();
    #choices = new Map();
    constructor(runner, findings) {
        const raw = new Map(INPUT_NAMES.map((name) => [name, runner.input(name)]));
        this.#given = new Set(INPUT_NAMES.filter((name) => raw.get(name) !== ''));
        this.#texts = new Map(INPUT_NAMES.map((name) => [name, raw.get(name) || INPUTS[name].default]));
        for (const name of INPUT_NAMES) {
            const problem = garbling(INPUTS[name], this.text(name));
            if (problem === undefined)
                this.#check(name, findings);
            else {
                this.#garbled.add(name);
                findings.problem(`\`${name}\` ${problem.text}`, ...problem.next);
            }
        }
    }
    given(name) {
        return this.#given.has(name);
    }
    garbled(name) {
        return this.#garbled.has(name);
    }
    text(name) {
        return this.#texts.get(name) ?? '';
    }
    flag(name) {
        return this.#flags.get(name) ?? INPUTS[name].default === 'true';
    }
    integer(name) {
        return this.#integers.get(name) ?? Number(INPUTS[name].default);
    }
    choice(name) {
        const values = INPUTS[name].value.values;
        const [chosen] = this.#choices.get(name) ?? [];
        return values.find((value) => value === chosen);
    }
    list(name) {
        const values = INPUTS[name].value.values;
        const chosen = this.#choices.get(name) ?? [];
        return values.filter((value) => chosen.includes(value));
    }
    lines(name) {
        return this.garbled(name) ? [] : parts(this.text(name), /\r?\n/);
    }
    #check(name, findings) {
        const { value: kind } = INPUTS[name];
        const value = this.text(name);
        if (kind.kind === 'boolean')
            this.#flags.set(name, readFlag(name, value, kind.strange, findings));
        if (kind.kind === 'integer')
            this.#integers.set(name, readInteger(name, value, kind, findings));
        if (kind.kind === 'choice')
            this.#choices.set(name, readChoices(name, [value], kind.values, findings));
        if (kind.kind === 'list') {
            this.#choices.set(name, readChoices(name, parts(value, /[,\r\n]/), kind.values, findings));
        }
    }
}
function parts(text, separator) {
    return text
        .split(separator)
        .map((part) => part.trim())
        .filter((part) => part !== '');
}
function garbling(spec, value) {
    if (value.includes('${{')) {
        return { text: 'holds an expression that was not evaluated: its value contains `${{`.', next: [UNEVALUATED] };
    }
    const oneLine = spec.value.kind === 'text' && spec.value.form === 'line' && spec.secrecy === 'public';
    return oneLine && /\p{Cc}/u.test(value)
        ? { text: 'contains a line break or another control character.', next: [] }
        : undefined;
}
function readFlag(name, value, strange, findings) {
    const lower = value.toLowerCase();
    if (lower === 'true' || lower === 'false')
        return lower === 'true';
    const text = `\`${name}\` is ${(0,wording/* quoted */.TL)(value)}, which is neither true nor false.`;
    if (strange === 'counts-as-false')
        findings.warning(`${text} It counts as false, as at azure/login.`);
    else
        findings.problem(text);
    return strange === 'is-an-error' && INPUTS[name].default === 'true';
}
function readInteger(name, value, { min, max }, findings) {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max)
        return number;
    findings.problem(`\`${name}\` is ${(0,wording/* quoted */.TL)(value)}, which is no whole number from ${min} to ${max}.`);
    return Number(INPUTS[name].default);
}
function readChoices(name, given, values, findings) {
    return given.flatMap((item) => {
        const chosen = values.find((value) => value.toLowerCase() === item.toLowerCase());
        if (chosen !== undefined)
            return [chosen];
        const nearest = (0,inputs_nearest/* nearestChoice */.u)(item, values);
        const suggestion = nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`;
        findings.problem(`\`${name}\` is ${(0,wording/* quoted */.TL)(item)}, which is none of ${(0,wording/* codeList */.E5)(values, 'or')}.${suggestion}`);
        return [];
    });
}

;// CONCATENATED MODULE: ./build/inputs/subscription.js

function readSubscription(context, creds, method) {
    const { inputs } = context;
    const wanted = readWanted(context) || (creds.kind === 'read' ? creds.principal.subscriptionId : '');
    const listed = inputs.flag('list-subscriptions');
    const whenNone = inputs.flag('allow-no-subscriptions') ? 'tenant-level-account' : 'refuse';
    const asksResourceManager = inputs.choice('mode') === 'arm' && method !== 'publish-settings';
    if (!listed && asksResourceManager)
        checkUnlisted(context, wanted, whenNone);
    return {
        ...(wanted === '' ? {} : { wanted }),
        scope: listed || !asksResourceManager ? 'all' : 'named-only',
        whenNone,
    };
}
function readWanted({ inputs, findings }) {
    const subscription = (0,inputs_forms/* canonicalId */.iS)(inputs.text('subscription'));
    const subscriptionId = (0,inputs_forms/* canonicalId */.iS)(inputs.text('subscription-id'));
    if (subscription !== '' && subscriptionId !== '' && subscription !== subscriptionId) {
        findings.problem('`subscription` and `subscription-id` have different values, but are one input under two names.', 'Give one of them.');
    }
    return subscription || subscriptionId;
}
function checkUnlisted({ findings }, wanted, whenNone) {
    if (wanted === '' && whenNone === 'refuse') {
        findings.problem('`list-subscriptions: false` needs to know the subscription.', 'Give its id in `subscription`, or set `allow-no-subscriptions: true` to do without one.');
    }
    if (wanted !== '' && !(0,inputs_forms/* isGuid */.W_)(wanted)) {
        findings.problem('`list-subscriptions: false` needs the id of the subscription: a name can only be looked up in the list.');
    }
}

;// CONCATENATED MODULE: ./build/inputs/token-scopes.js

const DEFAULT = '/.default';
function readTokenScopes({ inputs, findings }, method) {
    const lines = inputs.lines('token-scopes');
    if (lines.length > 0 && method === 'publish-settings') {
        findings.problem('`token-scopes` does not go with publish settings: a management certificate gets no access tokens.');
    }
    const scopes = new Map();
    lines.forEach((line, at) => {
        if (!isScope(line)) {
            findings.problem(`Line ${at + 1} of \`token-scopes\` is neither a resource like https://vault.azure.net nor a scope like https://vault.azure.net/.default.${(0,inputs_forms/* oddity */.o6)(line) || inOneLine(line)}`);
        }
        const scope = line.endsWith(DEFAULT) ? line : `${line}${DEFAULT}`;
        if (!scopes.has(scope))
            scopes.set(scope, line);
    });
    return [...scopes.values()];
}
function isScope(line) {
    const resource = line.endsWith(DEFAULT) ? line.slice(0, -DEFAULT.length) : line;
    return ((0,inputs_forms/* isGuid */.W_)(resource) ||
        ((0,inputs_forms/* isUri */.nh)(resource) && !/[?#,;]|\/\.default/i.test(resource) && !/^https?:(?!\/\/[^/])/i.test(resource)));
}
function inOneLine(line) {
    return /[,;]/.test(line) ? ' Write one a line.' : '';
}

;// CONCATENATED MODULE: ./build/inputs/unused.js

const USES_CLIENT_ID = new Set([
    'oidc',
    'client-secret',
    'client-certificate',
    'managed-identity',
    'workload-identity',
]);
function checkUnused(context, method, mode, exports) {
    checkImpossible(context, method);
    warnOfIdleIds(context, method);
    warnOfIdleOptions(context, method);
    warnOfIdleSecretsExport(context, method, exports);
    if (method === 'publish-settings' && exports.families.includes('terraform')) {
        context.findings.warning('`export-env: terraform` has no effect with publish-settings: Terraform takes no management certificate.');
    }
    if (mode === 'asm' && !context.inputs.flag('list-subscriptions')) {
        context.findings.warning('`list-subscriptions` has no effect in `mode: asm`.');
    }
}
function checkImpossible({ inputs, findings, env }, method) {
    if (method !== 'client-certificate' && inputs.given('client-certificate-password')) {
        const empty = !inputs.given('client-certificate');
        findings.problem(`\`client-certificate-password\` is given${empty ? ', but `client-certificate` is empty.' : ` beside ${method}.`}`, ...(empty ? (0,empty_secrets/* whySecretsAreEmpty */.N)(env) : []));
    }
    if (method === 'publish-settings' && inputs.flag('enable-AzPSSession')) {
        findings.problem('`enable-AzPSSession` does not go with publish settings: Azure PowerShell signs in to Resource Manager, which takes no management certificate.');
    }
}
function warnOfIdleIds({ inputs, findings }, method) {
    if (inputs.given('client-id') && !USES_CLIENT_ID.has(method)) {
        findings.warning(`\`client-id\` has no effect with ${method}.`);
    }
    if (inputs.given('tenant-id') && method === 'publish-settings') {
        findings.warning('`tenant-id` has no effect with publish-settings.');
    }
}
function warnOfIdleOptions({ inputs, findings }, method) {
    if (inputs.given('audience') && method !== 'oidc') {
        findings.warning(`\`audience\` has no effect with ${method}: it is for the ID token of \`oidc\`.`);
    }
    if (inputs.flag('send-certificate-chain') && method !== 'client-certificate') {
        findings.warning(`\`send-certificate-chain\` has no effect with ${method}: no \`client-certificate\` is given.`);
    }
    if (!inputs.flag('delete-publish-settings'))
        return;
    if (method !== 'publish-settings') {
        findings.warning(`\`delete-publish-settings\` has no effect with ${method}: no \`publish-settings\` is given.`);
    }
    else if (inputs.text('publish-settings').includes('<')) {
        findings.warning('`delete-publish-settings` has no effect: `publish-settings` holds the text, not a file to delete.');
    }
}
function warnOfIdleSecretsExport({ inputs, findings }, method, exports) {
    if (!inputs.flag('export-secrets'))
        return;
    if (exports.families === 'none') {
        findings.warning('`export-secrets` has no effect with `export-env: none`.');
    }
    else if (method !== 'client-secret') {
        findings.warning(`\`export-secrets\` has no effect with ${method}: there is no client secret to export.`);
    }
}

;// CONCATENATED MODULE: ./build/inputs/parse.js













function parseInputs(runner) {
    const findings = new Findings();
    const inputs = new InputReader(runner, findings);
    const request = readRequest({ inputs, findings, env: runner.env, platform: runner.platform });
    const { problems, steps, warnings } = findings;
    return request === undefined || problems.length > 0
        ? { kind: 'refused', error: inputError(problems, steps), warnings }
        : { kind: 'accepted', request, warnings };
}
function readRequest(context) {
    const { inputs } = context;
    const creds = (0,inputs_creds/* readCreds */.sW)(context);
    const cloud = readCloud(context, creds);
    const method = chooseMethod(context, creds);
    const credential = readCredential(context, method, creds, cloud);
    const mode = readMode(context, method);
    const subscription = readSubscription(context, creds, method);
    const configDir = readConfigDir(context);
    const exports = readExports(context);
    const tokenScopes = readTokenScopes(context, method);
    const jobSummary = inputs.choice('job-summary');
    if (method !== undefined)
        checkUnused(context, method, mode, exports);
    if (!credential || !cloud || !mode || !configDir || !jobSummary)
        return undefined;
    return {
        credential,
        cloud,
        subscription,
        mode,
        configDir,
        exports,
        tokenScopes,
        jobSummary,
        keepAlive: inputs.flag('keep-alive'),
        powershell: inputs.flag('enable-AzPSSession'),
        logout: readLogout(context),
        timeoutSeconds: readTimeout(context, credential.method),
        maxAttempts: inputs.integer('max-attempts'),
        maskIds: inputs.flag('mask-ids'),
    };
}
function readLogout({ inputs, env }) {
    return inputs.flag('logout') && env['AZURE_LOGIN_POST_CLEANUP']?.toLowerCase() !== 'false';
}
const DEVICE_CODE_SECONDS = 900;
function readTimeout({ inputs }, method) {
    const seconds = inputs.integer('timeout-seconds');
    const isDefault = seconds === Number(INPUTS['timeout-seconds'].default);
    return isDefault && method === 'device-code' ? DEVICE_CODE_SECONDS : seconds;
}


/***/ }),

/***/ 8569:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ secretsIn)
/* harmony export */ });
/* harmony import */ var _creds_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(6849);
/* harmony import */ var _forms_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(7019);
/* harmony import */ var _key_material_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(533);



function secretsIn(runner) {
    const secrets = [
        ...plainSecrets(runner.input('client-secret')),
        ...plainSecrets(runner.input('client-certificate-password')),
        ...plainSecrets(runner.input('password')),
        ...credsSecrets(runner.input('creds')),
        ...(0,_key_material_js__WEBPACK_IMPORTED_MODULE_1__.keyMaterial)(runner.input('client-certificate')),
        ...publishSettingsSecrets(runner.input('publish-settings')),
    ];
    return [...new Set(secrets)].filter((secret) => secret.trim() !== '');
}
function plainSecrets(value) {
    if (value.includes('-----BEGIN'))
        return (0,_key_material_js__WEBPACK_IMPORTED_MODULE_1__.keyMaterial)(value);
    const fields = value.startsWith('{') ? credsSecrets(value) : [];
    if (!/[\r\n]/.test(value))
        return [value, ...fields];
    return fields.length > 0 ? fields : brokenText(value);
}
function credsSecrets(creds) {
    const json = (0,_creds_js__WEBPACK_IMPORTED_MODULE_0__/* .jsonValue */ .IL)(creds);
    return json === undefined ? brokenText(creds) : secretLeaves(json);
}
function secretLeaves(json) {
    const secrets = [];
    const pending = [{ name: '', value: json }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const { name, value } = next;
        if (typeof value === 'object' && value !== null) {
            const inner = Object.entries(value).map(([key, one]) => ({
                name: Array.isArray(value) ? name : key,
                value: one,
            }));
            pending.push(...inner);
        }
        else if (typeof value === 'string' || typeof value === 'number') {
            secrets.push(...leafSecrets(name.toLowerCase().replaceAll(/[^a-z]/g, ''), String(value)));
        }
    }
    return secrets;
}
const SECRET_NAME = /secret|password|passwd|pwd|token|key/;
const ID_NAME = /^(?:clientid|appid|tenantid|tenant|subscriptionid)$/;
const WORD_NAME = /^(?:displayname|name|environment|environmentname|cloud|type|state)$/;
const SHORTEST_UNNAMED_SECRET = 7;
function leafSecrets(name, text) {
    if (text.includes('-----'))
        return (0,_key_material_js__WEBPACK_IMPORTED_MODULE_1__.keyMaterial)(text);
    if (SECRET_NAME.test(name))
        return [text];
    if (text.startsWith('{'))
        return credsSecrets(text);
    const isId = ID_NAME.test(name) && ((0,_forms_js__WEBPACK_IMPORTED_MODULE_2__/* .isDomain */ .l0)(text) || (0,_forms_js__WEBPACK_IMPORTED_MODULE_2__/* .isUri */ .nh)(text));
    const isPublic = isId || WORD_NAME.test(name) || isPublicForm(text) || text.length < SHORTEST_UNNAMED_SECRET;
    return isPublic ? [] : [text];
}
function isPublicForm(text) {
    return (0,_forms_js__WEBPACK_IMPORTED_MODULE_2__/* .isGuid */ .W_)(text) || /^https?:\/\/[^\s"'@?#]*$/i.test(text);
}
const SHORTEST_WORD = 4;
const WELL_KNOWN = new Set(('clientId clientSecret tenantId subscriptionId appId password tenant displayName name creds true false null http https ' +
    'resourceManagerEndpointUrl activeDirectoryEndpointUrl activeDirectoryGraphResourceId managementEndpointUrl ' +
    'sqlManagementEndpointUrl galleryEndpointUrl').split(' '));
function brokenText(text) {
    const lines = text.split(/[\r\n]+/).map((line) => line.trim());
    const quotes = [...text.matchAll(/(["'])(.*?)\1/g)].map((match) => match[2] ?? '');
    const values = lines.map(assignedValue);
    const words = text.split(/[\s"',{}[\]\\]+/);
    const ends = words.map((word) => word.replace(/^[^:=]*[:=]/, ''));
    return [...lines, ...quotes, ...values, ...words, ...ends].filter((piece) => piece.length >= SHORTEST_WORD && !isPublicForm(piece) && !isHarmless(piece));
}
function assignedValue(line) {
    const at = line.search(/[:=]/);
    const value = at === -1 ? '' : line.slice(at + 1).trim();
    const end = value.replace(/\}$/, '').trimEnd().replace(/,$/, '').replace(/["']$/, '');
    return end.replace(/^["']/, '');
}
function isHarmless(piece) {
    return WELL_KNOWN.has(piece.replace(/[:=]$/, '')) || !/[a-z0-9]/i.test(piece);
}
function publishSettingsSecrets(value) {
    if (!value.includes('<'))
        return (0,_key_material_js__WEBPACK_IMPORTED_MODULE_1__.isBase64)(value) ? (0,_key_material_js__WEBPACK_IMPORTED_MODULE_1__.base64Pieces)(value) : [];
    const certificates = attributes(value, /ManagementCertificate\s*=\s*(["'])([\s\S]*?)\1/gi);
    const passwords = attributes(value, /(?:PWD|ConnectionString)\s*=\s*(["'])([\s\S]*?)\1/gi);
    const blobs = [...value.matchAll(/[A-Za-z0-9+/]{64,}={0,2}/g)].map((match) => match[0]);
    return [...certificates.flatMap((certificate) => (0,_key_material_js__WEBPACK_IMPORTED_MODULE_1__.base64Pieces)(certificate)), ...passwords, ...blobs];
}
function attributes(xml, pattern) {
    return [...xml.matchAll(pattern)].map((match) => (match[2] ?? '').replaceAll(/&#(?:x0*[ad]|0*1[03]);/gi, '\n'));
}


/***/ }),

/***/ 2256:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   E5: () => (/* binding */ codeList),
/* harmony export */   MT: () => (/* binding */ sentenceList),
/* harmony export */   Ow: () => (/* binding */ needed),
/* harmony export */   TL: () => (/* binding */ quoted)
/* harmony export */ });
function codeList(names, conjunction = 'and') {
    return sentenceList(names.map((name) => `\`${name}\``), conjunction);
}
function sentenceList(parts, conjunction = 'and') {
    const last = parts.at(-1) ?? '';
    return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}
function needed(names, missing) {
    const verb = missing.length === 1 ? 'is' : 'are';
    return names.length === missing.length
        ? `${codeList(names)}, which ${verb}`
        : `${codeList(names)}, but ${codeList(missing)} ${verb}`;
}
const LONGEST_QUOTE = 40;
function quoted(value) {
    const whole = value.length <= LONGEST_QUOTE && !/\p{Cc}/u.test(value);
    return whole ? `'${value}'` : `a text of ${value.length} characters`;
}


/***/ }),

/***/ 9479:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _inputs_parse_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(2828);
/* harmony import */ var _inputs_secrets_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8569);
/* harmony import */ var _net_proxy_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(5312);
/* harmony import */ var _runner_actions_runner_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(5239);
/* harmony import */ var _runner_report_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(7089);
/* harmony import */ var _sign_in_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(2070);






const runner = (0,_runner_actions_runner_js__WEBPACK_IMPORTED_MODULE_3__/* .actionsRunner */ .Aq)(process);
try {
    for (const secret of [...(0,_inputs_secrets_js__WEBPACK_IMPORTED_MODULE_1__/* .secretsIn */ .V)(runner), ...(0,_net_proxy_js__WEBPACK_IMPORTED_MODULE_2__/* .proxySecrets */ .Wm)(runner.env)])
        runner.mask(secret);
    const parsed = (0,_inputs_parse_js__WEBPACK_IMPORTED_MODULE_0__/* .parseInputs */ .T)(runner);
    for (const warning of parsed.warnings)
        runner.warning(warning);
    if (parsed.kind === 'refused')
        throw parsed.error;
    await (0,_sign_in_js__WEBPACK_IMPORTED_MODULE_5__/* .signIn */ .J)(parsed.request, runner);
}
catch (error) {
    await (0,_runner_report_js__WEBPACK_IMPORTED_MODULE_4__/* .reportFailure */ .x)(error, runner, runner.input('job-summary').toLowerCase() === 'never' ? 'no-summary' : 'summary');
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 2633:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ codeOf),
/* harmony export */   U: () => (/* binding */ Connections)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7067);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(4708);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(7030);
/* harmony import */ var node_tls__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(1692);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(1487);
/* harmony import */ var _proxy_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(5312);
/* harmony import */ var _transient_js__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(3886);







class Connections extends node_https__WEBPACK_IMPORTED_MODULE_1__.Agent {
    #env;
    #ahead = new Map();
    #begun = new BegunConnections();
    constructor(env) {
        super({ keepAlive: true, scheduling: 'lifo' });
        this.#env = env;
    }
    openAhead(origin) {
        const url = new URL(origin);
        const target = { host: (0,_proxy_js__WEBPACK_IMPORTED_MODULE_5__/* .bareHost */ .n0)(url.hostname), port: Number(url.port) || 443 };
        const key = connectionKey(target);
        if (this.#ahead.has(key))
            return;
        const socket = this.#connect(target);
        socket.then((ready) => ready.on('error', () => this.#ahead.delete(key)), () => this.#ahead.delete(key));
        this.#ahead.set(key, socket);
    }
    createConnection(target, onSocket) {
        const key = connectionKey(target);
        const ahead = this.#ahead.get(key);
        this.#ahead.delete(key);
        const usable = ahead?.then((socket) => (socket.destroyed ? this.#connect(target) : socket));
        (usable ?? this.#connect(target)).then((socket) => onSocket(null, socket), onSocket);
    }
    destroy() {
        this.#ahead.clear();
        this.#begun.close();
        super.destroy();
    }
    async #connect(target) {
        const host = target.host ?? '';
        const proxy = (0,_proxy_js__WEBPACK_IMPORTED_MODULE_5__/* .proxyFor */ .iJ)(new URL(`https://${(0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIP)(host) === 6 ? `[${host}]` : host}:${target.port}`), this.#env);
        const options = {
            ...(proxy === undefined
                ? { host, port: Number(target.port) }
                : { socket: await tunnel(proxy, host, Number(target.port), this.#begun) }),
            ...((0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIP)(host) === 0 ? { servername: host } : {}),
            ...(target.key === undefined ? {} : { key: target.key }),
            ...(target.cert === undefined ? {} : { cert: target.cert }),
            ALPNProtocols: ['http/1.1'],
        };
        return secured(options, this.#begun);
    }
}
class BegunConnections {
    #parts = new Set();
    #closed = false;
    add(part) {
        this.#parts.add(part);
        part.once('close', () => this.#parts.delete(part));
        if (this.#closed)
            part.destroy();
        return part;
    }
    close() {
        this.#closed = true;
        for (const part of this.#parts)
            part.destroy();
    }
}
function connectionKey(target) {
    return `${target.host}:${target.port}:${target.cert === undefined ? '' : String(target.cert)}`;
}
function secured(options, begun) {
    return new Promise((resolve, reject) => {
        const socket = begun.add((0,node_tls__WEBPACK_IMPORTED_MODULE_3__.connect)({ ...options, rejectUnauthorized: true }));
        socket.setNoDelay(true);
        socket.once('close', () => reject(new _transient_js__WEBPACK_IMPORTED_MODULE_6__/* .TransientFailure */ .$r('the connection was closed before it was made')));
        socket.once('secureConnect', () => {
            socket.off('error', reject);
            resolve(socket);
        });
        socket.once('error', reject);
    });
}
async function tunnel(proxy, host, port, begun) {
    const authority = `${(0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIP)(host) === 6 ? `[${host}]` : host}:${port}`;
    const entry = proxy.protocol === 'https:'
        ? await secured({
            host: proxy.host,
            port: proxy.port,
            ...((0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIP)(proxy.host) === 0 ? { servername: proxy.host } : {}),
        }, begun)
        : undefined;
    return new Promise((resolve, reject) => {
        const ask = begun.add((0,node_http__WEBPACK_IMPORTED_MODULE_0__.request)({
            method: 'CONNECT',
            path: authority,
            headers: {
                Host: authority,
                ...(proxy.authorization === '' ? {} : { 'Proxy-Authorization': proxy.authorization }),
            },
            ...(entry === undefined
                ? { agent: new node_http__WEBPACK_IMPORTED_MODULE_0__.Agent({ keepAlive: false }), host: proxy.host, port: proxy.port }
                : { createConnection: () => entry }),
        }));
        ask.once('connect', (answer, socket) => {
            if (answer.statusCode === 200)
                return resolve(begun.add(socket));
            socket.destroy();
            return reject(refusedByProxy(answer.statusCode ?? 0, authority));
        });
        ask.once('response', (answer) => {
            answer.destroy();
            reject(refusedByProxy(answer.statusCode ?? 0, authority));
        });
        ask.once('error', (cause) => reject(new _transient_js__WEBPACK_IMPORTED_MODULE_6__/* .TransientFailure */ .$r(`the proxy ${proxy.host}:${proxy.port} cannot be reached (${codeOf(cause)})`, { cause })));
        ask.end();
    });
}
function refusedByProxy(status, authority) {
    if ((0,_transient_js__WEBPACK_IMPORTED_MODULE_6__/* .isTransientStatus */ .Dm)(status))
        return new _transient_js__WEBPACK_IMPORTED_MODULE_6__/* .TransientFailure */ .$r(`the proxy answered HTTP ${status} for ${authority}`);
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_4__/* .SessionError */ .P(`The proxy does not let this job connect to ${authority}.`, {
        why: `It answered HTTP ${status}${status === 407 ? ': it asks for a user name and password' : ''}.`,
        next: [
            status === 407
                ? 'Put the credentials into the proxy variable, as http://USER:PASSWORD@HOST:PORT, from a secret.'
                : `Let the proxy pass ${authority}, or exempt the host in NO_PROXY if the runner reaches it directly.`,
        ],
    });
}
function codeOf(error) {
    const code = error instanceof Error ? error.code : undefined;
    return typeof code === 'string' ? code : 'unknown error';
}


/***/ }),

/***/ 6584:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   OM: () => (/* binding */ stringField),
/* harmony export */   dw: () => (/* binding */ parseJsonObject),
/* harmony export */   eB: () => (/* binding */ asObject),
/* harmony export */   ei: () => (/* binding */ idField)
/* harmony export */ });
function parseJsonObject(text) {
    try {
        return asObject(JSON.parse(text));
    }
    catch {
        return undefined;
    }
}
function asObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
function stringField(object, name) {
    const value = object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
    return typeof value === 'string' ? value : '';
}
function idField(object, name) {
    const value = stringField(object, name);
    return /^[\w.-]{1,128}$/.test(value) ? value : '';
}


/***/ }),

/***/ 5312:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Wm: () => (/* binding */ proxySecrets),
/* harmony export */   iJ: () => (/* binding */ proxyFor),
/* harmony export */   n0: () => (/* binding */ bareHost)
/* harmony export */ });
/* unused harmony export isBypassed */
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1487);

function proxyFor(url, env) {
    const names = url.protocol === 'https:' ? HTTPS_VARIABLES : HTTP_VARIABLES;
    const name = names.find((candidate) => (env[candidate] ?? '') !== '');
    if (name === undefined || isBypassed(url, env['no_proxy'] || env['NO_PROXY'] || ''))
        return undefined;
    return parseProxy(name, env[name] ?? '');
}
const HTTPS_VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
const HTTP_VARIABLES = ['http_proxy', 'HTTP_PROXY'];
function proxySecrets(env) {
    return [...HTTPS_VARIABLES, ...HTTP_VARIABLES].flatMap((name) => {
        const value = env[name] ?? '';
        const url = URL.parse(value.includes('://') ? value : `http://${value}`);
        if (url === null || url.password === '')
            return [];
        const [username, password] = [decode(url.username), decode(url.password)];
        return [url.password, password, Buffer.from(`${username}:${password}`).toString('base64')];
    });
}
function parseProxy(variable, value) {
    const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
    if (url === null || url.hostname === '' || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
        throw new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`The environment variable ${variable} does not hold the URL of a proxy.`, {
            why: 'It must look like http://proxy.example.com:8080; only http and https proxies are supported.',
            next: [`Correct ${variable}, or remove it if the runner reaches Azure directly.`],
        });
    }
    const credentials = `${decode(url.username)}:${decode(url.password)}`;
    return {
        protocol: url.protocol,
        host: bareHost(url.hostname),
        port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
        authorization: credentials === ':' ? '' : `Basic ${Buffer.from(credentials).toString('base64')}`,
    };
}
function decode(component) {
    try {
        return decodeURIComponent(component);
    }
    catch {
        return component;
    }
}
function isBypassed(url, noProxy) {
    const host = bareHost(url.hostname).toLowerCase();
    if (isLoopback(host))
        return true;
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return noProxy
        .toLowerCase()
        .split(/[\s,]+/)
        .filter((entry) => entry !== '')
        .some((entry) => matches(entry, host, port));
}
function matches(entry, host, port) {
    if (entry === '*')
        return true;
    const [, bracketed, plain, wantedPort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
    if (wantedPort !== undefined && wantedPort !== port)
        return false;
    const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
    return name !== '' && (host === name || host.endsWith(`.${name}`));
}
function isLoopback(host) {
    return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
function bareHost(hostname) {
    return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}


/***/ }),

/***/ 2426:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   bD: () => (/* binding */ withRetry),
/* harmony export */   db: () => (/* binding */ startDeadline),
/* harmony export */   v7: () => (/* binding */ pause)
/* harmony export */ });
/* unused harmony export backOffMs */
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1487);
/* harmony import */ var _transient_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(3886);


function startDeadline(seconds) {
    const end = performance.now() + seconds * 1000;
    return {
        seconds,
        signal: AbortSignal.timeout(seconds * 1000),
        remainingMs: () => Math.max(0, end - performance.now()),
    };
}
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
async function withRetry(what, policy, attempt) {
    let last;
    for (let number = 1;; number++) {
        try {
            policy.deadline.signal.throwIfAborted();
            return await attempt(number);
        }
        catch (error) {
            if (policy.deadline.signal.aborted)
                throw outOfTime(what, policy, last);
            if (!(error instanceof _transient_js__WEBPACK_IMPORTED_MODULE_1__/* .TransientFailure */ .$r))
                throw error;
            last = error;
            if (number >= policy.maxAttempts)
                throw outOfTries(what, policy, error);
            const wait = Math.max(error.retryAfterMs, backOffMs(number, policy.random()));
            if (wait >= policy.deadline.remainingMs())
                throw outOfTime(what, policy, error);
            policy.log(`${what} failed (try ${number} of ${policy.maxAttempts}): ${described(error)}. Trying again in ${(wait / 1000).toFixed(1)} s.`);
            await pause(wait, policy.deadline.signal);
        }
    }
}
function backOffMs(number, chance) {
    const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (number - 1));
    return full / 2 + (full / 2) * chance;
}
function pause(ms, signal) {
    return new Promise((resolve) => {
        const end = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', end);
            resolve();
        };
        const timer = setTimeout(end, ms);
        signal.addEventListener('abort', end);
        if (signal.aborted)
            end();
    });
}
function described(failure) {
    return failure.requestId === '' ? failure.message : `${failure.message}, request id ${failure.requestId}`;
}
function outOfTries(what, policy, last) {
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`${what} failed.`, {
        why: `${policy.maxAttempts === 1 ? 'The only try failed' : `All ${policy.maxAttempts} tries failed`}; the last one: ${described(last)}.`,
        next: [
            'This is a fault of the network or of the service, not of your inputs. Run the job again; if it stays, look at https://azure.status.microsoft and https://www.githubstatus.com.',
        ],
        cause: last,
    });
}
function outOfTime(what, policy, last) {
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`The sign-in did not finish within ${policy.deadline.seconds} seconds.`, {
        why: `${what} was still under way${last === undefined ? '' : `; before that: ${described(last)}`}.`,
        next: [
            'If the network is slow or goes through a proxy, raise `timeout-seconds`; if a host does not answer at all, let the runner reach it.',
        ],
        cause: last,
    });
}


/***/ }),

/***/ 3886:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $r: () => (/* binding */ TransientFailure),
/* harmony export */   Dm: () => (/* binding */ isTransientStatus),
/* harmony export */   Vs: () => (/* binding */ retryAfterMs)
/* harmony export */ });
class TransientFailure extends Error {
    name = 'TransientFailure';
    requestId;
    retryAfterMs;
    constructor(reason, details = {}) {
        super(reason, details.cause === undefined ? {} : { cause: details.cause });
        this.requestId = details.requestId ?? '';
        this.retryAfterMs = details.retryAfterMs ?? 0;
    }
}
const TRANSIENT_STATUSES = new Set([408, 429]);
function isTransientStatus(status) {
    return TRANSIENT_STATUSES.has(status) || (status >= 500 && status !== 501 && status !== 505);
}
function retryAfterMs(header, now) {
    const value = header?.trim() ?? '';
    if (/^\d{1,9}$/.test(value))
        return Number(value) * 1000;
    const date = Date.parse(value);
    return Number.isNaN(date) ? 0 : Math.max(0, date - now.getTime());
}


/***/ }),

/***/ 3739:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   QU: () => (/* binding */ azCloudsConfig),
/* harmony export */   Z4: () => (/* binding */ msalTokenCache),
/* harmony export */   _W: () => (/* binding */ azConfig),
/* harmony export */   iL: () => (/* binding */ asciiJson),
/* harmony export */   ok: () => (/* binding */ servicePrincipalEntries)
/* harmony export */ });
/* harmony import */ var _azure_account_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3755);
/* harmony import */ var _credentials_credential_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(4636);


function servicePrincipalEntries(account, handover, certificatePath) {
    const owner = { client_id: (0,_azure_account_js__WEBPACK_IMPORTED_MODULE_0__/* .accountName */ .v)(account.principal), tenant: account.tenantId };
    switch (handover.kind) {
        case 'client-secret':
            return [{ ...owner, client_secret: handover.clientSecret }];
        case 'client-certificate': {
            const sni = handover.chain === 'send' ? { use_cert_sn_issuer: true } : {};
            return [{ ...owner, certificate: certificatePath, ...sni }];
        }
        case 'assertion':
            return [{ ...owner, client_assertion: handover.assertion }];
        default:
            return [];
    }
}
function msalTokenCache(account, handover, tokens, now) {
    if (handover.kind === 'managed-identity')
        return undefined;
    const environment = new URL(account.cloud.authority).host;
    if (handover.kind === 'user')
        return userCache(account, handover.grant, tokens, environment, now);
    const owner = { environment, client_id: (0,_azure_account_js__WEBPACK_IMPORTED_MODULE_0__/* .accountName */ .v)(account.principal), home_account_id: null };
    return { AccessToken: accessTokens(owner, tokens, now), AppMetadata: appMetadata(owner, {}) };
}
function accessTokens(owner, tokens, now) {
    const { environment, client_id, home_account_id } = owner;
    return Object.fromEntries(tokens.map((token) => [
        cacheKey(home_account_id ?? '', environment, 'accesstoken', client_id, token.tenantId, token.scope),
        {
            credential_type: 'AccessToken',
            secret: token.token,
            home_account_id,
            environment,
            client_id,
            target: token.scope,
            realm: token.tenantId,
            token_type: 'Bearer',
            cached_at: epochSeconds(now),
            expires_on: epochSeconds(token.expiresOn),
            extended_expires_on: epochSeconds(token.expiresOn),
        },
    ]));
}
function appMetadata(owner, family) {
    const { environment, client_id } = owner;
    return { [cacheKey('appmetadata', environment, client_id)]: { client_id, environment, ...family } };
}
function userCache(account, grant, tokens, environment, now) {
    const home = `${grant.homeObjectId}.${grant.homeTenantId}`;
    const owner = { environment, client_id: _credentials_credential_js__WEBPACK_IMPORTED_MODULE_1__/* .AZURE_CLI_CLIENT_ID */ .H, home_account_id: home };
    const common = { home_account_id: home, environment };
    return {
        AccessToken: accessTokens(owner, tokens, now),
        Account: {
            [cacheKey(home, environment, grant.homeTenantId)]: {
                ...common,
                realm: grant.homeTenantId,
                local_account_id: grant.homeObjectId,
                username: (0,_azure_account_js__WEBPACK_IMPORTED_MODULE_0__/* .accountName */ .v)(account.principal),
                authority_type: 'MSSTS',
                account_source: grant.source,
            },
        },
        ...(grant.idToken === ''
            ? {}
            : {
                IdToken: {
                    [cacheKey(home, environment, 'idtoken', owner.client_id, grant.homeTenantId, '')]: {
                        credential_type: 'IdToken',
                        secret: grant.idToken,
                        ...common,
                        realm: grant.homeTenantId,
                        client_id: owner.client_id,
                    },
                },
            }),
        RefreshToken: {
            [cacheKey(home, environment, 'refreshtoken', owner.client_id, '', '')]: {
                credential_type: 'RefreshToken',
                secret: grant.refreshToken,
                ...common,
                client_id: owner.client_id,
                target: tokens.map(({ scope }) => scope).join(' '),
                last_modification_time: epochSeconds(now),
                family_id: '1',
            },
        },
        AppMetadata: appMetadata(owner, { family_id: '1' }),
    };
}
function cacheKey(...parts) {
    return parts.join('-').toLowerCase();
}
function epochSeconds(time) {
    return String(Math.floor(time.getTime() / 1000));
}
function azConfig(cloudName, told, defaults) {
    const lines = [
        '[cloud]',
        `name = ${ini(cloudName)}`,
        '',
        '[core]',
        'collect_telemetry = no',
        'encrypt_token_cache = false',
        ...(told?.azCore ?? []).map(iniLine),
    ];
    return `${[...lines, ...(defaults.length === 0 ? [] : ['', '[defaults]', ...defaults])].join('\n')}\n`;
}
function azCloudsConfig(cloudName, told, subscriptions) {
    const selected = subscriptions.find(({ isDefault }) => isDefault);
    const options = selected === undefined ? [] : [['subscription', selected.id]];
    return `${[`[${cloudName}]`, ...[...(told?.azCloud ?? []), ...options].map(iniLine)].join('\n')}\n`;
}
function iniLine([name, value]) {
    return `${name} = ${ini(value)}`;
}
function ini(value) {
    return value.replaceAll('%', '%%').replaceAll(/[\r\n]/g, ' ');
}
function asciiJson(value) {
    return JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}


/***/ }),

/***/ 2446:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   rZ: () => (/* binding */ classicConfig),
/* harmony export */   xl: () => (/* binding */ CLASSIC_TELEMETRY),
/* harmony export */   zR: () => (/* binding */ classicTokens)
/* harmony export */ });
/* harmony import */ var _azure_account_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(3755);
/* harmony import */ var _credentials_credential_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(4636);
/* harmony import */ var _credentials_scope_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(505);
/* harmony import */ var _cloud_definition_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(6125);




function classicTokens(account, handover, tokens, certificatePath, now) {
    const bearers = tokens.map((token) => bearer(account, handover, token, now));
    if (handover.kind === 'user')
        return bearers;
    const key = {
        servicePrincipalId: (0,_azure_account_js__WEBPACK_IMPORTED_MODULE_1__/* .accountName */ .v)(account.principal),
        servicePrincipalTenant: account.tenantId,
        resource: 'Azure Cli Service Principal Key Cache',
        ...((0,_cloud_definition_js__WEBPACK_IMPORTED_MODULE_0__/* .classicIssuer */ .o)(account.cloud).kind === 'own' ? keyOf(handover, certificatePath) : PLACEHOLDER),
    };
    return [key, ...bearers];
}
const PLACEHOLDER = { accessToken: '-' };
function keyOf(handover, certificatePath) {
    switch (handover.kind) {
        case 'client-secret':
            return { accessToken: handover.clientSecret };
        case 'client-certificate':
            return { certificateFile: certificatePath, thumbprint: handover.certificate.thumbprint };
        default:
            return PLACEHOLDER;
    }
}
function bearer(account, handover, token, now) {
    const issuer = (0,_cloud_definition_js__WEBPACK_IMPORTED_MODULE_0__/* .classicIssuer */ .o)(account.cloud);
    const user = handover.kind === 'user'
        ? {
            ...(issuer.kind === 'own' ? { refreshToken: handover.grant.refreshToken } : {}),
            userId: (0,_azure_account_js__WEBPACK_IMPORTED_MODULE_1__/* .accountName */ .v)(account.principal),
            oid: handover.grant.homeObjectId,
        }
        : {};
    return {
        tokenType: 'Bearer',
        expiresIn: Math.max(0, Math.floor((token.expiresOn.getTime() - now.getTime()) / 1000)),
        expiresOn: token.expiresOn.toISOString(),
        resource: (0,_credentials_scope_js__WEBPACK_IMPORTED_MODULE_2__/* .resourceOf */ .K)(token.scope),
        accessToken: token.token,
        isMRRT: handover.kind === 'user' && issuer.kind === 'own',
        _clientId: handover.kind === 'user' ? _credentials_credential_js__WEBPACK_IMPORTED_MODULE_3__/* .AZURE_CLI_CLIENT_ID */ .H : (0,_azure_account_js__WEBPACK_IMPORTED_MODULE_1__/* .accountName */ .v)(account.principal),
        _authority: `${issuer.url}/${token.tenantId}`,
        ...user,
    };
}
function classicConfig(mode) {
    return `${JSON.stringify({ mode }, null, 4)}\n`;
}
const CLASSIC_TELEMETRY = `${JSON.stringify({ telemetry: false })}\n`;


/***/ }),

/***/ 6125:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ classicIssuer),
/* harmony export */   r: () => (/* binding */ clientCloud)
/* harmony export */ });
/* harmony import */ var _azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3796);

function clientCloud(cloud) {
    const { definition } = cloud;
    if (definition.kind === 'built-in')
        return undefined;
    return {
        azCloud: azCloudOptions(cloud, definition),
        azCore: [['instance_discovery', 'false']],
        classicEnvironment: classicEnvironment(cloud, definition.services),
    };
}
function azCloudOptions(cloud, { apiProfile, services }) {
    const { authority, directory, resourceManager, resourceManagerAudience, serviceManagement } = cloud;
    const fixed = [
        ['profile', apiProfile],
        ['endpoint_active_directory', directory === 'adfs' ? (0,_azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__/* .tokenIssuer */ .fH)(cloud, '').authority : authority],
        ['endpoint_active_directory_resource_id', resourceManagerAudience],
        ['endpoint_resource_manager', `${resourceManager}/`],
        ...(serviceManagement === '' ? [] : [['endpoint_management', `${serviceManagement}/`]]),
    ];
    return [...fixed, ...optionsFor(AZ_ENDPOINTS, services), ...optionsFor(AZ_SUFFIXES, services)];
}
function optionsFor(table, services) {
    return Object.keys(table).flatMap((name) => {
        const value = services[name];
        if (value === undefined)
            return [];
        const option = table[name];
        return [option.endsWith('.') ? [option.slice(0, -1), `.${value}`] : [option, value]];
    });
}
const AZ_ENDPOINTS = {
    activeDirectoryDataLake: 'endpoint_active_directory_data_lake_resource_id',
    appInsightsResourceId: 'endpoint_app_insights_resource_id',
    appInsightsTelemetryChannelResourceId: 'endpoint_app_insights_telemetry_channel_resource_id',
    appServiceResourceId: 'endpoint_app_service_resource_id',
    attestationResourceId: 'endpoint_attestation_resource_id',
    batch: 'endpoint_batch_resource_id',
    gallery: 'endpoint_gallery',
    graphAudience: 'endpoint_active_directory_graph_resource_id',
    logAnalyticsResourceId: 'endpoint_log_analytics_resource_id',
    media: 'endpoint_media_resource_id',
    microsoftGraphResourceId: 'endpoint_microsoft_graph_resource_id',
    ossrdbmsResourceId: 'endpoint_ossrdbms_resource_id',
    portal: 'endpoint_portal',
    sqlManagement: 'endpoint_sql_management',
    synapseAnalyticsResourceId: 'endpoint_synapse_analytics_resource_id',
    vmImageAliasDoc: 'endpoint_vm_image_alias_doc',
};
const AZ_SUFFIXES = {
    acrLoginServer: 'suffix_acr_login_server_endpoint.',
    attestationEndpoint: 'suffix_attestation_endpoint.',
    azureDataLakeAnalyticsCatalogAndJob: 'suffix_azure_datalake_analytics_catalog_and_job_endpoint',
    azureDataLakeStoreFileSystem: 'suffix_azure_datalake_store_file_system_endpoint',
    keyVaultDns: 'suffix_keyvault_dns.',
    mariadbServerEndpoint: 'suffix_mariadb_server_endpoint.',
    mhsmDns: 'suffix_mhsm_dns.',
    mysqlServerEndpoint: 'suffix_mysql_server_endpoint.',
    postgresqlServerEndpoint: 'suffix_postgresql_server_endpoint.',
    sqlServerHostname: 'suffix_sql_server_hostname.',
    storage: 'suffix_storage_endpoint',
    storageSyncEndpointSuffix: 'suffix_storage_sync_endpoint',
    synapseAnalytics: 'suffix_synapse_analytics_endpoint.',
};
const NONE = 'N/A';
function classicIssuer({ authority }) {
    return (0,_azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__/* .knownCloudOfIssuer */ .l9)(authority) === undefined
        ? { kind: 'stand-in', url: _azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__/* .KNOWN_CLOUDS */ .Np.AzureCloud.authority }
        : { kind: 'own', url: authority };
}
function classicEnvironment(cloud, services) {
    const suffix = (name) => (services[name] === undefined ? NONE : `.${services[name]}`);
    return {
        name: cloud.name,
        portalUrl: services.portal ?? NONE,
        publishingProfileUrl: NONE,
        managementEndpointUrl: cloud.serviceManagement || cloud.resourceManager,
        resourceManagerEndpointUrl: cloud.resourceManager,
        sqlManagementEndpointUrl: services.sqlManagement ?? NONE,
        sqlServerHostnameSuffix: suffix('sqlServerHostname'),
        activeDirectoryEndpointUrl: classicIssuer(cloud).url,
        activeDirectoryResourceId: cloud.resourceManagerAudience,
        galleryEndpointUrl: services.gallery ?? NONE,
        activeDirectoryGraphResourceId: services.graphAudience ?? NONE,
        activeDirectoryGraphApiVersion: '2013-04-05',
        storageEndpointSuffix: suffix('storage'),
        keyVaultDnsSuffix: suffix('keyVaultDns'),
        azureDataLakeStoreFileSystemEndpointSuffix: services.azureDataLakeStoreFileSystem ?? NONE,
        azureDataLakeAnalyticsCatalogAndJobEndpointSuffix: services.azureDataLakeAnalyticsCatalogAndJob ?? NONE,
    };
}


/***/ }),

/***/ 6260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ ProfileFolder),
/* harmony export */   p: () => (/* binding */ readForeignFile)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7598);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(3024);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6760);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(1487);
/* harmony import */ var _removal_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(374);





class ProfileFolder {
    path;
    constructor(path) {
        this.path = path;
    }
    static create(path) {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.mkdirSync)(path, { mode: 0o700 });
            return new ProfileFolder(path);
        }
        catch (cause) {
            throw cannot('make the profile folder', path, cause);
        }
    }
    static existing(path) {
        return new ProfileFolder(path);
    }
    static join(path) {
        const folder = new ProfileFolder(path);
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.mkdirSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(path), { recursive: true, mode: 0o700 });
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.mkdirSync)(path, { mode: 0o700 });
            return { folder, origin: 'made' };
        }
        catch (cause) {
            if (errorCode(cause) === 'EEXIST' && (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.lstatSync)(path, { throwIfNoEntry: false })?.isDirectory()) {
                return { folder, origin: 'found' };
            }
            throw cannot('make the profile folder', path, cause);
        }
    }
    pathOf(name) {
        return (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.path, name);
    }
    #entry(name) {
        if (name === '' || name === '.' || name === '..' || (0,node_path__WEBPACK_IMPORTED_MODULE_2__.basename)(name) !== name)
            throw systemError('EINVAL');
        return (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.path, name);
    }
    addFolder(name) {
        const path = this.#entry(name);
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.mkdirSync)(path, { mode: 0o700 });
        }
        catch (cause) {
            throw cannot('make the folder', path, cause);
        }
    }
    write(name, content) {
        const path = this.#entry(name);
        const fresh = `${path}.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(6).toString('hex')}.new`;
        try {
            writeNew(fresh, typeof content === 'string' ? Buffer.from(content) : content);
            renameInto(fresh, path);
        }
        catch (cause) {
            removeQuietly(fresh);
            throw cannot('write', path, cause);
        }
    }
    read(name) {
        const path = this.#entry(name);
        let content;
        try {
            content = readThroughNoLink(path);
        }
        catch (cause) {
            if (errorCode(cause) === 'ENOENT')
                return undefined;
            throw cannot('read', path, cause);
        }
        try {
            return new TextDecoder('utf-8', { fatal: true }).decode(content);
        }
        catch {
            throw new _session_error_js__WEBPACK_IMPORTED_MODULE_3__/* .SessionError */ .P(`Cannot read ${path}.`, { why: 'It is not text in UTF-8.', next: MEND });
        }
    }
    names() {
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readdirSync)(this.path);
    }
    createNew(name, content) {
        const path = this.#entry(name);
        try {
            if ((0,node_fs__WEBPACK_IMPORTED_MODULE_1__.lstatSync)(path, { throwIfNoEntry: false }) !== undefined)
                return 'exists';
            makeWhole(path, Buffer.from(content));
            return 'created';
        }
        catch (cause) {
            const code = errorCode(cause);
            if (isTaken(code, process.platform))
                return 'exists';
            if (code !== 'ENOENT')
                throw cannot('write', path, cause);
            return (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.existsSync)(this.path) ? 'exists' : 'no-folder';
        }
    }
    modifiedAt(name) {
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.lstatSync)(this.#entry(name), { throwIfNoEntry: false })?.mtimeMs;
    }
    markModified(name) {
        const time = (Date.now() + 5) / 1000;
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.utimesSync)(this.#entry(name), time, time);
    }
    removeEntry(name) {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.rmSync)(this.#entry(name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
    removeEmpty() {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.rmdirSync)(this.path);
            return 'removed';
        }
        catch (error) {
            return errorCode(error) === 'ENOENT' ? 'removed' : 'in-use';
        }
    }
    remove() {
        (0,_removal_js__WEBPACK_IMPORTED_MODULE_4__/* .removeFolder */ .v$)(this.path);
    }
}
const NEW_FILE = node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_WRONLY | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_CREAT | node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_EXCL | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOFOLLOW ?? 0);
function writeNew(path, content) {
    const file = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.openSync)(path, NEW_FILE, 0o600);
    try {
        for (let offset = 0; offset < content.length;)
            offset += (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.writeSync)(file, content, offset);
    }
    catch (error) {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.rmSync)(path, { force: true });
        throw error;
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.closeSync)(file);
    }
}
const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
function makeWhole(path, content) {
    if (process.platform === 'win32') {
        writeNew(path, content);
        return;
    }
    const fresh = `${path}.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(6).toString('hex')}.new`;
    try {
        writeNew(fresh, content);
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.linkSync)(fresh, path);
    }
    catch (error) {
        if (!NO_HARD_LINKS.includes(errorCode(error)))
            throw error;
        writeNew(path, content);
    }
    finally {
        removeQuietly(fresh);
    }
}
function readThroughNoLink(path) {
    if (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOFOLLOW === undefined && (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.lstatSync)(path).isSymbolicLink())
        throw systemError('ELOOP');
    const file = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.openSync)(path, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NONBLOCK ?? 0) | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOFOLLOW ?? 0));
    try {
        if (!(0,node_fs__WEBPACK_IMPORTED_MODULE_1__.fstatSync)(file).isFile())
            throw systemError('EISDIR');
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readFileSync)(file);
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.closeSync)(file);
    }
}
function isTaken(code, platform) {
    return code === 'EEXIST' || (platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code));
}
function systemError(code) {
    return Object.assign(new Error(code), { code });
}
function errorCode(error) {
    return error.code ?? '';
}
function removeQuietly(path) {
    try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.rmSync)(path, { force: true });
    }
    catch {
    }
}
function renameInto(fresh, path) {
    for (let tries = process.platform === 'win32' ? 20 : 1;; tries--) {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.renameSync)(fresh, path);
            return;
        }
        catch (error) {
            if (tries <= 1)
                throw error;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        }
    }
}
function readForeignFile(path, largest) {
    try {
        const file = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.openSync)(path, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NONBLOCK ?? 0));
        try {
            const { size } = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.fstatSync)(file);
            if (!(0,node_fs__WEBPACK_IMPORTED_MODULE_1__.fstatSync)(file).isFile() || size > largest)
                return undefined;
            const content = Buffer.alloc(size);
            const length = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readSync)(file, content, 0, size, 0);
            return content.toString('utf8', 0, length).replace(/^\ufeff/, '');
        }
        finally {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.closeSync)(file);
        }
    }
    catch {
        return undefined;
    }
}
function cannot(what, path, cause) {
    const code = errorCode(cause) || 'unknown error';
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_3__/* .SessionError */ .P(`Cannot ${what} ${path}.`, {
        why: WHY[code] ?? `The system answered ${code}.`,
        next: MEND,
        cause,
    });
}
const MEND = ['Look at the free space and the owner of that folder on the runner.'];
const WHY = {
    ENOSPC: 'The disk is full (ENOSPC).',
    EDQUOT: 'The disk quota is used up (EDQUOT).',
    EACCES: 'The job may not write there (EACCES).',
    EPERM: 'The job may not write there (EPERM).',
    EROFS: 'The file system is read-only (EROFS).',
    ENOENT: 'The folder above it does not exist (ENOENT).',
    EEXIST: 'Something of that name is there already (EEXIST).',
    EISDIR: 'It is no plain file (EISDIR).',
    ENOTDIR: 'Something above it is no folder (ENOTDIR).',
    ELOOP: 'It is a symbolic link, which is never followed (ELOOP).',
};


/***/ }),

/***/ 374:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   dp: () => (/* binding */ removeEmptyFolders),
/* harmony export */   pQ: () => (/* binding */ outermostMissing),
/* harmony export */   v$: () => (/* binding */ removeFolder)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3024);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(6760);


function removeFolder(path) {
    const found = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(path, { throwIfNoEntry: false });
    if (found === undefined)
        return;
    try {
        remove(path);
    }
    catch (error) {
        if (!found.isDirectory())
            throw error;
        for (const name of (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(path))
            attempt(() => remove((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(path, name)));
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(path);
    }
}
function outermostMissing(path) {
    if ((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.existsSync)(path))
        return '';
    const above = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path);
    return above === path ? path : outermostMissing(above) || path;
}
function removeEmptyFolders(path, outermost) {
    for (let folder = path; folder === outermost || folder.startsWith(outermost + node_path__WEBPACK_IMPORTED_MODULE_1__.sep); folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder)) {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(folder);
        }
        catch (error) {
            if (error.code !== 'ENOENT')
                return;
        }
    }
}
function remove(path) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
function attempt(act) {
    try {
        act();
    }
    catch {
    }
}


/***/ }),

/***/ 5498:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Gk: () => (/* binding */ linkBicep),
/* harmony export */   SM: () => (/* binding */ readRunnerImage),
/* harmony export */   cu: () => (/* binding */ MARKER_FILE)
/* harmony export */ });
/* unused harmony exports copiedIndexes, defaultsSection */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6760);
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(6584);
/* harmony import */ var _folder_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(6260);





const MARKER_FILE = 'azure-session.json';
const INDEXES = ['commandIndex.json', 'extensionIndex.json', 'extensionHelpIndex.json'];
const VERSION_CHECK = 'versionCheck.json';
const LARGEST_FILE = 16 * 1024 * 1024;
function readRunnerImage(env, platform) {
    const folder = env['AZURE_CONFIG_DIR'] || (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)((0,node_os__WEBPACK_IMPORTED_MODULE_1__.homedir)(), '.azure');
    const read = (name) => (0,_folder_js__WEBPACK_IMPORTED_MODULE_3__/* .readForeignFile */ .p)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, name), LARGEST_FILE) ?? '';
    const extensions = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, 'cliextensions');
    const isOfThisJob = (env['AZURE_CONFIG_DIR'] ?? '') !== '' && (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.existsSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, MARKER_FILE));
    const owner = isOfThisJob ? 'earlier-login' : 'workflow';
    const bicep = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, 'bin', platform === 'win32' ? 'bicep.exe' : 'bicep');
    return {
        extensionDir: owner === 'workflow' && (env['AZURE_EXTENSION_DIR'] ?? '') === '' && (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.existsSync)(extensions) ? extensions : '',
        defaults: defaultsSection(read('config')),
        indexes: copiedIndexes(read),
        bicep: (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.existsSync)(bicep) ? bicep : '',
        owner,
    };
}
function copiedIndexes(read) {
    const files = new Map();
    let version = '';
    for (const name of INDEXES) {
        const content = read(name);
        const ofVersion = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .stringField */ .OM)((0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJsonObject */ .dw)(content), 'version');
        if (ofVersion === '')
            continue;
        files.set(name, content);
        version ||= ofVersion;
    }
    const check = read(VERSION_CHECK);
    const checked = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)((0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)((0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJsonObject */ .dw)(check)?.['versions'])?.['core']);
    if (/^\d+(\.\d+)*$/.test((0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .stringField */ .OM)(checked, 'local')))
        files.set(VERSION_CHECK, check);
    else if (/^\d+(\.\d+)*$/.test(version)) {
        files.set(VERSION_CHECK, JSON.stringify({ versions: { core: { local: version } } }));
    }
    return files;
}
function defaultsSection(config) {
    const lines = config.split(/\r\n|\r|\n/);
    const start = lines.findIndex((line) => /^\[defaults\]\s*$/.test(line));
    if (start === -1)
        return [];
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => line.startsWith('['));
    const options = new Map();
    for (const line of rest.slice(0, end === -1 ? undefined : end)) {
        const name = /^([\w.-]+)\s*=\s*[^\p{Cc}]*$/u.exec(line)?.[1]?.toLowerCase();
        if (name !== undefined && !options.has(name))
            options.set(name, line);
    }
    return [...options.values()];
}
function linkBicep(bicep, name) {
    try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.linkSync)(bicep, name);
    }
    catch {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.symlinkSync)(bicep, name);
        }
        catch {
        }
    }
}


/***/ }),

/***/ 5239:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Aq: () => (/* binding */ actionsRunner)
/* harmony export */ });
/* unused harmony exports inputVariable, escapeData, plainText, heredoc */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3024);

function actionsRunner(process) {
    const env = process.env;
    const write = (line) => {
        process.stdout.write(`${line}\n`);
    };
    const masked = new Set();
    const annotate = (level, message) => write(`::${level}::${escapeData(message)}`);
    return {
        env,
        platform: process.platform,
        input: (name) => (env[inputVariable(name)] ?? '').trim(),
        mask: (secret) => {
            if (secret.trim() === '' || masked.has(secret))
                return;
            masked.add(secret);
            write(`::add-mask::${escapeData(secret)}`);
        },
        debug: (line) => write(`::debug::${escapeData(line)}`),
        info: (text) => write(plainText(text)),
        notice: (message) => annotate('notice', message),
        warning: (message) => annotate('warning', message),
        error: (message) => annotate('error', message),
        handOver: (outputs, variables) => {
            const undo = appendCommands(env, 'GITHUB_OUTPUT', outputs);
            try {
                appendCommands(env, 'GITHUB_ENV', variables);
            }
            catch (error) {
                undo();
                throw error;
            }
        },
        saveState: (name, value) => void appendCommands(env, 'GITHUB_STATE', { [name]: value }),
        state: (name) => env[`STATE_${name}`] ?? '',
        appendSummary: (markdown) => {
            const file = env['GITHUB_STEP_SUMMARY'];
            if (file !== undefined && file !== '')
                withRunnerFile(file, (open) => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.appendFileSync)(open, `${markdown}\n`));
        },
        fail: () => {
            process.exitCode = 1;
        },
    };
}
function inputVariable(name) {
    return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}
function escapeData(data) {
    return data.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
function plainText(text) {
    return text.replaceAll(/^([^\p{L}\p{N}\p{P}\p{S}]*):(?=:)/gmu, '$1:\u200d').replaceAll('##[', '#\u200d#[');
}
function appendCommands(env, variable, values) {
    const entries = Object.entries(values);
    if (entries.length === 0)
        return () => { };
    const file = env[variable];
    if (file === undefined || file === '')
        throw new Error(`The runner did not set ${variable}.`);
    return withRunnerFile(file, (open) => {
        const { size } = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.fstatSync)(open);
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.appendFileSync)(open, entries.map(([name, value]) => heredoc(name, value, crypto.randomUUID())).join(''));
        }
        catch (error) {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.ftruncateSync)(open, size);
            throw error;
        }
        return () => withRunnerFile(file, (again) => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.ftruncateSync)(again, size), NO_LINK);
    });
}
const NO_LINK = node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_WRONLY | (node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NOFOLLOW ?? 0);
const TO_APPEND = NO_LINK | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_APPEND | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_CREAT;
function withRunnerFile(path, use, flags = TO_APPEND) {
    const file = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(path, flags, 0o600);
    try {
        return use(file);
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(file);
    }
}
function heredoc(name, value, nonce) {
    const delimiter = `ghadelimiter_${nonce}`;
    if (/[\r\n=]|<</.test(name) || name.includes(delimiter) || value.includes(delimiter)) {
        throw new Error('A variable name or value cannot be written safely to a runner file.');
    }
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}


/***/ }),

/***/ 7089:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   x: () => (/* binding */ reportFailure)
/* harmony export */ });
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1487);

async function reportFailure(error, runner, summarise) {
    const told = error instanceof _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P ? error : unexpected(error, runner);
    runner.error(told.report);
    runner.fail();
    if (summarise === 'no-summary')
        return;
    const { failureSummary } = await Promise.resolve(/* import() */).then(__nccwpck_require__.bind(__nccwpck_require__, 6768));
    try {
        runner.appendSummary(failureSummary(told));
    }
    catch {
    }
}
function unexpected(error, runner) {
    const name = error instanceof Error ? error.name : typeof error;
    const code = error instanceof Error ? error.code : undefined;
    const places = error instanceof Error ? placesOf(error) : [];
    for (const place of places)
        runner.debug(place.trim());
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(`Azure Session failed for a reason it does not know: ${name}${code ? ` (${code})` : ''}.`, {
        why: 'This is a fault of the action.',
        next: ['Run the job again with debug logging, and report it with the lines that begin with "at".'],
        cause: error,
    });
}
function placesOf({ message, stack = '' }) {
    const after = stack.slice(stack.indexOf(message) + message.length);
    return after.split('\n').filter((line) => /^\s+at /.test(line));
}


/***/ }),

/***/ 1487:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ SessionError)
/* harmony export */ });
class SessionError extends Error {
    name = 'SessionError';
    why;
    next;
    constructor(what, details = {}) {
        super(what, details.cause === undefined ? {} : { cause: details.cause });
        this.why = details.why ?? '';
        this.next = (details.next ?? []).map((step) => (typeof step === 'string' ? { say: step } : step));
    }
    get report() {
        const steps = this.next.map((step) => (step.run === undefined ? step.say : `${step.say}\n${indented(step.run)}`));
        return [this.message, this.why, ...steps].filter((paragraph) => paragraph !== '').join('\n');
    }
}
function indented(command) {
    return command.replaceAll(/^/gm, '    ');
}


/***/ }),

/***/ 2070:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  J: () => (/* binding */ signIn)
});

// EXTERNAL MODULE: ./build/azure/access-token-claims.js
var access_token_claims = __nccwpck_require__(4104);
// EXTERNAL MODULE: ./build/azure/clouds.js
var clouds = __nccwpck_require__(3796);
// EXTERNAL MODULE: ./build/credentials/jwt-claims.js
var jwt_claims = __nccwpck_require__(8652);
// EXTERNAL MODULE: ./build/net/json.js
var json = __nccwpck_require__(6584);
// EXTERNAL MODULE: ./build/azure/subscriptions.js
var azure_subscriptions = __nccwpck_require__(5406);
;// CONCATENATED MODULE: ./build/azure/find-account.js




async function findReach(credential, subscription, token, handover, context) {
    if (credential.method === 'password' || credential.method === 'device-code') {
        if (handover.kind !== 'user')
            throw new Error('A user has to be handed over as a user.');
        const { findReachOfUser } = await __nccwpck_require__.e(/* import() */ 939).then(__nccwpck_require__.bind(__nccwpck_require__, 939));
        return findReachOfUser({ credential, subscription }, token, handover.grant, context);
    }
    const account = await findAccount(credential, subscription, token, context);
    return { account, managementTokens: [{ ...token, tenantId: account.tenantId }] };
}
async function findAccount(credential, request, token, context) {
    const tenantId = (0,access_token_claims/* tenantOfToken */.F0)(token.token, context.cloud) || tenantOf(credential);
    const principal = principalOf(credential, token);
    const { subscriptions, selected } = await (0,azure_subscriptions/* findSubscriptions */.gP)({
        ...context,
        request,
        token,
        tenantId,
        clientId: principal.clientId,
        objectId: principal.objectId,
    });
    return { principal, tenantId, cloud: context.cloud, subscriptions, selected };
}
function principalOf(credential, { token }) {
    const { objectId } = (0,access_token_claims/* accessTokenClaims */.jb)(token);
    switch (credential.method) {
        case 'oidc':
        case 'client-secret':
        case 'client-certificate':
        case 'workload-identity':
            return { kind: 'service-principal', clientId: credential.clientId, objectId };
        case 'managed-identity':
            return credential.identity.kind === 'user-assigned'
                ? { kind: 'managed-identity', assigned: 'user', clientId: credential.identity.clientId, objectId }
                : { kind: 'managed-identity', assigned: 'system', clientId: (0,json/* stringField */.OM)((0,jwt_claims/* claimsOf */.d)(token), 'appid'), objectId };
    }
}
function tenantOf(credential) {
    return 'tenantId' in credential ? credential.tenantId : '';
}

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(1487);
;// CONCATENATED MODULE: ./build/credentials/adfs.js


function forDirectory(credential, { directory }) {
    if (directory === 'entra')
        return credential;
    if (credential.method === 'oidc' || credential.method === 'workload-identity')
        throw federationUnknown();
    return 'tenantId' in credential ? { ...credential, tenantId: clouds/* ADFS_TENANT */.sZ } : credential;
}
function federationUnknown() {
    return new session_error/* SessionError */.P('This cloud signs in by AD FS, which does not accept the tokens of other issuers.', {
        why: 'Federated credentials are a feature of Entra ID. An AD FS knows applications by a certificate or a client secret.',
        next: [
            {
                say: 'Give the certificate that the application was registered with:',
                run: 'client-certificate: ${{ secrets.AZURE_CLIENT_CERTIFICATE }}',
            },
            'Or its secret, in `client-secret`.',
        ],
    });
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __nccwpck_require__(8161);
;// CONCATENATED MODULE: ./build/credentials/credentials.js

async function credentialFor(request, context) {
    switch (request.method) {
        case 'oidc':
            return (await __nccwpck_require__.e(/* import() */ 568).then(__nccwpck_require__.bind(__nccwpck_require__, 5568))).oidcCredential(request, context);
        case 'client-secret':
            return (await __nccwpck_require__.e(/* import() */ 647).then(__nccwpck_require__.bind(__nccwpck_require__, 1647))).clientSecretCredential(request, context);
        case 'client-certificate':
            return clientCertificateCredential(request, context);
        case 'managed-identity':
            return (await __nccwpck_require__.e(/* import() */ 556).then(__nccwpck_require__.bind(__nccwpck_require__, 3556))).managedIdentityCredential(request, context);
        case 'workload-identity':
            return (await __nccwpck_require__.e(/* import() */ 524).then(__nccwpck_require__.bind(__nccwpck_require__, 2524))).workloadIdentityCredential(request, context);
        case 'password':
            return (await __nccwpck_require__.e(/* import() */ 718).then(__nccwpck_require__.bind(__nccwpck_require__, 8718))).passwordCredential(request, context);
        case 'device-code':
            return (await __nccwpck_require__.e(/* import() */ 300).then(__nccwpck_require__.bind(__nccwpck_require__, 300))).deviceCodeCredential(request, context);
    }
}
async function clientCertificateCredential(request, context) {
    const [{ certificateCredential }, { certificateFiles }, { readClientCertificate }, { keyMaterial }] = await Promise.all([
        __nccwpck_require__.e(/* import() */ 664).then(__nccwpck_require__.bind(__nccwpck_require__, 1664)),
        __nccwpck_require__.e(/* import() */ 266).then(__nccwpck_require__.bind(__nccwpck_require__, 3266)),
        Promise.all(/* import() */[__nccwpck_require__.e(387), __nccwpck_require__.e(751)]).then(__nccwpck_require__.bind(__nccwpck_require__, 8751)),
        Promise.resolve(/* import() */).then(__nccwpck_require__.bind(__nccwpck_require__, 533)),
    ]);
    const { certificate, warnings } = await readClientCertificate({ value: request.certificate, password: request.certificatePassword, clientId: request.clientId }, new Date(), certificateFiles({ workspace: context.env['GITHUB_WORKSPACE'] || process.cwd(), home: (0,external_node_os_.homedir)() }));
    for (const secret of keyMaterial(certificate.privateKey))
        context.mask(secret);
    for (const warning of warnings)
        context.warn(warning);
    return certificateCredential(request, certificate, context);
}

// EXTERNAL MODULE: ./build/credentials/github-id-token.js + 1 modules
var github_id_token = __nccwpck_require__(1396);
// EXTERNAL MODULE: ./build/credentials/scope.js
var credentials_scope = __nccwpck_require__(505);
;// CONCATENATED MODULE: ./build/exports/tokens.js

async function requestTokens(resources, credential, known, mask) {
    const requests = resources.map(credentials_scope/* scopeOf */.O).map(async (scope) => {
        const token = scope === known.scope ? known : await credential.getToken(scope);
        mask(token.token);
        return token;
    });
    return allOf(requests);
}
async function allOf(work) {
    await Promise.allSettled(work);
    return Promise.all(work);
}
function tokenOutputs(resources, tokens) {
    const found = resources.flatMap((resource) => {
        const token = tokens.find(({ scope }) => scope === (0,credentials_scope/* scopeOf */.O)(resource));
        return token === undefined ? [] : [[resource, token]];
    });
    const [first] = found;
    if (first === undefined)
        return {};
    const described = found.map(([resource, { token, expiresOn }]) => [
        resource,
        { token, expiresOn: expiresOn.toISOString() },
    ]);
    return { 'access-token': first[1].token, 'access-tokens': JSON.stringify(Object.fromEntries(described)) };
}

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
// EXTERNAL MODULE: ./build/azure/account.js
var azure_account = __nccwpck_require__(3755);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(7598);
;// CONCATENATED MODULE: ./build/exports/variables.js

function isSecretOf(handover, value) {
    return handover.kind === 'client-secret' && value === handover.clientSecret;
}
const SECRET_NAMES = /SECRET$|PASSWORD$|TOKEN$|^ARM_CLIENT_CERTIFICATE$|^ARM_ACCESS_KEY$|SAS_TOKEN$/;
function planExports(families, env, owner, unset) {
    const changed = families.flatMap((family) => familyValues(family, env, unset));
    return {
        values: Object.fromEntries(changed.map(({ name, value }) => [name, value])),
        undo: changed.map((variable) => undo(variable, env, unset)),
        warnings: changed.flatMap((variable) => owner === 'earlier-login' || variable.replacing === 'silent' ? [] : replaced(variable, env)),
    };
}
function familyValues({ owned, variables, replacing }, env, unset) {
    const set = new Set(variables.map(({ name }) => name));
    const stale = owned.filter((name) => !set.has(name) && (env[name] ?? '') !== '');
    return [
        ...stale.map((name) => ({ name, value: unset[name] ?? '', content: 'plain', replacing })),
        ...variables.map((variable) => ({ ...variable, replacing })),
    ];
}
function undo({ name, value, content }, env, unset) {
    const before = env[name] ?? '';
    return {
        name,
        exported: content === 'secret' ? { kind: 'sha256', text: sha256(value) } : { kind: 'value', text: value },
        restore: before === '' || SECRET_NAMES.test(name) ? (unset[name] ?? '') : before,
    };
}
function replaced({ name, value }, env) {
    const before = env[name] ?? '';
    if (before === '' || before === value)
        return [];
    return [
        value === ''
            ? `The workflow sets ${name}, which belongs to another way to sign in; it is blanked for later steps.`
            : `The workflow sets ${name} to another value; later steps get the one of this login.`,
    ];
}
function sha256(text) {
    return (0,external_node_crypto_.createHash)('sha256').update(text).digest('hex');
}

;// CONCATENATED MODULE: ./build/exports/azure.js


const OWNED = [
    'AZURE_TENANT_ID',
    'AZURE_CLIENT_ID',
    'AZURE_SUBSCRIPTION_ID',
    'AZURE_AUTHORITY_HOST',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_CLIENT_CERTIFICATE_PATH',
    'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
    'AZURE_CLIENT_SECRET',
    'AZURE_USERNAME',
    'AZURE_PASSWORD',
];
function azureFamilyOfCertificates({ selected }) {
    return { owned: OWNED, variables: [plain('AZURE_SUBSCRIPTION_ID', selected.id)], replacing: 'warn' };
}
function azureFamily(account, handover, files, { secrets, keepAlive, env }) {
    const { principal, tenantId, cloud, selected } = account;
    const variables = [
        plain('AZURE_TENANT_ID', tenantId),
        ...clientIdVariables(principal),
        ...(selected.kind === 'subscription' ? [plain('AZURE_SUBSCRIPTION_ID', selected.subscription.id)] : []),
        ...(cloud.name === clouds/* KNOWN_CLOUDS */.Np.AzureCloud.name ? [] : [plain('AZURE_AUTHORITY_HOST', `${cloud.authority}/`)]),
        ...credentialVariables(handover, files, secrets, keepAlive),
    ];
    return { owned: OWNED.filter((name) => !isSecretOf(handover, env[name])), variables, replacing: 'warn' };
}
function clientIdVariables(principal) {
    if (principal.kind === 'user')
        return [];
    if (principal.kind === 'managed-identity' && principal.assigned === 'system')
        return [];
    return [plain('AZURE_CLIENT_ID', principal.clientId)];
}
function credentialVariables(handover, files, secrets, keepAlive) {
    switch (handover.kind) {
        case 'client-secret':
            return secrets === 'withhold'
                ? []
                : [{ name: 'AZURE_CLIENT_SECRET', value: handover.clientSecret, content: 'secret' }];
        case 'client-certificate':
            return [
                plain('AZURE_CLIENT_CERTIFICATE_PATH', files.certificate.path),
                ...(handover.chain === 'send' ? [plain('AZURE_CLIENT_SEND_CERTIFICATE_CHAIN', 'true')] : []),
            ];
        case 'assertion':
            if (handover.source.kind === 'file')
                return [plain('AZURE_FEDERATED_TOKEN_FILE', handover.source.path)];
            return keepAlive === 'on' ? [plain('AZURE_FEDERATED_TOKEN_FILE', files.federatedToken.path)] : [];
        case 'managed-identity':
        case 'user':
            return [];
    }
}
function plain(name, value) {
    return { name, value, content: 'plain' };
}

;// CONCATENATED MODULE: ./build/session.js
function cloudOfSession(session) {
    return session.kind === 'account' ? session.account.cloud : session.cloud;
}

;// CONCATENATED MODULE: ./build/exports/misleading.js

const blank = () => '';
const ALSO_TRUE = ['true', 'yes', 'on', '1'];
const ALSO_FALSE = ['false', 'no', 'off', '0'];
const MISLEADING = [
    {
        name: 'AZURE_CLOUD_NAME',
        harm: 'az would look for another cloud',
        right: (session) => cloudOfSession(session).name,
    },
    {
        name: 'AZURE_CORE_ENCRYPT_TOKEN_CACHE',
        harm: 'az would look for an encrypted profile',
        right: () => 'false',
        alsoRight: ALSO_FALSE,
    },
    {
        name: 'AZURE_CORE_USE_MSAL_HTTP_CACHE',
        harm: 'az would look up the tenant in every command',
        right: () => 'true',
        alsoRight: ALSO_TRUE,
    },
    {
        name: 'COPILOT_AGENT_SESSION_ID',
        harm: 'az would pass over the tokens of a user and ask a person to sign in',
        right: blank,
        concerns: (session) => session.kind === 'account' && session.account.principal.kind === 'user',
    },
    { name: 'AZURE_ACCESS_TOKEN_FILE', harm: 'the classic CLI would read its tokens from another file', right: blank },
    {
        name: 'AZURE_USE_SECURE_TOKEN_STORAGE',
        harm: 'the classic CLI would read its tokens from a keychain',
        right: blank,
    },
    { name: 'AZURE_CONSOLE_TOKENS', harm: 'the classic CLI would sign in as the Cloud Shell', right: blank },
    { name: 'AZURE_RESOURCEMANAGERENDPOINT_URL', harm: 'the classic CLI would send its tokens there', right: blank },
    { name: 'AZURE_MANAGEMENTENDPOINT_URL', harm: 'the classic CLI would send its tokens there', right: blank },
    { name: 'AZURE_ACTIVEDIRECTORY_ENDPOINT_URL', harm: 'the classic CLI would sign in there', right: blank },
    { name: 'AZURE_ACTIVEDIRECTORY_RESOURCE_ID', harm: 'the classic CLI would ask for tokens of it', right: blank },
    { name: 'ARM_OIDC_TOKEN', harm: 'Terraform would use this token, which ends after minutes', right: blank },
    { name: 'ARM_CLOUD_METADATA_URL', harm: 'az takes its clouds from there' },
    { name: 'MSAL_FORCE_REGION', harm: 'az asks a regional host that is not for service principals of customers' },
];
function misleadingVariables(session, env, corrections) {
    const found = MISLEADING.filter(({ name, right, alsoRight = [], concerns = () => true }) => {
        const value = env[name];
        if (value === undefined || !concerns(session))
            return false;
        return value !== (right?.(session) ?? '') && !alsoRight.includes(value.toLowerCase());
    });
    const variables = found.flatMap(({ name, right }) => right === undefined ? [] : [{ name, value: right(session), content: 'plain' }]);
    return {
        family: { owned: [], replacing: 'silent', variables },
        warnings: found.map((variable) => `The variable ${variable.name} is set: ${variable.harm}. ${remedy(variable, session, corrections)}`),
    };
}
function remedy({ right }, session, corrections) {
    if (right === undefined)
        return 'It cannot be unset from here, and clients fail on an empty one: remove it from the job.';
    const value = right(session);
    if (corrections === 'left-to-the-workflow') {
        return `It stays so with \`export-env: none\`: ${value === '' ? 'blank it' : `set it to ${value}`} in the steps that use the session.`;
    }
    return value === '' ? 'It is blanked for later steps.' : `It is set to ${value} for later steps.`;
}

;// CONCATENATED MODULE: ./build/exports/terraform.js


const terraform_OWNED = [
    'ARM_TENANT_ID',
    'ARM_CLIENT_ID',
    'ARM_CLIENT_ID_FILE_PATH',
    'ARM_SUBSCRIPTION_ID',
    'ARM_ENVIRONMENT',
    'ARM_METADATA_HOSTNAME',
    'ARM_METADATA_HOST',
    'ARM_CLIENT_CERTIFICATE',
    'ARM_CLIENT_CERTIFICATE_PATH',
    'ARM_CLIENT_CERTIFICATE_PASSWORD',
    'ARM_CLIENT_SECRET',
    'ARM_CLIENT_SECRET_FILE_PATH',
    'ARM_USE_OIDC',
    'ARM_OIDC_TOKEN_FILE_PATH',
    'ARM_OIDC_REQUEST_URL',
    'ARM_OIDC_REQUEST_TOKEN',
    'ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID',
    'ARM_OIDC_AZURE_SERVICE_CONNECTION_ID',
    'ARM_USE_AKS_WORKLOAD_IDENTITY',
    'ARM_USE_MSI',
];
function terraformFamily(account, handover, sources) {
    const { principal, tenantId, cloud, selected } = account;
    const variables = [
        terraform_plain('ARM_TENANT_ID', tenantId),
        ...terraform_clientIdVariables(principal),
        ...(selected.kind === 'subscription' ? [terraform_plain('ARM_SUBSCRIPTION_ID', selected.subscription.id)] : []),
        cloudVariable(cloud),
        ...terraform_credentialVariables(handover, sources),
    ];
    const owned = terraform_OWNED.filter((name) => !isSecretOf(handover, sources.env[name]));
    return { owned, variables, replacing: 'warn' };
}
function terraform_clientIdVariables(principal) {
    if (principal.kind === 'user')
        return [];
    if (principal.kind === 'managed-identity' && principal.assigned === 'system')
        return [];
    return [terraform_plain('ARM_CLIENT_ID', principal.clientId)];
}
function cloudVariable({ terraformName, metadataHost }) {
    return metadataHost === '' ? terraform_plain('ARM_ENVIRONMENT', terraformName) : terraform_plain('ARM_METADATA_HOSTNAME', metadataHost);
}
function terraform_credentialVariables(handover, { secrets, env, secretPath, pfx }) {
    switch (handover.kind) {
        case 'client-secret':
            return secrets === 'export'
                ? [secret('ARM_CLIENT_SECRET', handover.clientSecret)]
                : [terraform_plain('ARM_CLIENT_SECRET_FILE_PATH', secretPath)];
        case 'client-certificate':
            return pfx === undefined
                ? []
                : [terraform_plain('ARM_CLIENT_CERTIFICATE_PATH', pfx.path), secret('ARM_CLIENT_CERTIFICATE_PASSWORD', pfx.password)];
        case 'assertion':
            return [
                terraform_plain('ARM_USE_OIDC', 'true'),
                ...(handover.source.kind === 'file'
                    ? [terraform_plain('ARM_OIDC_TOKEN_FILE_PATH', handover.source.path)]
                    : requestUrl(handover.source.audience, env)),
            ];
        case 'managed-identity':
            return [terraform_plain('ARM_USE_MSI', 'true')];
        case 'user':
            return [terraform_plain('ARM_USE_CLI', 'true')];
    }
}
function requestUrl(audience, env) {
    const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
    if (url === null || audience === clouds/* KNOWN_CLOUDS */.Np.AzureCloud.federatedAudience)
        return [];
    url.searchParams.set('audience', audience);
    return [terraform_plain('ARM_OIDC_REQUEST_URL', url.href)];
}
function terraformFiles(handover, secrets, secretName) {
    return handover.kind === 'client-secret' && secrets === 'withhold'
        ? [{ name: secretName, content: handover.clientSecret }]
        : [];
}
function terraform_plain(name, value) {
    return { name, value, content: 'plain' };
}
function secret(name, value) {
    return { name, value, content: 'secret' };
}

;// CONCATENATED MODULE: ./build/exports/export-plan.js






function exportPlan(session, request, sources) {
    const { env, image } = sources;
    if (request.exports.families === 'none') {
        return { values: {}, undo: [], warnings: misleadingVariables(session, env, 'left-to-the-workflow').warnings };
    }
    const misleading = misleadingVariables(session, env, 'exported');
    const families = [locations(sources), misleading.family, ...familiesOf(session, request, sources)];
    const plan = planExports(families, env, image.owner, valuesForUnset());
    return { ...plan, warnings: [...misleading.warnings, ...plan.warnings] };
}
function familiesOf(session, request, { files, pfx, env }) {
    const { families, secrets } = request.exports;
    const azure = families.includes('azure');
    if (session.kind === 'management-certificates')
        return azure ? [azureFamilyOfCertificates(session)] : [];
    const { account, handover } = session;
    const sdks = { secrets, keepAlive: request.keepAlive ? 'on' : 'off', env };
    const terraform = { secrets, env, secretPath: files.clientSecret.path, pfx };
    return [
        ...(azure ? [azureFamily(account, handover, files, sdks)] : []),
        ...(families.includes('terraform') ? [terraformFamily(account, handover, terraform)] : []),
    ];
}
function locations({ folder, image: { extensionDir }, env }) {
    const extensions = { name: 'AZURE_EXTENSION_DIR', value: extensionDir, content: 'plain' };
    return {
        owned: [],
        replacing: env['AZURE_CONFIG_DIR']?.toLowerCase() === FOLDER_OF_WINDOWS_IMAGES ? 'silent' : 'warn',
        variables: [
            { name: 'AZURE_CONFIG_DIR', value: folder, content: 'plain' },
            ...(extensionDir === '' ? [] : [extensions]),
        ],
    };
}
const FOLDER_OF_WINDOWS_IMAGES = 'c:\\azurecli';
function valuesForUnset() {
    return {
        AZURE_CONFIG_DIR: (0,external_node_path_.join)((0,external_node_os_.homedir)(), '.azure'),
        AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    };
}

;// CONCATENATED MODULE: ./build/exports/outputs.js



const MOST_SUBSCRIPTION_BYTES = 900_000;
function outputs(session, mode, configDir, warn) {
    const common = { environment: cloudOfSession(session).name, mode, 'config-dir': configDir };
    return session.kind === 'account'
        ? { ...ofAccount(session, warn), ...common }
        : { ...ofCertificates(session, warn), ...common };
}
function ofAccount({ account, managementTokens: [token] }, warn) {
    const { principal, tenantId, selected, subscriptions } = account;
    const chosen = selected.kind === 'subscription' ? selected.subscription : undefined;
    return {
        account: (0,azure_account/* accountName */.v)(principal),
        'principal-id': principal.objectId,
        'client-id': principal.kind === 'user' ? '' : principal.clientId,
        'tenant-id': tenantId,
        'subscription-id': chosen?.id ?? '',
        'subscription-name': chosen?.name ?? '',
        subscriptions: subscriptionsJson(subscriptions.filter(azure_subscriptions/* isEnabled */.Ol), chosen?.id ?? '', warn),
        'expires-on': token.expiresOn.toISOString(),
    };
}
function ofCertificates({ subscriptions, selected }, warn) {
    const usable = subscriptions.filter(({ state }) => state !== 'Disabled' && state !== 'Deleted');
    const listed = usable.map(({ id, name, state }) => ({ id, name, tenantId: '', state }));
    return {
        account: 'managementCertificate',
        'principal-id': '',
        'client-id': '',
        'tenant-id': '',
        'subscription-id': selected.id,
        'subscription-name': selected.name,
        subscriptions: subscriptionsJson(listed, selected.id, warn),
        'expires-on': '',
    };
}
function subscriptionsJson(subscriptions, defaultId, warn) {
    const entries = [];
    let size = 2;
    for (const { id, name, tenantId, state } of subscriptions) {
        const entry = JSON.stringify({ id, name, tenantId, state, isDefault: id === defaultId });
        size += entry.length * 2 + 2;
        if (size > MOST_SUBSCRIPTION_BYTES)
            break;
        entries.push(entry);
    }
    if (entries.length < subscriptions.length) {
        warn(`The output \`subscriptions\` holds ${entries.length} of ${subscriptions.length} subscriptions: GitHub takes no more than 1 MB.`);
    }
    return `[${entries.join(',')}]`;
}

// EXTERNAL MODULE: ./build/exports/summary.js
var exports_summary = __nccwpck_require__(6768);
;// CONCATENATED MODULE: ./build/keep-alive/plan.js

const PLAN_VARIABLE = 'AZURE_SESSION_KEEP_ALIVE';
function parsePlan(json) {
    const object = parseJsonObject(json);
    const source = assertionSource(object?.['source']);
    const folder = stringField(object, 'folder');
    if (source === undefined || folder === '')
        return undefined;
    const sharedLogin = stringField(object, 'sharedLogin');
    const [clientId, tenantId] = [stringField(object, 'clientId'), stringField(object, 'tenantId')];
    const [tokenFile, logFile] = [stringField(object, 'tokenFile'), stringField(object, 'logFile')];
    const expiresOn = Number(object?.['expiresOn']) || 0;
    const plan = { folder, clientId, tenantId, source, expiresOn, tokenFile, logFile };
    return sharedLogin === '' ? plan : { ...plan, sharedLogin };
}
function assertionSource(value) {
    const object = asObject(value);
    switch (stringField(object, 'kind')) {
        case 'github':
            return { kind: 'github', audience: stringField(object, 'audience') };
        case 'file':
            return { kind: 'file', path: stringField(object, 'path') };
        default:
            return undefined;
    }
}
function refreshAfterMs(usableMs, chance) {
    const wait = usableMs * (0.4 + 0.2 * chance);
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wait));
}
const SHORTEST_MS = 500;
const LONGEST_MS = 150_000;
function failureWaitMs(failures, retryAfterMs, chance) {
    const backOff = Math.min(LONGEST_FAILURE_WAIT_MS, 500 * 2 ** (failures - 1)) * (0.5 + 0.5 * chance);
    return Math.max(backOff, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}
const LONGEST_FAILURE_WAIT_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 60_000;
const HOSTED_JOB_MS = 6 * 60 * 60 * 1000;
function sessionEnd(requestTokenExpiry, now) {
    return requestTokenExpiry.getTime() > now.getTime() ? requestTokenExpiry : new Date(now.getTime() + HOSTED_JOB_MS);
}

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __nccwpck_require__(1421);
;// CONCATENATED MODULE: ./build/keep-alive/start.js



function entry() {
    return (0,external_node_path_.join)((0,external_node_path_.dirname)(process.argv[1] ?? ''), '..', 'keep-alive', 'index.js');
}
const NODE_OPTIONS = ['--jitless', '--expose-gc', '--max-old-space-size=24', '--v8-pool-size=0'];
function startRefresher(plan, env) {
    const { args, options } = refresherProcess(plan, entry(), env);
    const child = (0,external_node_child_process_.spawn)(process.execPath, args, options);
    child.on('error', () => { });
    child.unref();
    return child.pid;
}
function refresherProcess(plan, script, env) {
    return {
        args: [...NODE_OPTIONS, script],
        options: {
            detached: true,
            stdio: 'ignore',
            windowsHide: true,
            cwd: (0,external_node_path_.dirname)(script),
            env: { ...inherited(env), [PLAN_VARIABLE]: JSON.stringify(plan) },
        },
    };
}
const NEEDED = /^(ACTIONS_ID_TOKEN_REQUEST_(URL|TOKEN)|RUNNER_TRACKING_ID|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|SystemRoot|windir|TEMP|TMP|PATH|LD_LIBRARY_PATH|HOME|LANG)$/i;
const NEEDED_NODE_OPTION = /^--(use-(openssl|system|bundled)-ca|dns-result-order=\w+|openssl-(shared-)?config(=\S+)?)$/;
function inherited(env) {
    const needed = Object.entries(env).filter((entry) => entry[1] !== undefined && NEEDED.test(entry[0]));
    const nodeOptions = (env['NODE_OPTIONS'] ?? '').split(/\s+/).filter((option) => NEEDED_NODE_OPTION.test(option));
    return {
        ...Object.fromEntries(needed),
        ...(nodeOptions.length === 0 ? {} : { NODE_OPTIONS: nodeOptions.join(' ') }),
    };
}

;// CONCATENATED MODULE: ./build/keep-alive/begin.js



function keepAlive(session, place, files, runner) {
    if (session.kind !== 'account' || session.handover.kind !== 'assertion')
        return 0;
    const { principal, tenantId } = session.account;
    if (principal.kind !== 'service-principal')
        return 0;
    const { source, assertion } = session.handover;
    const plan = {
        folder: place.path,
        ...(place.loginId === '' ? {} : { sharedLogin: place.loginId }),
        clientId: principal.clientId,
        tenantId,
        source,
        expiresOn: (0,github_id_token/* expiryOf */.p1)(assertion).getTime(),
        tokenFile: source.kind === 'github' ? files.federatedToken.name : '',
        logFile: files.keepAliveLog.name,
    };
    const refresher = startRefresher(plan, runner.env);
    if (refresher === undefined)
        runner.warning(NOT_STARTED);
    else
        runner.info(until(plan, runner));
    return refresher ?? 0;
}
const NOT_STARTED = 'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps have the tokens that are there, for about an hour, and can get new ones for some minutes.';
function until({ source }, { env }) {
    if (source.kind === 'file')
        return 'The session is kept alive for as long as the pod renews its token.';
    const end = sessionEnd((0,github_id_token/* expiryOf */.p1)(env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
    const minute = end.toISOString().slice(0, 16).replace('T', ' ');
    return `The session is kept alive until ${minute} UTC, when GitHub's request token ends.`;
}

;// CONCATENATED MODULE: ./build/credentials/certificate/to-pem.js
function toPem(certificate, chain) {
    const above = chain === 'send' ? certificate.chain : [];
    return [certificate.privateKey, certificate.certificate, ...above].map((pem) => `${pem.trimEnd()}\n`).join('');
}

// EXTERNAL MODULE: ./build/profile/az-profile.js
var az_profile = __nccwpck_require__(3739);
;// CONCATENATED MODULE: ./build/profile/azure-profile.js

const TENANT_LEVEL_NAME = 'N/A(tenant level account)';
function profileEntries(account, user) {
    if (account.selected.kind === 'tenant-level')
        return [tenantLevelEntry(account, user)];
    const { subscription: selected } = account.selected;
    return account.subscriptions.map((subscription) => azure_profile_entry(subscription, account, user, selected));
}
function azure_profile_entry(subscription, account, user, selected) {
    return {
        id: subscription.id,
        name: subscription.name,
        state: subscription.state,
        user,
        isDefault: subscription.id === selected.id,
        tenantId: subscription.tenantId,
        environmentName: account.cloud.name,
        homeTenantId: subscription.homeTenantId,
        managedByTenants: subscription.managedByTenants.map((tenantId) => ({ tenantId })),
        registeredProviders: [],
    };
}
function certificateEntry({ id, name, certificate, managementEndpoint }, cloud, selected) {
    return {
        id,
        name,
        managementCertificate: { key: certificate.key, cert: certificate.cert },
        isDefault: id === selected.id,
        registeredProviders: [],
        environmentName: cloud.name,
        managementEndpointUrl: managementEndpoint,
    };
}
function tenantLevelEntry(account, user) {
    return {
        id: account.tenantId,
        name: TENANT_LEVEL_NAME,
        state: 'Enabled',
        user,
        isDefault: true,
        tenantId: account.tenantId,
        environmentName: account.cloud.name,
        registeredProviders: [],
    };
}
function profileUser({ principal }, handover) {
    const name = (0,azure_account/* accountName */.v)(principal);
    if (principal.kind === 'user')
        return { name, type: 'user' };
    if (principal.kind === 'managed-identity') {
        const assignedIdentityInfo = principal.assigned === 'system' ? 'MSI' : `MSIClient-${principal.clientId}`;
        return { name, type: 'servicePrincipal', assignedIdentityInfo };
    }
    const sendsChain = handover.kind === 'client-certificate' && handover.chain === 'send';
    return { name, type: 'servicePrincipal', ...(sendsChain ? { useCertSNIssuerAuth: true } : {}) };
}

// EXTERNAL MODULE: ./build/profile/classic-profile.js
var classic_profile = __nccwpck_require__(2446);
// EXTERNAL MODULE: ./build/profile/cloud-definition.js
var cloud_definition = __nccwpck_require__(6125);
;// CONCATENATED MODULE: ./build/profile/contribution.js





function contributionOf(session, files, now) {
    return session.kind === 'account' ? contribution_ofAccount(session, files, now) : contribution_ofCertificates(session);
}
function contribution_ofAccount({ account, handover, managementTokens, furtherTokens }, files, now) {
    const tokens = [...managementTokens, ...furtherTokens];
    const told = (0,cloud_definition/* clientCloud */.r)(account.cloud);
    const msalTokens = (0,az_profile/* msalTokenCache */.Z4)(account, handover, tokens, now);
    return {
        cloudName: account.cloud.name,
        ...(told === undefined ? {} : { clientCloud: told }),
        subscriptions: profileEntries(account, profileUser(account, handover)),
        servicePrincipals: (0,az_profile/* servicePrincipalEntries */.ok)(account, handover, files.certificate.path),
        ...(msalTokens === undefined ? {} : { msalTokens }),
        classicTokens: (0,classic_profile/* classicTokens */.zR)(account, handover, tokens, files.certificate.path, now),
        files: filesOf(handover, files),
    };
}
function contribution_ofCertificates({ cloud, subscriptions, selected }) {
    return {
        cloudName: cloud.name,
        subscriptions: subscriptions.map((subscription) => certificateEntry(subscription, cloud, selected)),
        servicePrincipals: [],
        classicTokens: [],
        files: [],
    };
}
function filesOf(handover, { certificate, federatedToken }) {
    if (handover.kind === 'client-certificate') {
        return [{ name: certificate.name, content: toPem(handover.certificate, handover.chain) }];
    }
    const isGitHub = handover.kind === 'assertion' && handover.source.kind === 'github';
    return isGitHub ? [{ name: federatedToken.name, content: handover.assertion }] : [];
}

;// CONCATENATED MODULE: ./build/profile/saved-session.js


const STATE_NAME = 'session';
function privateFolderName(random) {
    return `azure-session-${random}`;
}
const PRIVATE_FOLDER = /^azure-session-[0-9a-f]{16}$/;
const KEEP_ALIVE_LOG = 'keep-alive.log';
function sharedKeepAliveLog(sharedLogin) {
    return `keep-alive-${sharedLogin}.log`;
}
function saveSession(runner, session) {
    runner.saveState(STATE_NAME, JSON.stringify(session));
}
function savedSession(runner) {
    const saved = parseJsonObject(runner.state(STATE_NAME));
    const folder = stringField(saved, 'folder');
    const variables = saved?.['variables'];
    const sharedLogin = stringField(saved, 'sharedLogin');
    if (!isAbsolute(folder) || (sharedLogin === '' && !PRIVATE_FOLDER.test(basename(folder))))
        return undefined;
    const refresher = saved?.['refresher'];
    return {
        folder,
        ...(sharedLogin === '' ? {} : { sharedLogin }),
        outermostMade: stringField(saved, 'outermostMade'),
        variables: Array.isArray(variables) ? variables.flatMap(savedVariable) : [],
        refresher: typeof refresher === 'number' && Number.isSafeInteger(refresher) && refresher > 1 ? refresher : 0,
        powershell: stringField(saved, 'powershell'),
    };
}
function savedVariable(value) {
    const object = asObject(value);
    const exported = asObject(object?.['exported']);
    const name = stringField(object, 'name');
    const kind = stringField(exported, 'kind');
    if (name === '' || (kind !== 'value' && kind !== 'sha256'))
        return [];
    return [{ name, exported: { kind, text: stringField(exported, 'text') }, restore: stringField(object, 'restore') }];
}

;// CONCATENATED MODULE: ./build/profile/login-files.js


function logFile(folder, loginId) {
    const name = loginId === '' ? KEEP_ALIVE_LOG : sharedKeepAliveLog(loginId);
    return { name, path: (0,external_node_path_.join)(folder, name) };
}
function loginFiles({ path, loginId }) {
    const mark = loginId === '' ? '' : `-${loginId}`;
    const at = (stem, ending) => {
        const name = `${stem}${mark}${ending}`;
        return { name, path: (0,external_node_path_.join)(path, name) };
    };
    return {
        certificate: at('client-certificate', '.pem'),
        pfx: at('client-certificate', '.pfx'),
        clientSecret: at('client-secret', ''),
        federatedToken: at('federated-token', ''),
        keepAliveLog: logFile(path, loginId),
    };
}

// EXTERNAL MODULE: ./build/profile/runner-image.js
var runner_image = __nccwpck_require__(5498);
;// CONCATENATED MODULE: ./build/hand-over.js













async function handOver(session, request, place, runner, deadline) {
    const files = loginFiles(place);
    const image = (0,runner_image/* readRunnerImage */.SM)(runner.env, runner.platform);
    const pfx = await pfxFor(session, request, files, runner);
    const plan = exportPlan(session, request, { folder: place.path, files, pfx, image, env: runner.env });
    const powershell = request.powershell ? contextName(place) : '';
    const saved = savedAs(place, plan.undo, powershell);
    if (request.logout)
        save(saved, runner);
    try {
        const contribution = contributionFor(session, request, files, pfx);
        const laterFiles = [files.federatedToken.name, files.keepAliveLog.name];
        const patienceMs = deadline.remainingMs();
        const warnings = await place.write({ contribution, mode: request.mode, image, laterFiles, patienceMs });
        if (powershell !== '')
            await connectPowerShell(powershell, session, pfx, runner, deadline);
        runner.handOver(outputsFor(session, request, place, runner), plan.values);
        for (const warning of [...warnings, ...plan.warnings])
            runner.warning(warning);
    }
    catch (error) {
        if (powershell !== '')
            await disconnectPowerShell(powershell, runner);
        await hand_over_undo(place, runner);
        throw error instanceof session_error/* SessionError */.P ? error : cannotTell(error);
    }
    for (const line of welcome(session, place))
        runner.info(line);
    if (request.jobSummary === 'always')
        summarise(session, request, runner);
    if (!request.keepAlive)
        return;
    const refresher = keepAlive(session, place, files, runner);
    if (request.logout && refresher !== 0)
        noteRefresher({ ...saved, refresher }, runner);
}
function save(session, runner) {
    try {
        saveSession(runner, session);
    }
    catch (error) {
        throw cannotTell(error);
    }
}
function noteRefresher(session, runner) {
    try {
        saveSession(runner, session);
    }
    catch { }
}
const UNDO_PATIENCE_MS = 1000;
async function hand_over_undo(place, runner) {
    try {
        await place.undo(UNDO_PATIENCE_MS);
    }
    catch {
        runner.info(`Not everything could be taken out of ${place.path} again; the post step will try once more.`);
    }
}
function contextName({ path, loginId }) {
    return loginId === '' ? (0,external_node_path_.basename)(path) : `azure-session-${loginId}`;
}
function savedAs(place, variables, powershell) {
    const shared = place.loginId === '' ? {} : { sharedLogin: place.loginId };
    return { folder: place.path, ...shared, outermostMade: place.outermostMade, variables, refresher: 0, powershell };
}
async function pfxFor(session, { exports: { families }, powershell }, { pfx }, runner) {
    if (session.kind !== 'account' || session.handover.kind !== 'client-certificate')
        return undefined;
    if (!powershell && !families.includes('terraform'))
        return undefined;
    const { sessionPfx } = await __nccwpck_require__.e(/* import() */ 482).then(__nccwpck_require__.bind(__nccwpck_require__, 1482));
    return sessionPfx(session.handover.certificate, pfx.path, (secret) => runner.mask(secret));
}
function contributionFor(session, { exports: { families, secrets } }, files, pfx) {
    const contribution = contributionOf(session, files, new Date());
    const terraform = session.kind === 'account' && families.includes('terraform')
        ? terraformFiles(session.handover, secrets, files.clientSecret.name)
        : [];
    const pfxFile = pfx === undefined ? [] : [{ name: files.pfx.name, content: pfx.content }];
    return { ...contribution, files: [...contribution.files, ...terraform, ...pfxFile] };
}
function outputsFor(session, { mode, tokenScopes }, place, runner) {
    const tokens = session.kind === 'account' ? [...session.managementTokens, ...session.furtherTokens] : [];
    return {
        ...outputs(session, mode, place.path, (message) => runner.warning(message)),
        ...tokenOutputs(tokenScopes, tokens),
    };
}
async function connectPowerShell(contextName, session, pfx, runner, deadline) {
    if (session.kind !== 'account')
        return;
    const { account, handover, managementTokens } = session;
    const { connectPowerShell: connect } = await __nccwpck_require__.e(/* import() */ 610).then(__nccwpck_require__.bind(__nccwpck_require__, 1610));
    await connect({ account, handover, token: managementTokens[0], pfx, contextName }, runner, deadline);
}
async function disconnectPowerShell(contextName, runner) {
    const { disconnectPowerShell: disconnect } = await __nccwpck_require__.e(/* import() */ 96).then(__nccwpck_require__.bind(__nccwpck_require__, 8715));
    await disconnect(contextName, runner);
}
function welcome(session, { path }) {
    return [
        ...(session.kind === 'account' ? accountLines(session) : certificateLines(session)),
        `Profile folder: ${path}`,
    ];
}
function accountLines({ account }) {
    const { selected, subscriptions, cloud, principal, tenantId } = account;
    const others = subscriptions.length - 1;
    return [
        `Signed in to ${cloud.name} as ${(0,azure_account/* accountName */.v)(principal)}${clientOf(principal)}, tenant ${tenantId}.`,
        selected.kind === 'tenant-level'
            ? 'No subscription: a tenant-level account.'
            : `Default subscription: ${selected.subscription.name} (${selected.subscription.id})${others > 0 ? `, and ${others} more` : ''}.`,
    ];
}
function clientOf(principal) {
    return principal.kind === 'managed-identity' && principal.assigned === 'user' ? ` (${principal.clientId})` : '';
}
function certificateLines({ subscriptions, selected, cloud }) {
    return [
        `Imported the management certificates of ${subscriptions.length === 1 ? 'one subscription' : `${subscriptions.length} subscriptions`} of ${cloud.name}.`,
        `Default subscription: ${selected.name} (${selected.id}).`,
    ];
}
function summarise(session, request, runner) {
    const summary = session.kind === 'account' ? accountSummary(session, request) : (0,exports_summary/* importSummary */.k)(session);
    try {
        runner.appendSummary(summary);
    }
    catch {
        runner.warning('The job summary could not be written. The session is not affected.');
    }
}
function accountSummary(session, request) {
    const { families } = request.exports;
    return (0,exports_summary/* sessionSummary */.Z)({
        account: session.account,
        method: request.credential.method,
        expiresOn: session.managementTokens[0].expiresOn,
        tools: [
            { tool: 'Azure CLI (az)', how: 'profile folder' },
            { tool: 'classic CLI (azure)', how: `profile folder, mode ${request.mode}` },
            { tool: 'Azure SDKs', how: families.includes('azure') ? 'variables' : 'through az' },
            { tool: 'Terraform', how: families.includes('terraform') ? 'variables' : 'through az' },
            ...(request.powershell ? [{ tool: 'Azure PowerShell', how: 'context' }] : []),
        ],
    });
}
function cannotTell(cause) {
    const code = cause.code;
    return new session_error/* SessionError */.P('The session could not be handed over to later steps.', {
        why: code === undefined ? 'The runner gave no file for it.' : `The runner's files cannot be written (${code}).`,
        next: ['Look at the free space and the permissions of the folder _temp on the runner.'],
        cause,
    });
}

// EXTERNAL MODULE: ./build/inputs/forms.js
var inputs_forms = __nccwpck_require__(7019);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __nccwpck_require__(4708);
// EXTERNAL MODULE: ./build/net/connections.js
var net_connections = __nccwpck_require__(2633);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __nccwpck_require__(3886);
;// CONCATENATED MODULE: ./build/net/http.js




const SILENCE_MS = 30_000;
const LARGEST_BODY = 64 * 1024 * 1024;
function httpClient(env, deadline) {
    const connections = new net_connections/* Connections */.U(env);
    return {
        send: (request) => send(request, connections, deadline),
        openAhead: (origin) => connections.openAhead(origin),
        close: () => connections.destroy(),
    };
}
async function send(request, agent, deadline) {
    const url = new URL(request.url);
    if (url.protocol !== 'https:')
        throw new Error(`Not an https URL: ${url.origin}`);
    const silence = AbortSignal.timeout(SILENCE_MS);
    try {
        const response = await exchange(request, url, agent, AbortSignal.any([deadline.signal, silence]));
        if (!(0,net_transient/* isTransientStatus */.Dm)(response.status))
            return response;
        throw new net_transient/* TransientFailure */.$r(`${url.host} answered HTTP ${response.status}`, {
            requestId: response.requestId,
            retryAfterMs: (0,net_transient/* retryAfterMs */.Vs)(response.headers['retry-after'], new Date()),
        });
    }
    catch (error) {
        if (error instanceof net_transient/* TransientFailure */.$r || error instanceof session_error/* SessionError */.P)
            throw error;
        if (silence.aborted) {
            throw new net_transient/* TransientFailure */.$r(`${url.host} did not answer within ${SILENCE_MS / 1000} s`, { cause: error });
        }
        throw connectionFailure(url.host, error);
    }
}
function exchange(request, url, agent, signal) {
    return new Promise((resolve, reject) => {
        const body = request.body === undefined ? undefined : Buffer.from(request.body);
        const outgoing = (0,external_node_https_.request)(url, {
            method: request.method,
            agent,
            headers: {
                'User-Agent': 'azure-session/1',
                Accept: 'application/json',
                ...(body === undefined ? {} : { 'Content-Length': String(body.length) }),
                ...request.headers,
            },
            ...request.clientCertificate,
        });
        const giveUp = () => {
            reject(Object.assign(new Error('no answer'), { code: outgoing.socket === null ? 'ETIMEDOUT' : 'ECONNABORTED' }));
            outgoing.destroy();
        };
        signal.addEventListener('abort', giveUp);
        outgoing.once('response', (incoming) => {
            readBody(incoming, url.host).then((text) => resolve(responseOf(incoming, text)), reject);
        });
        outgoing.on('error', reject);
        outgoing.once('close', () => signal.removeEventListener('abort', giveUp));
        if (signal.aborted)
            giveUp();
        else
            outgoing.end(body);
    });
}
function readBody(incoming, host) {
    return new Promise((resolve, reject) => {
        const chunks = [];
        let size = 0;
        incoming.on('data', (chunk) => {
            size += chunk.length;
            chunks.push(chunk);
            if (size > LARGEST_BODY)
                incoming.destroy(tooLarge(host));
        });
        incoming.once('end', () => resolve(Buffer.concat(chunks)
            .toString('utf8')
            .replace(/^\ufeff/, '')));
        incoming.once('error', reject);
        incoming.once('aborted', () => reject(brokenOff(host)));
    });
}
function responseOf(incoming, body) {
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]));
    const requestId = headers['x-ms-request-id'] ?? headers['x-vss-e2eid'] ?? headers['x-github-request-id'] ?? '';
    return {
        status: incoming.statusCode ?? 0,
        headers,
        body,
        requestId: requestId.replaceAll(/[^\w.:-]/g, '').slice(0, 80),
    };
}
function brokenOff(host) {
    const cause = Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
    return new net_transient/* TransientFailure */.$r(`the answer of ${host} broke off`, { cause });
}
function tooLarge(host) {
    return new session_error/* SessionError */.P(`${host} sent an answer of more than ${LARGEST_BODY / 1024 / 1024} MB.`, {
        why: 'No answer of Azure or GitHub is that large, so it was not read.',
        next: ['Check that no proxy or firewall answers in the place of the real host.'],
    });
}
const UNTRUSTED = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;
function connectionFailure(host, cause) {
    const code = (0,net_connections/* codeOf */.$)(cause);
    if (!UNTRUSTED.test(code))
        return new net_transient/* TransientFailure */.$r(`the connection to ${host} failed (${code})`, { cause });
    return new session_error/* SessionError */.P(`The TLS certificate of ${host} is not trusted.`, {
        why: `Node's check ended with ${code}. A proxy that opens TLS connections, or a private certificate authority, is the usual cause.`,
        next: [
            'Set NODE_EXTRA_CA_CERTS to a PEM file with that authority, in the environment of the runner or in the `env:` of the step.',
        ],
        cause,
    });
}

// EXTERNAL MODULE: ./build/net/retry.js
var retry = __nccwpck_require__(2426);
// EXTERNAL MODULE: ./build/profile/folder.js
var profile_folder = __nccwpck_require__(6260);
// EXTERNAL MODULE: ./build/profile/removal.js
var removal = __nccwpck_require__(374);
;// CONCATENATED MODULE: ./build/profile/write-profile.js




const CLIENT_FOLDERS = ['commands', 'logs', 'telemetry', 'cliextensions', 'bin', 'object_cache', 'ssh'];
function writeProfile(folder, contribution, mode, image) {
    for (const [name, content] of profileFiles(contribution, mode, image.defaults))
        folder.write(name, content);
    addClientFolders(folder, image);
}
function addClientFolders(folder, image) {
    for (const [name, content] of image.indexes)
        folder.write(name, content);
    for (const name of CLIENT_FOLDERS)
        folder.addFolder(name);
    if (image.bicep !== '')
        (0,runner_image/* linkBicep */.Gk)(image.bicep, folder.pathOf((0,external_node_path_.join)('bin', (0,external_node_path_.basename)(image.bicep))));
}
function profileFiles(contribution, mode, defaults) {
    const { cloudName, clientCloud, subscriptions, servicePrincipals, msalTokens, files } = contribution;
    const environments = clientCloud === undefined ? [] : [clientCloud.classicEnvironment];
    const profile = { installationId: crypto.randomUUID(), environments, subscriptions };
    return [
        [runner_image/* MARKER_FILE */.cu, `${JSON.stringify({ version: 1 })}\n`],
        ...files.map(({ name, content }) => [name, content]),
        ...(msalTokens === undefined ? [] : [['msal_token_cache.json', (0,az_profile/* asciiJson */.iL)(msalTokens)]]),
        ['service_principal_entries.json', (0,az_profile/* asciiJson */.iL)(servicePrincipals)],
        ['config', (0,az_profile/* azConfig */._W)(cloudName, clientCloud, defaults)],
        ['clouds.config', (0,az_profile/* azCloudsConfig */.QU)(cloudName, clientCloud, subscriptions)],
        ['accessTokens.json', JSON.stringify(contribution.classicTokens, null, 2)],
        ['config.json', (0,classic_profile/* classicConfig */.rZ)(mode)],
        ['telemetry.json', classic_profile/* CLASSIC_TELEMETRY */.xl],
        ['azureProfile.json', JSON.stringify(profile, null, 2)],
    ];
}

;// CONCATENATED MODULE: ./build/profile/place.js







async function choosePlace(request, runner) {
    const random = (0,external_node_crypto_.randomBytes)(8).toString('hex');
    if (request.kind === 'private')
        return privatePlace((0,external_node_path_.resolve)(temporaryFolder(runner), privateFolderName(random)));
    const { joinSharedFolder } = await Promise.all(/* import() */[__nccwpck_require__.e(333), __nccwpck_require__.e(346)]).then(__nccwpck_require__.bind(__nccwpck_require__, 8346));
    const { logOut } = await __nccwpck_require__.e(/* import() */ 333).then(__nccwpck_require__.bind(__nccwpck_require__, 9333));
    const { path } = request;
    const outermostMade = (0,removal/* outermostMissing */.pQ)(path);
    const shared = joinSharedFolder({ path, platform: runner.platform, uid: process.getuid?.() });
    return {
        path,
        loginId: random,
        outermostMade,
        undo: async (patienceMs) => {
            await logOut(path, random, patienceMs);
            if (outermostMade !== '')
                (0,removal/* removeEmptyFolders */.dp)(path, outermostMade);
        },
        write: async ({ contribution, mode, image, laterFiles, patienceMs }) => {
            const login = { id: random, contribution, mode, laterFiles, defaults: image.defaults };
            const { warnings, createdFolder } = await shared.add(login, patienceMs);
            if (createdFolder)
                addClientFolders(profile_folder/* ProfileFolder */.M.existing(path), image);
            return warnings;
        },
    };
}
function privatePlace(path) {
    let folder;
    return {
        path,
        loginId: '',
        outermostMade: '',
        undo: async () => folder?.remove(),
        write: async ({ contribution, mode, image }) => {
            folder = profile_folder/* ProfileFolder */.M.create(path);
            writeProfile(folder, contribution, mode, image);
            return [];
        },
    };
}
function temporaryFolder({ env }) {
    const temp = env['RUNNER_TEMP'] ?? '';
    if (temp !== '')
        return temp;
    throw new session_error/* SessionError */.P('The runner did not say where temporary files go (RUNNER_TEMP).', {
        next: ['Run the action by a runner of GitHub Actions, or set RUNNER_TEMP to a folder of the job.'],
    });
}

;// CONCATENATED MODULE: ./build/sign-in.js












async function signIn(asked, runner) {
    const place = await choosePlace(asked.configDir, runner);
    const deadline = (0,retry/* startDeadline */.db)(asked.timeoutSeconds);
    const http = httpClient(runner.env, deadline);
    try {
        maskAskedIds(asked, idMask(asked, runner));
        connectAhead(asked, runner.env, http);
        const cloud = await chosenCloud(asked, http, deadline, runner);
        const context = contextFor(asked, cloud, http, deadline, runner);
        const session = await acquire(asked, context);
        await handOver(session, asked, place, runner, deadline);
        if (session.kind === 'management-certificates')
            await afterImport(session, asked, runner);
    }
    finally {
        http.close();
    }
}
async function acquire(asked, context) {
    const { cloud } = context;
    if (asked.credential.method === 'publish-settings') {
        const { importPublishSettings } = await __nccwpck_require__.e(/* import() */ 641).then(__nccwpck_require__.bind(__nccwpck_require__, 9641));
        return importPublishSettings(asked.credential, asked.subscription.wanted, context);
    }
    const request = forDirectory(asked.credential, cloud);
    const credential = await credentialFor(request, context);
    const token = await credential.getToken(`${cloud.resourceManagerAudience}/.default`);
    context.mask(token.token);
    for (const id of (0,access_token_claims/* idsOfToken */.vr)(token.token))
        context.maskId(id);
    const [{ account, managementTokens }, tokens] = await allOf([
        findReach(request, asked.subscription, token, credential.handover(), context),
        requestTokens(asked.tokenScopes, credential, token, context.mask),
    ]);
    const furtherTokens = tokens
        .filter(({ scope }) => scope !== token.scope)
        .map((further) => ({ ...further, tenantId: (0,access_token_claims/* tenantOfToken */.F0)(further.token, cloud) || account.tenantId }));
    return { kind: 'account', account, handover: credential.handover(), managementTokens, furtherTokens };
}
async function afterImport(session, { credential }, runner) {
    if (credential.method !== 'publish-settings')
        return;
    const { disposeOfSource } = await __nccwpck_require__.e(/* import() */ 641).then(__nccwpck_require__.bind(__nccwpck_require__, 9641));
    for (const warning of disposeOfSource(session.source, credential.afterImport))
        runner.warning(warning);
}
function contextFor(request, cloud, http, deadline, runner) {
    return {
        cloud,
        http,
        env: runner.env,
        mask: (secret) => runner.mask(secret),
        maskId: idMask(request, runner),
        warn: (message) => runner.warning(message),
        announce: (message) => runner.notice(message),
        retry: retryPolicy(request, deadline, runner),
    };
}
function retryPolicy({ maxAttempts }, deadline, runner) {
    return { maxAttempts, deadline, log: (line) => runner.info(line), random: Math.random };
}
const NO_TENANT_IDS = new Set(['organizations', 'common', clouds/* ADFS_TENANT */.sZ]);
function idMask({ maskIds }, runner) {
    return (id) => {
        if (maskIds && !NO_TENANT_IDS.has(id))
            runner.mask(id);
    };
}
function maskAskedIds({ credential, subscription: { wanted = '' } }, maskId) {
    if ('clientId' in credential)
        maskId(credential.clientId);
    if ('tenantId' in credential)
        maskId(credential.tenantId);
    if ('identity' in credential && credential.identity.kind === 'user-assigned')
        maskId(credential.identity.clientId);
    if ((0,inputs_forms/* isGuid */.W_)(wanted))
        maskId(wanted);
}
function connectAhead({ credential, cloud }, env, http) {
    if (credential.method === 'publish-settings')
        return;
    const github = credential.method === 'oidc' ? (0,github_id_token/* idTokenOrigin */.rI)(env) : undefined;
    if (github !== undefined)
        http.openAhead(github);
    if (cloud.kind === 'discovered') {
        http.openAhead(cloud.resourceManagerUrl);
        return;
    }
    const { authority, resourceManager } = clouds/* KNOWN_CLOUDS */.Np[cloud.name];
    if (credential.method !== 'managed-identity')
        http.openAhead(authority);
    http.openAhead(resourceManager);
}
async function chosenCloud(request, http, deadline, runner) {
    if (request.cloud.kind === 'known') {
        const known = clouds/* KNOWN_CLOUDS */.Np[request.cloud.name];
        const warning = (0,clouds/* cloudWarning */.oe)(known);
        if (warning !== '')
            runner.warning(warning);
        return known;
    }
    const { discoverCloud } = await __nccwpck_require__.e(/* import() */ 330).then(__nccwpck_require__.bind(__nccwpck_require__, 4330));
    const cloud = await discoverCloud(request.cloud, { http, retry: retryPolicy(request, deadline, runner) });
    http.openAhead(cloud.authority);
    runner.info(`The cloud at ${cloud.resourceManager} has its tokens from ${(0,clouds/* tokenIssuer */.fH)(cloud, '').authority}.`);
    return cloud;
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/******/ // expose the modules object (__webpack_modules__)
/******/ __nccwpck_require__.m = __webpack_modules__;
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/create fake namespace object */
/******/ (() => {
/******/ 	var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 	var leafPrototypes;
/******/ 	// create a fake namespace object
/******/ 	// mode & 1: value is a module id, require it
/******/ 	// mode & 2: merge all properties of value into the ns
/******/ 	// mode & 4: return value when already ns object
/******/ 	// mode & 16: return value when it's Promise-like
/******/ 	// mode & 8|1: behave like require
/******/ 	__nccwpck_require__.t = function(value, mode) {
/******/ 		if(mode & 1) value = this(value);
/******/ 		if(mode & 8) return value;
/******/ 		if(typeof value === 'object' && value) {
/******/ 			if((mode & 4) && value.__esModule) return value;
/******/ 			if((mode & 16) && typeof value.then === 'function') return value;
/******/ 		}
/******/ 		var ns = Object.create(null);
/******/ 		__nccwpck_require__.r(ns);
/******/ 		var def = {};
/******/ 		leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 		for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 			Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 		}
/******/ 		def['default'] = () => (value);
/******/ 		__nccwpck_require__.d(ns, def);
/******/ 		return ns;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/ensure chunk */
/******/ (() => {
/******/ 	__nccwpck_require__.f = {};
/******/ 	// This file contains only the entry chunk.
/******/ 	// The chunk loading function for additional chunks
/******/ 	__nccwpck_require__.e = (chunkId) => {
/******/ 		return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 			__nccwpck_require__.f[key](chunkId, promises);
/******/ 			return promises;
/******/ 		}, []));
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/get javascript chunk filename */
/******/ (() => {
/******/ 	// This function allow to reference async chunks
/******/ 	__nccwpck_require__.u = (chunkId) => {
/******/ 		// return url for filenames based on template
/******/ 		return "" + chunkId + ".index.js";
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ (() => {
/******/ 	// define __esModule on exports
/******/ 	__nccwpck_require__.r = (exports) => {
/******/ 		if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 			Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		}
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/import chunk loading */
/******/ (() => {
/******/ 	// no baseURI
/******/ 	
/******/ 	// object to store loaded and loading chunks
/******/ 	// undefined = chunk not loaded, null = chunk preloaded/prefetched
/******/ 	// [resolve, Promise] = chunk loading, 0 = chunk loaded
/******/ 	var installedChunks = {
/******/ 		792: 0
/******/ 	};
/******/ 	
/******/ 	var installChunk = (data) => {
/******/ 		var {ids, modules, runtime} = data;
/******/ 		// add "modules" to the modules object,
/******/ 		// then flag all "ids" as loaded and fire callback
/******/ 		var moduleId, chunkId, i = 0;
/******/ 		for(moduleId in modules) {
/******/ 			if(__nccwpck_require__.o(modules, moduleId)) {
/******/ 				__nccwpck_require__.m[moduleId] = modules[moduleId];
/******/ 			}
/******/ 		}
/******/ 		if(runtime) runtime(__nccwpck_require__);
/******/ 		for(;i < ids.length; i++) {
/******/ 			chunkId = ids[i];
/******/ 			if(__nccwpck_require__.o(installedChunks, chunkId) && installedChunks[chunkId]) {
/******/ 				installedChunks[chunkId][0]();
/******/ 			}
/******/ 			installedChunks[ids[i]] = 0;
/******/ 		}
/******/ 	
/******/ 	}
/******/ 	
/******/ 	__nccwpck_require__.f.j = (chunkId, promises) => {
/******/ 			// import() chunk loading for javascript
/******/ 			var installedChunkData = __nccwpck_require__.o(installedChunks, chunkId) ? installedChunks[chunkId] : undefined;
/******/ 			if(installedChunkData !== 0) { // 0 means "already installed".
/******/ 	
/******/ 				// a Promise means "currently loading".
/******/ 				if(installedChunkData) {
/******/ 					promises.push(installedChunkData[1]);
/******/ 				} else {
/******/ 					if(true) { // all chunks have JS
/******/ 						// setup Promise in chunk cache
/******/ 						var promise = import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {
/******/ 							if(installedChunks[chunkId] !== 0) installedChunks[chunkId] = undefined;
/******/ 							throw e;
/******/ 						});
/******/ 						var promise = Promise.race([promise, new Promise((resolve) => (installedChunkData = installedChunks[chunkId] = [resolve]))])
/******/ 						promises.push(installedChunkData[1] = promise);
/******/ 					}
/******/ 				}
/******/ 			}
/******/ 	};
/******/ 	
/******/ 	// no prefetching
/******/ 	
/******/ 	// no preloaded
/******/ 	
/******/ 	// no external install chunk
/******/ 	
/******/ 	// no on chunks loaded
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(9479);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
