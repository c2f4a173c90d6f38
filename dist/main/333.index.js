export const id = 333;
export const ids = [333];
export const modules = {

/***/ 5720:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C2: () => (/* binding */ withoutEmpty),
/* harmony export */   Tp: () => (/* binding */ parseDocument),
/* harmony export */   W7: () => (/* binding */ fileOf),
/* harmony export */   iv: () => (/* binding */ changesBetween),
/* harmony export */   pJ: () => (/* binding */ DOCUMENT_NAMES),
/* harmony export */   v9: () => (/* binding */ withSubscriptions),
/* harmony export */   wB: () => (/* binding */ subscriptionsOf)
/* harmony export */ });
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7975);
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6584);
/* harmony import */ var _az_profile_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3739);
/* harmony import */ var _runner_image_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5498);
/* harmony import */ var _ini_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1228);
/* harmony import */ var _session_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3050);






const text = { parse: (content) => content, format: (content) => content };
const FORMS = {
    session: {
        file: _runner_image_js__WEBPACK_IMPORTED_MODULE_1__/* .MARKER_FILE */ .cu,
        parse: _session_js__WEBPACK_IMPORTED_MODULE_2__/* .parseSession */ .i,
        format: (session) => `${JSON.stringify(session)}\n`,
        isEmpty: () => false,
    },
    servicePrincipals: {
        file: 'service_principal_entries.json',
        parse: parseObjects,
        format: _az_profile_js__WEBPACK_IMPORTED_MODULE_3__/* .asciiJson */ .iL,
        isEmpty: (entries) => entries.length === 0,
    },
    msalTokens: {
        file: 'msal_token_cache.json',
        parse: parseSections,
        format: _az_profile_js__WEBPACK_IMPORTED_MODULE_3__/* .asciiJson */ .iL,
        isEmpty: (cache) => Object.values(cache).every((section) => Object.keys((0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(section) ?? {}).length === 0),
    },
    config: { file: 'config', ...text, isEmpty: (config) => !(0,_ini_js__WEBPACK_IMPORTED_MODULE_5__/* .hasOptions */ .zs)(config) },
    clouds: { file: 'clouds.config', ...text, isEmpty: (clouds) => !(0,_ini_js__WEBPACK_IMPORTED_MODULE_5__/* .hasOptions */ .zs)(clouds) },
    classicTokens: {
        file: 'accessTokens.json',
        parse: parseObjects,
        format: indented,
        isEmpty: (tokens) => tokens.length === 0,
    },
    classicConfig: {
        file: 'config.json',
        parse: _net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJsonObject */ .dw,
        format: (config) => `${JSON.stringify(config, null, 4)}\n`,
        isEmpty: (config) => Object.keys(config).length === 0,
    },
    classicTelemetry: { file: 'telemetry.json', ...text, isEmpty: (answer) => answer === '' },
    profile: {
        file: 'azureProfile.json',
        parse: parseProfile,
        format: indented,
        isEmpty: (profile) => subscriptionsIn(profile).length === 0,
    },
};
const DOCUMENT_NAMES = [
    'session',
    'servicePrincipals',
    'msalTokens',
    'config',
    'clouds',
    'classicTokens',
    'classicConfig',
    'classicTelemetry',
    'profile',
];
function fileOf(name) {
    return FORMS[name].file;
}
function parseDocument(name, content) {
    if (content === undefined)
        return { kind: 'document', value: undefined };
    const value = FORMS[name].parse(content);
    return value === undefined ? { kind: 'broken' } : { kind: 'document', value };
}
function changesBetween(before, after) {
    return DOCUMENT_NAMES.flatMap((name) => {
        if ((0,node_util__WEBPACK_IMPORTED_MODULE_0__.isDeepStrictEqual)(before[name], after[name]))
            return [];
        return [{ file: fileOf(name), content: contentOf(after, name) }];
    });
}
function withoutEmpty(documents, names) {
    return names.filter(isDocumentName).reduce((left, name) => withoutEmptyOne(left, name), documents);
}
function withoutEmptyOne(documents, name) {
    const value = documents[name];
    return value !== undefined && FORMS[name].isEmpty(value) ? { ...documents, [name]: undefined } : documents;
}
function contentOf(documents, name) {
    const value = documents[name];
    return value === undefined ? undefined : FORMS[name].format(value);
}
function isDocumentName(name) {
    return Object.hasOwn(FORMS, name);
}
function subscriptionsOf({ profile }) {
    return profile === undefined ? [] : subscriptionsIn(profile);
}
function subscriptionsIn(profile) {
    return (profile['subscriptions'] ?? []);
}
function withSubscriptions(documents, subscriptions) {
    return { ...documents, profile: { ...documents.profile, subscriptions } };
}
function parseProfile(content) {
    const profile = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJsonObject */ .dw)(content);
    return profile !== undefined && isObjects(profile['subscriptions'] ?? []) ? profile : undefined;
}
function parseSections(content) {
    const cache = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJsonObject */ .dw)(content);
    return cache !== undefined && Object.values(cache).every(isTableOfObjects) ? cache : undefined;
}
function parseObjects(content) {
    try {
        const value = JSON.parse(content);
        return isObjects(value) ? value : undefined;
    }
    catch {
        return undefined;
    }
}
function isObjects(value) {
    return Array.isArray(value) && value.every((item) => (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(item) !== undefined);
}
function isTableOfObjects(value) {
    const table = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(value);
    return table !== undefined && Object.values(table).every((item) => (0,_net_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(item) !== undefined);
}
function indented(value) {
    return JSON.stringify(value, null, 2);
}


/***/ }),

/***/ 4965:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ judgeFolder),
/* harmony export */   o: () => (/* binding */ folderFacts)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1487);


function folderFacts(path) {
    let found;
    try {
        found = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(path, { throwIfNoEntry: false });
    }
    catch (error) {
        return { kind: 'out-of-reach', code: error.code ?? 'an unknown error' };
    }
    if (found === undefined)
        return { kind: 'missing' };
    if (found.isSymbolicLink())
        return { kind: 'link' };
    return found.isDirectory() ? { kind: 'folder', owner: found.uid, mode: permissions(found) } : { kind: 'no-folder' };
}
function permissions({ mode }) {
    return mode & 0o7777;
}
function judgeFolder(path, facts, uid) {
    switch (facts.kind) {
        case 'missing':
            return FIT;
        case 'link':
            return refused(path, 'It is a link, and whoever made it could turn it elsewhere.', [
                'Name the folder itself in `config-dir`, not a link to it.',
            ]);
        case 'no-folder':
            return refused(path, 'Something that is no folder has that name.', ['Name another folder in `config-dir`.']);
        case 'out-of-reach':
            return refused(path, WHY_OUT_OF_REACH[facts.code] ?? `The system answered ${facts.code}.`, [
                'Name a folder in `config-dir` that the job’s user can reach.',
            ]);
        case 'folder':
            return uid === undefined ? FIT : judgeOwner(path, facts, uid);
    }
}
const WHY_OUT_OF_REACH = {
    EACCES: 'The job may not look into a folder above it (EACCES).',
    EPERM: 'The job may not look into a folder above it (EPERM).',
    ENOTDIR: 'Something above it is no folder (ENOTDIR).',
    ELOOP: 'The links above it lead in a circle (ELOOP).',
    ENAMETOOLONG: 'The path is longer than the system allows (ENAMETOOLONG).',
};
const FIT = { kind: 'fit', warnings: [] };
const GROUP_MAY_WRITE = 0o020;
const ANYBODY_MAY_WRITE = 0o002;
function judgeOwner(path, { owner, mode }, uid) {
    if (owner !== uid) {
        return refused(path, `It belongs to the user with id ${owner}; the job runs as ${uid}.`, [
            'Name a folder of the job’s own user in `config-dir`, or one that does not exist yet.',
        ]);
    }
    if ((mode & ANYBODY_MAY_WRITE) !== 0) {
        return refused(path, 'Every user of the machine may write there, and could put other credentials in their place.', [
            { say: 'Keep the folder to its owner:', run: `chmod 700 ${quoted(path)}` },
        ]);
    }
    if ((mode & GROUP_MAY_WRITE) === 0)
        return FIT;
    return { kind: 'fit', warnings: [`Every member of its group may write to the shared profile ${path}.`] };
}
function refused(path, why, next) {
    return {
        kind: 'refused',
        error: new _session_error_js__WEBPACK_IMPORTED_MODULE_1__/* .SessionError */ .P(`The folder ${path} cannot hold a profile.`, next === undefined ? { why } : { why, next }),
    };
}
function quoted(path) {
    return `'${path.replaceAll("'", "'\\''")}'`;
}


/***/ }),

/***/ 1228:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MM: () => (/* binding */ rawValue),
/* harmony export */   gz: () => (/* binding */ readOption),
/* harmony export */   nJ: () => (/* binding */ writeOption),
/* harmony export */   zs: () => (/* binding */ hasOptions)
/* harmony export */ });
function readOption(text, section, option) {
    const layout = layoutOf(text);
    const found = findOption(layout, section, option);
    if (found === undefined)
        return undefined;
    const [first = '', ...continued] = layout.lines.slice(found.start, found.end).map((line) => line.trim());
    return [first.replace(/^[^=:]*[=:]\s*/, ''), ...continued].join('\n').trim();
}
function writeOption(text, section, option, value) {
    const layout = layoutOf(text);
    const found = findOption(layout, section, option);
    if (value === undefined)
        return found === undefined ? text : withoutOption(layout, found);
    const line = `${option} = ${value}${text.includes('\r\n') ? '\r' : ''}`;
    if (found !== undefined)
        return layout.lines.toSpliced(found.start, found.end - found.start, line).join('\n');
    const existing = layout.sections.find(({ name }) => name === section);
    if (existing === undefined)
        return withNewSection(text, section, line);
    return layout.lines.toSpliced(lastLine(layout, existing) + 1, 0, line).join('\n');
}
function hasOptions(text) {
    return layoutOf(text).options.length > 0;
}
function rawValue(value) {
    return value.replaceAll('%', '%%').replaceAll(/[\r\n]/g, ' ');
}
function findOption({ options }, section, option) {
    return options.find((found) => found.section === section && found.name === option.toLowerCase());
}
function withoutOption(layout, { section, start, end }) {
    const rest = layout.lines.toSpliced(start, end - start);
    const left = layoutOf(rest.join('\n')).sections.find(({ name }) => name === section);
    if (left === undefined || rest.slice(left.start + 1, left.end).some((line) => line.trim() !== '')) {
        return rest.join('\n');
    }
    const atEnd = left.end === rest.length;
    const from = atEnd && rest[left.start - 1]?.trim() === '' ? left.start - 1 : left.start;
    const kept = rest.toSpliced(from, left.end - from);
    return (atEnd && kept.length > 0 ? [...kept, ''] : kept).join('\n');
}
function withNewSection(text, section, line) {
    const lineEnd = line.endsWith('\r') ? '\r\n' : '\n';
    const before = text === '' ? '' : `${text}${text.endsWith('\n') ? '' : lineEnd}${lineEnd}`;
    return `${before}[${section}]${lineEnd}${line}\n`;
}
function lastLine({ lines }, { end }) {
    return lines.slice(0, end).findLastIndex((line) => line.trim() !== '');
}
function layoutOf(text) {
    const lines = text.split('\n');
    const sections = [];
    const options = [];
    let indent;
    for (const [at, line] of lines.entries()) {
        const trimmed = line.trim();
        if (trimmed === '' || /^[#;]/.test(trimmed))
            continue;
        const depth = line.search(/\S/);
        const option = options.at(-1);
        if (indent !== undefined && depth > indent && option !== undefined) {
            options[options.length - 1] = { ...option, end: at + 1 };
            continue;
        }
        const header = /^\[(.+)\]/.exec(trimmed)?.[1];
        if (header !== undefined) {
            closeSection(sections, at);
            sections.push({ name: header, start: at, end: lines.length });
            indent = undefined;
            continue;
        }
        const name = /^([^=:]+?)\s*[=:]/.exec(trimmed)?.[1] ?? trimmed;
        options.push({ section: sections.at(-1)?.name ?? '', name: name.toLowerCase(), start: at, end: at + 1 });
        indent = depth;
    }
    return { lines, sections, options };
}
function closeSection(sections, end) {
    const open = sections.pop();
    if (open !== undefined)
        sections.push({ ...open, end });
}


/***/ }),

/***/ 8994:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  GZ: () => (/* binding */ FolderGone),
  ue: () => (/* binding */ isLockFile),
  WD: () => (/* binding */ isOldClaim),
  X6: () => (/* binding */ withLocks)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
// EXTERNAL MODULE: ./build/profile/shared/documents.js
var documents = __webpack_require__(5720);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(6584);
;// CONCATENATED MODULE: ./build/profile/shared/lock-owner.js



const LONGEST_HOLD_MS = 60_000;
function isAbandoned(owner, ageMs, here) {
    if (ageMs > LONGEST_HOLD_MS)
        return true;
    if (owner === undefined || owner.where !== here.where)
        return false;
    const started = here.startOf(owner.pid);
    return started === undefined || (started !== '' && owner.started !== '' && started !== owner.started);
}
function formatOwner(owner) {
    return `${JSON.stringify(owner)}\n`;
}
function parseOwner(text) {
    const found = (0,json/* parseJsonObject */.dw)(text);
    const [token, started, where] = ['token', 'started', 'where'].map((name) => (0,json/* stringField */.OM)(found, name));
    const pid = found?.['pid'];
    if (!token || started === undefined || where === undefined || typeof pid !== 'number')
        return undefined;
    return { token, pid, started, where };
}
const HERE = {
    get where() {
        return `${(0,external_node_os_.hostname)()} ${processNamespace()}`;
    },
    startOf(pid) {
        try {
            process.kill(pid, 0);
        }
        catch (error) {
            if (error.code === 'ESRCH')
                return undefined;
        }
        return startTime(pid);
    },
};
function processNamespace() {
    try {
        return (0,external_node_fs_.readlinkSync)('/proc/self/ns/pid');
    }
    catch {
        return '';
    }
}
function startTime(pid) {
    try {
        const stat = (0,external_node_fs_.readFileSync)(`/proc/${pid}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ./build/profile/shared/locks.js





class FolderGone extends Error {
    name = 'FolderGone';
}
const OWN_LOCK = 'azure-session.lock';
const AZ_LOCKS = [`${(0,documents/* fileOf */.W7)('servicePrincipals')}.lockfile`, `${(0,documents/* fileOf */.W7)('msalTokens')}.lockfile`];
const PATIENCE_MS = 90_000;
const AZ_PATIENCE_MS = 5000;
function isOldClaim(name) {
    return name.startsWith(`${OWN_LOCK}.`);
}
function isLockFile(name) {
    return name.startsWith(OWN_LOCK) || AZ_LOCKS.includes(name);
}
async function withLocks(folder, action, patienceMs = PATIENCE_MS) {
    const until = performance.now() + Math.min(PATIENCE_MS, patienceMs);
    const token = await takeOwnLock(folder, until);
    try {
        await takeAzLocks(folder, until);
        try {
            return await action();
        }
        finally {
            release(folder, AZ_LOCKS);
        }
    }
    finally {
        if (ownerOf(folder, OWN_LOCK)?.token === token)
            removeLeftBehind(folder, OWN_LOCK);
    }
}
async function takeOwnLock(folder, until) {
    for (;;) {
        const owner = newOwner();
        const made = folder.createNew(OWN_LOCK, formatOwner(owner));
        if (made === 'created')
            return owner.token;
        if (made === 'no-folder')
            throw new FolderGone();
        breakAbandoned(folder, OWN_LOCK);
        if (performance.now() >= until)
            throw inUse(folder, OWN_LOCK);
        await shortPause();
    }
}
function newOwner() {
    const token = (0,external_node_crypto_.randomBytes)(6).toString('hex');
    return { token, pid: process.pid, started: HERE.startOf(process.pid) ?? '', where: HERE.where };
}
function breakAbandoned(folder, lock) {
    const owner = ownerOf(folder, lock);
    if (!isAbandoned(owner, ageOf(folder, lock), HERE))
        return;
    const claim = `${lock}.${owner?.token ?? 'unknown'}`;
    if (folder.createNew(claim, formatOwner(newOwner())) !== 'created') {
        breakAbandoned(folder, claim);
        return;
    }
    const still = ownerOf(folder, lock);
    if (still?.token === owner?.token && isAbandoned(still, ageOf(folder, lock), HERE))
        folder.removeEntry(lock);
    folder.removeEntry(claim);
}
function ownerOf(folder, lock) {
    return parseOwner(folder.read(lock) ?? '');
}
function ageOf(folder, name) {
    const modified = folder.modifiedAt(name);
    return modified === undefined ? 0 : Date.now() - modified;
}
async function takeAzLocks(folder, until) {
    let seen;
    for (;;) {
        const taken = takeUntilTaken(folder);
        const next = AZ_LOCKS[taken.length];
        if (next === undefined)
            return;
        release(folder, taken);
        const lock = `${next} ${folder.modifiedAt(next)}`;
        if (seen?.lock !== lock)
            seen = { lock, since: performance.now() };
        const unchanged = performance.now() - seen.since > AZ_PATIENCE_MS || ageOf(folder, next) > 2 * AZ_PATIENCE_MS;
        if (unchanged || isOfOurs(folder, next))
            removeLeftBehind(folder, next);
        if (performance.now() >= until)
            throw inUse(folder, next);
        await shortPause();
    }
}
function takeUntilTaken(folder) {
    const taken = [];
    try {
        for (const name of AZ_LOCKS) {
            const made = folder.createNew(name, `${process.pid}${OUR_MARK}`);
            if (made === 'no-folder')
                throw new FolderGone();
            if (made === 'exists')
                break;
            taken.push(name);
        }
        return taken;
    }
    catch (error) {
        release(folder, taken);
        throw error;
    }
}
function release(folder, names) {
    for (const name of names)
        removeLeftBehind(folder, name);
}
const OUR_MARK = ' azure-session';
function isOfOurs(folder, name) {
    try {
        return (folder.read(name) ?? '').endsWith(OUR_MARK);
    }
    catch {
        return false;
    }
}
function removeLeftBehind(folder, name) {
    try {
        folder.removeEntry(name);
    }
    catch {
    }
}
async function shortPause() {
    await (0,promises_.setTimeout)(5 + Math.random() * 20);
}
function inUse(folder, lock) {
    return new session_error/* SessionError */.P(`The shared profile ${folder.path} is in use.`, {
        why: 'Another process held its lock for as long as there was time to wait.',
        next: [`If no job uses that folder, remove ${folder.pathOf(lock)}.`],
    });
}


/***/ }),

/***/ 9333:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   logOut: () => (/* binding */ logOut)
/* harmony export */ });
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1487);
/* harmony import */ var _folder_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6260);
/* harmony import */ var _runner_image_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5498);
/* harmony import */ var _folder_check_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4965);
/* harmony import */ var _locks_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8994);
/* harmony import */ var _merge_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7807);
/* harmony import */ var _shared_files_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(8107);







async function logOut(path, loginId, patienceMs) {
    const facts = (0,_folder_check_js__WEBPACK_IMPORTED_MODULE_3__/* .folderFacts */ .o)(path);
    if (facts.kind === 'missing')
        return { removedFolder: false };
    const verdict = (0,_folder_check_js__WEBPACK_IMPORTED_MODULE_3__/* .judgeFolder */ ._)(path, facts, process.getuid?.());
    if (verdict.kind === 'refused')
        throw verdict.error;
    const folder = _folder_js__WEBPACK_IMPORTED_MODULE_1__/* .ProfileFolder */ .M.existing(path);
    try {
        const left = await lockedOrFull(folder, () => leave(folder, loginId), patienceMs);
        return { removedFolder: left === 'empty' && folder.removeEmpty() === 'removed' };
    }
    catch (error) {
        if (error instanceof _locks_js__WEBPACK_IMPORTED_MODULE_4__/* .FolderGone */ .GZ)
            return { removedFolder: false };
        throw error;
    }
}
async function lockedOrFull(folder, action, patienceMs) {
    try {
        return await (0,_locks_js__WEBPACK_IMPORTED_MODULE_4__/* .withLocks */ .X6)(folder, action, patienceMs);
    }
    catch (error) {
        const code = error instanceof _session_error_js__WEBPACK_IMPORTED_MODULE_0__/* .SessionError */ .P ? error.cause?.code : undefined;
        if (code !== 'ENOSPC' && code !== 'EDQUOT')
            throw error;
        return action();
    }
}
async function leave(folder, loginId) {
    const reading = await (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_6__/* .readDocuments */ .r9)(folder);
    (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_6__/* .removeHalfWritten */ .v6)(folder);
    const { session } = reading.documents;
    const removed = (0,_merge_js__WEBPACK_IMPORTED_MODULE_5__/* .removeLogin */ ._)(reading.documents, loginId);
    if (removed.kind === 'removed') {
        if (removed.folder === 'remove' && reading.broken.length === 0)
            return empty(folder);
        const files = session?.logins.find(({ id }) => id === loginId)?.files ?? [];
        const changes = (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_6__/* .leavingChanges */ .YV)(reading, removed.documents);
        (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_6__/* .applyChanges */ .YF)(folder, changes.slice(0, -1));
        for (const file of files)
            folder.removeEntry(file);
        (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_6__/* .applyChanges */ .YF)(folder, changes.slice(-1));
    }
    if (reading.error !== undefined)
        throw reading.error;
    return 'in-use';
}
function empty(folder) {
    const names = folder.names().filter((name) => !(0,_locks_js__WEBPACK_IMPORTED_MODULE_4__/* .isLockFile */ .ue)(name) && name !== _runner_image_js__WEBPACK_IMPORTED_MODULE_2__/* .MARKER_FILE */ .cu);
    for (const name of [...names, _runner_image_js__WEBPACK_IMPORTED_MODULE_2__/* .MARKER_FILE */ .cu])
        folder.removeEntry(name);
    return 'empty';
}


/***/ }),

/***/ 7807:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  r: () => (/* binding */ addLogin),
  _: () => (/* binding */ removeLogin)
});

// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(6584);
// EXTERNAL MODULE: ./build/credentials/credential.js
var credential = __webpack_require__(4636);
// EXTERNAL MODULE: ./build/profile/shared/documents.js
var shared_documents = __webpack_require__(5720);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
;// CONCATENATED MODULE: ./build/profile/shared/subscription-halves.js


const ACCOUNT_KEYS = new Set([
    'user',
    'tenantId',
    'state',
    'homeTenantId',
    'managedByTenants',
    'tenantDefaultDomain',
    'tenantDisplayName',
]);
const CERTIFICATE_KEYS = new Set(['managementCertificate', 'managementEndpointUrl']);
function splitSubscription(entry) {
    const byCertificate = (0,json/* asObject */.eB)(entry['managementCertificate']) !== undefined;
    const byAccount = !byCertificate || (0,json/* asObject */.eB)(entry['user']) !== undefined;
    return {
        account: byAccount ? without(entry, byCertificate ? CERTIFICATE_KEYS : new Set()) : undefined,
        certificate: byCertificate ? without(entry, ACCOUNT_KEYS) : undefined,
    };
}
function joinSubscription({ account, certificate }, isDefault) {
    if (account === undefined && certificate === undefined)
        return undefined;
    return { ...certificate, ...account, isDefault };
}
function sameAccount(one, other) {
    const [user, otherUser] = [(0,json/* asObject */.eB)(one['user']), (0,json/* asObject */.eB)(other['user'])];
    if (user === undefined || otherUser === undefined)
        return (0,external_node_util_.isDeepStrictEqual)(one, other);
    return ((0,json/* stringField */.OM)(user, 'name').toLowerCase() === (0,json/* stringField */.OM)(otherUser, 'name').toLowerCase() &&
        (0,json/* stringField */.OM)(user, 'type') === (0,json/* stringField */.OM)(otherUser, 'type') &&
        (0,json/* stringField */.OM)(user, 'assignedIdentityInfo') === (0,json/* stringField */.OM)(otherUser, 'assignedIdentityInfo') &&
        (0,json/* stringField */.OM)(one, 'tenantId') === (0,json/* stringField */.OM)(other, 'tenantId'));
}
function sameCertificate(one, other) {
    return (0,external_node_util_.isDeepStrictEqual)(one['managementCertificate'], other['managementCertificate']);
}
const LABEL_KEYS = new Set(['id', 'name', 'environmentName', 'registeredProviders']);
function labelOf(entry) {
    return filtered(entry, (key) => LABEL_KEYS.has(key));
}
function relabelled(entry, label) {
    return { ...label, ...filtered(entry, (key) => !LABEL_KEYS.has(key)) };
}
function without(entry, keys) {
    return filtered(entry, (key) => key !== 'isDefault' && !keys.has(key));
}
function filtered(entry, keep) {
    return Object.fromEntries(Object.entries(entry).filter(([key]) => keep(key)));
}

;// CONCATENATED MODULE: ./build/profile/shared/accounts.js




function accountsIn(documents) {
    const { applications, users } = accountsWithCredentials(documents);
    const halves = (0,shared_documents/* subscriptionsOf */.wB)(documents).flatMap((entry) => {
        const { account } = splitSubscription(entry);
        return account === undefined ? [] : [account];
    });
    return {
        applications: distinct([...applications, ...halves.flatMap(applicationOfSubscription)]),
        users: distinct([...users, ...halves.flatMap(userOfSubscription)]),
    };
}
function distinct(accounts) {
    return [...new Map(accounts.map((account) => [JSON.stringify(account), account])).values()];
}
function accountsWithCredentials({ servicePrincipals, classicTokens, msalTokens }) {
    return {
        applications: [
            ...(servicePrincipals ?? []).map((entry) => application(entry, 'client_id', 'tenant')),
            ...(classicTokens ?? [])
                .filter((token) => Object.hasOwn(token, 'servicePrincipalId'))
                .map((token) => application(token, 'servicePrincipalId', 'servicePrincipalTenant')),
        ],
        users: [
            ...section(msalTokens, 'Account').map(([, account]) => ({
                username: (0,json/* stringField */.OM)(account, 'username').toLowerCase(),
                homeAccountId: (0,json/* stringField */.OM)(account, 'home_account_id'),
            })),
            ...(classicTokens ?? []).map(userIdOf).flatMap((username) => (username === '' ? [] : [nameOnly(username)])),
        ],
    };
}
function accountsWithout(accounts, others) {
    return {
        applications: accounts.applications.filter((one) => !others.applications.some((other) => sameApplication(one, other))),
        users: accounts.users.filter((one) => !others.users.some((other) => sameUser(one, other))),
    };
}
function accountsRelatedTo(accounts, others) {
    return {
        applications: accounts.applications.filter(({ clientId }) => others.applications.some((other) => other.clientId === clientId)),
        users: accounts.users.filter((one) => others.users.some((other) => sameUser(one, other))),
    };
}
function accountsTogether(all) {
    return { applications: all.flatMap(({ applications }) => applications), users: all.flatMap(({ users }) => users) };
}
function forgetAccounts(documents, gone, staying) {
    const wholly = new Set(gone.applications
        .map(({ clientId }) => clientId)
        .filter((clientId) => !staying.applications.some((other) => other.clientId === clientId)));
    const test = {
        application: (account) => wholly.has(account.clientId) || gone.applications.some((one) => sameApplication(one, account)),
        user: (account) => gone.users.some((one) => sameUser(one, account)),
    };
    const { msalTokens, classicTokens } = documents;
    const kept = {
        ...documents,
        msalTokens: msalTokens && withoutUnusedMetadata(keptMsalTokens(msalTokens, test), gone),
        classicTokens: classicTokens?.filter((token) => !isOfGone(token, test)),
    };
    return kept.profile === undefined ? kept : (0,shared_documents/* withSubscriptions */.v9)(kept, keptSubscriptions(kept, test));
}
function keptMsalTokens(cache, gone) {
    const isKept = (token) => {
        const homeAccountId = (0,json/* stringField */.OM)(token, 'home_account_id');
        return homeAccountId === ''
            ? !gone.application(application(token, 'client_id', 'realm'))
            : !gone.user({ homeAccountId, username: '' });
    };
    return Object.fromEntries(Object.keys(cache).map((name) => {
        const entries = section(cache, name);
        return [
            name,
            Object.fromEntries(name === 'AppMetadata' ? entries : entries.filter(([, token]) => isKept(token))),
        ];
    }));
}
function withoutUnusedMetadata(cache, gone) {
    const ofGone = new Set([
        ...gone.applications.map(({ clientId }) => clientId),
        ...(gone.users.length > 0 ? [credential/* AZURE_CLI_CLIENT_ID */.H] : []),
    ]);
    const used = new Set(['AccessToken', 'RefreshToken', 'IdToken'].flatMap((name) => section(cache, name).map(([, token]) => (0,json/* stringField */.OM)(token, 'client_id'))));
    const metadata = section(cache, 'AppMetadata').filter(([, client]) => {
        const clientId = (0,json/* stringField */.OM)(client, 'client_id');
        return !ofGone.has(clientId) || used.has(clientId);
    });
    return Object.hasOwn(cache, 'AppMetadata') ? { ...cache, AppMetadata: Object.fromEntries(metadata) } : cache;
}
function isOfGone(token, gone) {
    const username = userIdOf(token);
    if (username !== '')
        return gone.user(nameOnly(username));
    if (Object.hasOwn(token, 'servicePrincipalId')) {
        return gone.application(application(token, 'servicePrincipalId', 'servicePrincipalTenant'));
    }
    const tenantId = (0,json/* stringField */.OM)(token, '_authority').split('/').at(-1) ?? '';
    return gone.application({ clientId: (0,json/* stringField */.OM)(token, '_clientId'), tenantId });
}
function keptSubscriptions(documents, gone) {
    return (0,shared_documents/* subscriptionsOf */.wB)(documents).flatMap((entry) => {
        const { account, certificate } = splitSubscription(entry);
        const kept = account === undefined ||
            !(applicationOfSubscription(account).some(gone.application) || userOfSubscription(account).some(gone.user));
        if (kept)
            return [entry];
        const left = joinSubscription({ account: undefined, certificate }, entry['isDefault'] === true);
        return left === undefined ? [] : [left];
    });
}
function applicationOfSubscription(half) {
    const user = (0,json/* asObject */.eB)(half['user']);
    if ((0,json/* stringField */.OM)(user, 'type') !== 'servicePrincipal')
        return [];
    return [{ clientId: (0,json/* stringField */.OM)(user, 'name'), tenantId: (0,json/* stringField */.OM)(half, 'tenantId') }];
}
function userOfSubscription(half) {
    const user = (0,json/* asObject */.eB)(half['user']);
    return (0,json/* stringField */.OM)(user, 'type') === 'user' ? [nameOnly((0,json/* stringField */.OM)(user, 'name'))] : [];
}
function application(object, clientId, tenantId) {
    return { clientId: (0,json/* stringField */.OM)(object, clientId), tenantId: (0,json/* stringField */.OM)(object, tenantId) };
}
function userIdOf(token) {
    return (0,json/* stringField */.OM)(token, 'userId').toLowerCase();
}
function nameOnly(username) {
    return { username: username.toLowerCase(), homeAccountId: '' };
}
function sameApplication(one, other) {
    return one.clientId === other.clientId && one.tenantId === other.tenantId;
}
function sameUser(one, other) {
    if (one.homeAccountId !== '' && other.homeAccountId !== '')
        return one.homeAccountId === other.homeAccountId;
    return one.username !== '' && one.username === other.username;
}
function section(cache, name) {
    const entries = Object.entries((0,json/* asObject */.eB)(cache?.[name]) ?? {});
    return entries.flatMap(([key, value]) => {
        const object = (0,json/* asObject */.eB)(value);
        return object === undefined ? [] : [[key, object]];
    });
}

// EXTERNAL MODULE: ./build/profile/classic-profile.js
var classic_profile = __webpack_require__(2446);
// EXTERNAL MODULE: ./build/profile/shared/ini.js
var ini = __webpack_require__(1228);
;// CONCATENATED MODULE: ./build/profile/shared/slots.js





const slots_SLOTS = {
    accounts: halfSlot('account', sameAccount),
    certificates: halfSlot('certificate', sameCertificate),
    labels: { reader: labelReader, write: writeLabels, same: () => true, value: 'any' },
    servicePrincipals: listSlot('servicePrincipals', servicePrincipalKey, sameServicePrincipal),
    msalTokens: singly(readMsalToken, writeMsalToken, () => true),
    classicTokens: listSlot('classicTokens', classicTokenKey, sameClassicToken),
    config: optionSlot('config'),
    mode: singly(readMode, writeMode, equal),
    telemetry: singly(readTelemetry, writeTelemetry, equal),
    clouds: optionSlot('clouds'),
    environments: singly(readEnvironment, writeEnvironment, external_node_util_.isDeepStrictEqual),
    cloudDefault: { ...optionSlot('clouds'), value: 'subscription-id' },
    default: { ...singly(readDefault, writeDefault, sameId), value: 'subscription-id' },
};
function subscriptionFinder(documents) {
    const ids = new Set((0,shared_documents/* subscriptionsOf */.wB)(documents).map(idKey));
    return (id) => ids.has(subscriptionKey(textOf(id) ?? ''));
}
function subscriptionKey(id) {
    return id.toLowerCase();
}
function servicePrincipalKey(entry) {
    return compositeKey((0,json/* stringField */.OM)(entry, 'client_id'), (0,json/* stringField */.OM)(entry, 'tenant'));
}
function classicTokenKey(token) {
    if (Object.hasOwn(token, 'servicePrincipalId')) {
        return compositeKey('key', (0,json/* stringField */.OM)(token, 'servicePrincipalId'), (0,json/* stringField */.OM)(token, 'servicePrincipalTenant'));
    }
    const user = (0,json/* stringField */.OM)(token, 'userId').toLowerCase();
    const names = ['_clientId', 'resource', '_authority'].map((name) => (0,json/* stringField */.OM)(token, name));
    return compositeKey('bearer', user, ...names);
}
function optionKey(section, option) {
    return compositeKey(section, option);
}
function msalTokenKey(section, key) {
    return compositeKey(section, key);
}
function compositeKey(...parts) {
    return JSON.stringify(parts);
}
function keyParts(key) {
    const [first = '', second = ''] = JSON.parse(key);
    return [first, second];
}
function singly(read, write, same) {
    return {
        reader: (documents) => (key) => read(documents, key),
        write: (documents, changes) => [...changes].reduce((written, [key, value]) => write(written, value, key), documents),
        same,
        value: 'any',
    };
}
function halfSlot(half, same) {
    return {
        reader(documents) {
            const entries = firstByKey((0,shared_documents/* subscriptionsOf */.wB)(documents), idKey);
            return (key) => {
                const entry = entries.get(key);
                return entry === undefined ? undefined : splitSubscription(entry)[half];
            };
        },
        write(documents, changes) {
            const rejoined = (value, entry) => {
                const others = entry === undefined ? { account: undefined, certificate: undefined } : splitSubscription(entry);
                return joinSubscription({ ...others, [half]: (0,json/* asObject */.eB)(value) }, entry?.['isDefault'] === true);
            };
            return (0,shared_documents/* withSubscriptions */.v9)(documents, replaced((0,shared_documents/* subscriptionsOf */.wB)(documents), idKey, changes, rejoined));
        },
        same: bothObjects(same),
        value: 'any',
    };
}
function labelReader(documents) {
    const entries = firstByKey((0,shared_documents/* subscriptionsOf */.wB)(documents), idKey);
    return (key) => {
        const entry = entries.get(key);
        return entry === undefined ? undefined : labelOf(entry);
    };
}
function writeLabels(documents, changes) {
    const labelled = (0,shared_documents/* subscriptionsOf */.wB)(documents).map((entry) => {
        const label = (0,json/* asObject */.eB)(changes.get(idKey(entry)));
        return label === undefined ? entry : relabelled(entry, label);
    });
    return (0,shared_documents/* withSubscriptions */.v9)(documents, labelled);
}
function listSlot(name, keyOf, same) {
    return {
        reader(documents) {
            const items = firstByKey(documents[name] ?? [], keyOf);
            return (key) => items.get(key);
        },
        write: (documents, changes) => ({
            ...documents,
            [name]: replaced(documents[name] ?? [], keyOf, changes, json/* asObject */.eB),
        }),
        same: bothObjects(same),
        value: 'any',
    };
}
function firstByKey(items, keyOf) {
    return new Map(items.map((item) => [keyOf(item), item]).reverse());
}
function replaced(items, keyOf, changes, replace) {
    const left = new Map(changes);
    const list = (item) => (item === undefined ? [] : [item]);
    const inPlace = items.flatMap((item) => {
        const key = keyOf(item);
        if (!changes.has(key))
            return [item];
        return left.delete(key) ? list(replace(changes.get(key), item)) : [];
    });
    return [...inPlace, ...[...left.values()].flatMap((value) => list(replace(value, undefined)))];
}
function sameServicePrincipal(one, other) {
    if (typeof one['client_assertion'] === 'string' && typeof other['client_assertion'] === 'string')
        return true;
    return ['client_secret', 'certificate', 'client_assertion'].every((name) => one[name] === other[name]);
}
function sameClassicToken(one, other) {
    if (!Object.hasOwn(one, 'servicePrincipalId'))
        return true;
    return ['accessToken', 'certificateFile'].every((name) => one[name] === other[name]);
}
function readMsalToken({ msalTokens }, key) {
    const [section, name] = keyParts(key);
    const tokens = (0,json/* asObject */.eB)(msalTokens?.[section]);
    return tokens !== undefined && Object.hasOwn(tokens, name) ? (0,json/* asObject */.eB)(tokens[name]) : undefined;
}
function writeMsalToken(documents, value, key) {
    const [section, name] = keyParts(key);
    const { [name]: _replaced, ...others } = (0,json/* asObject */.eB)(documents.msalTokens?.[section]) ?? {};
    const tokens = value === undefined ? others : { ...others, [name]: value };
    const { [section]: _section, ...sections } = documents.msalTokens ?? {};
    const msalTokens = Object.keys(tokens).length === 0 ? sections : { ...documents.msalTokens, [section]: tokens };
    return { ...documents, msalTokens };
}
function optionSlot(name) {
    return singly((documents, key) => (0,ini/* readOption */.gz)(documents[name] ?? '', ...keyParts(key)), (documents, value, key) => {
        const text = (0,ini/* writeOption */.nJ)(documents[name] ?? '', ...keyParts(key), textOf(value));
        return { ...documents, [name]: text };
    }, equal);
}
function readTelemetry({ classicTelemetry }) {
    return classicTelemetry;
}
function writeTelemetry(documents, text) {
    return { ...documents, classicTelemetry: textOf(text) };
}
function readMode({ classicConfig }) {
    return (0,json/* stringField */.OM)(classicConfig, 'mode') || undefined;
}
function writeMode(documents, mode) {
    const { mode: _replaced, ...others } = documents.classicConfig ?? {};
    return { ...documents, classicConfig: mode === undefined ? others : { ...documents.classicConfig, mode } };
}
function environmentsOf({ profile }) {
    const environments = profile?.['environments'];
    return Array.isArray(environments) ? environments : [];
}
function isNamed(name) {
    return (environment) => (0,json/* stringField */.OM)((0,json/* asObject */.eB)(environment), 'name') === name;
}
function readEnvironment(documents, name) {
    return (0,json/* asObject */.eB)(environmentsOf(documents).find(isNamed(name)));
}
function writeEnvironment(documents, environment, name) {
    const others = environmentsOf(documents).filter((other) => !isNamed(name)(other));
    const environments = environment === undefined ? others : [...others, environment];
    return { ...documents, profile: { ...documents.profile, environments } };
}
function readDefault(documents) {
    return (0,json/* stringField */.OM)((0,shared_documents/* subscriptionsOf */.wB)(documents).find(isDefault), 'id') || undefined;
}
function writeDefault(documents, id) {
    const marked = (0,shared_documents/* subscriptionsOf */.wB)(documents).map((entry) => {
        const selected = id !== undefined && sameId((0,json/* stringField */.OM)(entry, 'id'), id);
        return selected === isDefault(entry) ? entry : { ...entry, isDefault: selected };
    });
    return (0,shared_documents/* withSubscriptions */.v9)(documents, marked);
}
function isDefault(entry) {
    return entry['isDefault'] === true;
}
function idKey(entry) {
    return subscriptionKey((0,json/* stringField */.OM)(entry, 'id'));
}
function sameId(one, other) {
    return subscriptionKey(textOf(one) ?? '') === subscriptionKey(textOf(other) ?? '');
}
function equal(one, other) {
    return one === other;
}
function bothObjects(same) {
    return (one, other) => typeof one === 'object' && typeof other === 'object' && same(one, other);
}
function textOf(value) {
    return typeof value === 'string' ? value : undefined;
}

;// CONCATENATED MODULE: ./build/profile/shared/layers.js


function lay(documents, claims, login) {
    return Object.entries(Object.groupBy(claims, ({ slot }) => slot)).reduce((laid, [slot, ofSlot]) => layInSlot(laid, slot, ofSlot, login, documents), documents);
}
function layInSlot(documents, slot, claims, login, found) {
    const stacks = stacksOf(documents, slot);
    const read = slots_SLOTS[slot].reader(found);
    const changes = new Map();
    for (const { key, value } of claims) {
        const layers = stacks.get(key) ?? [];
        const there = changes.get(key) ?? read(key);
        const known = layers.length > 0 && same(slot, there, layers.at(-1)?.value);
        const displaced = known ? [] : [displacedLayer(slot, layers, there)];
        stacks.set(key, [...layers, ...displaced, { from: 'login', login, value }]);
        changes.set(key, value);
    }
    return withStacks({ ...documents, ...slots_SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function displacedLayer(slot, layers, there) {
    if (there === undefined)
        return { from: 'folder' };
    const earlier = layers.findLast((layer) => layer.from === 'login' && same(slot, there, layer.value));
    return { ...(earlier ?? { from: 'folder' }), value: there };
}
function lift(documents, slot, login, found) {
    const stacks = stacksOf(documents, slot);
    const read = slots_SLOTS[slot].reader(found);
    const isThere = subscriptionFinder(documents);
    const fits = (value) => slots_SLOTS[slot].value === 'any' || isThere(value);
    const changes = new Map();
    for (const [key, layers] of [...stacks]) {
        const left = layers.filter((layer) => !isOf(layer, login));
        if (left.length === layers.length)
            continue;
        if (left.some(({ from }) => from === 'login'))
            stacks.set(key, left);
        else
            stacks.delete(key);
        const there = read(key);
        if (there === undefined)
            continue;
        const top = layers.at(-1)?.value;
        const next = left.findLast(({ value }) => value === undefined || fits(value))?.value;
        const goes = same(slot, there, top) ? !(0,external_node_util_.isDeepStrictEqual)(next, top) : !fits(there);
        if (goes)
            changes.set(key, next);
    }
    if (changes.size === 0)
        return withStacks(documents, slot, stacks, documents.session);
    return withStacks({ ...documents, ...slots_SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function revise(documents, slot, login, change) {
    const stacks = stacksOf(documents, slot);
    const read = SLOTS[slot].reader(documents);
    const changes = new Map();
    for (const [key, layers] of stacks) {
        const top = layers.at(-1);
        const there = read(key);
        if (top !== undefined && isOf(top, login) && there !== undefined && same(slot, there, top.value)) {
            changes.set(key, change(there));
        }
        stacks.set(key, layers.map((layer) => (isOf(layer, login) ? { ...layer, value: change(layer.value) } : layer)));
    }
    return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function folderValues(session, slot) {
    return Object.values(session.layers[slot] ?? {})
        .flat()
        .flatMap(({ from, value }) => (from === 'folder' && value !== undefined ? [value] : []));
}
function same(slot, there, laid) {
    if (there === undefined || laid === undefined)
        return there === laid;
    return slots_SLOTS[slot].same(there, laid);
}
function isOf(layer, login) {
    return layer.from === 'login' && layer.login === login;
}
function stacksOf({ session }, slot) {
    return new Map(Object.entries(session.layers[slot] ?? {}));
}
function withStacks(documents, slot, stacks, session) {
    return { ...documents, session: { ...session, layers: { ...session.layers, [slot]: Object.fromEntries(stacks) } } };
}

;// CONCATENATED MODULE: ./build/profile/shared/claims.js






function claimsOf(documents, login, nature) {
    const { contribution } = login;
    const subscriptions = contribution.subscriptions.map((entry) => ({ ...entry }));
    const selected = (0,json/* stringField */.OM)(subscriptions.find((entry) => entry['isDefault'] === true), 'id');
    return [
        ...subscriptions.flatMap(subscriptionClaims(documents)),
        ...contribution.servicePrincipals.map((entry) => entryClaim('servicePrincipals', servicePrincipalKey, { ...entry })),
        ...msalClaims(contribution),
        ...contribution.classicTokens.map((token) => entryClaim('classicTokens', classicTokenKey, { ...token })),
        ...cloudClaims(contribution),
        ...polite(documents, settings(nature)),
        { slot: 'mode', key: '', value: login.mode },
        ...(selected === '' ? [] : defaultClaims(contribution.cloudName, selected)),
    ];
}
function subscriptionClaims(documents) {
    const labelThere = slots_SLOTS.labels.reader(documents);
    return (entry) => {
        const key = subscriptionKey((0,json/* stringField */.OM)(entry, 'id'));
        const { account, certificate } = splitSubscription(entry);
        const label = account === undefined ? labelThere(key) : undefined;
        return [
            ...(account === undefined ? [] : [{ slot: 'accounts', key, value: account }]),
            ...(certificate === undefined ? [] : [{ slot: 'certificates', key, value: certificate }]),
            { slot: 'labels', key, value: label ?? labelOf(entry) },
        ];
    };
}
function entryClaim(slot, keyOf, value) {
    return { slot, key: keyOf(value), value };
}
function msalClaims({ msalTokens }) {
    return Object.entries(msalTokens ?? {}).flatMap(([section, entries]) => Object.entries((0,json/* asObject */.eB)(entries) ?? {}).flatMap(([name, entry]) => {
        const value = (0,json/* asObject */.eB)(entry);
        return value === undefined ? [] : [{ slot: 'msalTokens', key: msalTokenKey(section, name), value }];
    }));
}
function cloudClaims({ cloudName, clientCloud }) {
    const active = claims_option('cloud', 'name', (0,ini/* rawValue */.MM)(cloudName));
    if (clientCloud === undefined)
        return [active];
    const { azCloud, azCore, classicEnvironment } = clientCloud;
    return [
        active,
        ...azCore.map(([name, value]) => claims_option('core', name, (0,ini/* rawValue */.MM)(value))),
        ...azCloud.map(([name, value]) => ({ slot: 'clouds', key: optionKey(cloudName, name), value: (0,ini/* rawValue */.MM)(value) })),
        { slot: 'environments', key: cloudName, value: { ...classicEnvironment } },
    ];
}
function settings({ encryptsByDefault }) {
    return [
        ...(encryptsByDefault ? [claims_option('core', 'encrypt_token_cache', 'false')] : []),
        { slot: 'telemetry', key: '', value: classic_profile/* CLASSIC_TELEMETRY */.xl },
    ];
}
function furnished(documents, { contribution, defaults }) {
    const claims = [
        ...cloudClaims(contribution),
        claims_option('core', 'collect_telemetry', 'no'),
        claims_option('core', 'encrypt_token_cache', 'false'),
        ...defaults.flatMap((line) => {
            const [, name = '', value = ''] = /^([\w.-]+)\s*=\s*(.*)$/.exec(line.trim()) ?? [];
            return name === '' ? [] : [claims_option('defaults', name, value)];
        }),
    ];
    return polite(documents, claims).reduce((written, { slot, key, value }) => slots_SLOTS[slot].write(written, new Map([[key, value]])), documents);
}
function polite(documents, claims) {
    return claims.filter(({ slot, key, value }) => {
        const there = slots_SLOTS[slot].reader(documents)(key);
        return there === undefined || same(slot, there, value);
    });
}
function claims_option(section, name, value) {
    return { slot: 'config', key: optionKey(section, name), value };
}
function defaultClaims(cloudName, id) {
    return [
        { slot: 'cloudDefault', key: optionKey(cloudName, 'subscription'), value: id },
        { slot: 'default', key: '', value: id },
    ];
}

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
;// CONCATENATED MODULE: ./build/profile/shared/refusals.js




function refuseUnfit(documents, contribution, nature) {
    const { cloudName } = contribution;
    const other = otherCloud(documents, contribution);
    if (other !== undefined) {
        throw new session_error/* SessionError */.P(`The shared profile belongs to the cloud ${other}; this login is one of ${cloudName}.`, {
            why: 'The Azure CLI shows the subscriptions of one cloud at a time, so the accounts of the other would be lost to it.',
            next: ['Give the logins of each cloud a `config-dir` of their own.'],
        });
    }
    if (encryptsTokens(documents, nature)) {
        throw new session_error/* SessionError */.P('The shared profile keeps its tokens encrypted, where this login cannot be added.', {
            why: 'The Azure CLI reads either encrypted or plain token stores. Plain ones would hide the accounts that are there.',
            next: [
                'Name another folder in `config-dir`.',
                {
                    say: 'Or let the Azure CLI keep plain stores in that folder, and sign in to its other accounts again:',
                    run: 'az config set core.encrypt_token_cache=false',
                },
            ],
        });
    }
}
function otherCloud(documents, { cloudName, clientCloud }) {
    const { config, servicePrincipals } = documents;
    const subscriptions = (0,shared_documents/* subscriptionsOf */.wB)(documents);
    const other = subscriptions
        .map((entry) => (0,json/* stringField */.OM)(entry, 'environmentName'))
        .find((name) => name !== '' && name !== cloudName);
    if (other !== undefined)
        return other;
    if (subscriptions.length === 0 && (servicePrincipals ?? []).length === 0)
        return undefined;
    const active = (0,ini/* readOption */.gz)(config ?? '', 'cloud', 'name');
    if (active !== undefined && active !== (0,ini/* rawValue */.MM)(cloudName))
        return active.replaceAll('%%', '%');
    return clientCloud === undefined ? undefined : namesake(documents, cloudName, clientCloud);
}
function namesake({ clouds }, cloudName, { azCloud }) {
    const endpoint = (text) => text.toLowerCase().replace(/\/+$/, '');
    const differing = azCloud
        .filter(([name]) => TELLING_ENDPOINTS.includes(name))
        .map(([name, value]) => ({ value, there: (0,ini/* readOption */.gz)(clouds ?? '', cloudName, name) }))
        .find(({ value, there }) => there !== undefined && endpoint(there) !== endpoint((0,ini/* rawValue */.MM)(value)));
    return differing === undefined ? undefined : `${cloudName} at ${differing.there}`;
}
const TELLING_ENDPOINTS = ['endpoint_resource_manager', 'endpoint_active_directory'];
const FALSE = ['0', 'no', 'false', 'off'];
function encryptsTokens({ config }, { encryptsByDefault, encryptedStores }) {
    const option = (0,ini/* readOption */.gz)(config ?? '', 'core', 'encrypt_token_cache');
    if (option === undefined)
        return encryptsByDefault && encryptedStores === 'present';
    return !FALSE.includes(option.toLowerCase());
}

// EXTERNAL MODULE: ./build/profile/shared/session.js
var shared_session = __webpack_require__(3050);
;// CONCATENATED MODULE: ./build/profile/shared/merge.js









function addLogin(documents, login, nature) {
    const { contribution } = login;
    refuseUnfit(documents, contribution, nature);
    const session = sessionBefore(documents, nature);
    const accounts = accountsOf(contribution);
    const joined = {
        ...session,
        ownAccounts: accountsTogether([session.ownAccounts, ownAccounts(documents, session, accounts)]),
        logins: [...session.logins, { id: login.id, accounts, files: filesOf(login) }],
    };
    const profile = documents.profile ?? { installationId: nature.installationId, environments: [], subscriptions: [] };
    const bare = { ...documents, profile };
    const start = { ...(nature.origin === 'made' ? furnished(bare, login) : bare), session: joined };
    return {
        documents: lay(start, claimsOf(start, login, nature), login.id),
        warnings: takenOver(documents, contribution),
    };
}
function removeLogin(documents, id) {
    const { session } = documents;
    const login = session?.logins.find((other) => other.id === id);
    if (session === undefined || login === undefined)
        return { kind: 'unknown-login' };
    const logins = session.logins.filter((other) => other !== login);
    const start = { ...documents, session: { ...session, logins } };
    const slots = Object.keys(slots_SLOTS);
    const liftAll = (from, value) => slots.filter((slot) => slots_SLOTS[slot].value === value).reduce((left, slot) => lift(left, slot, id, documents), from);
    const lifted = liftAll(start, 'any');
    const staying = accountsTogether([
        ...logins.map(({ accounts }) => accounts),
        session.ownAccounts,
        { ...accountsWithCredentials(lifted), users: [] },
    ]);
    const forgotten = forgetAccounts(lifted, accountsWithout(login.accounts, staying), staying);
    const left = liftAll({ ...forgotten, session: lifted.session }, 'subscription-id');
    return logins.length > 0 ? { kind: 'removed', documents: left, folder: 'keep' } : afterLast(left);
}
function afterLast(documents) {
    const { origin, absentFiles } = documents.session;
    const { applications, users } = accountsIn(documents);
    const abandoned = applications.length === 0 && users.length === 0 && (0,shared_documents/* subscriptionsOf */.wB)(documents).length === 0;
    const session = origin === 'private' ? (0,shared_session/* newSession */.R)('private', []) : undefined;
    return {
        kind: 'removed',
        documents: (0,shared_documents/* withoutEmpty */.C2)({ ...documents, session }, absentFiles),
        folder: origin === 'made' && abandoned ? 'remove' : 'keep',
    };
}
function filesOf({ contribution, laterFiles }) {
    return [...contribution.files.map(({ name }) => name), ...laterFiles];
}
function sessionBefore(documents, { origin }) {
    const { session } = documents;
    if (session !== undefined && session.logins.length > 0)
        return origin === 'made' ? { ...session, origin } : session;
    const absent = shared_documents/* DOCUMENT_NAMES */.pJ.filter((name) => documents[name] === undefined && name !== 'session');
    return (0,shared_session/* newSession */.R)(session?.origin ?? origin, absent);
}
function ownAccounts(documents, session, accounts) {
    const ofLogins = accountsTogether([...session.logins.map((login) => login.accounts), session.ownAccounts]);
    const beneath = folderValues(session, 'accounts').flatMap((half) => typeof half === 'object' ? [half] : []);
    const inFolder = accountsIn((0,shared_documents/* withSubscriptions */.v9)(documents, [...(0,shared_documents/* subscriptionsOf */.wB)(documents), ...beneath]));
    return accountsRelatedTo(accountsWithout(inFolder, ofLogins), accounts);
}
function accountsOf(contribution) {
    return accountsIn({
        session: undefined,
        servicePrincipals: contribution.servicePrincipals.map((entry) => ({ ...entry })),
        msalTokens: contribution.msalTokens === undefined ? undefined : { ...contribution.msalTokens },
        classicTokens: contribution.classicTokens.map((token) => ({ ...token })),
        config: undefined,
        clouds: undefined,
        classicConfig: undefined,
        classicTelemetry: undefined,
        profile: { subscriptions: contribution.subscriptions.map((entry) => ({ ...entry })) },
    });
}
const NAMED_AT_MOST = 3;
function takenOver(documents, { subscriptions }) {
    const read = slots_SLOTS.accounts.reader(documents);
    const taken = subscriptions.flatMap((entry) => {
        const { account } = splitSubscription({ ...entry });
        const before = read(subscriptionKey(entry.id));
        if (account === undefined || typeof before !== 'object' || userName(before) === '')
            return [];
        return sameAccount(account, before) ? [] : [`${entry.name} (${entry.id}), until now ${userName(before)}`];
    });
    if (taken.length === 0)
        return [];
    const more = taken.length > NAMED_AT_MOST ? `; and ${taken.length - NAMED_AT_MOST} more` : '';
    return [
        `Another account of the shared profile sees the same subscriptions: ${taken.slice(0, NAMED_AT_MOST).join('; ')}${more}. ` +
            'The clients know one account for each: it is that of this login, until it is logged out.',
    ];
}
function userName(half) {
    return (0,json/* stringField */.OM)((0,json/* asObject */.eB)(half['user']), 'name');
}


/***/ }),

/***/ 3050:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ newSession),
/* harmony export */   i: () => (/* binding */ parseSession)
/* harmony export */ });
/* harmony import */ var _net_json_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6584);

function newSession(origin, absentFiles) {
    const ownAccounts = { applications: [], users: [] };
    return { version: 1, origin, logins: [], ownAccounts, absentFiles, layers: {} };
}
function parseSession(text) {
    const found = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJsonObject */ .dw)(text);
    if (found === undefined || found['version'] !== 1)
        return undefined;
    if (!Object.hasOwn(found, 'logins'))
        return newSession('private', []);
    const { logins, ownAccounts, absentFiles, layers } = found;
    const whole = list(logins, isLogin) &&
        isAccounts(ownAccounts) &&
        list(absentFiles, isString) &&
        table(layers, (slot) => table(slot, (stack) => list(stack, isLayer)));
    return whole ? found : undefined;
}
function isLogin(value) {
    const login = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(value);
    return (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .stringField */ .OM)(login, 'id') !== '' && isAccounts(login?.['accounts']) && list(login?.['files'], isString);
}
function isAccounts(value) {
    const accounts = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(value);
    const ofStrings = (account) => table(account, isString);
    return list(accounts?.['applications'], ofStrings) && list(accounts?.['users'], ofStrings);
}
function isLayer(value) {
    const layer = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(value);
    if (layer === undefined)
        return false;
    const held = layer['value'];
    if (held !== undefined && !isString(held) && (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(held) === undefined)
        return false;
    return layer['from'] === 'folder' || (layer['from'] === 'login' && isString(layer['login']) && held !== undefined);
}
function isString(value) {
    return typeof value === 'string';
}
function list(value, each) {
    return Array.isArray(value) && value.every(each);
}
function table(value, each) {
    const object = (0,_net_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(value);
    return object !== undefined && Object.values(object).every(each);
}


/***/ }),

/***/ 8107:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   YF: () => (/* binding */ applyChanges),
/* harmony export */   YV: () => (/* binding */ leavingChanges),
/* harmony export */   r9: () => (/* binding */ readDocuments),
/* harmony export */   v6: () => (/* binding */ removeHalfWritten)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _session_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1487);
/* harmony import */ var _documents_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5720);
/* harmony import */ var _locks_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8994);




const TRIES = 4;
const WAIT_MS = 250;
async function readDocuments(folder) {
    for (let tries = TRIES;; tries--) {
        const reading = readOnce(folder);
        if (reading.broken.length === 0 || tries <= 1)
            return reading;
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(WAIT_MS);
    }
}
function readOnce(folder) {
    const documents = {};
    const broken = [];
    let first;
    const readOne = (name) => {
        try {
            const parsed = (0,_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .parseDocument */ .Tp)(name, folder.read((0,_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .fileOf */ .W7)(name)));
            if (parsed.kind === 'broken')
                throw notUnderstood(folder.pathOf((0,_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .fileOf */ .W7)(name)));
            documents[name] = parsed.value;
        }
        catch (error) {
            if (!(error instanceof _session_error_js__WEBPACK_IMPORTED_MODULE_1__/* .SessionError */ .P))
                throw error;
            broken.push(name);
            first ??= error;
        }
    };
    _documents_js__WEBPACK_IMPORTED_MODULE_2__/* .DOCUMENT_NAMES */ .pJ.forEach(readOne);
    return { documents: { ...NOTHING, ...documents }, broken, error: first };
}
const NOTHING = {
    session: undefined,
    servicePrincipals: undefined,
    msalTokens: undefined,
    config: undefined,
    clouds: undefined,
    classicTokens: undefined,
    classicConfig: undefined,
    classicTelemetry: undefined,
    profile: undefined,
};
function notUnderstood(path) {
    return new _session_error_js__WEBPACK_IMPORTED_MODULE_1__/* .SessionError */ .P(`Cannot read ${path}.`, {
        why: 'It is not what a client would have written there, so it is left as it is.',
        next: ['Mend or remove the file, or name another folder in `config-dir`.'],
    });
}
function applyChanges(folder, changes) {
    for (const { file, content } of changes) {
        if (content === undefined)
            folder.removeEntry(file);
        else
            folder.write(file, content);
        if (file === (0,_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .fileOf */ .W7)('msalTokens') && content !== undefined)
            folder.markModified(file);
    }
}
function leavingChanges({ documents, broken }, left) {
    const unknown = new Set(broken.map(_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .fileOf */ .W7));
    return (0,_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .changesBetween */ .iv)(documents, left)
        .filter(({ file }) => !unknown.has(file))
        .reverse();
}
function removeHalfWritten(folder) {
    for (const name of folder.names()) {
        if (/\.[0-9a-f]{12}\.new$/.test(name) || (0,_locks_js__WEBPACK_IMPORTED_MODULE_3__/* .isOldClaim */ .WD)(name))
            folder.removeEntry(name);
    }
}


/***/ })

};
