export const id = 641;
export const ids = [641,266];
export const modules = {

/***/ 3266:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MAX_FILE_SIZE: () => (/* binding */ MAX_FILE_SIZE),
/* harmony export */   certificateFiles: () => (/* binding */ certificateFiles)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);
/* harmony import */ var _problem_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7670);




const MAX_FILE_SIZE = 1024 * 1024;
function certificateFiles(folders) {
    return {
        async read(path) {
            const tilde = /^~(?=$|[/\\])/.exec(path);
            const absolute = tilde === null ? (0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(folders.workspace, path) : (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folders.home, path.slice(1));
            try {
                return await readRegularFile(absolute);
            }
            catch (error) {
                throw error instanceof _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T ? error : problemOf(error);
            }
        },
    };
}
async function readRegularFile(path) {
    checkKind(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.stat)(path));
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_RDONLY | (node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NONBLOCK ?? 0));
    try {
        checkKind(await file.stat());
        return await readLimited(file);
    }
    finally {
        await file.close();
    }
}
function checkKind(stats) {
    if (stats.isDirectory())
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'directory' });
    if (!stats.isFile())
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'not-a-regular-file' });
    if (stats.size > MAX_FILE_SIZE)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'too-large' });
}
async function readLimited(file) {
    const buffer = Buffer.alloc(MAX_FILE_SIZE + 1);
    let length = 0;
    for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
        if (bytesRead === 0)
            return Buffer.from(buffer.subarray(0, length));
        length += bytesRead;
        if (length > MAX_FILE_SIZE)
            throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'too-large' });
    }
}
function problemOf(error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    switch (code) {
        case 'ENOENT':
        case 'ENOTDIR':
        case 'ENAMETOOLONG':
        case 'EINVAL':
        case 'ERR_INVALID_ARG_VALUE':
            return new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'no-such-file' });
        case 'EACCES':
        case 'EPERM':
            return new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'file-denied' });
        case 'EISDIR':
            return new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'directory' });
        default:
            return new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'file-failed', code });
    }
}


/***/ }),

/***/ 4531:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   KN: () => (/* binding */ pickIdentity),
/* harmony export */   LL: () => (/* binding */ notAfterOf),
/* harmony export */   Z0: () => (/* binding */ checkIdentity)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _problem_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7670);


function pickIdentity(bundle, at) {
    if (bundle.certificates.length === 0)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'no-certificate' });
    if (bundle.privateKeys.length === 0)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'no-private-key' });
    const byThumbprint = new Map(bundle.certificates.map((certificate) => [certificate.fingerprint256, certificate]));
    const certificates = [...byThumbprint.values()];
    const pairs = pairsOf(certificates, bundle.privateKeys);
    if (pairs.length > MAX_PAIRS)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'several-identities', count: pairs.length });
    const leaves = narrowed(pairs, (pair) => !pairs.some((other) => issued(pair, other)));
    const rsa = narrowed(leaves, (pair) => pair.privateKey.asymmetricKeyType === 'rsa');
    const usable = narrowed(rsa, (pair) => isValid(pair.leaf, at));
    const [newest] = usable.toSorted((a, b) => notBeforeOf(b.leaf).getTime() - notBeforeOf(a.leaf).getTime());
    if (newest === undefined)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'key-of-another-certificate' });
    const keys = new Set(usable.map((pair) => pair.publicKey));
    if (keys.size > 1)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'several-identities', count: keys.size });
    return {
        leaf: newest.leaf,
        privateKey: newest.privateKey,
        chain: chainAbove(newest.leaf, certificates, at),
        passedOver: usable.length - 1,
    };
}
function checkIdentity({ leaf, privateKey }, at) {
    const keyType = privateKey.asymmetricKeyType ?? 'unknown';
    if (keyType !== 'rsa')
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'not-rsa', keyType });
    const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < MIN_KEY_BITS)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'short-key', bits });
    if (bits > MAX_KEY_BITS)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'long-key', bits });
    if (!signs(privateKey, leaf))
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'damaged', part: 'private key' });
    const notBefore = notBeforeOf(leaf);
    const notAfter = notAfterOf(leaf);
    if (notAfter <= at)
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'expired', notAfter });
    if (notBefore.getTime() > at.getTime() + CLOCK_SKEW_MS) {
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'not-yet-valid', notBefore });
    }
}
function notAfterOf(certificate) {
    return dateOf(certificate.validTo);
}
const MIN_KEY_BITS = 2048;
const MAX_KEY_BITS = 16384;
const CLOCK_SKEW_MS = 5 * 60 * 1000;
const MAX_PAIRS = 20;
const MAX_CHAIN_LENGTH = 10;
function pairsOf(certificates, privateKeys) {
    const byPublicKey = new Map(privateKeys.map((key) => [publicKeyOf(() => (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPublicKey)(key)), key]));
    return certificates.flatMap((leaf) => {
        const publicKey = publicKeyOf(() => leaf.publicKey);
        const privateKey = byPublicKey.get(publicKey);
        return publicKey === undefined || privateKey === undefined ? [] : [{ leaf, privateKey, publicKey }];
    });
}
function publicKeyOf(load) {
    try {
        return load().export({ type: 'spki', format: 'der' }).toString('base64');
    }
    catch {
        return undefined;
    }
}
function narrowed(values, preferred) {
    const kept = values.filter(preferred);
    return kept.length === 0 ? values : kept;
}
function issued(authority, other) {
    return authority.leaf.subject !== other.leaf.subject && other.leaf.checkIssued(authority.leaf);
}
function chainAbove(leaf, certificates, at) {
    const rest = new Set(certificates);
    const chain = [];
    let top = leaf;
    while (chain.length < MAX_CHAIN_LENGTH && !top.checkIssued(top)) {
        rest.delete(top);
        const issuer = issuerOf(top, [...rest], at);
        if (issuer === undefined)
            break;
        chain.push(issuer);
        top = issuer;
    }
    return chain;
}
function issuerOf(child, others, at) {
    const named = others.filter((other) => child.checkIssued(other));
    const verified = narrowed(named, (other) => publicKeyOf(() => other.publicKey) !== undefined && child.verify(other.publicKey));
    return narrowed(verified, (other) => isValid(other, at))[0];
}
function signs(privateKey, certificate) {
    const probe = Buffer.from('azure-session');
    try {
        return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.verify)('sha256', probe, certificate.publicKey, (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.sign)('sha256', probe, privateKey));
    }
    catch {
        return false;
    }
}
function isValid(certificate, at) {
    return notBeforeOf(certificate).getTime() <= at.getTime() + CLOCK_SKEW_MS && at < notAfterOf(certificate);
}
function notBeforeOf(certificate) {
    return dateOf(certificate.validFrom);
}
function dateOf(text) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime()))
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_1__/* .CertificateProblem */ .T({ kind: 'damaged', part: 'certificate' });
    return date;
}


/***/ }),

/***/ 7670:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   T: () => (/* binding */ CertificateProblem)
/* harmony export */ });
class CertificateProblem extends Error {
    name = 'CertificateProblem';
    problem;
    constructor(problem) {
        super(problem.kind);
        this.problem = problem;
    }
}


/***/ }),

/***/ 6360:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bf: () => (/* binding */ renewal),
/* harmony export */   Et: () => (/* binding */ momentOf),
/* harmony export */   Of: () => (/* binding */ refusalOf)
/* harmony export */ });
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1487);
/* harmony import */ var _files_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3266);


function refusalOf(problem, context) {
    const word = WORDING[problem.kind];
    const { what, why, next } = word(problem, context);
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P(what, { why, next });
}
function renewal(clientId) {
    return [
        {
            say: 'Make a new certificate and register it beside the old one; cert.pem holds it without its key:',
            run: `az ad app credential reset --id ${clientId} --cert @cert.pem --append`,
        },
        { say: 'Then put the new certificate, with its private key, into client-certificate.' },
    ];
}
function momentOf(date) {
    return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
const ACCEPTED = 'It takes a path, PEM text, or base64 of a PEM or PFX file: each with the certificate and its private key.';
const STORE_WHOLE_FILE = {
    say: 'Store the whole file in base64, for example:',
    run: 'base64 cert.pfx | gh secret set AZURE_CLIENT_CERTIFICATE',
};
const CHECK_PATH = 'A relative path starts at the workspace (GITHUB_WORKSPACE), ~ at the home folder of the user of the runner.';
const ONE_FILE = {
    say: 'Put the certificate and its own private key into one file:',
    run: 'cat cert.pem key.pem > client-certificate.pem',
};
const NEW_RSA_CERTIFICATE = {
    say: 'Make a certificate with an RSA key, for example:',
    run: 'openssl req -x509 -newkey rsa:2048 -noenc -days 365 -subj /CN=github-actions -keyout key.pem -out cert.pem',
};
const ENCRYPT_ANEW = {
    say: 'Encrypt it anew with OpenSSL 3 and its defaults:',
    run: 'openssl pkcs12 -legacy -in old.pfx -out all.pem && openssl pkcs12 -export -in all.pem -out new.pfx',
};
const KEY_TYPE_NAMES = {
    ec: 'an elliptic-curve (EC)',
    ed25519: 'an Ed25519',
    ed448: 'an Ed448',
    'rsa-pss': 'an RSA-PSS',
    dsa: 'a DSA',
};
const WORDING = {
    'not-a-certificate': () => ({
        what: 'client-certificate is not a certificate.',
        why: `What it holds is neither the path of a file nor PEM, nor base64 of a PEM or PFX file. Perhaps it was cut off. ${ACCEPTED}`,
        next: [STORE_WHOLE_FILE],
    }),
    'not-a-certificate-file': () => ({
        what: 'The file that client-certificate names is not a certificate.',
        why: 'It holds neither PEM nor a PFX, nor base64 of one.',
        next: ['Check that the path names the file with the certificate and its private key.'],
    }),
    'no-such-file': () => ({
        what: 'client-certificate names a file that does not exist.',
        why: 'It reads as a path, and there is no file at it when this step runs.',
        next: [CHECK_PATH, 'Is the file checked out, or made, by a step before this one?', ACCEPTED],
    }),
    'file-denied': () => ({
        what: 'client-certificate names a file that may not be read.',
        why: 'The operating system denies the user of the runner access to it.',
        next: ['Give the user that the runner works as the right to read the file and to enter its folder.'],
    }),
    'file-failed': ({ code }) => ({
        what: 'The file that client-certificate names could not be read.',
        why: `The operating system reported ${code}.`,
        next: ['Check the file and the disk it is on, then run the job again.'],
    }),
    directory: () => ({
        what: 'client-certificate names a folder, not a file.',
        why: ACCEPTED,
        next: [CHECK_PATH, 'Add the name of the file in the folder.'],
    }),
    'not-a-regular-file': () => ({
        what: 'client-certificate names something that is not a regular file.',
        why: 'Devices, pipes and sockets are not read.',
        next: ['Write the certificate to a file, or give its content as the input.'],
    }),
    'too-large': () => ({
        what: 'The file that client-certificate names is too large.',
        why: `It has more than ${_files_js__WEBPACK_IMPORTED_MODULE_1__.MAX_FILE_SIZE / 1024 / 1024} MB; a certificate with its key and chain has a few kilobytes.`,
        next: ['Check that the path names the certificate, and not for example an archive.'],
    }),
    'no-certificate': () => ({
        what: 'client-certificate holds no certificate.',
        why: 'There is no CERTIFICATE block or certificate bag in it. A certificate request or a public key is none.',
        next: [ONE_FILE],
    }),
    'no-private-key': () => ({
        what: 'client-certificate holds no private key.',
        why: 'The certificate is there, but the sign-in is signed with its private key.',
        next: [ONE_FILE, 'From a Windows certificate store or Key Vault, export the PFX with its private key.'],
    }),
    damaged: ({ part }) => ({
        what: `The ${part} in client-certificate is damaged.`,
        why: 'It is cut off, characters of it are lost or changed, or it is of another kind, P7B for example.',
        next: [STORE_WHOLE_FILE],
    }),
    'foreign-key-format': () => ({
        what: 'The private key in client-certificate is in a format that is not supported.',
        why: 'PKCS#8 (PRIVATE KEY, ENCRYPTED PRIVATE KEY) and PKCS#1 (RSA PRIVATE KEY) are; the format of OpenSSH is not.',
        next: [{ say: 'Convert a copy of the key:', run: 'ssh-keygen -p -m PKCS8 -f key' }],
    }),
    'unsupported-encryption': () => ({
        what: 'client-certificate is encrypted or signed in a way that is not supported.',
        why: 'PBES2 with AES or 3DES and PKCS#12 with 3DES or RC2 are; single DES, RC4 and public-key protection are not.',
        next: [ENCRYPT_ANEW],
    }),
    'costly-encryption': () => ({
        what: 'client-certificate asks for too many iterations to derive its key.',
        why: 'To open it would take longer than any ordinary file does, so it was not tried.',
        next: [ENCRYPT_ANEW],
    }),
    'password-refused': (_, { password }) => password === 'empty'
        ? {
            what: 'client-certificate needs a password, and client-certificate-password is empty.',
            why: 'The PFX or the private key is encrypted. GitHub leaves a secret empty that the job may not see.',
            next: ['Set client-certificate-password, and check the name of the secret that it takes.'],
        }
        : {
            what: 'client-certificate-password is not the password of client-certificate.',
            why: 'It does not open the PFX or the private key, or these are damaged.',
            next: [
                'Check that the password belongs to this file; white space at its ends is removed from the input.',
                STORE_WHOLE_FILE,
            ],
        },
    'key-of-another-certificate': () => ({
        what: 'The private key in client-certificate belongs to another certificate.',
        why: 'No certificate in it has the public key of a private key in it.',
        next: [ONE_FILE],
    }),
    'several-identities': ({ count }) => ({
        what: `client-certificate holds ${count} certificates, each with a private key of its own.`,
        why: 'Which of them the application knows cannot be told from here.',
        next: ['Leave only the one that is registered with the application, and its chain.'],
    }),
    'not-rsa': ({ keyType }) => ({
        what: `The certificate in client-certificate has ${KEY_TYPE_NAMES[keyType] ?? 'another kind of'} key, not an RSA one.`,
        why: 'Entra and the Azure clients accept signatures of RSA keys alone.',
        next: [NEW_RSA_CERTIFICATE],
    }),
    'short-key': ({ bits }) => ({
        what: `The RSA key in client-certificate is too short: ${bits} bits.`,
        why: 'Entra and the Azure clients want 2048 bits or more.',
        next: [NEW_RSA_CERTIFICATE],
    }),
    'long-key': ({ bits }) => ({
        what: `The RSA key in client-certificate is too long: ${bits} bits.`,
        why: 'OpenSSL verifies nothing above 16384 bits, and no client uses such a key.',
        next: [NEW_RSA_CERTIFICATE],
    }),
    expired: ({ notAfter }, { at, clientId }) => ({
        what: `The certificate in client-certificate has been expired since ${momentOf(notAfter)}.`,
        why: `The clock of the runner says ${momentOf(at)}. Entra refuses an expired certificate, so it was not asked.`,
        next: renewal(clientId),
    }),
    'not-yet-valid': ({ notBefore }, { at }) => ({
        what: `The certificate in client-certificate is not valid before ${momentOf(notBefore)}.`,
        why: `The clock of the runner says ${momentOf(at)}. Is it right? Entra refuses the certificate until then, so it was not asked.`,
        next: [
            'On a self-hosted runner, check the clock and its time synchronisation.',
            'Or use a certificate that is valid now.',
        ],
    }),
};


/***/ }),

/***/ 9641:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  disposeOfSource: () => (/* binding */ disposeOfSource),
  importPublishSettings: () => (/* binding */ importPublishSettings)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: ./build/azure/clouds.js
var azure_clouds = __webpack_require__(3796);
// EXTERNAL MODULE: ./build/azure/errors/quotable.js
var quotable = __webpack_require__(2513);
// EXTERNAL MODULE: ./build/azure/errors/resource-manager.js
var resource_manager = __webpack_require__(9862);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __webpack_require__(3886);
// EXTERNAL MODULE: ./build/credentials/certificate/refusals.js
var refusals = __webpack_require__(6360);
;// CONCATENATED MODULE: ./build/credentials/publish-settings/warnings.js

const DAY_MS = 24 * 60 * 60 * 1000;
const WARNING_DAYS = 30;
function expiryWarnings(subscriptions, now) {
    const certificates = new Map(subscriptions.map(({ certificate }) => [certificate.thumbprint, certificate]));
    return [...certificates.values()].flatMap(({ thumbprint, notAfter }) => {
        const daysLeft = Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
        if (daysLeft >= WARNING_DAYS)
            return [];
        const left = daysLeft === 1 ? '1 day' : `${daysLeft} days`;
        return [
            `The management certificate with thumbprint ${thumbprint} expires on ${(0,refusals/* momentOf */.Et)(notAfter)}, in ${left}. ` +
                'There are no new ones: move what it is used for to Resource Manager, for example with `auth-type: oidc`.',
        ];
    });
}
function keptFileWarning() {
    return ('The publish settings file was kept. It is a key to its subscriptions for everybody who can read it, later steps ' +
        'and later jobs of this runner included. Set `delete-publish-settings: true` to delete it once it is imported.');
}
function retirementWarning(subscriptions, reason) {
    const [first] = subscriptions;
    const whose = subscriptions.length === 1 ? `subscription ${first?.id}` : `${subscriptions.length} subscriptions`;
    return (`The management certificate of ${whose} could not be checked: ${reason}. Microsoft retired the classic service ` +
        '(Azure Service Management) on 31 August 2024, and its endpoints may be gone. The import stands, but commands in ' +
        'asm mode may fail. Move to Resource Manager, for example with `auth-type: oidc`.');
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/xml.js
const LARGEST_XML = 1024 * 1024;
const DEEPEST = 16;
const MOST_ELEMENTS = 10_000;
async function readXml(text) {
    if (text.length > LARGEST_XML)
        return refused('too-large');
    const { SaxesParser } = await __webpack_require__.e(/* import() */ 419).then(__webpack_require__.t.bind(__webpack_require__, 9800, 19));
    const parser = new SaxesParser();
    const tree = new TreeBuilder();
    parser.on('error', () => stop('malformed'));
    parser.on('doctype', (declaration) => stop(documentTypeProblem(declaration)));
    parser.on('opentag', (tag) => tree.open(tag));
    parser.on('text', (characters) => tree.addText(characters));
    parser.on('cdata', (characters) => tree.addText(characters));
    parser.on('closetag', () => tree.close());
    try {
        parser.write(text.trimStart()).close();
    }
    catch (error) {
        if (error instanceof Stop)
            return refused(error.problem);
        throw error;
    }
    return tree.root === undefined ? refused('malformed') : { kind: 'document', root: tree.root };
}
function localName(element) {
    return element.name.slice(element.name.indexOf(':') + 1);
}
function childText(element, name) {
    return element.children.find((child) => localName(child) === name)?.text.trim() ?? '';
}
class TreeBuilder {
    root;
    #path = [];
    #elements = 0;
    open(tag) {
        const element = { name: tag.name, attributes: new Map(Object.entries(tag.attributes)), children: [], text: '' };
        this.#elements += 1;
        if (this.#elements > MOST_ELEMENTS)
            stop('too-many-elements');
        if (this.#path.length >= DEEPEST)
            stop('too-deep');
        this.#path.at(-1)?.children.push(element);
        this.root ??= element;
        this.#path.push(element);
    }
    addText(characters) {
        const element = this.#path.at(-1);
        if (element !== undefined)
            element.text += characters;
    }
    close() {
        this.#path.pop();
    }
}
class Stop extends Error {
    problem;
    constructor(problem) {
        super(problem);
        this.problem = problem;
    }
}
function stop(problem) {
    throw new Stop(problem);
}
function refused(problem) {
    return { kind: 'refused', problem };
}
function documentTypeProblem(declaration) {
    if (/<!ENTITY\s+(?:%\s+)?[^\s"'<>]+\s+(?:SYSTEM|PUBLIC)\s/.test(declaration))
        return 'external-entity';
    if (declaration.includes('<!ENTITY'))
        return 'entities';
    return /^\s*[^\s["']+\s+(?:SYSTEM|PUBLIC)\s/.test(declaration) ? 'external-entity' : 'document-type';
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/check.js




const API_VERSION = '2014-10-01';
async function checkManagementCertificate(send, subscription) {
    const { managementEndpoint, id, certificate } = subscription;
    const answer = await answerOf(send, {
        method: 'GET',
        url: `${managementEndpoint}/${id}`,
        headers: { 'x-ms-version': API_VERSION, Accept: 'application/xml' },
        clientCertificate: { key: certificate.key, cert: certificate.cert },
    });
    if (answer.kind === 'refused-by-tls')
        return { outcome: 'refused', code: answer.code, message: '' };
    if (answer.kind === 'none')
        return retired(subscription, 'unreachable', answer.reason);
    return verdictOn(answer, subscription);
}
async function answerOf(send, request) {
    try {
        const { status, body } = await send(request);
        const reading = await readXml(body);
        return { kind: 'answer', status, root: reading.kind === 'document' ? reading.root : undefined };
    }
    catch (error) {
        if (!(error instanceof session_error/* SessionError */.P || error instanceof net_transient/* TransientFailure */.$r))
            throw error;
        const alert = tlsRefusal(error);
        if (alert !== undefined)
            return { kind: 'refused-by-tls', code: alert };
        const said = error instanceof session_error/* SessionError */.P && error.why !== '' ? `${error.message} ${error.why}` : error.message;
        return { kind: 'none', reason: said.replace(/[\s.]+$/, '') };
    }
}
const CERTIFICATE_ALERTS = {
    '42': 'bad_certificate',
    '43': 'unsupported_certificate',
    '44': 'certificate_revoked',
    '45': 'certificate_expired',
    '46': 'certificate_unknown',
    '48': 'unknown_ca',
    '49': 'access_denied',
    '116': 'certificate_required',
};
function tlsRefusal(error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
        const number = /SSL alert number (\d{1,3})/.exec(cause.message)?.[1] ?? '';
        const alert = CERTIFICATE_ALERTS[number];
        if (alert !== undefined)
            return `TLS alert ${alert}`;
    }
    return undefined;
}
function verdictOn(answer, subscription) {
    const { status, root } = answer;
    const error = root !== undefined && localName(root) === 'Error' ? root : undefined;
    const code = errorCodeOf(error);
    if (status === 401 || status === 403)
        return { outcome: 'refused', code, message: printable(error, 'Message') };
    if (status === 200 && root !== undefined && isSubscription(root, subscription.id)) {
        return {
            outcome: 'accepted',
            name: printable(root, 'SubscriptionName') || subscription.name,
            status: printable(root, 'SubscriptionStatus'),
        };
    }
    const { host } = new URL(subscription.managementEndpoint);
    const what = status === 200 ? 'with something else than the subscription' : `HTTP ${status}`;
    return retired(subscription, 'gone', `${host} answered ${what}${code === '' ? '' : ` (${code})`}`);
}
function isSubscription(root, id) {
    return localName(root) === 'Subscription' && childText(root, 'SubscriptionID').toLowerCase() === id;
}
function errorCodeOf(error) {
    const code = error === undefined ? '' : childText(error, 'Code');
    return /^[A-Za-z]{1,64}$/.test(code) ? code : '';
}
const LONGEST_TEXT = 300;
function printable(parent, name) {
    const text = parent === undefined ? '' : childText(parent, name);
    return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST_TEXT);
}
function retired(subscription, service, reason) {
    return { outcome: 'retired', service, reason, warning: retirementWarning([subscription], reason) };
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/problems.js

const STORE_AGAIN = {
    say: 'Store the file once more, unchanged and whole, as a secret:',
    run: 'gh secret set AZURE_PUBLISH_SETTINGS < FILE.publishsettings',
};
const OTHER_COPY = 'Use another copy of the file: the page that gave new ones is gone. For new work sign in to Resource Manager instead, for example with `auth-type: oidc`.';
const WHOLE_FILE = 'Give the whole `.publishsettings` file: its path, or its XML text from a secret.';
function empty() {
    return new session_error/* SessionError */.P('The publish settings are empty.', {
        why: 'The file, or the text given as `publish-settings`, has no content.',
        next: [STORE_AGAIN],
    });
}
function tooLarge() {
    return new session_error/* SessionError */.P('The publish settings are larger than 1 MB.', {
        why: 'A publish settings file has about 4 KB for each subscription, so this is something else. It was not read.',
        next: [WHOLE_FILE],
    });
}
function unknownEncoding() {
    return new session_error/* SessionError */.P('The publish settings are not text in UTF-8 or UTF-16.', {
        why: 'The file is binary, was cut within a character, or was saved in an old encoding of one language.',
        next: ['Save the file as UTF-8, or use the file as it was downloaded.', OTHER_COPY],
    });
}
function unreadableXml(problem) {
    return XML_ERRORS[problem]();
}
const NO_DOCTYPE = 'Remove the declaration (`<!DOCTYPE …>`). If you did not put it there, do not use this file: somebody changed it.';
const XML_ERRORS = {
    malformed: () => new session_error/* SessionError */.P('The publish settings are not well-formed XML.', {
        why: 'The text was cut off or changed, or it is no XML at all.',
        next: [STORE_AGAIN, OTHER_COPY],
    }),
    'document-type': () => new session_error/* SessionError */.P('The publish settings declare a document type.', {
        why: 'Such a declaration can make a reader load files or use up its memory, and publish settings never have one.',
        next: [NO_DOCTYPE],
    }),
    'external-entity': () => new session_error/* SessionError */.P('The publish settings refer to something outside of the file.', {
        why: 'Their document type names an external file or address. Nothing was loaded from there: publish settings never need that.',
        next: [NO_DOCTYPE],
    }),
    entities: () => new session_error/* SessionError */.P('The publish settings declare entities of their own.', {
        why: 'Entities can expand to more text than any memory holds, and publish settings never declare any. Nothing was expanded.',
        next: [NO_DOCTYPE],
    }),
    'too-large': tooLarge,
    'too-deep': () => new session_error/* SessionError */.P('The publish settings are nested too deeply.', {
        why: 'Publish settings have three levels of elements. Reading stopped at sixteen.',
        next: [WHOLE_FILE],
    }),
    'too-many-elements': () => new session_error/* SessionError */.P('The publish settings have too many elements.', {
        why: 'Publish settings have one element for each subscription. Reading stopped at ten thousand.',
        next: [WHOLE_FILE],
    }),
};
function webAppPublishProfile() {
    return new session_error/* SessionError */.P('This is the publish profile of a web app, not a publish settings file of a subscription.', {
        why: 'It has the user name and password to deploy to that one app, and no management certificate: nobody can sign in to a subscription with it.',
        next: [
            'To deploy to the app, give this file to its own action: `azure/webapps-deploy`, input `publish-profile`.',
            'To sign in to the subscription, use another `auth-type`, for example `oidc`.',
        ],
    });
}
function otherDocument() {
    return new session_error/* SessionError */.P('This XML is not a publish settings file.', {
        why: 'Publish settings are a `PublishData` element with a `PublishProfile` in it.',
        next: [WHOLE_FILE],
    });
}
function noSubscription() {
    return new session_error/* SessionError */.P('The publish settings name no subscription.', {
        why: 'Their `PublishProfile` holds no `Subscription` element, so there is nothing to sign in to.',
        next: [STORE_AGAIN, OTHER_COPY],
    });
}
function tooManySubscriptions(most) {
    return new session_error/* SessionError */.P(`The publish settings name more than ${most} subscriptions.`, {
        why: 'Each certificate has to be opened and checked, which would take too long.',
        next: ['Split the file, and import each part in a step of its own with the same `config-dir`.'],
    });
}
function noSubscriptionId(position) {
    return new session_error/* SessionError */.P(`${theSubscription(position)} has no id.`, {
        why: 'Its element has no `Id` attribute, or an empty one.',
        next: [STORE_AGAIN, OTHER_COPY],
    });
}
function malformedSubscriptionId(position) {
    return new session_error/* SessionError */.P(`${theSubscription(position)} has an id that is not a GUID.`, {
        why: 'A subscription id looks like 00000000-0000-0000-0000-000000000000.',
        next: [STORE_AGAIN, OTHER_COPY],
    });
}
function contradictorySubscription(position) {
    return new session_error/* SessionError */.P(`${theSubscription(position)} is there twice, with different certificates.`, {
        why: 'An earlier element has the same `Id`, so it is not clear which certificate is meant.',
        next: ['Remove the element with the older certificate.'],
    });
}
function noEndpoint(position) {
    return new session_error/* SessionError */.P(`${theSubscription(position)} has no management endpoint.`, {
        why: 'Neither its `ServiceManagementUrl` nor the `Url` of its `PublishProfile` says which cloud it is in.',
        next: [STORE_AGAIN, OTHER_COPY],
    });
}
function insecureEndpoint(position) {
    return new session_error/* SessionError */.P(`${theSubscription(position)} has a management endpoint without TLS.`, {
        why: 'Its address begins with `http:`. A management certificate proves itself only over https. Nothing was sent.',
        next: ['If you did not write `http:` there, do not use this file: somebody changed it.', OTHER_COPY],
    });
}
function unknownEndpoint(position, clouds) {
    const known = clouds.map((cloud) => cloud.serviceManagement).filter((url) => url !== '');
    return new session_error/* SessionError */.P(`${theSubscription(position)} has an unknown management endpoint.`, {
        why: `A management certificate is used at the classic endpoints of Azure's clouds alone: ${known.join(', ')}. Nothing was sent.`,
        next: ['If you did not write the address yourself, do not use this file: somebody changed it.', OTHER_COPY],
    });
}
function severalClouds(names) {
    return new session_error/* SessionError */.P('The publish settings mix several clouds.', {
        why: `Their management endpoints are those of ${names.join(' and ')}, and one profile folder holds one cloud.`,
        next: ['Split the file by cloud, and import each part in a step of its own.'],
    });
}
function noCertificate(position) {
    return new session_error/* SessionError */.P(`${theSubscription(position)} has no management certificate.`, {
        why: 'Neither its own element nor its `PublishProfile` has a `ManagementCertificate`, and without its key nobody can sign in.',
        next: [STORE_AGAIN, OTHER_COPY],
    });
}
function certificateNotBase64(position) {
    return new session_error/* SessionError */.P(`${certificateOf(position)} is not base64.`, {
        why: '`ManagementCertificate` holds other characters than those of base64 and white space.',
        next: [STORE_AGAIN, OTHER_COPY],
    });
}
function certificateOf({ number, of }) {
    const owner = of === 1 ? 'the publish settings' : `subscription ${number} of ${of} in the publish settings`;
    return `The management certificate of ${owner}`;
}
function theSubscription({ number, of }) {
    return of === 1
        ? 'The subscription of the publish settings'
        : `Subscription ${number} of ${of} in the publish settings`;
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/check-all.js




const AT_ONCE = 4;
async function checkManagementCertificates(send, subscriptions) {
    const all = await checkEach(send, subscriptions);
    const refused = all.filter((each) => each.check.outcome === 'refused');
    if (refused.length > 0)
        throw certificatesRefused(refused);
    const checked = all.filter((each) => each.check.outcome !== 'refused');
    return { checked, warnings: warningsOf(checked) };
}
async function checkEach(send, subscriptions) {
    const checked = [];
    for (let start = 0; start < subscriptions.length; start += AT_ONCE) {
        const silence = checked.map(({ check }) => check).find(isUnreachable);
        const group = subscriptions.slice(start, start + AT_ONCE).map(async (subscription) => ({
            subscription,
            check: silence === undefined
                ? await checkManagementCertificate(send, subscription)
                : { ...silence, warning: retirementWarning([subscription], silence.reason) },
        }));
        checked.push(...(await Promise.all(group)));
    }
    return checked;
}
function isUnreachable(check) {
    return check.outcome === 'retired' && check.service === 'unreachable';
}
function warningsOf(checked) {
    const byReason = Map.groupBy(checked, ({ check }) => (check.outcome === 'retired' ? check.reason : ''));
    byReason.delete('');
    return [...byReason].map(([reason, all]) => retirementWarning(all.map(({ subscription }) => subscription), reason));
}
function certificatesRefused(refused) {
    const lines = refused.map(({ subscription, check }) => {
        const said = [check.message, check.code === '' ? '' : `(${check.code})`].filter((part) => part !== '').join(' ');
        return `Subscription ${subscription.id}, certificate ${subscription.certificate.thumbprint}: ${said || 'no reason given'}`;
    });
    const whose = refused.length === 1 ? 'a management certificate' : `${refused.length} management certificates`;
    return new session_error/* SessionError */.P(`The classic service refused ${whose} of the publish settings.`, {
        why: lines.join('\n'),
        next: [
            'The certificate was removed from the subscription, or belongs to another one. Remove the subscription from the file if it is not needed.',
            OTHER_COPY,
        ],
    });
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/encoding.js
function decodeXml(bytes) {
    try {
        return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    }
    catch {
        return undefined;
    }
}
function encodingOf([first, second]) {
    if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0))
        return 'utf-16le';
    if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c))
        return 'utf-16be';
    return 'utf-8';
}

// EXTERNAL MODULE: ./build/credentials/certificate/identity.js
var certificate_identity = __webpack_require__(4531);
// EXTERNAL MODULE: ./build/credentials/certificate/problem.js
var problem = __webpack_require__(7670);
;// CONCATENATED MODULE: ./build/credentials/publish-settings/refusals.js



function isFileProblem(problem) {
    return Object.hasOwn(FILE_WORDING, problem.kind);
}
function fileRefusal(problem) {
    const word = FILE_WORDING[problem.kind];
    const { what, why, next } = word(problem);
    return new session_error/* SessionError */.P(what, { why, next });
}
function isPkcs12Problem(problem) {
    return Object.hasOwn(PKCS12_WORDING, problem.kind);
}
function certificateRefusal(problem, position, at) {
    const word = PKCS12_WORDING[problem.kind];
    const { what, why, next } = word(problem, at);
    return new session_error/* SessionError */.P(`${certificateOf(position)} ${what}.`, { why, next });
}
const CHECK_PATH = 'A relative path starts at the workspace (GITHUB_WORKSPACE), ~ at the home folder of the runner’s user.';
const FILE_WORDING = {
    'no-such-file': () => ({
        what: 'publish-settings names a file that does not exist.',
        why: 'It does not begin with `<`, as XML does, so it is taken for a path, and there is no file at it when this step runs.',
        next: [CHECK_PATH, 'Is the file checked out, or made, by a step before this one?', WHOLE_FILE],
    }),
    'file-denied': () => ({
        what: 'publish-settings names a file that may not be read.',
        why: 'The operating system denies the runner’s user access to it.',
        next: ['Give the user that the runner works as the right to read the file and to enter its folder.'],
    }),
    'file-failed': ({ code }) => ({
        what: 'The file that publish-settings names could not be read.',
        why: `The operating system reported ${code}.`,
        next: ['Check the file and the disk it is on, then run the job again.'],
    }),
    directory: () => ({
        what: 'publish-settings names a folder, not a file.',
        why: WHOLE_FILE,
        next: [CHECK_PATH, 'Add the name of the file in the folder.'],
    }),
    'not-a-regular-file': () => ({
        what: 'publish-settings names something that is not a regular file.',
        why: 'Devices, pipes and sockets are not read.',
        next: ['Write the publish settings to a file, or give their text as the input.'],
    }),
    'too-large': () => ({
        what: 'The file that publish-settings names is larger than 1 MB.',
        why: 'A publish settings file has about 4 KB for each subscription, so this is something else. It was not read.',
        next: [CHECK_PATH, WHOLE_FILE],
    }),
};
const PKCS12_WORDING = {
    'not-a-certificate': () => ({
        what: 'is no PKCS#12 file',
        why: '`ManagementCertificate` has to be the base64 of a certificate with its private key (PFX). A certificate alone (`.cer`) has no key, and of a cut file nothing can be read.',
        next: [STORE_AGAIN, OTHER_COPY],
    }),
    'no-certificate': () => ({
        what: 'holds no certificate',
        why: 'There is a PKCS#12 file, but no certificate in it.',
        next: [OTHER_COPY],
    }),
    'no-private-key': () => ({
        what: 'holds no private key',
        why: 'There is a PKCS#12 file, but it was exported without the key, and only the key can sign in.',
        next: [OTHER_COPY],
    }),
    damaged: ({ part }) => ({
        what: 'is damaged',
        why: `Its ${part === 'file' ? 'PKCS#12 file' : part} is cut off, or characters of it are lost or changed.`,
        next: [STORE_AGAIN, OTHER_COPY],
    }),
    'unsupported-encryption': () => ({
        what: 'is encrypted in a way that is not supported',
        why: 'PKCS#12 with RC2, 3DES or AES is read; single DES, RC4 and public-key protection are not.',
        next: [OTHER_COPY],
    }),
    'costly-encryption': () => ({
        what: 'asks for too many iterations to be opened',
        why: 'To open it would take longer than any real one does, so it was not tried.',
        next: ['If you did not make the file yourself, do not use it: somebody changed it.', OTHER_COPY],
    }),
    'password-refused': () => ({
        what: 'is protected with a password, or damaged',
        why: 'The certificate in publish settings has an empty password or none. Neither opens this one.',
        next: ['If you made the file yourself, export the PKCS#12 without a password.', STORE_AGAIN],
    }),
    'key-of-another-certificate': () => ({
        what: 'holds the private key of another certificate',
        why: 'No certificate in its PKCS#12 file has the public key of the private key in it.',
        next: [OTHER_COPY],
    }),
    'several-identities': ({ count }) => ({
        what: `holds ${count} certificates, each with a private key of its own`,
        why: 'Which of them the subscription knows cannot be told from here.',
        next: ['Leave only the one that is a management certificate of the subscription.'],
    }),
    'not-rsa': () => ({
        what: 'has no RSA key',
        why: 'Management certificates are RSA certificates of 2048 bits or more.',
        next: [OTHER_COPY],
    }),
    'short-key': ({ bits }) => ({
        what: `has an RSA key that is too short: ${bits} bits`,
        why: 'Management certificates need 2048 bits or more, and TLS libraries refuse shorter keys.',
        next: [OTHER_COPY],
    }),
    'long-key': ({ bits }) => ({
        what: `has an RSA key that is too long: ${bits} bits`,
        why: 'OpenSSL verifies nothing above 16384 bits, and no client uses such a key.',
        next: [OTHER_COPY],
    }),
    expired: ({ notAfter }, at) => ({
        what: `has been expired since ${(0,refusals/* momentOf */.Et)(notAfter)}`,
        why: `The runner’s clock says ${(0,refusals/* momentOf */.Et)(at)}. Nothing was sent with an expired certificate.`,
        next: [OTHER_COPY, 'On a self-hosted runner, check the clock and its time synchronisation.'],
    }),
    'not-yet-valid': ({ notBefore }, at) => ({
        what: `is not valid before ${(0,refusals/* momentOf */.Et)(notBefore)}`,
        why: `The runner’s clock says ${(0,refusals/* momentOf */.Et)(at)}. Is it right? Nothing was sent with the certificate.`,
        next: ['On a self-hosted runner, check the clock and its time synchronisation.', OTHER_COPY],
    }),
};

;// CONCATENATED MODULE: ./build/credentials/publish-settings/management-certificate.js




async function readManagementCertificate(base64, position, now) {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
        throw certificateNotBase64(position);
    try {
        return managementCertificate(identityOf(await pkcs12Of(base64), now));
    }
    catch (error) {
        if (!(error instanceof problem/* CertificateProblem */.T) || !isPkcs12Problem(error.problem))
            throw error;
        throw certificateRefusal(error.problem, position, now);
    }
}
async function pkcs12Of(base64) {
    const { isPfx, readPfx } = await __webpack_require__.e(/* import() */ 387).then(__webpack_require__.bind(__webpack_require__, 387));
    const octets = Buffer.from(base64, 'base64');
    if (!isPfx(octets))
        throw new problem/* CertificateProblem */.T({ kind: 'not-a-certificate' });
    return readPfx(octets, '');
}
function identityOf(bundle, now) {
    const identity = (0,certificate_identity/* pickIdentity */.KN)(bundle, now);
    (0,certificate_identity/* checkIdentity */.Z0)(identity, now);
    return identity;
}
function managementCertificate({ leaf, privateKey }) {
    return {
        key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
        cert: leaf.toString(),
        thumbprint: thumbprintOf(leaf),
        notAfter: (0,certificate_identity/* notAfterOf */.LL)(leaf),
    };
}
function thumbprintOf(certificate) {
    return certificate.fingerprint.replaceAll(':', '');
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/management-endpoint.js
function readEndpoint(written, clouds) {
    const url = URL.parse(written);
    if (url === null)
        return { kind: 'refused', problem: 'unknown' };
    if (url.protocol === 'http:')
        return { kind: 'refused', problem: 'insecure' };
    const bare = /^\/*$/.test(url.pathname) && `${url.username}${url.password}${url.search}${url.hash}` === '';
    const cloud = bare ? clouds.find(({ serviceManagement }) => originOf(serviceManagement) === url.origin) : undefined;
    if (cloud === undefined || url.protocol !== 'https:')
        return { kind: 'refused', problem: 'unknown' };
    return { kind: 'known', cloud };
}
function originOf(url) {
    const { protocol, origin } = URL.parse(url) ?? {};
    return protocol === 'https:' ? origin : undefined;
}

;// CONCATENATED MODULE: ./build/credentials/publish-settings/parse.js





const MOST_SUBSCRIPTIONS = 250;
async function parsePublishSettings(xml, context) {
    const entries = entriesOf(await readPublishData(textOf(xml)));
    const declared = entries.map((entry) => declarationOf(entry, context));
    checkOneCloud(declared.map(({ cloud }) => cloud));
    return openCertificates(declared, context);
}
function textOf(xml) {
    if (xml.length > LARGEST_XML)
        throw tooLarge();
    const text = typeof xml === 'string' ? xml : decodeXml(xml);
    if (text === undefined)
        throw unknownEncoding();
    if (text.trim() === '')
        throw empty();
    return text;
}
async function readPublishData(text) {
    const reading = await readXml(text);
    if (reading.kind === 'refused')
        throw unreadableXml(reading.problem);
    const { root } = reading;
    if (isWebAppProfile(root))
        throw webAppPublishProfile();
    if (localName(root) !== 'PublishData')
        throw otherDocument();
    return root;
}
function isWebAppProfile(root) {
    const isProfile = (element) => localName(element) === 'publishProfile' || (element.attributes.get('publishMethod') ?? '') !== '';
    return localName(root) === 'publishData' || isProfile(root) || root.children.some(isProfile);
}
function entriesOf(root) {
    const profiles = root.children.filter((child) => localName(child) === 'PublishProfile');
    if (profiles.length === 0)
        throw otherDocument();
    const pairs = profiles.flatMap((profile) => profile.children
        .filter((child) => localName(child) === 'Subscription')
        .map((subscription) => ({ profile, subscription })));
    if (pairs.length === 0)
        throw noSubscription();
    if (pairs.length > MOST_SUBSCRIPTIONS)
        throw tooManySubscriptions(MOST_SUBSCRIPTIONS);
    return pairs.map((pair, index) => ({ ...pair, position: { number: index + 1, of: pairs.length } }));
}
function declarationOf(entry, { clouds }) {
    const id = idOf(entry);
    return {
        id,
        name: oneLine(attribute(entry.subscription, 'Name')) || id,
        cloud: cloudOf(entry, clouds),
        certificate: parse_certificateOf(entry),
        position: entry.position,
    };
}
function idOf({ subscription, position }) {
    const id = attribute(subscription, 'Id').toLowerCase();
    if (id === '')
        throw noSubscriptionId(position);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
        throw malformedSubscriptionId(position);
    return id;
}
function cloudOf({ profile, subscription, position }, known) {
    const written = [attribute(subscription, 'ServiceManagementUrl'), attribute(profile, 'Url')];
    const clouds = written
        .filter((url) => url !== '')
        .map((url) => {
        const reading = readEndpoint(url, known);
        if (reading.kind === 'refused')
            throw ENDPOINT_ERRORS[reading.problem](position, known);
        return reading.cloud;
    });
    const [cloud] = clouds;
    if (cloud === undefined)
        throw noEndpoint(position);
    checkOneCloud(clouds);
    return cloud;
}
const ENDPOINT_ERRORS = {
    insecure: insecureEndpoint,
    unknown: unknownEndpoint,
};
function parse_certificateOf({ profile, subscription, position }) {
    const written = attribute(subscription, 'ManagementCertificate') || attribute(profile, 'ManagementCertificate');
    const compact = written.replaceAll(/\s/g, '');
    if (compact === '')
        throw noCertificate(position);
    return compact;
}
function checkOneCloud(clouds) {
    const names = new Set(clouds.map(({ name }) => name));
    if (names.size > 1)
        throw severalClouds([...names]);
}
async function openCertificates(declared, context) {
    const opened = new Map();
    const imported = new Map();
    for (const declaration of declared) {
        const certificate = opened.get(declaration.certificate) ?? (await openCertificate(declaration, context));
        opened.set(declaration.certificate, certificate);
        const earlier = imported.get(declaration.id);
        if (earlier === undefined)
            imported.set(declaration.id, importedSubscription(declaration, certificate));
        else if (earlier.certificate.thumbprint !== certificate.thumbprint) {
            throw contradictorySubscription(declaration.position);
        }
    }
    return [...imported.values()];
}
async function openCertificate(declaration, context) {
    context.mask(declaration.certificate);
    const certificate = await readManagementCertificate(declaration.certificate, declaration.position, context.now);
    context.mask(certificate.key);
    return certificate;
}
function importedSubscription({ id, name, cloud }, certificate) {
    return {
        id,
        name,
        managementEndpoint: cloud.serviceManagement.replace(/\/+$/, ''),
        cloudName: cloud.name,
        certificate,
    };
}
function attribute(element, name) {
    return (element.attributes.get(name) ?? '').trim();
}
function oneLine(text) {
    return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./build/credentials/certificate/files.js
var files = __webpack_require__(3266);
;// CONCATENATED MODULE: ./build/credentials/publish-settings/source.js






function publishSettingsFiles(folders) {
    return {
        locate: (value) => /^~(?=$|[/\\])/.test(value) ? (0,external_node_path_.join)(folders.home, value.slice(1)) : (0,external_node_path_.resolve)(folders.workspace, value),
        read: (0,files.certificateFiles)(folders).read,
    };
}
async function readPublishSettings(value, files) {
    if (value.trimStart().startsWith('<'))
        return { kind: 'text', xml: value };
    if (!mayBePath(value.trim()))
        throw neitherPathNorText();
    const path = files.locate(value.trim());
    try {
        return { kind: 'file', path, xml: await files.read(path) };
    }
    catch (error) {
        if (!(error instanceof problem/* CertificateProblem */.T) || !isFileProblem(error.problem))
            throw error;
        throw fileRefusal(error.problem);
    }
}
const MAX_PATH_LENGTH = 4096;
function mayBePath(value) {
    const isBase64 = /^[A-Za-z0-9+/]{200,}={0,2}$/.test(value);
    return value !== '' && value.length <= MAX_PATH_LENGTH && !/[\u0000-\u001f\u007f]/.test(value) && !isBase64;
}
function neitherPathNorText() {
    return new session_error/* SessionError */.P('publish-settings is neither a path nor the text of a publish settings file.', {
        why: 'The text begins with `<`, and a path is one short line. GitHub leaves a secret empty that the job may not see.',
        next: [WHOLE_FILE, STORE_AGAIN],
    });
}

// EXTERNAL MODULE: ./build/net/connections.js
var connections = __webpack_require__(2633);
// EXTERNAL MODULE: ./build/net/retry.js
var net_retry = __webpack_require__(2426);
;// CONCATENATED MODULE: ./build/import-publish-settings.js












const TRIES = 2;
async function importPublishSettings(request, wanted, context) {
    const { cloud, env, http, retry } = context;
    const now = new Date();
    const folders = { workspace: env['GITHUB_WORKSPACE'] || process.cwd(), home: (0,external_node_os_.homedir)() };
    const source = await readPublishSettings(request.publishSettings, publishSettingsFiles(folders));
    const clouds = Object.values(azure_clouds/* KNOWN_CLOUDS */.Np);
    const imported = await parsePublishSettings(source.xml, { clouds, now, mask: context.mask });
    for (const { id } of imported)
        context.maskId(id);
    const [first] = imported;
    if (first === undefined)
        throw import_publish_settings_noSubscription();
    if (first.cloudName !== cloud.name)
        throw otherCloud(first.cloudName, cloud.name);
    for (const warning of expiryWarnings(imported, now))
        context.warn(warning);
    const policy = { ...retry, maxAttempts: Math.min(TRIES, retry.maxAttempts) };
    const { checked, warnings } = await checkManagementCertificates((query) => (0,net_retry/* withRetry */.bD)('The check of a management certificate', policy, () => http.send(query)), imported);
    for (const warning of warnings)
        context.warn(warning);
    const subscriptions = checked.map(managed);
    return {
        kind: 'management-certificates',
        cloud,
        subscriptions,
        selected: choose(subscriptions, wanted, context),
        source,
    };
}
function managed({ subscription, check }) {
    const status = check.outcome === 'accepted' ? check.status : '';
    return { ...subscription, state: status === '' ? 'Unknown' : status === 'Active' ? 'Enabled' : status };
}
function choose(subscriptions, wanted, { warn }) {
    const same = (text) => text.toLowerCase() === wanted?.toLowerCase();
    const named = subscriptions.filter(({ name }) => same(name));
    const byId = subscriptions.find(({ id }) => same(id));
    if (wanted !== undefined && byId === undefined && named.length > 1)
        throw (0,resource_manager/* ambiguousSubscription */.EW)(wanted, named);
    const usable = subscriptions.filter(({ state }) => state !== 'Disabled' && state !== 'Deleted');
    const found = wanted === undefined ? (usable[0] ?? subscriptions[0]) : (byId ?? named[0]);
    if (found === undefined)
        throw notInFile(wanted ?? '', subscriptions);
    if (!usable.includes(found))
        throw (0,resource_manager/* disabledSubscription */.KC)(found);
    if (wanted === undefined && usable.length > 1) {
        warn(`The file holds ${usable.length} subscriptions; the first, ${found.name} (${found.id}), is the default. Name the one you mean in the input \`subscription\`.`);
    }
    return found;
}
const MOST_NAMED = 20;
function notInFile(wanted, subscriptions) {
    const shown = subscriptions
        .slice(0, MOST_NAMED)
        .map(({ id, name }) => `    ${(0,quotable/* quotable */.E)(name, 64)} (${(0,quotable/* quotableId */.n)(id)})`);
    const more = subscriptions.length - shown.length;
    return new session_error/* SessionError */.P(`The publish settings file holds no subscription "${(0,quotable/* quotableId */.n)(wanted)}".`, {
        why: ['It holds:', ...shown, ...(more > 0 ? [`    and ${more} more`] : [])].join('\n'),
        next: ['Give the name or the id of one of these in `subscription`, or the file that has the one you mean.'],
    });
}
function import_publish_settings_noSubscription() {
    return new session_error/* SessionError */.P('The publish settings file holds no subscription.', {
        why: 'It is well-formed, but its profile lists none.',
        next: ['Give the file as it was downloaded, with its `Subscription` elements.'],
    });
}
function otherCloud(found, asked) {
    return new session_error/* SessionError */.P(`The publish settings file belongs to ${found}, not to ${asked}.`, {
        why: 'Its management endpoints are those of the other cloud.',
        next: [{ say: 'Name the cloud of the file:', run: `environment: ${found}` }],
    });
}
function disposeOfSource(source, afterImport) {
    if (source.kind === 'text')
        return [];
    if (afterImport === 'keep')
        return [keptFileWarning()];
    try {
        const target = (0,external_node_fs_.realpathSync)(source.path);
        (0,external_node_fs_.rmSync)(source.path);
        if (target !== source.path)
            (0,external_node_fs_.rmSync)(target, { force: true });
        return [];
    }
    catch (error) {
        return [`The publish settings file could not be deleted (${(0,connections/* codeOf */.$)(error)}). ${keptFileWarning()}`];
    }
}


/***/ })

};
