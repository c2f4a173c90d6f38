export const id = 524;
export const ids = [524];
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

/***/ 759:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   GY: () => (/* binding */ subjectForm),
/* harmony export */   b4: () => (/* binding */ credentialName),
/* harmony export */   eq: () => (/* binding */ presentedClaims),
/* harmony export */   gI: () => (/* binding */ subjectContext),
/* harmony export */   nB: () => (/* binding */ pullRequestWarning)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6584);
/* harmony import */ var _quotable_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2513);


const LONGEST_TOKEN = 16 * 1024;
const LONGEST_CLAIM = 600;
function presentedClaims(token) {
    const payload = token.length > LONGEST_TOKEN ? '' : (token.split('.')[1] ?? '');
    const claims = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJsonObject */ .dw)(Buffer.from(payload, 'base64url').toString('utf8'));
    const claim = (name) => {
        const value = claims !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined;
        return exact(Array.isArray(value) && value.length === 1 ? value[0] : value);
    };
    return { issuer: claim('iss'), subject: claim('sub'), audience: claim('aud') };
}
function exact(value) {
    return typeof value === 'string' && (0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotable */ .E)(value, LONGEST_CLAIM) === value ? value : '';
}
function subjectForm(subject) {
    if (KUBERNETES.test(subject))
        return '';
    const [, repository, context] = GITHUB.exec(subject) ?? [];
    if (repository === undefined || contextReading(context ?? '') === '')
        return CUSTOMISED;
    return /@\d+\//.test(repository) ? ID_BASED : NAME_BASED;
}
function subjectContext(subject) {
    const [, namespace, account] = KUBERNETES.exec(subject) ?? [];
    if (namespace === undefined)
        return contextReading(GITHUB.exec(subject)?.[2] ?? '');
    return `The subject is the Kubernetes service account "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotableId */ .n)(account ?? '')}" in the namespace "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotableId */ .n)(namespace)}".`;
}
const GITHUB = /^repo:([^/:]+\/[^/:]+):(.+)$/;
const KUBERNETES = /^system:serviceaccount:([^:]+):([^:]+)$/;
const ID_BASED = 'The subject is id-based: owner and repository stand with their numeric ids (OWNER@ID/REPO@ID). A credential written with the names alone does not match it.';
const NAME_BASED = 'The subject is name-based: owner and repository stand without their numeric ids. A credential written with ids (repo:OWNER@ID/REPO@ID:…), as the Azure portal proposes it, does not match it.';
const CUSTOMISED = "The subject is not in GitHub's default form: the organisation or the repository customises it, often with job_workflow_ref, which names the reusable workflow and its ref. Every part has to match.";
function contextReading(context) {
    if (context === 'pull_request') {
        return 'The job runs for a pull request, so the subject ends in pull_request whatever the branch: a credential for a branch does not match it. Every pull request of the repository shares this subject, so trust it only for an identity that can do no harm.';
    }
    const [, kind, name] = /^(environment):([^:]+)$/.exec(context) ?? /^ref:refs\/(heads|tags)\/([^:]+)$/.exec(context) ?? [];
    switch (kind) {
        case 'environment':
            return `The job names the environment "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotableId */ .n)(name ?? '')}", which takes the place of the branch: a credential for a branch, a tag or pull requests does not match it.`;
        case 'heads':
            return `The job names no environment, so the subject holds the branch "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotableId */ .n)(name ?? '')}". A credential for an environment matches only a job with \`environment: NAME\`.`;
        case 'tags':
            return `The job names no environment, so the subject holds the tag "${(0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotableId */ .n)(name ?? '')}". A credential for a branch or an environment does not match it.`;
        default:
            return '';
    }
}
function pullRequestWarning(subject) {
    if (!subject.endsWith(':pull_request'))
        return undefined;
    const shown = (0,_quotable_js__WEBPACK_IMPORTED_MODULE_1__/* .quotable */ .E)(subject, LONGEST_CLAIM);
    return [
        `This job signs in as ${shown}, the subject that every pull request of the repository shares.`,
        'Whoever can push a branch can open a pull request with a changed workflow and use this identity before anybody has reviewed it.',
        `Give the identity no more than read access, or put the sign-in behind an environment with required reviewers and change the federated credential's subject to ${shown.replace(/pull_request$/, 'environment:NAME')}.`,
    ].join(' ');
}
function credentialName(subject) {
    const words = subject
        .replace(/^(?:repo|system):/, '')
        .replaceAll(/[^A-Za-z0-9_]+/g, '-')
        .replaceAll(/^[-_]+|[-_]+$/g, '');
    return `${subject.startsWith('system:') ? 'pod' : 'github'}-${words}`.slice(0, 120).replace(/[-_]+$/, '');
}


/***/ }),

/***/ 2507:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ clientCredentialsToken)
/* harmony export */ });
/* harmony import */ var _azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3796);
/* harmony import */ var _net_retry_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2426);
/* harmony import */ var _token_answer_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8375);



function clientCredentialsToken(application, scope, context, proofFor) {
    const msal = Promise.all(/* import() */[__webpack_require__.e(669), __webpack_require__.e(412)]).then(__webpack_require__.bind(__webpack_require__, 7412));
    return (0,_net_retry_js__WEBPACK_IMPORTED_MODULE_1__/* .withRetry */ .bD)('The token request to Entra ID', context.retry, async (attempt) => {
        const proof = await proofFor(attempt);
        const { ConfidentialClientApplication } = await msal;
        const exchange = new TokenExchange(context);
        const client = new ConfidentialClientApplication(configuration(application, proof, context.cloud, exchange));
        return exchange.outcome(client.acquireTokenByClientCredential({ scopes: [scope], skipCache: true }), scope);
    });
}
function configuration(application, proof, cloud, networkClient) {
    const { authority, issuer, authorizationEndpoint, tokenEndpoint, keys } = (0,_azure_clouds_js__WEBPACK_IMPORTED_MODULE_0__/* .tokenIssuer */ .fH)(cloud, application.tenantId);
    return {
        auth: {
            clientId: application.clientId,
            authority,
            knownAuthorities: [new URL(cloud.authority).host],
            authorityMetadata: JSON.stringify({
                issuer,
                authorization_endpoint: authorizationEndpoint,
                token_endpoint: tokenEndpoint,
                jwks_uri: keys,
            }),
            ...credentialOf(proof, cloud),
        },
        system: { networkClient, disableInternalRetries: true },
    };
}
function credentialOf(proof, { directory }) {
    switch (proof.kind) {
        case 'client-secret':
            return { clientSecret: proof.clientSecret };
        case 'assertion':
            return { clientAssertion: proof.assertion };
        case 'client-certificate': {
            const { certificate, chain } = proof;
            return {
                clientCertificate: {
                    ...(directory === 'adfs'
                        ? { thumbprint: certificate.thumbprint }
                        : { thumbprintSha256: certificate.thumbprintSha256 }),
                    privateKey: certificate.privateKey,
                    ...(chain === 'send' ? { x5c: [certificate.certificate, ...certificate.chain].join('\n') } : {}),
                },
            };
        }
    }
}
class TokenExchange {
    #http;
    #mask;
    #origin;
    #failure;
    constructor({ http, cloud, mask }) {
        this.#http = http;
        this.#mask = mask;
        this.#origin = new URL(cloud.authority).origin;
    }
    async outcome(acquired, scope) {
        try {
            const result = await acquired;
            if (result === null || result.expiresOn === null)
                throw new Error('MSAL returned no token.');
            return { token: result.accessToken, expiresOn: result.expiresOn, scope };
        }
        catch (error) {
            throw this.#failure ?? error;
        }
    }
    async sendPostRequestAsync(url, options) {
        try {
            if (new URL(url).origin !== this.#origin)
                throw new Error(`MSAL asked for a foreign host: ${new URL(url).host}`);
            const { headers = {}, body = '' } = options ?? {};
            this.#mask(new URLSearchParams(body).get('client_assertion') ?? '');
            const response = await this.#http.send({ method: 'POST', url, headers, body });
            return { status: response.status, headers: response.headers, body: tokenOnly((0,_token_answer_js__WEBPACK_IMPORTED_MODULE_2__/* .readTokenAnswer */ .Cq)(response)) };
        }
        catch (error) {
            this.#failure = error;
            throw error;
        }
    }
    async sendGetRequestAsync(url) {
        this.#failure = new Error(`MSAL asked for a discovery it does not need: ${new URL(url).host}`);
        throw this.#failure;
    }
}
function tokenOnly({ access_token, expires_in }) {
    return { token_type: 'Bearer', access_token, expires_in };
}


/***/ }),

/***/ 4765:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ FederatedExchange)
/* harmony export */ });
/* harmony import */ var _azure_errors_federated_subject_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(759);
/* harmony import */ var _confidential_client_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2507);


class FederatedExchange {
    #request;
    #context;
    #assertionFor;
    #assertion = '';
    constructor(request, context, assertionFor) {
        this.#request = request;
        this.#context = context;
        this.#assertionFor = assertionFor;
    }
    get assertion() {
        return this.#assertion;
    }
    getToken(scope) {
        return (0,_confidential_client_js__WEBPACK_IMPORTED_MODULE_0__/* .clientCredentialsToken */ .h)(this.#request, scope, this.#context, async (attempt) => {
            this.#assertion = await this.#assertionFor(attempt);
            return { kind: 'assertion', assertion: this.#assertion };
        });
    }
    facts() {
        const { method, clientId, tenantId } = this.#request;
        return { method, clientId, tenantId, cloud: this.#context.cloud, presented: (0,_azure_errors_federated_subject_js__WEBPACK_IMPORTED_MODULE_1__/* .presentedClaims */ .eq)(this.#assertion) };
    }
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

/***/ 2524:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  workloadIdentityCredential: () => (/* binding */ workloadIdentityCredential)
});

// EXTERNAL MODULE: ./build/credentials/federated.js
var federated = __webpack_require__(4765);
// EXTERNAL MODULE: ./build/credentials/token-answer.js
var token_answer = __webpack_require__(8375);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./build/azure/errors/quotable.js
var quotable = __webpack_require__(2513);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
// EXTERNAL MODULE: ./build/credentials/github-id-token.js + 1 modules
var github_id_token = __webpack_require__(1396);
;// CONCATENATED MODULE: ./build/credentials/workload-identity-token-file.js





const LARGEST_FILE = 64 * 1024;
const IN_A_POD = {
    say: 'The file is there in a pod that runs as a service account with a client id and carries this label. A container job needs the volume mounted into its container, too:',
    run: 'azure.workload.identity/use: "true"',
};
async function readTokenFile(path, now) {
    const token = (await read(path)).trim();
    if (token === '')
        throw unusable(path, 'is empty', 'Nobody has written a token into it yet.');
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
        throw unusable(path, 'holds no token', 'A service account token is a JSON Web Token: three parts with dots between.');
    }
    const end = (0,github_id_token/* expiryOf */.p1)(token);
    if (end.getTime() <= 0) {
        throw unusable(path, 'holds no token', 'Its claims cannot be read, or do not say when it ends (exp).');
    }
    if (end <= now)
        throw expired(path, end, now);
    return token;
}
async function read(path) {
    try {
        const file = await (0,promises_.open)(path, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0));
        try {
            const stats = await file.stat();
            if (!stats.isFile())
                throw unusable(path, 'is no file', 'It is a folder, a device or a pipe.');
            return await readWhole(file, path);
        }
        finally {
            await file.close();
        }
    }
    catch (error) {
        throw error instanceof session_error/* SessionError */.P ? error : unreadable(path, error);
    }
}
async function readWhole(file, path) {
    const buffer = Buffer.alloc(LARGEST_FILE + 1);
    let length = 0;
    while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
        if (bytesRead === 0)
            return buffer.toString('utf8', 0, length);
        length += bytesRead;
    }
    throw unusable(path, 'holds no token', `It is larger than ${LARGEST_FILE / 1024} KB.`);
}
function unreadable(path, cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
        return new session_error/* SessionError */.P(`There is no federated token file ${shown(path)}.`, {
            why: 'Signing in as a workload identity takes the token that Kubernetes puts into a file of the pod.',
            next: [IN_A_POD, 'If the file is elsewhere, name it in `federated-token-file`.'],
            cause,
        });
    }
    return new session_error/* SessionError */.P(`The federated token file ${shown(path)} cannot be read (${code}).`, {
        why: code === 'EACCES' ? "The runner's user may not read it." : '',
        next: ["Let the runner's user read it; in a pod, by `fsGroup` in the security context."],
        cause,
    });
}
function unusable(path, what, why) {
    return new session_error/* SessionError */.P(`The federated token file ${shown(path)} ${what}.`, {
        why,
        next: ['Check that `federated-token-file`, or AZURE_FEDERATED_TOKEN_FILE, names the projected token.', IN_A_POD],
    });
}
function expired(path, end, now) {
    return new session_error/* SessionError */.P(`The token in the federated token file ${shown(path)} has expired.`, {
        why: `It ended at ${end.toISOString()}, and the clock of this machine says ${now.toISOString()}. The kubelet renews the token of a running pod long before.`,
        next: [
            { say: 'Compare the clock of the machine with the true time:', run: 'date -u' },
            'Read the file where Kubernetes mounts it: a copy is never renewed.',
        ],
    });
}
function shown(path) {
    return (0,quotable/* quotable */.E)(path, 300);
}

;// CONCATENATED MODULE: ./build/credentials/workload-identity.js



function workloadIdentityCredential(request, context) {
    const exchange = new federated/* FederatedExchange */.u(request, context, async () => {
        const token = await readTokenFile(request.tokenFile, new Date());
        context.mask(token);
        return token;
    });
    return {
        method: request.method,
        getToken: (scope) => exchange.getToken(scope).catch((error) => (0,token_answer/* explaining */.SK)(exchange.facts())(error)),
        handover: () => ({
            kind: 'assertion',
            assertion: exchange.assertion,
            source: { kind: 'file', path: request.tokenFile },
        }),
    };
}


/***/ })

};
