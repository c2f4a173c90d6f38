export const id = 387;
export const ids = [387];
export const modules = {

/***/ 4112:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dk: () => (/* binding */ TAG),
/* harmony export */   Fs: () => (/* binding */ startsAsSequence),
/* harmony export */   GG: () => (/* binding */ childOf),
/* harmony export */   JB: () => (/* binding */ naturalOf),
/* harmony export */   KU: () => (/* binding */ derOctets),
/* harmony export */   LU: () => (/* binding */ childrenOf),
/* harmony export */   ZK: () => (/* binding */ derNatural),
/* harmony export */   _2: () => (/* binding */ derOid),
/* harmony export */   _f: () => (/* binding */ oidOf),
/* harmony export */   ao: () => (/* binding */ octetsOf),
/* harmony export */   eL: () => (/* binding */ readBer),
/* harmony export */   xy: () => (/* binding */ derSequence),
/* harmony export */   y8: () => (/* binding */ der)
/* harmony export */ });
/* harmony import */ var _problem_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7670);

const TAG = {
    integer: 0x02,
    octetString: 0x04,
    null: 0x05,
    oid: 0x06,
    sequence: 0x30,
    set: 0x31,
    context0: 0xa0,
    context0Primitive: 0x80,
};
const CONSTRUCTED = 0x20;
const MAX_DEPTH = 48;
function readBer(bytes) {
    return readAt(bytes, 0, 0).value;
}
function childrenOf(parent) {
    if ((parent.tag & CONSTRUCTED) === 0)
        throw malformed();
    const children = [];
    let offset = 0;
    while (offset < parent.content.length) {
        const { value, end } = readAt(parent.content, offset, 0);
        children.push(value);
        offset = end;
    }
    return children;
}
function childOf(parent, index, tag) {
    const child = childrenOf(parent)[index];
    if (child?.tag !== tag)
        throw malformed();
    return child;
}
function octetsOf(string, depth = 0) {
    if ((string.tag & CONSTRUCTED) === 0)
        return string.content;
    if (depth > MAX_DEPTH)
        throw malformed();
    return Buffer.concat(childrenOf(string).map((chunk) => octetsOf(chunk, depth + 1)));
}
function naturalOf(integer) {
    const [first] = integer.content;
    if (integer.tag !== TAG.integer || first === undefined || first >= 0x80)
        throw malformed();
    const significant = integer.content.subarray(integer.content.findIndex((octet) => octet !== 0));
    if (significant.length > 6)
        return Number.POSITIVE_INFINITY;
    return significant.reduce((sum, octet) => sum * 256 + octet, 0);
}
function oidOf(oid) {
    const [first] = oid.content;
    if (oid.tag !== TAG.oid || first === undefined || oid.content.length > 32)
        throw malformed();
    const arcs = [Math.min(2, Math.floor(first / 40))];
    let arc = 0;
    for (const octet of oid.content) {
        arc = arc * 128 + (octet & 0x7f);
        if (octet >= 0x80)
            continue;
        arcs.push(arcs.length === 1 ? arc - 40 * (arcs[0] ?? 0) : arc);
        arc = 0;
    }
    return arcs.join('.');
}
function startsAsSequence(bytes) {
    const [tag, length] = bytes;
    return tag === TAG.sequence && length !== undefined && length >= 0x80 && length <= 0x84;
}
function der(tag, ...contents) {
    const content = Buffer.concat(contents);
    if (content.length < 0x80)
        return Buffer.concat([Buffer.of(tag, content.length), content]);
    const length = minimalOctets(content.length);
    return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content]);
}
function derSequence(...contents) {
    return der(TAG.sequence, ...contents);
}
function derOctets(octets) {
    return der(TAG.octetString, octets);
}
function derNatural(value) {
    const octets = minimalOctets(value);
    const signed = (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets;
    return der(TAG.integer, signed);
}
function derOid(dotted) {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    return der(TAG.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}
function readAt(bytes, offset, depth) {
    const tag = bytes[offset];
    const lengthOctet = bytes[offset + 1];
    const highTagNumber = tag !== undefined && (tag & 0x1f) === 0x1f;
    if (tag === undefined || lengthOctet === undefined || highTagNumber || depth > MAX_DEPTH)
        throw malformed();
    if (lengthOctet === 0x80)
        return readIndefinite(bytes, offset, tag, depth);
    const lengthOctets = lengthOctet < 0x80 ? 0 : lengthOctet & 0x7f;
    const start = offset + 2 + lengthOctets;
    if (lengthOctets > 4 || start > bytes.length)
        throw malformed();
    const length = lengthOctets === 0 ? lengthOctet : bytes.readUIntBE(offset + 2, lengthOctets);
    if (start + length > bytes.length)
        throw malformed();
    return { value: { tag, content: bytes.subarray(start, start + length) }, end: start + length };
}
function readIndefinite(bytes, offset, tag, depth) {
    if ((tag & CONSTRUCTED) === 0)
        throw malformed();
    const start = offset + 2;
    let end = start;
    while (bytes[end] !== 0 || bytes[end + 1] !== 0)
        end = readAt(bytes, end, depth + 1).end;
    return { value: { tag, content: bytes.subarray(start, end) }, end: end + 2 };
}
function minimalOctets(value) {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(value);
    return octets.subarray(Math.min(3, Math.clz32(value) >> 3));
}
function base128(arc) {
    const octets = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7)
        octets.unshift(0x80 | (rest & 0x7f));
    return octets;
}
function malformed() {
    return new _problem_js__WEBPACK_IMPORTED_MODULE_0__/* .CertificateProblem */ .T({ kind: 'damaged', part: 'file' });
}


/***/ }),

/***/ 9131:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  J6: () => (/* binding */ DerivationBudget),
  Yc: () => (/* binding */ decrypt),
  F0: () => (/* binding */ digestLength),
  ol: () => (/* binding */ digestOf),
  fR: () => (/* binding */ encryptionOf),
  lk: () => (/* binding */ pkcs12Octets),
  uP: () => (/* binding */ spendOn),
  nl: () => (/* binding */ spendOnPkcs12Key)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./build/credentials/certificate/ber.js
var ber = __webpack_require__(4112);
// EXTERNAL MODULE: ./build/credentials/certificate/problem.js
var problem = __webpack_require__(7670);
;// CONCATENATED MODULE: ./build/credentials/certificate/rc2.js
function decryptRc2(key, iv, ciphertext) {
    if (ciphertext.length === 0 || ciphertext.length % BLOCK !== 0)
        return undefined;
    const schedule = expand(key);
    const plain = Buffer.alloc(ciphertext.length);
    let previous = iv;
    for (let start = 0; start < ciphertext.length; start += BLOCK) {
        const block = ciphertext.subarray(start, start + BLOCK);
        const words = decryptBlock(block, schedule);
        for (let word = 0; word < 4; word++) {
            plain.writeUInt16LE((words[word] ?? 0) ^ previous.readUInt16LE(2 * word), start + 2 * word);
        }
        previous = block;
    }
    return withoutPadding(plain);
}
const BLOCK = 8;
const PI_TABLE = Buffer.from('d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32' +
    'bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a' +
    '961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e' +
    'c5f3db47e5a59c770aa62068fe7fc1ad', 'hex');
const ROTATIONS = [1, 2, 3, 5];
function expand(key) {
    const octets = Buffer.alloc(128, 0);
    key.copy(octets);
    for (let index = key.length; index < 128; index++) {
        octets[index] = pi((octets[index - 1] ?? 0) + (octets[index - key.length] ?? 0));
    }
    octets[128 - key.length] = pi(octets[128 - key.length] ?? 0);
    for (let index = 127 - key.length; index >= 0; index--) {
        octets[index] = pi((octets[index + 1] ?? 0) ^ (octets[index + key.length] ?? 0));
    }
    return Uint16Array.from({ length: 64 }, (_, word) => octets.readUInt16LE(2 * word));
}
function pi(index) {
    return PI_TABLE[index & 0xff] ?? 0;
}
function decryptBlock(block, schedule) {
    const words = new Uint16Array([0, 2, 4, 6].map((offset) => block.readUInt16LE(offset)));
    for (let round = 15; round >= 0; round--) {
        reverseMix(words, schedule, 4 * round);
        if (round === 11 || round === 5)
            reverseMash(words, schedule);
    }
    return words;
}
function reverseMix(words, schedule, first) {
    for (let index = 3; index >= 0; index--) {
        const [one, two, three] = before(words, index);
        const rotation = ROTATIONS[index] ?? 0;
        const word = words[index] ?? 0;
        const rotated = (word >>> rotation) | (word << (16 - rotation));
        words[index] = rotated - (schedule[first + index] ?? 0) - (one & two) - (~one & three);
    }
}
function reverseMash(words, schedule) {
    for (let index = 3; index >= 0; index--) {
        const [one] = before(words, index);
        words[index] = (words[index] ?? 0) - (schedule[one & 63] ?? 0);
    }
}
function before(words, index) {
    return [words[(index + 3) & 3] ?? 0, words[(index + 2) & 3] ?? 0, words[(index + 1) & 3] ?? 0];
}
function withoutPadding(plain) {
    const count = plain.at(-1) ?? 0;
    const padding = plain.subarray(-count);
    const right = count >= 1 && count <= BLOCK && padding.every((octet) => octet === count);
    return right ? plain.subarray(0, plain.length - count) : undefined;
}

;// CONCATENATED MODULE: ./build/credentials/certificate/password-encryption.js





class DerivationBudget {
    #unitsLeft = 1_000_000;
    spend(units) {
        this.#unitsLeft -= units;
        if (!(this.#unitsLeft >= 0))
            throw new problem/* CertificateProblem */.T({ kind: 'costly-encryption' });
    }
}
const ROUND_COST = { pkcs12: 1, pbkdf2: 0.13, pbkdf2Sha512: 0.45, scrypt: 0.4, rc2Octet: 0.2 };
const HMACS = {
    '1.2.840.113549.2.7': 'sha1',
    '1.2.840.113549.2.8': 'sha224',
    '1.2.840.113549.2.9': 'sha256',
    '1.2.840.113549.2.10': 'sha384',
    '1.2.840.113549.2.11': 'sha512',
};
const DIGESTS = {
    '1.3.14.3.2.26': 'sha1',
    '2.16.840.1.101.3.4.2.4': 'sha224',
    '2.16.840.1.101.3.4.2.1': 'sha256',
    '2.16.840.1.101.3.4.2.2': 'sha384',
    '2.16.840.1.101.3.4.2.3': 'sha512',
};
const DES_EDE3 = { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 };
const PBES2_CIPHERS = {
    '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
    '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
    '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
    '1.2.840.113549.3.7': DES_EDE3,
};
const PKCS12_CIPHERS = {
    '1.2.840.113549.1.12.1.3': DES_EDE3,
    '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyLength: 16, ivLength: 8 },
    '1.2.840.113549.1.12.1.5': { name: 'rc2-cbc', keyLength: 16, ivLength: 8 },
    '1.2.840.113549.1.12.1.6': { name: 'rc2-cbc', keyLength: 5, ivLength: 8 },
};
const HASH_SIZES = {
    sha1: { digest: 20, block: 64 },
    sha224: { digest: 28, block: 64 },
    sha256: { digest: 32, block: 64 },
    sha384: { digest: 48, block: 128 },
    sha512: { digest: 64, block: 128 },
};
const OID = {
    pbes2: '1.2.840.113549.1.5.13',
    pbkdf2: '1.2.840.113549.1.5.12',
    scrypt: '1.3.6.1.4.1.11591.4.11',
};
function encryptionOf(algorithm) {
    const oid = (0,ber/* oidOf */._f)((0,ber/* childOf */.GG)(algorithm, 0, ber/* TAG */.Dk.oid));
    if (oid === OID.pbes2)
        return pbes2Of((0,ber/* childOf */.GG)(algorithm, 1, ber/* TAG */.Dk.sequence));
    const cipher = PKCS12_CIPHERS[oid];
    if (cipher === undefined)
        throw new problem/* CertificateProblem */.T({ kind: 'unsupported-encryption' });
    const parameters = (0,ber/* childOf */.GG)(algorithm, 1, ber/* TAG */.Dk.sequence);
    const salt = (0,ber/* octetsOf */.ao)((0,ber/* childOf */.GG)(parameters, 0, ber/* TAG */.Dk.octetString));
    return { scheme: 'pkcs12', cipher, salt, iterations: (0,ber/* naturalOf */.JB)((0,ber/* childOf */.GG)(parameters, 1, ber/* TAG */.Dk.integer)) };
}
function spendOn(encryption, budget) {
    if (encryption.scheme === 'pkcs12') {
        const { keyLength, ivLength } = encryption.cipher;
        spendOnPkcs12Key('sha1', encryption.iterations, keyLength, budget);
        spendOnPkcs12Key('sha1', encryption.iterations, ivLength, budget);
        return;
    }
    const { derivation, cipher } = encryption;
    if (derivation.name === 'scrypt') {
        budget.spend(derivation.work * ROUND_COST.scrypt);
        return;
    }
    const { digest, block } = HASH_SIZES[derivation.hash];
    const round = block === 128 ? ROUND_COST.pbkdf2Sha512 : ROUND_COST.pbkdf2;
    budget.spend(derivation.iterations * Math.ceil(cipher.keyLength / digest) * round);
}
async function decrypt(algorithm, ciphertext, password, budget) {
    const encryption = encryptionOf(algorithm);
    spendOn(encryption, budget);
    const { key, iv } = await keyAndIv(encryption, password);
    const plain = decipher(encryption.cipher.name, key, iv, ciphertext, budget);
    if (plain === undefined)
        throw new problem/* CertificateProblem */.T({ kind: 'password-refused' });
    return plain;
}
function pkcs12Octets(password, wanted) {
    const { digest, block } = HASH_SIZES[wanted.hash];
    const diversifier = Buffer.alloc(block, { key: 1, iv: 2, mac: 3 }[wanted.purpose]);
    const input = Buffer.concat([repeated(wanted.salt, block), repeated(bmpString(password), block)]);
    const derived = [];
    for (let length = 0; length < wanted.length; length += digest) {
        let octets = (0,external_node_crypto_.hash)(wanted.hash, Buffer.concat([diversifier, input]), 'buffer');
        for (let round = 1; round < wanted.iterations; round++)
            octets = (0,external_node_crypto_.hash)(wanted.hash, octets, 'buffer');
        derived.push(octets);
        addToBlocks(input, Buffer.alloc(block, octets));
    }
    return Buffer.concat(derived).subarray(0, wanted.length);
}
function spendOnPkcs12Key(hashName, iterations, length, budget) {
    if (iterations < 1)
        throw new problem/* CertificateProblem */.T({ kind: 'damaged', part: 'file' });
    budget.spend(iterations * Math.ceil(length / HASH_SIZES[hashName].digest) * ROUND_COST.pkcs12);
}
function digestOf(algorithm) {
    const name = DIGESTS[(0,ber/* oidOf */._f)((0,ber/* childOf */.GG)(algorithm, 0, ber/* TAG */.Dk.oid))];
    if (name === undefined)
        throw new problem/* CertificateProblem */.T({ kind: 'unsupported-encryption' });
    return name;
}
function digestLength(hashName) {
    return HASH_SIZES[hashName].digest;
}
function pbes2Of(parameters) {
    const derivation = derivationOf((0,ber/* childOf */.GG)(parameters, 0, ber/* TAG */.Dk.sequence));
    const scheme = (0,ber/* childOf */.GG)(parameters, 1, ber/* TAG */.Dk.sequence);
    const cipher = PBES2_CIPHERS[(0,ber/* oidOf */._f)((0,ber/* childOf */.GG)(scheme, 0, ber/* TAG */.Dk.oid))];
    if (cipher === undefined)
        throw new problem/* CertificateProblem */.T({ kind: 'unsupported-encryption' });
    return { scheme: 'pbes2', derivation, cipher, iv: (0,ber/* octetsOf */.ao)((0,ber/* childOf */.GG)(scheme, 1, ber/* TAG */.Dk.octetString)) };
}
function derivationOf(algorithm) {
    const oid = (0,ber/* oidOf */._f)((0,ber/* childOf */.GG)(algorithm, 0, ber/* TAG */.Dk.oid));
    const parameters = (0,ber/* childOf */.GG)(algorithm, 1, ber/* TAG */.Dk.sequence);
    if (oid === OID.scrypt) {
        const [, n, r, p] = (0,ber/* childrenOf */.LU)(parameters);
        if (n === undefined || r === undefined || p === undefined)
            throw new problem/* CertificateProblem */.T({ kind: 'damaged', part: 'file' });
        return { name: 'scrypt', work: (0,ber/* naturalOf */.JB)(n) * (0,ber/* naturalOf */.JB)(r) * (0,ber/* naturalOf */.JB)(p) };
    }
    if (oid !== OID.pbkdf2)
        throw new problem/* CertificateProblem */.T({ kind: 'unsupported-encryption' });
    const salt = (0,ber/* octetsOf */.ao)((0,ber/* childOf */.GG)(parameters, 0, ber/* TAG */.Dk.octetString));
    const iterations = (0,ber/* naturalOf */.JB)((0,ber/* childOf */.GG)(parameters, 1, ber/* TAG */.Dk.integer));
    if (iterations < 1)
        throw new problem/* CertificateProblem */.T({ kind: 'damaged', part: 'file' });
    return { name: 'pbkdf2', hash: hmacOf(parameters), salt, iterations };
}
function hmacOf(pbkdf2Parameters) {
    const named = (0,ber/* childrenOf */.LU)(pbkdf2Parameters)
        .slice(2)
        .find((parameter) => parameter.tag === ber/* TAG */.Dk.sequence);
    if (named === undefined)
        return 'sha1';
    const name = HMACS[(0,ber/* oidOf */._f)((0,ber/* childOf */.GG)(named, 0, ber/* TAG */.Dk.oid))];
    if (name === undefined)
        throw new problem/* CertificateProblem */.T({ kind: 'unsupported-encryption' });
    return name;
}
const derivePbkdf2 = (0,external_node_util_.promisify)(external_node_crypto_.pbkdf2);
async function keyAndIv(encryption, password) {
    const { keyLength, ivLength } = encryption.cipher;
    if (encryption.scheme === 'pkcs12') {
        const { salt, iterations } = encryption;
        return {
            key: pkcs12Octets(password, { hash: 'sha1', purpose: 'key', salt, iterations, length: keyLength }),
            iv: pkcs12Octets(password, { hash: 'sha1', purpose: 'iv', salt, iterations, length: ivLength }),
        };
    }
    const { derivation, iv } = encryption;
    if (derivation.name === 'scrypt')
        throw new problem/* CertificateProblem */.T({ kind: 'unsupported-encryption' });
    const { salt, iterations } = derivation;
    return { key: await derivePbkdf2(password ?? '', salt, iterations, keyLength, derivation.hash), iv };
}
function decipher(cipher, key, iv, ciphertext, budget) {
    if (cipher === 'rc2-cbc') {
        budget.spend(ciphertext.length * ROUND_COST.rc2Octet);
        return decryptRc2(key, iv, ciphertext);
    }
    try {
        const aesOrDes = (0,external_node_crypto_.createDecipheriv)(cipher, key, iv);
        return Buffer.concat([aesOrDes.update(ciphertext), aesOrDes.final()]);
    }
    catch {
        return undefined;
    }
}
function bmpString(password) {
    return password === null ? Buffer.alloc(0) : Buffer.from(`${password}\0`, 'utf16le').swap16();
}
function repeated(octets, block) {
    if (octets.length === 0)
        return octets;
    return Buffer.alloc(block * Math.ceil(octets.length / block), octets);
}
function addToBlocks(blocks, addend) {
    for (let start = 0; start < blocks.length; start += addend.length) {
        let carry = 1;
        for (let index = addend.length - 1; index >= 0; index--) {
            carry += (blocks[start + index] ?? 0) + (addend[index] ?? 0);
            blocks[start + index] = carry & 0xff;
            carry >>= 8;
        }
    }
}


/***/ }),

/***/ 8863:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Je: () => (/* binding */ readPem),
/* harmony export */   Ll: () => (/* binding */ holdsPem),
/* harmony export */   VX: () => (/* binding */ ESCAPED_LINE_END),
/* harmony export */   tq: () => (/* binding */ certificateOf)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _ber_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4112);
/* harmony import */ var _password_encryption_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9131);
/* harmony import */ var _problem_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7670);




function holdsPem(text) {
    return text.includes(BEGIN);
}
function readPem(text, password) {
    const budget = new _password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .DerivationBudget */ .J6();
    const certificates = [];
    const privateKeys = [];
    for (const block of blocksOf(text)) {
        if (CERTIFICATE_LABELS.has(block.label))
            certificates.push(certificateOf(block.octets));
        else if (KEY_LABELS.has(block.label))
            privateKeys.push(privateKeyOf(block, password, budget));
        else if (block.label.endsWith('PRIVATE KEY'))
            throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'foreign-key-format' });
    }
    return { certificates, privateKeys };
}
function certificateOf(der) {
    try {
        return new node_crypto__WEBPACK_IMPORTED_MODULE_0__.X509Certificate(der);
    }
    catch {
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'damaged', part: 'certificate' });
    }
}
const ESCAPED_LINE_END = /\\{1,4}[nr]/g;
const BEGIN = '-----BEGIN ';
const CERTIFICATE_LABELS = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);
const KEY_LABELS = new Set([
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'DSA PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
]);
function blocksOf(text) {
    const blocks = [];
    let begin = text.indexOf(BEGIN);
    while (begin !== -1) {
        const labelEnd = text.indexOf('-----', begin + BEGIN.length);
        const label = text.slice(begin + BEGIN.length, labelEnd);
        const end = text.indexOf('-----END ', labelEnd);
        const endLine = `-----END ${label}-----`;
        if (labelEnd === -1 || end === -1 || !text.startsWith(endLine, end))
            throw damaged('file');
        blocks.push(blockOf(label, text.slice(labelEnd + 5, end)));
        begin = text.indexOf(BEGIN, end + endLine.length);
    }
    return blocks;
}
function blockOf(label, body) {
    const lines = body.replace(ESCAPED_LINE_END, '\n');
    const legacy = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]{1,32},\s*[0-9A-Fa-f]{1,64})\s/.exec(lines);
    const base64 = lines.slice(legacy?.[0].length ?? 0).replace(/\s/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
        throw damaged('file');
    return { label, octets: Buffer.from(base64, 'base64'), dekInfo: legacy?.[1] ?? '' };
}
function privateKeyOf(block, password, budget) {
    const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || block.dekInfo !== '';
    if (encrypted)
        checkEncryption(block, budget);
    try {
        return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPrivateKey)(encrypted ? { key: pemOf(block), passphrase: password } : pemOf(block));
    }
    catch {
        throw encrypted ? new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'password-refused' }) : damaged('private key');
    }
}
function checkEncryption(block, budget) {
    if (block.dekInfo !== '') {
        if (!/^(AES-(128|192|256)|DES-EDE3)-CBC,/.test(block.dekInfo)) {
            throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'unsupported-encryption' });
        }
        return;
    }
    const encryption = (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .encryptionOf */ .fR)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)(block.octets), 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.sequence));
    if (encryption.cipher.name === 'rc2-cbc')
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'unsupported-encryption' });
    (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .spendOn */ .uP)(encryption, budget);
}
function pemOf({ label, octets, dekInfo }) {
    const headers = dekInfo === '' ? [] : ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${dekInfo.replace(/\s/g, '')}`, ''];
    const base64 = octets.toString('base64').match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...headers, ...base64, `-----END ${label}-----`, ''].join('\n');
}
function damaged(part) {
    return new _problem_js__WEBPACK_IMPORTED_MODULE_3__/* .CertificateProblem */ .T({ kind: 'damaged', part });
}


/***/ }),

/***/ 387:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   isPfx: () => (/* binding */ isPfx),
/* harmony export */   readPfx: () => (/* binding */ readPfx)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _ber_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4112);
/* harmony import */ var _password_encryption_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9131);
/* harmony import */ var _pem_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8863);
/* harmony import */ var _problem_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7670);





function isPfx(octets) {
    try {
        const [version] = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childrenOf */ .LU)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)(octets));
        return version?.tag === _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.integer && (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .naturalOf */ .JB)(version) === 3;
    }
    catch {
        return false;
    }
}
async function readPfx(octets, password) {
    const budget = new _password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .DerivationBudget */ .J6();
    try {
        return await readWith(octets, password, budget);
    }
    catch (error) {
        const refused = error instanceof _problem_js__WEBPACK_IMPORTED_MODULE_4__/* .CertificateProblem */ .T && error.problem.kind === 'password-refused';
        if (!refused || password !== '')
            throw error;
        return await readWith(octets, null, budget);
    }
}
const OID = {
    data: '1.2.840.113549.1.7.1',
    encryptedData: '1.2.840.113549.1.7.6',
    keyBag: '1.2.840.113549.1.12.10.1.1',
    shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
    certBag: '1.2.840.113549.1.12.10.1.3',
    x509Certificate: '1.2.840.113549.1.9.22.1',
};
async function readWith(octets, password, budget) {
    const opener = { password, budget };
    const [, authSafe, macData] = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childrenOf */ .LU)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)(octets));
    if (authSafe === undefined)
        throw damaged('file');
    const authenticated = dataOf(authSafe);
    if (macData !== undefined)
        checkMac(macData, authenticated, opener);
    const certificates = [];
    const privateKeys = [];
    for (const contentInfo of (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childrenOf */ .LU)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)(authenticated))) {
        for (const bag of (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childrenOf */ .LU)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)(await safeOf(contentInfo, opener)))) {
            const type = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .oidOf */ ._f)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(bag, 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.oid));
            if (type === OID.certBag)
                certificates.push(...certificatesOf(bag));
            else if (type === OID.keyBag)
                privateKeys.push(privateKeyOf((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(bag, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.context0).content));
            else if (type === OID.shroudedKeyBag)
                privateKeys.push(await shroudedKeyOf(bag, opener));
        }
    }
    return { certificates, privateKeys };
}
function dataOf(contentInfo) {
    if ((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .oidOf */ ._f)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(contentInfo, 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.oid)) !== OID.data) {
        throw new _problem_js__WEBPACK_IMPORTED_MODULE_4__/* .CertificateProblem */ .T({ kind: 'unsupported-encryption' });
    }
    return (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .octetsOf */ .ao)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(contentInfo, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.context0).content));
}
function checkMac(macData, authenticated, { password, budget }) {
    const [digestInfo, saltString, iterationCount] = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childrenOf */ .LU)(macData);
    if (digestInfo === undefined || saltString === undefined)
        throw damaged('file');
    const hash = (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .digestOf */ .ol)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(digestInfo, 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.sequence));
    const expected = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .octetsOf */ .ao)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(digestInfo, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.octetString));
    const iterations = iterationCount === undefined ? 1 : (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .naturalOf */ .JB)(iterationCount);
    const length = (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .digestLength */ .F0)(hash);
    (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .spendOnPkcs12Key */ .nl)(hash, iterations, length, budget);
    const key = (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .pkcs12Octets */ .lk)(password, { hash, purpose: 'mac', salt: (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .octetsOf */ .ao)(saltString), iterations, length });
    const actual = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHmac)(hash, key).update(authenticated).digest();
    if (expected.length !== actual.length || !(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.timingSafeEqual)(expected, actual))
        throw passwordRefused();
}
async function safeOf(contentInfo, { password, budget }) {
    if ((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .oidOf */ ._f)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(contentInfo, 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.oid)) !== OID.encryptedData)
        return dataOf(contentInfo);
    const encryptedData = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(contentInfo, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.context0).content);
    const [, algorithm, ciphertext] = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childrenOf */ .LU)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(encryptedData, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.sequence));
    if (algorithm === undefined || ciphertext === undefined)
        throw damaged('file');
    return sequenceOrRefused(await (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .decrypt */ .Yc)(algorithm, (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .octetsOf */ .ao)(ciphertext), password, budget));
}
function certificatesOf(bag) {
    const certBag = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(bag, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.context0).content);
    if ((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .oidOf */ ._f)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(certBag, 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.oid)) !== OID.x509Certificate)
        return [];
    return [(0,_pem_js__WEBPACK_IMPORTED_MODULE_3__/* .certificateOf */ .tq)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .octetsOf */ .ao)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(certBag, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.context0).content)))];
}
async function shroudedKeyOf(bag, { password, budget }) {
    const encrypted = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .readBer */ .eL)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(bag, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.context0).content);
    const ciphertext = (0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .octetsOf */ .ao)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(encrypted, 1, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.octetString));
    const decrypted = await (0,_password_encryption_js__WEBPACK_IMPORTED_MODULE_2__/* .decrypt */ .Yc)((0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .childOf */ .GG)(encrypted, 0, _ber_js__WEBPACK_IMPORTED_MODULE_1__/* .TAG */ .Dk.sequence), ciphertext, password, budget);
    return privateKeyOf(sequenceOrRefused(decrypted));
}
function privateKeyOf(pkcs8) {
    try {
        return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPrivateKey)({ key: pkcs8, format: 'der', type: 'pkcs8' });
    }
    catch {
        throw damaged('private key');
    }
}
function sequenceOrRefused(decrypted) {
    if (!(0,_ber_js__WEBPACK_IMPORTED_MODULE_1__/* .startsAsSequence */ .Fs)(decrypted))
        throw passwordRefused();
    return decrypted;
}
function passwordRefused() {
    return new _problem_js__WEBPACK_IMPORTED_MODULE_4__/* .CertificateProblem */ .T({ kind: 'password-refused' });
}
function damaged(part) {
    return new _problem_js__WEBPACK_IMPORTED_MODULE_4__/* .CertificateProblem */ .T({ kind: 'damaged', part });
}


/***/ })

};
