export const id = 664;
export const ids = [664];
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

/***/ 1664:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   certificateCredential: () => (/* binding */ certificateCredential)
/* harmony export */ });
/* harmony import */ var _confidential_client_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2507);
/* harmony import */ var _token_answer_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8375);


function certificateCredential(request, certificate, context) {
    const proof = { kind: 'client-certificate', certificate, chain: request.chain };
    return {
        method: request.method,
        getToken: (scope) => (0,_confidential_client_js__WEBPACK_IMPORTED_MODULE_0__/* .clientCredentialsToken */ .h)(request, scope, context, async () => proof).catch((0,_token_answer_js__WEBPACK_IMPORTED_MODULE_1__/* .explaining */ .SK)({
            method: request.method,
            clientId: request.clientId,
            tenantId: request.tenantId,
            cloud: context.cloud,
            thumbprint: certificate.thumbprint,
        })),
        handover: () => proof,
    };
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
