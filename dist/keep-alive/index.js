import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 500:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");

/***/ }),

/***/ 975:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");

/***/ }),

/***/ 538:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  p1: () => (/* binding */ expiryOf),
  zl: () => (/* binding */ requestGitHubIdToken)
});

// UNUSED EXPORTS: idTokenOrigin

// EXTERNAL MODULE: ./build/net/json.js
var json = __nccwpck_require__(584);
// EXTERNAL MODULE: ./build/net/retry.js
var retry = __nccwpck_require__(426);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __nccwpck_require__(886);
;// CONCATENATED MODULE: ./build/azure/errors/quotable.js
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

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(487);
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
    const words = quotable(message, 400);
    const why = [
        MEANINGS[status] ?? '',
        words === '' ? '' : `GitHub says: ${words}`,
        requestId === '' ? '' : `For support: request id ${quotable(requestId, 80)}.`,
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

/***/ 623:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _credentials_github_id_token_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(538);
/* harmony import */ var _keep_alive_plan_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(949);
/* harmony import */ var _keep_alive_publish_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(5);
/* harmony import */ var _keep_alive_refresher_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(552);
/* harmony import */ var _keep_alive_sources_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(100);
/* harmony import */ var _keep_alive_stop_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(270);






const LATEST = new Date(8.64e15);
const plan = (0,_keep_alive_plan_js__WEBPACK_IMPORTED_MODULE_5__/* .parsePlan */ .vS)(process.env[_keep_alive_plan_js__WEBPACK_IMPORTED_MODULE_5__/* .PLAN_VARIABLE */ .BP] ?? '');
if (plan !== undefined) {
    const now = new Date();
    const end = plan.source.kind === 'file'
        ? LATEST
        : (0,_keep_alive_plan_js__WEBPACK_IMPORTED_MODULE_5__/* .sessionEnd */ .U1)((0,_credentials_github_id_token_js__WEBPACK_IMPORTED_MODULE_0__/* .expiryOf */ .p1)(process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), now);
    await (0,_keep_alive_refresher_js__WEBPACK_IMPORTED_MODULE_2__/* .refresh */ .O)(plan, end, {
        fetch: (0,_keep_alive_sources_js__WEBPACK_IMPORTED_MODULE_3__/* .sourceOf */ .v)(plan.source, process.env),
        publish: (assertion) => (0,_keep_alive_publish_js__WEBPACK_IMPORTED_MODULE_1__/* .publish */ .m)(plan, assertion),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        now: () => new Date(),
        random: Math.random,
        rest: () => setImmediate(() => globalThis.gc?.()),
        whenDone: (0,_keep_alive_stop_js__WEBPACK_IMPORTED_MODULE_4__/* .tellsWhatRuns */ .$C)(process.platform) ? 'end' : 'stay',
    });
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 949:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   BP: () => (/* binding */ PLAN_VARIABLE),
/* harmony export */   EJ: () => (/* binding */ failureWaitMs),
/* harmony export */   U1: () => (/* binding */ sessionEnd),
/* harmony export */   a3: () => (/* binding */ refreshAfterMs),
/* harmony export */   vS: () => (/* binding */ parsePlan)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(584);

const PLAN_VARIABLE = 'AZURE_SESSION_KEEP_ALIVE';
function parsePlan(json) {
    const object = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJsonObject */ .dw)(json);
    const source = assertionSource(object?.['source']);
    const folder = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'folder');
    if (source === undefined || folder === '')
        return undefined;
    const sharedLogin = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'sharedLogin');
    const [clientId, tenantId] = [(0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'clientId'), (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'tenantId')];
    const [tokenFile, logFile] = [(0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'tokenFile'), (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'logFile')];
    const expiresOn = Number(object?.['expiresOn']) || 0;
    const plan = { folder, clientId, tenantId, source, expiresOn, tokenFile, logFile };
    return sharedLogin === '' ? plan : { ...plan, sharedLogin };
}
function assertionSource(value) {
    const object = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(value);
    switch ((0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'kind')) {
        case 'github':
            return { kind: 'github', audience: (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'audience') };
        case 'file':
            return { kind: 'file', path: (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(object, 'path') };
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


/***/ }),

/***/ 5:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  m: () => (/* binding */ publish)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: ./build/profile/az-profile.js
var az_profile = __nccwpck_require__(739);
// EXTERNAL MODULE: ./build/profile/folder.js + 1 modules
var profile_folder = __nccwpck_require__(3);
;// CONCATENATED MODULE: ./build/keep-alive/assertion-entry.js
function withAssertion(entriesJson, identity, assertion) {
    const entries = parseEntries(entriesJson);
    const isOurs = (entry) => typeof entry === 'object' &&
        entry !== null &&
        'client_assertion' in entry &&
        'client_id' in entry &&
        entry.client_id === identity.clientId &&
        'tenant' in entry &&
        entry.tenant === identity.tenantId;
    if (entries === undefined || !entries.some(isOurs))
        return undefined;
    return entries.map((entry) => (isOurs(entry) ? { ...entry, client_assertion: assertion } : entry));
}
function parseEntries(json) {
    try {
        const entries = JSON.parse(json);
        return Array.isArray(entries) ? entries : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./build/keep-alive/publish.js




const ENTRIES = 'service_principal_entries.json';
const LARGEST_ENTRIES = 16 * 1024 * 1024;
async function publish(plan, assertion) {
    if (plan.sharedLogin !== undefined)
        return publishInSharedFolder(plan, plan.sharedLogin, assertion);
    const folder = profile_folder/* ProfileFolder */.M.existing(plan.folder);
    if (plan.tokenFile !== '')
        folder.write(plan.tokenFile, assertion);
    const entries = (0,profile_folder/* readForeignFile */.p)((0,external_node_path_.join)(plan.folder, ENTRIES), LARGEST_ENTRIES);
    const renewed = entries === undefined ? undefined : withAssertion(entries, plan, assertion);
    if (renewed !== undefined)
        folder.write(ENTRIES, (0,az_profile/* asciiJson */.iL)(renewed));
    return 'published';
}
async function publishInSharedFolder({ folder, tokenFile }, loginId, assertion) {
    const { renewAssertion } = await __nccwpck_require__.e(/* import() */ 853).then(__nccwpck_require__.bind(__nccwpck_require__, 853));
    const renewed = await renewAssertion(folder, { loginId, assertion, tokenFile });
    return renewed === 'renewed' ? 'published' : 'session-over';
}


/***/ }),

/***/ 552:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ refresh),
/* harmony export */   o: () => (/* binding */ SourceFailure)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var _profile_folder_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(3);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(487);
/* harmony import */ var _plan_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(949);




class SourceFailure extends Error {
    name = 'SourceFailure';
    outlook;
    retryAfterMs;
    constructor(reason, outlook, retryAfterMs = 0) {
        super(reason);
        this.outlook = outlook;
        this.retryAfterMs = retryAfterMs;
    }
}
const MOST_REFUSALS = 5;
const LOOK_MS = 5000;
async function refresh(plan, end, ports) {
    const log = new Log(plan);
    const over = await refreshUntilOver(plan, end, ports, log);
    if (over !== 'session-over')
        log.say(over);
    if (ports.whenDone === 'stay')
        await waitWhileAlive(Number.POSITIVE_INFINITY, plan, ports);
}
async function refreshUntilOver(plan, end, ports, log) {
    let usableUntil = plan.expiresOn;
    let failures = 0;
    let refusals = 0;
    let wait = (0,_plan_js__WEBPACK_IMPORTED_MODULE_3__/* .refreshAfterMs */ .a3)(plan.expiresOn - ports.now().getTime(), ports.random());
    for (;;) {
        await waitWhileAlive(wait, plan, ports);
        if (!sessionIsAlive(plan.folder))
            return 'session-over';
        if (ports.now() >= end)
            return 'GitHub gives tokens to a job for about six hours, and they are over';
        const outcome = await renew(plan, ports);
        if (outcome === 'session-over')
            return outcome;
        if (outcome instanceof SourceFailure) {
            failures++;
            refusals = outcome.outlook === 'final' ? refusals + 1 : 0;
            const stale = ports.now().getTime() >= usableUntil;
            if (refusals >= MOST_REFUSALS && stale)
                return `it gave up: ${outcome.message}`;
            if (stale)
                log.say(`there was no fresh token after ${timeOf(usableUntil)} UTC: ${outcome.message}`);
            wait = (0,_plan_js__WEBPACK_IMPORTED_MODULE_3__/* .failureWaitMs */ .EJ)(failures, outcome.retryAfterMs, ports.random());
        }
        else {
            failures = refusals = 0;
            usableUntil = ports.now().getTime() + outcome.usableMs;
            log.withdraw();
            wait = (0,_plan_js__WEBPACK_IMPORTED_MODULE_3__/* .refreshAfterMs */ .a3)(outcome.usableMs, ports.random());
        }
        ports.rest();
    }
}
async function renew({ folder }, ports) {
    try {
        const fresh = await ports.fetch();
        if (!sessionIsAlive(folder))
            return 'session-over';
        const published = await ports.publish(fresh.assertion);
        return published === 'published' ? fresh : published;
    }
    catch (error) {
        if (error instanceof SourceFailure)
            return error;
        const reason = error instanceof _session_error_js__WEBPACK_IMPORTED_MODULE_2__/* .SessionError */ .P ? error.message : 'an unexpected error';
        return new SourceFailure(reason, 'passing');
    }
}
async function waitWhileAlive(ms, { folder }, ports) {
    for (let left = ms; left > 0 && sessionIsAlive(folder);) {
        const piece = Math.min(left, LOOK_MS);
        const before = ports.now().getTime();
        await ports.pause(piece);
        left -= Math.max(piece, ports.now().getTime() - before);
    }
}
function sessionIsAlive(folder) {
    return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
function timeOf(ms) {
    return new Date(ms).toISOString().slice(11, 16);
}
class Log {
    #plan;
    #said = false;
    constructor(plan) {
        this.#plan = plan;
    }
    say(why) {
        this.#said = true;
        this.#attempt((folder, name) => folder.write(name, `The session was not kept alive to the end of the job: ${why.replace(/\.$/, '')}.\n`));
    }
    withdraw() {
        if (this.#said)
            this.#attempt((folder, name) => folder.removeEntry(name));
        this.#said = false;
    }
    #attempt(act) {
        try {
            act(_profile_folder_js__WEBPACK_IMPORTED_MODULE_1__/* .ProfileFolder */ .M.existing(this.#plan.folder), this.#plan.logFile);
        }
        catch {
        }
    }
}


/***/ }),

/***/ 100:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  v: () => (/* binding */ sourceOf)
});

// UNUSED EXPORTS: lifetimeMs

// EXTERNAL MODULE: ./build/credentials/github-id-token.js + 2 modules
var github_id_token = __nccwpck_require__(538);
;// CONCATENATED MODULE: external "node:https"
const external_node_https_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(487);
;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: external "node:tls"
const external_node_tls_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");
;// CONCATENATED MODULE: ./build/net/proxy.js

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
        throw new session_error/* SessionError */.P(`The environment variable ${variable} does not hold the URL of a proxy.`, {
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

// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __nccwpck_require__(886);
;// CONCATENATED MODULE: ./build/net/connections.js







class Connections extends external_node_https_namespaceObject.Agent {
    #env;
    #ahead = new Map();
    #begun = new BegunConnections();
    constructor(env) {
        super({ keepAlive: true, scheduling: 'lifo' });
        this.#env = env;
    }
    openAhead(origin) {
        const url = new URL(origin);
        const target = { host: bareHost(url.hostname), port: Number(url.port) || 443 };
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
        const proxy = proxyFor(new URL(`https://${(0,external_node_net_namespaceObject.isIP)(host) === 6 ? `[${host}]` : host}:${target.port}`), this.#env);
        const options = {
            ...(proxy === undefined
                ? { host, port: Number(target.port) }
                : { socket: await tunnel(proxy, host, Number(target.port), this.#begun) }),
            ...((0,external_node_net_namespaceObject.isIP)(host) === 0 ? { servername: host } : {}),
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
        const socket = begun.add((0,external_node_tls_namespaceObject.connect)({ ...options, rejectUnauthorized: true }));
        socket.setNoDelay(true);
        socket.once('close', () => reject(new net_transient/* TransientFailure */.$r('the connection was closed before it was made')));
        socket.once('secureConnect', () => {
            socket.off('error', reject);
            resolve(socket);
        });
        socket.once('error', reject);
    });
}
async function tunnel(proxy, host, port, begun) {
    const authority = `${(0,external_node_net_namespaceObject.isIP)(host) === 6 ? `[${host}]` : host}:${port}`;
    const entry = proxy.protocol === 'https:'
        ? await secured({
            host: proxy.host,
            port: proxy.port,
            ...((0,external_node_net_namespaceObject.isIP)(proxy.host) === 0 ? { servername: proxy.host } : {}),
        }, begun)
        : undefined;
    return new Promise((resolve, reject) => {
        const ask = begun.add((0,external_node_http_namespaceObject.request)({
            method: 'CONNECT',
            path: authority,
            headers: {
                Host: authority,
                ...(proxy.authorization === '' ? {} : { 'Proxy-Authorization': proxy.authorization }),
            },
            ...(entry === undefined
                ? { agent: new external_node_http_namespaceObject.Agent({ keepAlive: false }), host: proxy.host, port: proxy.port }
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
        ask.once('error', (cause) => reject(new net_transient/* TransientFailure */.$r(`the proxy ${proxy.host}:${proxy.port} cannot be reached (${codeOf(cause)})`, { cause })));
        ask.end();
    });
}
function refusedByProxy(status, authority) {
    if ((0,net_transient/* isTransientStatus */.Dm)(status))
        return new net_transient/* TransientFailure */.$r(`the proxy answered HTTP ${status} for ${authority}`);
    return new session_error/* SessionError */.P(`The proxy does not let this job connect to ${authority}.`, {
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

;// CONCATENATED MODULE: ./build/net/http.js




const SILENCE_MS = 30_000;
const LARGEST_BODY = 64 * 1024 * 1024;
function httpClient(env, deadline) {
    const connections = new Connections(env);
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
        const outgoing = (0,external_node_https_namespaceObject.request)(url, {
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
    const code = codeOf(cause);
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

// EXTERNAL MODULE: ./build/net/json.js
var json = __nccwpck_require__(584);
// EXTERNAL MODULE: ./build/net/retry.js
var net_retry = __nccwpck_require__(426);
// EXTERNAL MODULE: ./build/profile/folder.js + 1 modules
var folder = __nccwpck_require__(3);
// EXTERNAL MODULE: ./build/keep-alive/refresher.js
var refresher = __nccwpck_require__(552);
;// CONCATENATED MODULE: ./build/keep-alive/sources.js







const REQUEST_SECONDS = 10;
const LARGEST_TOKEN = 64 * 1024;
function sourceOf(source, env) {
    return source.kind === 'github' ? () => fromGitHub(source.audience, env) : async () => fromFile(source.path);
}
async function fromGitHub(audience, env) {
    const deadline = (0,net_retry/* startDeadline */.db)(REQUEST_SECONDS);
    const http = httpClient(env, deadline);
    const nothing = () => { };
    const retry = { maxAttempts: 1, deadline, log: nothing, random: Math.random };
    try {
        const assertion = await (0,github_id_token/* requestGitHubIdToken */.zl)(audience, { http, env, retry, mask: nothing });
        return { assertion, usableMs: lifetimeMs(assertion, new Date()) };
    }
    catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        if (cause instanceof net_transient/* TransientFailure */.$r)
            throw new refresher/* SourceFailure */.o(cause.message, 'passing', cause.retryAfterMs);
        if (deadline.signal.aborted)
            throw new refresher/* SourceFailure */.o('GitHub did not answer in time', 'passing');
        throw new refresher/* SourceFailure */.o(error instanceof Error ? error.message : 'GitHub refused a new token', 'final');
    }
    finally {
        http.close();
    }
}
function lifetimeMs(jwt, now) {
    const claims = (0,json/* parseJsonObject */.dw)(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const issuedAt = claims?.['iat'];
    const start = typeof issuedAt === 'number' && Number.isFinite(issuedAt) ? issuedAt * 1000 : now.getTime();
    return Math.max(0, (0,github_id_token/* expiryOf */.p1)(jwt).getTime() - start);
}
function fromFile(path) {
    const assertion = (0,folder/* readForeignFile */.p)(path, LARGEST_TOKEN)?.trim() ?? '';
    if (assertion === '')
        throw new refresher/* SourceFailure */.o("the pod's token file cannot be read", 'passing');
    const usableMs = (0,github_id_token/* expiryOf */.p1)(assertion).getTime() - Date.now();
    if (usableMs <= 0)
        throw new refresher/* SourceFailure */.o("the pod's token file holds a token that has ended", 'passing');
    return { assertion, usableMs };
}


/***/ }),

/***/ 270:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $C: () => (/* binding */ tellsWhatRuns)
/* harmony export */ });
/* unused harmony exports stopRefresher, isRefresher */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);

function stopRefresher(pid, platform) {
    if (tellsWhatRuns(platform) && !isRefresher(commandLine(pid)))
        return;
    try {
        process.kill(pid, 'SIGTERM');
    }
    catch {
    }
}
function tellsWhatRuns(platform) {
    return platform === 'linux';
}
function isRefresher(commandLine) {
    return /[\\/]keep-alive[\\/]index\.js(\0|$)/.test(commandLine);
}
function commandLine(pid) {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    }
    catch {
        return '';
    }
}


/***/ }),

/***/ 584:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   OM: () => (/* binding */ stringField),
/* harmony export */   dw: () => (/* binding */ parseJsonObject),
/* harmony export */   eB: () => (/* binding */ asObject)
/* harmony export */ });
/* unused harmony export idField */
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

/***/ 426:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   bD: () => (/* binding */ withRetry),
/* harmony export */   db: () => (/* binding */ startDeadline)
/* harmony export */ });
/* unused harmony exports backOffMs, pause */
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(487);
/* harmony import */ var _transient_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(886);


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

/***/ 886:
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

/***/ 739:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   iL: () => (/* binding */ asciiJson)
/* harmony export */ });
/* unused harmony exports servicePrincipalEntries, msalTokenCache, azConfig, azCloudsConfig */


function servicePrincipalEntries(account, handover, certificatePath) {
    const owner = { client_id: accountName(account.principal), tenant: account.tenantId };
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
    const owner = { environment, client_id: accountName(account.principal), home_account_id: null };
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
    const owner = { environment, client_id: AZURE_CLI_CLIENT_ID, home_account_id: home };
    const common = { home_account_id: home, environment };
    return {
        AccessToken: accessTokens(owner, tokens, now),
        Account: {
            [cacheKey(home, environment, grant.homeTenantId)]: {
                ...common,
                realm: grant.homeTenantId,
                local_account_id: grant.homeObjectId,
                username: accountName(account.principal),
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

/***/ 3:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  M: () => (/* binding */ ProfileFolder),
  p: () => (/* binding */ readForeignFile)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(487);
;// CONCATENATED MODULE: ./build/profile/removal.js


function removeFolder(path) {
    const found = (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false });
    if (found === undefined)
        return;
    try {
        remove(path);
    }
    catch (error) {
        if (!found.isDirectory())
            throw error;
        for (const name of (0,external_node_fs_.readdirSync)(path))
            attempt(() => remove((0,external_node_path_.join)(path, name)));
        (0,external_node_fs_.rmdirSync)(path);
    }
}
function outermostMissing(path) {
    if (existsSync(path))
        return '';
    const above = dirname(path);
    return above === path ? path : outermostMissing(above) || path;
}
function removeEmptyFolders(path, outermost) {
    for (let folder = path; folder === outermost || folder.startsWith(outermost + sep); folder = dirname(folder)) {
        try {
            rmdirSync(folder);
        }
        catch (error) {
            if (error.code !== 'ENOENT')
                return;
        }
    }
}
function remove(path) {
    (0,external_node_fs_.rmSync)(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
function attempt(act) {
    try {
        act();
    }
    catch {
    }
}

;// CONCATENATED MODULE: ./build/profile/folder.js





class ProfileFolder {
    path;
    constructor(path) {
        this.path = path;
    }
    static create(path) {
        try {
            (0,external_node_fs_.mkdirSync)(path, { mode: 0o700 });
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
            (0,external_node_fs_.mkdirSync)((0,external_node_path_.dirname)(path), { recursive: true, mode: 0o700 });
            (0,external_node_fs_.mkdirSync)(path, { mode: 0o700 });
            return { folder, origin: 'made' };
        }
        catch (cause) {
            if (errorCode(cause) === 'EEXIST' && (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false })?.isDirectory()) {
                return { folder, origin: 'found' };
            }
            throw cannot('make the profile folder', path, cause);
        }
    }
    pathOf(name) {
        return (0,external_node_path_.join)(this.path, name);
    }
    #entry(name) {
        if (name === '' || name === '.' || name === '..' || (0,external_node_path_.basename)(name) !== name)
            throw systemError('EINVAL');
        return (0,external_node_path_.join)(this.path, name);
    }
    addFolder(name) {
        const path = this.#entry(name);
        try {
            (0,external_node_fs_.mkdirSync)(path, { mode: 0o700 });
        }
        catch (cause) {
            throw cannot('make the folder', path, cause);
        }
    }
    write(name, content) {
        const path = this.#entry(name);
        const fresh = `${path}.${(0,external_node_crypto_.randomBytes)(6).toString('hex')}.new`;
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
            throw new session_error/* SessionError */.P(`Cannot read ${path}.`, { why: 'It is not text in UTF-8.', next: MEND });
        }
    }
    names() {
        return (0,external_node_fs_.readdirSync)(this.path);
    }
    createNew(name, content) {
        const path = this.#entry(name);
        try {
            if ((0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false }) !== undefined)
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
            return (0,external_node_fs_.existsSync)(this.path) ? 'exists' : 'no-folder';
        }
    }
    modifiedAt(name) {
        return (0,external_node_fs_.lstatSync)(this.#entry(name), { throwIfNoEntry: false })?.mtimeMs;
    }
    markModified(name) {
        const time = (Date.now() + 5) / 1000;
        (0,external_node_fs_.utimesSync)(this.#entry(name), time, time);
    }
    removeEntry(name) {
        (0,external_node_fs_.rmSync)(this.#entry(name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
    removeEmpty() {
        try {
            (0,external_node_fs_.rmdirSync)(this.path);
            return 'removed';
        }
        catch (error) {
            return errorCode(error) === 'ENOENT' ? 'removed' : 'in-use';
        }
    }
    remove() {
        removeFolder(this.path);
    }
}
const NEW_FILE = external_node_fs_.constants.O_WRONLY | external_node_fs_.constants.O_CREAT | external_node_fs_.constants.O_EXCL | (external_node_fs_.constants.O_NOFOLLOW ?? 0);
function writeNew(path, content) {
    const file = (0,external_node_fs_.openSync)(path, NEW_FILE, 0o600);
    try {
        for (let offset = 0; offset < content.length;)
            offset += (0,external_node_fs_.writeSync)(file, content, offset);
    }
    catch (error) {
        (0,external_node_fs_.rmSync)(path, { force: true });
        throw error;
    }
    finally {
        (0,external_node_fs_.closeSync)(file);
    }
}
const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
function makeWhole(path, content) {
    if (process.platform === 'win32') {
        writeNew(path, content);
        return;
    }
    const fresh = `${path}.${(0,external_node_crypto_.randomBytes)(6).toString('hex')}.new`;
    try {
        writeNew(fresh, content);
        (0,external_node_fs_.linkSync)(fresh, path);
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
    if (external_node_fs_.constants.O_NOFOLLOW === undefined && (0,external_node_fs_.lstatSync)(path).isSymbolicLink())
        throw systemError('ELOOP');
    const file = (0,external_node_fs_.openSync)(path, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0) | (external_node_fs_.constants.O_NOFOLLOW ?? 0));
    try {
        if (!(0,external_node_fs_.fstatSync)(file).isFile())
            throw systemError('EISDIR');
        return (0,external_node_fs_.readFileSync)(file);
    }
    finally {
        (0,external_node_fs_.closeSync)(file);
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
        (0,external_node_fs_.rmSync)(path, { force: true });
    }
    catch {
    }
}
function renameInto(fresh, path) {
    for (let tries = process.platform === 'win32' ? 20 : 1;; tries--) {
        try {
            (0,external_node_fs_.renameSync)(fresh, path);
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
        const file = (0,external_node_fs_.openSync)(path, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0));
        try {
            const { size } = (0,external_node_fs_.fstatSync)(file);
            if (!(0,external_node_fs_.fstatSync)(file).isFile() || size > largest)
                return undefined;
            const content = Buffer.alloc(size);
            const length = (0,external_node_fs_.readSync)(file, content, 0, size, 0);
            return content.toString('utf8', 0, length).replace(/^\ufeff/, '');
        }
        finally {
            (0,external_node_fs_.closeSync)(file);
        }
    }
    catch {
        return undefined;
    }
}
function cannot(what, path, cause) {
    const code = errorCode(cause) || 'unknown error';
    return new session_error/* SessionError */.P(`Cannot ${what} ${path}.`, {
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

/***/ 487:
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
/******/ var __webpack_exports__ = __nccwpck_require__(623);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
