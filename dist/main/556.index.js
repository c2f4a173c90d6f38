export const id = 556;
export const ids = [556];
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

/***/ 3556:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  identityEndpoints: () => (/* binding */ identityEndpoints),
  managedIdentityCredential: () => (/* binding */ managedIdentityCredential)
});

// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(6584);
// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
// EXTERNAL MODULE: external "node:tls"
var external_node_tls_ = __webpack_require__(1692);
// EXTERNAL MODULE: ./build/net/connections.js
var connections = __webpack_require__(2633);
// EXTERNAL MODULE: ./build/net/proxy.js
var proxy = __webpack_require__(5312);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __webpack_require__(3886);
;// CONCATENATED MODULE: ./build/net/plain-http.js






class NobodyThere extends Error {
    name = 'NobodyThere';
    host;
    constructor(host, reason) {
        super(reason);
        this.host = host;
    }
}
const CONNECT_MS = 2_000;
const SILENCE_MS = 20_000;
const LARGEST_BODY = 1024 * 1024;
function plainHttpClient(endpoints, deadline) {
    return {
        async send(request) {
            const url = new URL(request.url);
            const endpoint = endpoints.find(({ origin }) => origin === url.origin);
            if (endpoint === undefined)
                throw new Error(`Not a server of this machine: ${url.origin}`);
            const socket = await plain_http_open(url, endpoint, deadline);
            try {
                return await exchange(request, url, socket, AbortSignal.any([deadline.signal, AbortSignal.timeout(SILENCE_MS)]));
            }
            finally {
                socket.destroy();
            }
        },
    };
}
function plain_http_open(url, endpoint, deadline) {
    return new Promise((resolve, reject) => {
        const socket = dial(url);
        const fail = (reason) => {
            clearTimeout(timer);
            socket.destroy();
            reject(new NobodyThere(url.host, reason));
        };
        const timer = setTimeout(fail, Math.min(CONNECT_MS, deadline.remainingMs()), `no answer in ${CONNECT_MS / 1000} s`);
        socket.once('error', (error) => fail((0,connections/* codeOf */.$)(error)));
        socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
            if (!shows(socket, endpoint.thumbprint))
                return fail('it shows another certificate than it should');
            clearTimeout(timer);
            socket.removeAllListeners('error');
            resolve(socket);
        });
    });
}
function dial(url) {
    const host = (0,proxy/* bareHost */.n0)(url.hostname);
    if (url.protocol !== 'https:')
        return (0,external_node_net_.connect)({ host, port: Number(url.port) || 80 });
    const name = (0,external_node_net_.isIP)(host) === 0 ? { servername: host } : {};
    return (0,external_node_tls_.connect)({ host, port: Number(url.port) || 443, rejectUnauthorized: false, ...name });
}
function shows(socket, thumbprint) {
    if (!isSecure(socket))
        return true;
    const plain = (hex) => hex.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
    return thumbprint !== undefined && plain(socket.getPeerCertificate().fingerprint ?? '') === plain(thumbprint);
}
function isSecure(socket) {
    return 'encrypted' in socket;
}
function exchange(request, url, socket, signal) {
    return new Promise((resolve, reject) => {
        const fail = (error) => {
            const reason = signal.aborted ? 'did not answer in time' : `broke the connection (${(0,connections/* codeOf */.$)(error)})`;
            reject(error instanceof net_transient/* TransientFailure */.$r ? error : new net_transient/* TransientFailure */.$r(`${url.host} ${reason}`));
        };
        const body = request.body === undefined ? undefined : Buffer.from(request.body);
        const outgoing = (0,external_node_http_.request)(url, {
            protocol: 'http:',
            method: request.method,
            signal,
            createConnection: () => socket,
            headers: { ...(body === undefined ? {} : { 'Content-Length': String(body.length) }), ...request.headers },
        });
        outgoing.once('response', (incoming) => {
            read(incoming, url.host).then((text) => resolve(responseOf(incoming, text)), fail);
        });
        outgoing.once('error', fail);
        outgoing.end(body);
    });
}
async function read(incoming, host) {
    const chunks = [];
    let size = 0;
    for await (const chunk of incoming) {
        size += chunk.length;
        if (size > LARGEST_BODY)
            throw new net_transient/* TransientFailure */.$r(`${host} sent more than ${LARGEST_BODY / 1024 / 1024} MB`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\ufeff/, '');
}
function responseOf(incoming, body) {
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
    const requestId = headers['x-ms-request-id'] ?? '';
    return {
        status: incoming.statusCode ?? 0,
        headers,
        body,
        requestId: requestId.replaceAll(/[^\w.:-]/g, '').slice(0, 80),
    };
}

// EXTERNAL MODULE: ./build/net/retry.js
var retry = __webpack_require__(2426);
// EXTERNAL MODULE: ./build/azure/errors/entra-answer.js
var entra_answer = __webpack_require__(5669);
// EXTERNAL MODULE: ./build/azure/errors/quotable.js
var quotable = __webpack_require__(2513);
// EXTERNAL MODULE: ./build/credentials/github-id-token.js + 1 modules
var github_id_token = __webpack_require__(1396);
// EXTERNAL MODULE: ./build/azure/errors/command-line.js
var command_line = __webpack_require__(8502);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
;// CONCATENATED MODULE: ./build/credentials/managed-identity-errors.js



const WHERE_IT_WORKS = 'Managed identity works on self-hosted runners on Azure only: virtual machines, scale sets, AKS, App Service, Container Apps, and servers with the Azure Arc agent.';
const OWN_RUNNER = {
    say: 'Run the job on a self-hosted runner in Azure that has an identity:',
    run: 'runs-on: self-hosted',
};
const USE_OIDC = {
    say: 'Or sign in by OIDC, which works on every runner and needs no secret either: give the user-assigned identity, or an application, a federated credential for this job, and set its `client-id` and `tenant-id`:',
    run: 'auth-type: oidc',
};
function noManagedIdentity(missing, env) {
    return new session_error/* SessionError */.P('This runner has no managed identity.', {
        why: `No identity endpoint answers at ${missing.host} (${missing.message}). ${WHERE_IT_WORKS}${hostedNote(env)}`,
        next: [OWN_RUNNER, USE_OIDC],
        cause: missing,
    });
}
function hostedNote(env) {
    return env['RUNNER_ENVIRONMENT'] === 'github-hosted'
        ? ' This job runs on a GitHub-hosted runner, which can be given none.'
        : '';
}
function identityNotAssigned(identity, words, env) {
    const why = `The identity endpoint says: ${words}${hostedNote(env)}`;
    if (identity.kind === 'system-assigned') {
        return new session_error/* SessionError */.P('This runner has no system-assigned managed identity.', {
            why,
            next: [
                {
                    say: 'Switch it on; for a virtual machine:',
                    run: 'az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP',
                },
                { say: 'If the machine has a user-assigned identity, name it:', run: 'client-id: CLIENT_ID_OF_THE_IDENTITY' },
                USE_OIDC,
            ],
        });
    }
    const { clientId } = identity;
    return new session_error/* SessionError */.P(`The managed identity ${(0,quotable/* quotableId */.n)(clientId)} is not assigned to this runner.`, {
        why,
        next: [
            {
                say: 'Check that `client-id` is the client id of a user-assigned identity, not its object id or that of an application. This finds it:',
                run: `az identity list --query ${(0,command_line/* shellWord */.r7)(`[?clientId=='${clientId}'].{name:name, id:id}`)} --output table`,
            },
            {
                say: 'Assign it to the machine, by the id that this prints; for a virtual machine:',
                run: 'az vm identity assign --name VM_NAME --resource-group RESOURCE_GROUP --identities IDENTITY_RESOURCE_ID',
            },
            { say: "For the machine's own, system-assigned identity, leave `client-id` out." },
            USE_OIDC,
        ],
    });
}
function severalIdentities(words) {
    return new session_error/* SessionError */.P('This runner has several managed identities, and `client-id` does not say which.', {
        why: `The identity endpoint says: ${words}`,
        next: [
            {
                say: 'Name one by its client id; this lists those that you see:',
                run: 'az identity list --query "[].{name:name, clientId:clientId}" --output table',
            },
        ],
    });
}
function endpointRefused(host, status, words) {
    return new session_error/* SessionError */.P(`The identity endpoint ${host} refused a token (HTTP ${status}).`, {
        why: words === '' ? 'It did not say why.' : `It says: ${words}`,
        next: [
            'See that no proxy or firewall of the runner answers in its place, and that the variables of the identity endpoint (IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT, MSI_SECRET) are those of this machine.',
            USE_OIDC,
        ],
    });
}
function malformedEndpoint(variable) {
    return new session_error/* SessionError */.P(`The environment variable ${variable} does not hold an http URL.`, {
        why: 'It should name the endpoint that gives this machine the tokens of its managed identity.',
        next: [`Correct ${variable}, or remove it.`],
    });
}
const FINDINGS = {
    unable_to_create_cloud_shell: {
        why: 'MSI_ENDPOINT is set without MSI_SECRET, as in Azure Cloud Shell, which has no user-assigned identities.',
        next: [{ say: 'Leave `client-id` out, or remove MSI_ENDPOINT if the runner is not in Cloud Shell.' }],
    },
    user_assigned_managed_identity_not_confirmed: {
        why: 'The Azure Arc agent gave a token of the system-assigned identity: this version knows no other.',
        next: [{ say: 'Leave `client-id` out, or update the Azure Arc agent.' }],
    },
    unable_to_read_secret_file: {
        why: "The Azure Arc agent wrote a key that the runner's user may not read.",
        next: [
            {
                say: "Put the runner's user into the agent's group and restart the runner (on Windows: Hybrid agent extension applications):",
                run: 'sudo usermod --append --groups himds RUNNER_USER',
            },
        ],
    },
    platform_not_supported: {
        why: 'The Azure Arc agent exists for Linux and Windows only.',
        next: [USE_OIDC],
    },
};
function endpointUnusable(code, cause) {
    const finding = FINDINGS[code];
    return new session_error/* SessionError */.P('The managed identity of this runner cannot be used.', {
        why: finding?.why ?? `The identity endpoint answered otherwise than documented (${code}).`,
        next: finding?.next ?? ['See that no other program answers in the place of the identity endpoint.', USE_OIDC],
        cause,
    });
}

// EXTERNAL MODULE: ./build/credentials/token-answer.js
var token_answer = __webpack_require__(8375);
;// CONCATENATED MODULE: ./build/credentials/managed-identity-answer.js








function readIdentityAnswer(response, question) {
    const { status, requestId } = response;
    const body = (0,json/* parseJsonObject */.dw)(response.body);
    if (status === 200) {
        if (body === undefined || (0,json/* stringField */.OM)(body, 'access_token') === '') {
            throw new net_transient/* TransientFailure */.$r('The identity endpoint answered without a token', { requestId });
        }
        return { ...body, expires_on: Math.floor(expiryOfAnswer(body, new Date()).getTime() / 1000) };
    }
    throw refusalOf(response, body, question);
}
function refusalOf(response, body, question) {
    const { status, headers, requestId } = response;
    const { host, identity, env } = question;
    if (isOfAnotherCloud(headers))
        return new NobodyThere(host, 'the metadata service of another cloud is there');
    const words = wordsOf(body);
    if (SEVERAL.test(words))
        return severalIdentities(words);
    if (NOT_ASSIGNED.test(words))
        return identityNotAssigned(identity, words, env);
    if (isPassing(status)) {
        const waitMs = status === 410 ? UPGRADE_WAIT_MS : (0,net_transient/* retryAfterMs */.Vs)(headers['retry-after'], new Date());
        return new net_transient/* TransientFailure */.$r(`${host} answered HTTP ${status}`, { requestId, retryAfterMs: waitMs });
    }
    const refusal = (0,entra_answer/* readEntraRefusal */.l)(status, headers, response.body);
    if (refusal === undefined || refusal.code === '')
        return endpointRefused(host, status, words);
    if ((0,entra_answer/* isTransient */.d)(refusal))
        return new net_transient/* TransientFailure */.$r(`Entra ID answered AADSTS${refusal.code}`, { requestId });
    return new token_answer/* EntraRefused */.Xt(refusal);
}
const NOT_ASSIGNED = /\bidentity not found\b|\bno (?:msi|managed identity|user[- ]assigned)\b|\bno .{0,40}managed identity found\b/i;
const SEVERAL = /\bmultiple user[- ]assigned identities\b/i;
const UPGRADE_WAIT_MS = 18_000;
function isPassing(status) {
    return (0,net_transient/* isTransientStatus */.Dm)(status) || status === 404 || status === 410;
}
function isOfAnotherCloud(headers) {
    return /^(?:EC2ws|Metadata Server)/i.test(headers['server'] ?? '') || headers['metadata-flavor'] === 'Google';
}
const LONGEST_WORDS = 500;
function wordsOf(body) {
    const error = (0,json/* asObject */.eB)(body?.['error']);
    const words = (0,json/* stringField */.OM)(body, 'error_description') ||
        (0,json/* stringField */.OM)(body, 'message') ||
        (0,json/* stringField */.OM)(body, 'Message') ||
        (0,json/* stringField */.OM)(error, 'message') ||
        (0,json/* stringField */.OM)(body, 'error');
    return (0,quotable/* quotable */.E)(words, LONGEST_WORDS);
}
function expiryOfAnswer(body, now) {
    const on = body['expires_on'];
    const epochSeconds = numberOf(on);
    if (epochSeconds !== undefined)
        return new Date(epochSeconds * 1000);
    const date = typeof on === 'string' ? Date.parse(on) : Number.NaN;
    if (!Number.isNaN(date))
        return new Date(date);
    const seconds = numberOf(body['expires_in']);
    return seconds === undefined ? (0,github_id_token/* expiryOf */.p1)((0,json/* stringField */.OM)(body, 'access_token')) : new Date(now.getTime() + seconds * 1000);
}
const LATEST_SECONDS = 253_402_300_799;
function numberOf(value) {
    const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && number > 0 && number <= LATEST_SECONDS ? number : undefined;
}

// EXTERNAL MODULE: ./build/credentials/scope.js
var credentials_scope = __webpack_require__(505);
;// CONCATENATED MODULE: ./build/credentials/managed-identity.js








function managedIdentityCredential(request, context) {
    for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET'])
        context.mask(context.env[variable] ?? '');
    const machine = new MachineIdentity(request, context);
    return {
        method: request.method,
        getToken: (scope) => machine.getToken(scope),
        handover: () => ({ kind: 'managed-identity' }),
    };
}
class MachineIdentity {
    #request;
    #context;
    #connection;
    constructor(request, context) {
        this.#request = request;
        this.#context = context;
    }
    async getToken(scope) {
        this.#connection ??= connectMsal(this.#request, this.#context);
        const { application, network } = await this.#connection;
        const got = (0,retry/* withRetry */.bD)('The token request to the identity endpoint', this.#context.retry, async () => {
            try {
                const asked = { resource: (0,credentials_scope/* resourceOf */.K)(scope), forceRefresh: true };
                const { accessToken, expiresOn } = await application.acquireToken(asked);
                if (accessToken === '' || expiresOn === null)
                    throw new Error('MSAL returned no token.');
                return { token: accessToken, expiresOn, scope };
            }
            catch (error) {
                throw meantBy(error, network.reached, this.#context.env);
            }
        });
        return got.catch((0,token_answer/* explaining */.SK)(this.#facts()));
    }
    #facts() {
        const { method, identity } = this.#request;
        const client = identity.kind === 'user-assigned' ? { clientId: identity.clientId } : {};
        return { method, cloud: this.#context.cloud, ...client };
    }
}
function meantBy(error, reached, env) {
    const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (failure instanceof NobodyThere) {
        if (!reached)
            return noManagedIdentity(failure, env);
        return new net_transient/* TransientFailure */.$r(`${failure.host} cannot be reached any more (${failure.message})`, { cause: failure });
    }
    const isFinding = failure instanceof Error && failure.name === 'ManagedIdentityError' && 'errorCode' in failure;
    return isFinding ? endpointUnusable(String(failure.errorCode), failure) : failure;
}
async function connectMsal(request, context) {
    const { AuthError, ManagedIdentityApplication } = await Promise.all(/* import() */[__webpack_require__.e(669), __webpack_require__.e(137)]).then(__webpack_require__.bind(__webpack_require__, 9137));
    const asMsalError = (cause) => Object.assign(new AuthError('network_error', ''), { cause });
    const network = new IdentityNetwork(request, context, asMsalError);
    const { identity } = request;
    const application = new ManagedIdentityApplication({
        ...(identity.kind === 'user-assigned'
            ? { managedIdentityIdParams: { userAssignedClientId: identity.clientId } }
            : {}),
        system: { networkClient: network, disableInternalRetries: true },
    });
    return { application, network };
}
class IdentityNetwork {
    reached = false;
    #http;
    #request;
    #context;
    #asMsalError;
    constructor(request, context, asMsalError) {
        this.#request = request;
        this.#context = context;
        this.#asMsalError = asMsalError;
        this.#http = plainHttpClient(identityEndpoints(context.env), context.retry.deadline);
    }
    sendGetRequestAsync(url, options) {
        return this.#send('GET', url, options);
    }
    sendPostRequestAsync(url, options) {
        return this.#send('POST', url, options);
    }
    async #send(method, url, { headers = {}, body = '' } = {}) {
        this.#context.mask((headers['Authorization'] ?? '').replace(/^Basic /, ''));
        try {
            const response = await this.#http.send({ method, url, headers, ...(body === '' ? {} : { body }) });
            const isArcChallenge = response.status === 401 && !('Authorization' in headers) && challenges(response.headers);
            const answer = isArcChallenge ? {} : this.#read(response, new URL(url).host);
            this.reached = true;
            return { status: response.status, headers: { ...response.headers }, body: answer };
        }
        catch (error) {
            if (error instanceof net_transient/* TransientFailure */.$r)
                this.reached = true;
            throw this.#asMsalError(error);
        }
    }
    #read(response, host) {
        const { env, mask } = this.#context;
        const answer = readIdentityAnswer(response, { identity: this.#request.identity, host, env });
        mask((0,json/* stringField */.OM)(answer, 'access_token'));
        return answer;
    }
}
function challenges(headers) {
    return (headers['www-authenticate'] ?? '').includes('Basic realm=');
}
const WELL_KNOWN = ['http://169.254.169.254', 'http://127.0.0.1:40342'];
function identityEndpoints(env) {
    const named = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'].flatMap((variable) => {
        const value = env[variable] ?? '';
        if (value === '')
            return [];
        const url = URL.parse(value);
        if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
            throw malformedEndpoint(variable);
        return [url.origin, url.origin.replace('//localhost', '//127.0.0.1')];
    });
    const thumbprint = env['IDENTITY_SERVER_THUMBPRINT'] ?? '';
    return [...named, ...WELL_KNOWN].map((origin) => ({ origin, ...(thumbprint === '' ? {} : { thumbprint }) }));
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


/***/ })

};
