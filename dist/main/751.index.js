export const id = 751;
export const ids = [751,266];
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

/***/ 8751:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  readClientCertificate: () => (/* binding */ readClientCertificate)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./build/credentials/certificate/ber.js
var ber = __webpack_require__(4112);
// EXTERNAL MODULE: ./build/credentials/certificate/pem.js
var pem = __webpack_require__(8863);
// EXTERNAL MODULE: ./build/credentials/certificate/problem.js
var problem = __webpack_require__(7670);
;// CONCATENATED MODULE: ./build/credentials/certificate/content.js



async function loadContent(value, files) {
    const inline = contentOfText(value);
    if (inline !== undefined)
        return inline;
    if (!mayBePath(value))
        throw new problem/* CertificateProblem */.T({ kind: 'not-a-certificate' });
    const octets = await readFile(value, files);
    const content = (0,ber/* startsAsSequence */.Fs)(octets) ? binary(octets) : contentOfText(textOf(octets));
    if (content === undefined)
        throw new problem/* CertificateProblem */.T({ kind: 'not-a-certificate-file' });
    return content;
}
async function readFile(value, files) {
    try {
        return await files.read(value);
    }
    catch (error) {
        const absent = error instanceof problem/* CertificateProblem */.T && error.problem.kind === 'no-such-file';
        if (absent && !looksLikePath(value))
            throw new problem/* CertificateProblem */.T({ kind: 'not-a-certificate' });
        throw error;
    }
}
function contentOfText(text) {
    if ((0,pem/* holdsPem */.Ll)(text))
        return { kind: 'pem', text };
    const base64 = text.replace(pem/* ESCAPED_LINE_END */.VX, '').replace(/[\s"']/g, '');
    if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64))
        return undefined;
    const octets = Buffer.from(base64, 'base64');
    if (octets.length > MIN_BINARY_LENGTH && (0,ber/* startsAsSequence */.Fs)(octets))
        return binary(octets);
    const decoded = textOf(octets);
    return (0,pem/* holdsPem */.Ll)(decoded) ? { kind: 'pem', text: decoded } : undefined;
}
const MIN_BINARY_LENGTH = 64;
function binary(octets) {
    return { kind: 'binary', octets };
}
function textOf(octets) {
    if (octets[0] === 0xff && octets[1] === 0xfe)
        return octets.toString('utf16le');
    return octets.toString('utf8');
}
const MAX_PATH_LENGTH = 4096;
function mayBePath(value) {
    return value !== '' && value.length <= MAX_PATH_LENGTH && !/[\u0000-\u001f\u007f]/.test(value);
}
function looksLikePath(value) {
    if (value.length > 512 || /^[A-Za-z0-9+/=]{100,}$/.test(value))
        return false;
    return /[/\\]|^~|\.[A-Za-z0-9]{1,8}$/.test(value);
}

// EXTERNAL MODULE: ./build/credentials/certificate/identity.js
var certificate_identity = __webpack_require__(4531);
// EXTERNAL MODULE: ./build/credentials/certificate/pfx.js
var pfx = __webpack_require__(387);
// EXTERNAL MODULE: ./build/credentials/certificate/refusals.js
var refusals = __webpack_require__(6360);
;// CONCATENATED MODULE: ./build/credentials/certificate/read.js







async function readClientCertificate(source, at, files) {
    try {
        const bundle = await bundleOf(await loadContent(source.value.trim(), files), source.password);
        const identity = (0,certificate_identity/* pickIdentity */.KN)(bundle, at);
        (0,certificate_identity/* checkIdentity */.Z0)(identity, at);
        return { certificate: clientCertificateOf(identity), warnings: warningsOf(identity, source.clientId, at) };
    }
    catch (error) {
        if (!(error instanceof problem/* CertificateProblem */.T))
            throw error;
        const password = source.password === '' ? 'empty' : 'given';
        throw (0,refusals/* refusalOf */.Of)(error.problem, { clientId: source.clientId, password, at });
    }
}
const DAY_MS = 24 * 60 * 60 * 1000;
const WARNING_DAYS = 30;
async function bundleOf(content, password) {
    if (content.kind === 'pem')
        return (0,pem/* readPem */.Je)(content.text, password);
    return (0,pfx.isPfx)(content.octets) ? (0,pfx.readPfx)(content.octets, password) : bareBundleOf(content.octets);
}
function bareBundleOf(octets) {
    for (const read of [bareKey, bareCertificate]) {
        try {
            return read(octets);
        }
        catch { }
    }
    throw new problem/* CertificateProblem */.T({ kind: 'damaged', part: 'file' });
}
function bareKey(octets) {
    return { certificates: [], privateKeys: [(0,external_node_crypto_.createPrivateKey)({ key: octets, format: 'der', type: 'pkcs8' })] };
}
function bareCertificate(octets) {
    return { certificates: [(0,pem/* certificateOf */.tq)(octets)], privateKeys: [] };
}
function clientCertificateOf({ leaf, privateKey, chain }) {
    return {
        certificate: leaf.toString(),
        chain: chain.map((certificate) => certificate.toString()),
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        thumbprint: thumbprintOf(leaf),
        thumbprintSha256: leaf.fingerprint256.replaceAll(':', ''),
        notAfter: (0,certificate_identity/* notAfterOf */.LL)(leaf),
    };
}
function thumbprintOf(certificate) {
    return certificate.fingerprint.replaceAll(':', '');
}
function warningsOf({ leaf, passedOver }, clientId, at) {
    const warnings = [];
    const notAfter = (0,certificate_identity/* notAfterOf */.LL)(leaf);
    const daysLeft = Math.floor((notAfter.getTime() - at.getTime()) / DAY_MS);
    if (daysLeft < WARNING_DAYS) {
        const steps = (0,refusals/* renewal */.Bf)(clientId).map((step) => (step.run === undefined ? step.say : `${step.say} ${step.run}`));
        const left = daysLeft === 1 ? '1 day' : `${daysLeft} days`;
        warnings.push(`The certificate expires on ${(0,refusals/* momentOf */.Et)(notAfter)}, in ${left}. ${steps.join(' ')}`);
    }
    if (passedOver > 0) {
        warnings.push(`client-certificate holds ${passedOver + 1} certificates for its private key. The newest is used, thumbprint ` +
            `${thumbprintOf(leaf)}: it must be registered with the application.`);
    }
    return warnings;
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


/***/ })

};
