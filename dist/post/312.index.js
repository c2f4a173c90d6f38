export const id = 312;
export const ids = [312];
export const modules = {

/***/ 312:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  logOut: () => (/* binding */ logOut)
});

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(487);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(24);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(760);
// EXTERNAL MODULE: ./build/profile/removal.js
var removal = __webpack_require__(374);
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
        (0,removal/* removeFolder */.v$)(this.path);
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
function folder_readForeignFile(path, largest) {
    try {
        const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
        try {
            const { size } = fstatSync(file);
            if (!fstatSync(file).isFile() || size > largest)
                return undefined;
            const content = Buffer.alloc(size);
            const length = readSync(file, content, 0, size, 0);
            return content.toString('utf8', 0, length).replace(/^\ufeff/, '');
        }
        finally {
            closeSync(file);
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

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(161);
;// CONCATENATED MODULE: ./build/profile/runner-image.js





const MARKER_FILE = 'azure-session.json';
const INDEXES = (/* unused pure expression or super */ null && (['commandIndex.json', 'extensionIndex.json', 'extensionHelpIndex.json']));
const VERSION_CHECK = 'versionCheck.json';
const LARGEST_FILE = (/* unused pure expression or super */ null && (16 * 1024 * 1024));
function readRunnerImage(env, platform) {
    const folder = env['AZURE_CONFIG_DIR'] || join(homedir(), '.azure');
    const read = (name) => readForeignFile(join(folder, name), LARGEST_FILE) ?? '';
    const extensions = join(folder, 'cliextensions');
    const isOfThisJob = (env['AZURE_CONFIG_DIR'] ?? '') !== '' && existsSync(join(folder, MARKER_FILE));
    const owner = isOfThisJob ? 'earlier-login' : 'workflow';
    const bicep = join(folder, 'bin', platform === 'win32' ? 'bicep.exe' : 'bicep');
    return {
        extensionDir: owner === 'workflow' && (env['AZURE_EXTENSION_DIR'] ?? '') === '' && existsSync(extensions) ? extensions : '',
        defaults: defaultsSection(read('config')),
        indexes: copiedIndexes(read),
        bicep: existsSync(bicep) ? bicep : '',
        owner,
    };
}
function copiedIndexes(read) {
    const files = new Map();
    let version = '';
    for (const name of INDEXES) {
        const content = read(name);
        const ofVersion = stringField(parseJsonObject(content), 'version');
        if (ofVersion === '')
            continue;
        files.set(name, content);
        version ||= ofVersion;
    }
    const check = read(VERSION_CHECK);
    const checked = asObject(asObject(parseJsonObject(check)?.['versions'])?.['core']);
    if (/^\d+(\.\d+)*$/.test(stringField(checked, 'local')))
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
        linkSync(bicep, name);
    }
    catch {
        try {
            symlinkSync(bicep, name);
        }
        catch {
        }
    }
}

;// CONCATENATED MODULE: ./build/profile/shared/folder-check.js


function folderFacts(path) {
    let found;
    try {
        found = (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false });
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
        error: new session_error/* SessionError */.P(`The folder ${path} cannot hold a profile.`, next === undefined ? { why } : { why, next }),
    };
}
function quoted(path) {
    return `'${path.replaceAll("'", "'\\''")}'`;
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(500);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(975);
// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(584);
;// CONCATENATED MODULE: ./build/profile/az-profile.js


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

;// CONCATENATED MODULE: ./build/profile/shared/ini.js
function ini_readOption(text, section, option) {
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
function ini_rawValue(value) {
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

;// CONCATENATED MODULE: ./build/profile/shared/session.js

function session_newSession(origin, absentFiles) {
    const ownAccounts = { applications: [], users: [] };
    return { version: 1, origin, logins: [], ownAccounts, absentFiles, layers: {} };
}
function parseSession(text) {
    const found = (0,json/* parseJsonObject */.dw)(text);
    if (found === undefined || found['version'] !== 1)
        return undefined;
    if (!Object.hasOwn(found, 'logins'))
        return session_newSession('private', []);
    const { logins, ownAccounts, absentFiles, layers } = found;
    const whole = list(logins, isLogin) &&
        isAccounts(ownAccounts) &&
        list(absentFiles, isString) &&
        table(layers, (slot) => table(slot, (stack) => list(stack, isLayer)));
    return whole ? found : undefined;
}
function isLogin(value) {
    const login = (0,json/* asObject */.eB)(value);
    return (0,json/* stringField */.OM)(login, 'id') !== '' && isAccounts(login?.['accounts']) && list(login?.['files'], isString);
}
function isAccounts(value) {
    const accounts = (0,json/* asObject */.eB)(value);
    const ofStrings = (account) => table(account, isString);
    return list(accounts?.['applications'], ofStrings) && list(accounts?.['users'], ofStrings);
}
function isLayer(value) {
    const layer = (0,json/* asObject */.eB)(value);
    if (layer === undefined)
        return false;
    const held = layer['value'];
    if (held !== undefined && !isString(held) && (0,json/* asObject */.eB)(held) === undefined)
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
    const object = (0,json/* asObject */.eB)(value);
    return object !== undefined && Object.values(object).every(each);
}

;// CONCATENATED MODULE: ./build/profile/shared/documents.js






const documents_text = { parse: (content) => content, format: (content) => content };
const FORMS = {
    session: {
        file: MARKER_FILE,
        parse: parseSession,
        format: (session) => `${JSON.stringify(session)}\n`,
        isEmpty: () => false,
    },
    servicePrincipals: {
        file: 'service_principal_entries.json',
        parse: parseObjects,
        format: asciiJson,
        isEmpty: (entries) => entries.length === 0,
    },
    msalTokens: {
        file: 'msal_token_cache.json',
        parse: parseSections,
        format: asciiJson,
        isEmpty: (cache) => Object.values(cache).every((section) => Object.keys((0,json/* asObject */.eB)(section) ?? {}).length === 0),
    },
    config: { file: 'config', ...documents_text, isEmpty: (config) => !hasOptions(config) },
    clouds: { file: 'clouds.config', ...documents_text, isEmpty: (clouds) => !hasOptions(clouds) },
    classicTokens: {
        file: 'accessTokens.json',
        parse: parseObjects,
        format: indented,
        isEmpty: (tokens) => tokens.length === 0,
    },
    classicConfig: {
        file: 'config.json',
        parse: json/* parseJsonObject */.dw,
        format: (config) => `${JSON.stringify(config, null, 4)}\n`,
        isEmpty: (config) => Object.keys(config).length === 0,
    },
    classicTelemetry: { file: 'telemetry.json', ...documents_text, isEmpty: (answer) => answer === '' },
    profile: {
        file: 'azureProfile.json',
        parse: parseProfile,
        format: indented,
        isEmpty: (profile) => subscriptionsIn(profile).length === 0,
    },
};
const documents_DOCUMENT_NAMES = [
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
    return documents_DOCUMENT_NAMES.flatMap((name) => {
        if ((0,external_node_util_.isDeepStrictEqual)(before[name], after[name]))
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
function documents_subscriptionsOf({ profile }) {
    return profile === undefined ? [] : subscriptionsIn(profile);
}
function subscriptionsIn(profile) {
    return (profile['subscriptions'] ?? []);
}
function documents_withSubscriptions(documents, subscriptions) {
    return { ...documents, profile: { ...documents.profile, subscriptions } };
}
function parseProfile(content) {
    const profile = (0,json/* parseJsonObject */.dw)(content);
    return profile !== undefined && isObjects(profile['subscriptions'] ?? []) ? profile : undefined;
}
function parseSections(content) {
    const cache = (0,json/* parseJsonObject */.dw)(content);
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
    return Array.isArray(value) && value.every((item) => (0,json/* asObject */.eB)(item) !== undefined);
}
function isTableOfObjects(value) {
    const table = (0,json/* asObject */.eB)(value);
    return table !== undefined && Object.values(table).every((item) => (0,json/* asObject */.eB)(item) !== undefined);
}
function indented(value) {
    return JSON.stringify(value, null, 2);
}

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
const AZ_LOCKS = [`${fileOf('servicePrincipals')}.lockfile`, `${fileOf('msalTokens')}.lockfile`];
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

;// CONCATENATED MODULE: ./build/credentials/credential.js
const credential_AZURE_CLI_CLIENT_ID = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

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
function subscription_halves_splitSubscription(entry) {
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
function subscription_halves_sameAccount(one, other) {
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
function subscription_halves_labelOf(entry) {
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




function accounts_accountsIn(documents) {
    const { applications, users } = accountsWithCredentials(documents);
    const halves = documents_subscriptionsOf(documents).flatMap((entry) => {
        const { account } = subscription_halves_splitSubscription(entry);
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
function accounts_accountsWithout(accounts, others) {
    return {
        applications: accounts.applications.filter((one) => !others.applications.some((other) => sameApplication(one, other))),
        users: accounts.users.filter((one) => !others.users.some((other) => sameUser(one, other))),
    };
}
function accounts_accountsRelatedTo(accounts, others) {
    return {
        applications: accounts.applications.filter(({ clientId }) => others.applications.some((other) => other.clientId === clientId)),
        users: accounts.users.filter((one) => others.users.some((other) => sameUser(one, other))),
    };
}
function accounts_accountsTogether(all) {
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
    return kept.profile === undefined ? kept : documents_withSubscriptions(kept, keptSubscriptions(kept, test));
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
        ...(gone.users.length > 0 ? [credential_AZURE_CLI_CLIENT_ID] : []),
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
    return documents_subscriptionsOf(documents).flatMap((entry) => {
        const { account, certificate } = subscription_halves_splitSubscription(entry);
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

;// CONCATENATED MODULE: ./build/azure/clouds.js
const ADFS_TENANT = 'adfs';
const MICROSOFTS = {
    directory: 'entra',
    resourceManagerVersion: '2022-12-01',
    metadataHost: '',
    definition: { kind: 'built-in' },
};
const clouds_KNOWN_CLOUDS = {
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
    return name === clouds_KNOWN_CLOUDS.AzureGermanCloud.name
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
function clouds_knownCloudOfIssuer(authority) {
    const alias = Object.hasOwn(ISSUER_ALIASES, authority) ? ISSUER_ALIASES[authority] : undefined;
    if (alias !== undefined)
        return clouds_KNOWN_CLOUDS[alias];
    return Object.values(clouds_KNOWN_CLOUDS).find((cloud) => cloud.authority === authority);
}
function clouds_tokenIssuer({ authority: origin, directory }, tenantId) {
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

;// CONCATENATED MODULE: ./build/profile/cloud-definition.js

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
        ['endpoint_active_directory', directory === 'adfs' ? tokenIssuer(cloud, '').authority : authority],
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
function cloud_definition_classicIssuer({ authority }) {
    return knownCloudOfIssuer(authority) === undefined
        ? { kind: 'stand-in', url: KNOWN_CLOUDS.AzureCloud.authority }
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
        activeDirectoryEndpointUrl: cloud_definition_classicIssuer(cloud).url,
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

;// CONCATENATED MODULE: ./build/profile/classic-profile.js




function classicTokens(account, handover, tokens, certificatePath, now) {
    const bearers = tokens.map((token) => bearer(account, handover, token, now));
    if (handover.kind === 'user')
        return bearers;
    const key = {
        servicePrincipalId: accountName(account.principal),
        servicePrincipalTenant: account.tenantId,
        resource: 'Azure Cli Service Principal Key Cache',
        ...(classicIssuer(account.cloud).kind === 'own' ? keyOf(handover, certificatePath) : PLACEHOLDER),
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
    const issuer = classicIssuer(account.cloud);
    const user = handover.kind === 'user'
        ? {
            ...(issuer.kind === 'own' ? { refreshToken: handover.grant.refreshToken } : {}),
            userId: accountName(account.principal),
            oid: handover.grant.homeObjectId,
        }
        : {};
    return {
        tokenType: 'Bearer',
        expiresIn: Math.max(0, Math.floor((token.expiresOn.getTime() - now.getTime()) / 1000)),
        expiresOn: token.expiresOn.toISOString(),
        resource: resourceOf(token.scope),
        accessToken: token.token,
        isMRRT: handover.kind === 'user' && issuer.kind === 'own',
        _clientId: handover.kind === 'user' ? AZURE_CLI_CLIENT_ID : accountName(account.principal),
        _authority: `${issuer.url}/${token.tenantId}`,
        ...user,
    };
}
function classicConfig(mode) {
    return `${JSON.stringify({ mode }, null, 4)}\n`;
}
const classic_profile_CLASSIC_TELEMETRY = (/* unused pure expression or super */ null && (`${JSON.stringify({ telemetry: false })}\n`));

;// CONCATENATED MODULE: ./build/profile/shared/slots.js





const slots_SLOTS = {
    accounts: halfSlot('account', subscription_halves_sameAccount),
    certificates: halfSlot('certificate', sameCertificate),
    labels: { reader: labelReader, write: writeLabels, same: () => true, value: 'any' },
    servicePrincipals: listSlot('servicePrincipals', slots_servicePrincipalKey, sameServicePrincipal),
    msalTokens: singly(readMsalToken, writeMsalToken, () => true),
    classicTokens: listSlot('classicTokens', slots_classicTokenKey, sameClassicToken),
    config: optionSlot('config'),
    mode: singly(readMode, writeMode, equal),
    telemetry: singly(readTelemetry, writeTelemetry, equal),
    clouds: optionSlot('clouds'),
    environments: singly(readEnvironment, writeEnvironment, external_node_util_.isDeepStrictEqual),
    cloudDefault: { ...optionSlot('clouds'), value: 'subscription-id' },
    default: { ...singly(readDefault, writeDefault, sameId), value: 'subscription-id' },
};
function subscriptionFinder(documents) {
    const ids = new Set(documents_subscriptionsOf(documents).map(idKey));
    return (id) => ids.has(slots_subscriptionKey(textOf(id) ?? ''));
}
function slots_subscriptionKey(id) {
    return id.toLowerCase();
}
function slots_servicePrincipalKey(entry) {
    return compositeKey((0,json/* stringField */.OM)(entry, 'client_id'), (0,json/* stringField */.OM)(entry, 'tenant'));
}
function slots_classicTokenKey(token) {
    if (Object.hasOwn(token, 'servicePrincipalId')) {
        return compositeKey('key', (0,json/* stringField */.OM)(token, 'servicePrincipalId'), (0,json/* stringField */.OM)(token, 'servicePrincipalTenant'));
    }
    const user = (0,json/* stringField */.OM)(token, 'userId').toLowerCase();
    const names = ['_clientId', 'resource', '_authority'].map((name) => (0,json/* stringField */.OM)(token, name));
    return compositeKey('bearer', user, ...names);
}
function slots_optionKey(section, option) {
    return compositeKey(section, option);
}
function slots_msalTokenKey(section, key) {
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
            const entries = firstByKey(documents_subscriptionsOf(documents), idKey);
            return (key) => {
                const entry = entries.get(key);
                return entry === undefined ? undefined : subscription_halves_splitSubscription(entry)[half];
            };
        },
        write(documents, changes) {
            const rejoined = (value, entry) => {
                const others = entry === undefined ? { account: undefined, certificate: undefined } : subscription_halves_splitSubscription(entry);
                return joinSubscription({ ...others, [half]: (0,json/* asObject */.eB)(value) }, entry?.['isDefault'] === true);
            };
            return documents_withSubscriptions(documents, replaced(documents_subscriptionsOf(documents), idKey, changes, rejoined));
        },
        same: bothObjects(same),
        value: 'any',
    };
}
function labelReader(documents) {
    const entries = firstByKey(documents_subscriptionsOf(documents), idKey);
    return (key) => {
        const entry = entries.get(key);
        return entry === undefined ? undefined : subscription_halves_labelOf(entry);
    };
}
function writeLabels(documents, changes) {
    const labelled = documents_subscriptionsOf(documents).map((entry) => {
        const label = (0,json/* asObject */.eB)(changes.get(idKey(entry)));
        return label === undefined ? entry : relabelled(entry, label);
    });
    return documents_withSubscriptions(documents, labelled);
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
    return singly((documents, key) => ini_readOption(documents[name] ?? '', ...keyParts(key)), (documents, value, key) => {
        const text = writeOption(documents[name] ?? '', ...keyParts(key), textOf(value));
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
    return (0,json/* stringField */.OM)(documents_subscriptionsOf(documents).find(isDefault), 'id') || undefined;
}
function writeDefault(documents, id) {
    const marked = documents_subscriptionsOf(documents).map((entry) => {
        const selected = id !== undefined && sameId((0,json/* stringField */.OM)(entry, 'id'), id);
        return selected === isDefault(entry) ? entry : { ...entry, isDefault: selected };
    });
    return documents_withSubscriptions(documents, marked);
}
function isDefault(entry) {
    return entry['isDefault'] === true;
}
function idKey(entry) {
    return slots_subscriptionKey((0,json/* stringField */.OM)(entry, 'id'));
}
function sameId(one, other) {
    return slots_subscriptionKey(textOf(one) ?? '') === slots_subscriptionKey(textOf(other) ?? '');
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


function layers_lay(documents, claims, login) {
    return Object.entries(Object.groupBy(claims, ({ slot }) => slot)).reduce((laid, [slot, ofSlot]) => layInSlot(laid, slot, ofSlot, login, documents), documents);
}
function layInSlot(documents, slot, claims, login, found) {
    const stacks = stacksOf(documents, slot);
    const read = SLOTS[slot].reader(found);
    const changes = new Map();
    for (const { key, value } of claims) {
        const layers = stacks.get(key) ?? [];
        const there = changes.get(key) ?? read(key);
        const known = layers.length > 0 && layers_same(slot, there, layers.at(-1)?.value);
        const displaced = known ? [] : [displacedLayer(slot, layers, there)];
        stacks.set(key, [...layers, ...displaced, { from: 'login', login, value }]);
        changes.set(key, value);
    }
    return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function displacedLayer(slot, layers, there) {
    if (there === undefined)
        return { from: 'folder' };
    const earlier = layers.findLast((layer) => layer.from === 'login' && layers_same(slot, there, layer.value));
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
        const goes = layers_same(slot, there, top) ? !(0,external_node_util_.isDeepStrictEqual)(next, top) : !fits(there);
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
        if (top !== undefined && isOf(top, login) && there !== undefined && layers_same(slot, there, top.value)) {
            changes.set(key, change(there));
        }
        stacks.set(key, layers.map((layer) => (isOf(layer, login) ? { ...layer, value: change(layer.value) } : layer)));
    }
    return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function layers_folderValues(session, slot) {
    return Object.values(session.layers[slot] ?? {})
        .flat()
        .flatMap(({ from, value }) => (from === 'folder' && value !== undefined ? [value] : []));
}
function layers_same(slot, there, laid) {
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






function claims_claimsOf(documents, login, nature) {
    const { contribution } = login;
    const subscriptions = contribution.subscriptions.map((entry) => ({ ...entry }));
    const selected = stringField(subscriptions.find((entry) => entry['isDefault'] === true), 'id');
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
    const labelThere = SLOTS.labels.reader(documents);
    return (entry) => {
        const key = subscriptionKey(stringField(entry, 'id'));
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
    return Object.entries(msalTokens ?? {}).flatMap(([section, entries]) => Object.entries(asObject(entries) ?? {}).flatMap(([name, entry]) => {
        const value = asObject(entry);
        return value === undefined ? [] : [{ slot: 'msalTokens', key: msalTokenKey(section, name), value }];
    }));
}
function cloudClaims({ cloudName, clientCloud }) {
    const active = claims_option('cloud', 'name', rawValue(cloudName));
    if (clientCloud === undefined)
        return [active];
    const { azCloud, azCore, classicEnvironment } = clientCloud;
    return [
        active,
        ...azCore.map(([name, value]) => claims_option('core', name, rawValue(value))),
        ...azCloud.map(([name, value]) => ({ slot: 'clouds', key: optionKey(cloudName, name), value: rawValue(value) })),
        { slot: 'environments', key: cloudName, value: { ...classicEnvironment } },
    ];
}
function settings({ encryptsByDefault }) {
    return [
        ...(encryptsByDefault ? [claims_option('core', 'encrypt_token_cache', 'false')] : []),
        { slot: 'telemetry', key: '', value: CLASSIC_TELEMETRY },
    ];
}
function claims_furnished(documents, { contribution, defaults }) {
    const claims = [
        ...cloudClaims(contribution),
        claims_option('core', 'collect_telemetry', 'no'),
        claims_option('core', 'encrypt_token_cache', 'false'),
        ...defaults.flatMap((line) => {
            const [, name = '', value = ''] = /^([\w.-]+)\s*=\s*(.*)$/.exec(line.trim()) ?? [];
            return name === '' ? [] : [claims_option('defaults', name, value)];
        }),
    ];
    return polite(documents, claims).reduce((written, { slot, key, value }) => SLOTS[slot].write(written, new Map([[key, value]])), documents);
}
function polite(documents, claims) {
    return claims.filter(({ slot, key, value }) => {
        const there = SLOTS[slot].reader(documents)(key);
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

;// CONCATENATED MODULE: ./build/profile/shared/refusals.js




function refusals_refuseUnfit(documents, contribution, nature) {
    const { cloudName } = contribution;
    const other = otherCloud(documents, contribution);
    if (other !== undefined) {
        throw new SessionError(`The shared profile belongs to the cloud ${other}; this login is one of ${cloudName}.`, {
            why: 'The Azure CLI shows the subscriptions of one cloud at a time, so the accounts of the other would be lost to it.',
            next: ['Give the logins of each cloud a `config-dir` of their own.'],
        });
    }
    if (encryptsTokens(documents, nature)) {
        throw new SessionError('The shared profile keeps its tokens encrypted, where this login cannot be added.', {
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
    const subscriptions = subscriptionsOf(documents);
    const other = subscriptions
        .map((entry) => stringField(entry, 'environmentName'))
        .find((name) => name !== '' && name !== cloudName);
    if (other !== undefined)
        return other;
    if (subscriptions.length === 0 && (servicePrincipals ?? []).length === 0)
        return undefined;
    const active = readOption(config ?? '', 'cloud', 'name');
    if (active !== undefined && active !== rawValue(cloudName))
        return active.replaceAll('%%', '%');
    return clientCloud === undefined ? undefined : namesake(documents, cloudName, clientCloud);
}
function namesake({ clouds }, cloudName, { azCloud }) {
    const endpoint = (text) => text.toLowerCase().replace(/\/+$/, '');
    const differing = azCloud
        .filter(([name]) => TELLING_ENDPOINTS.includes(name))
        .map(([name, value]) => ({ value, there: readOption(clouds ?? '', cloudName, name) }))
        .find(({ value, there }) => there !== undefined && endpoint(there) !== endpoint(rawValue(value)));
    return differing === undefined ? undefined : `${cloudName} at ${differing.there}`;
}
const TELLING_ENDPOINTS = (/* unused pure expression or super */ null && (['endpoint_resource_manager', 'endpoint_active_directory']));
const FALSE = (/* unused pure expression or super */ null && (['0', 'no', 'false', 'off']));
function encryptsTokens({ config }, { encryptsByDefault, encryptedStores }) {
    const option = readOption(config ?? '', 'core', 'encrypt_token_cache');
    if (option === undefined)
        return encryptsByDefault && encryptedStores === 'present';
    return !FALSE.includes(option.toLowerCase());
}

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
    const staying = accounts_accountsTogether([
        ...logins.map(({ accounts }) => accounts),
        session.ownAccounts,
        { ...accountsWithCredentials(lifted), users: [] },
    ]);
    const forgotten = forgetAccounts(lifted, accounts_accountsWithout(login.accounts, staying), staying);
    const left = liftAll({ ...forgotten, session: lifted.session }, 'subscription-id');
    return logins.length > 0 ? { kind: 'removed', documents: left, folder: 'keep' } : afterLast(left);
}
function afterLast(documents) {
    const { origin, absentFiles } = documents.session;
    const { applications, users } = accounts_accountsIn(documents);
    const abandoned = applications.length === 0 && users.length === 0 && documents_subscriptionsOf(documents).length === 0;
    const session = origin === 'private' ? session_newSession('private', []) : undefined;
    return {
        kind: 'removed',
        documents: withoutEmpty({ ...documents, session }, absentFiles),
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
    const absent = DOCUMENT_NAMES.filter((name) => documents[name] === undefined && name !== 'session');
    return newSession(session?.origin ?? origin, absent);
}
function ownAccounts(documents, session, accounts) {
    const ofLogins = accountsTogether([...session.logins.map((login) => login.accounts), session.ownAccounts]);
    const beneath = folderValues(session, 'accounts').flatMap((half) => typeof half === 'object' ? [half] : []);
    const inFolder = accountsIn(withSubscriptions(documents, [...subscriptionsOf(documents), ...beneath]));
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
    const read = SLOTS.accounts.reader(documents);
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
    return stringField(asObject(half['user']), 'name');
}

;// CONCATENATED MODULE: ./build/profile/shared/shared-files.js




const TRIES = 4;
const WAIT_MS = 250;
async function readDocuments(folder) {
    for (let tries = TRIES;; tries--) {
        const reading = readOnce(folder);
        if (reading.broken.length === 0 || tries <= 1)
            return reading;
        await (0,promises_.setTimeout)(WAIT_MS);
    }
}
function readOnce(folder) {
    const documents = {};
    const broken = [];
    let first;
    const readOne = (name) => {
        try {
            const parsed = parseDocument(name, folder.read(fileOf(name)));
            if (parsed.kind === 'broken')
                throw notUnderstood(folder.pathOf(fileOf(name)));
            documents[name] = parsed.value;
        }
        catch (error) {
            if (!(error instanceof session_error/* SessionError */.P))
                throw error;
            broken.push(name);
            first ??= error;
        }
    };
    documents_DOCUMENT_NAMES.forEach(readOne);
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
    return new session_error/* SessionError */.P(`Cannot read ${path}.`, {
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
        if (file === fileOf('msalTokens') && content !== undefined)
            folder.markModified(file);
    }
}
function leavingChanges({ documents, broken }, left) {
    const unknown = new Set(broken.map(fileOf));
    return changesBetween(documents, left)
        .filter(({ file }) => !unknown.has(file))
        .reverse();
}
function removeHalfWritten(folder) {
    for (const name of folder.names()) {
        if (/\.[0-9a-f]{12}\.new$/.test(name) || isOldClaim(name))
            folder.removeEntry(name);
    }
}

;// CONCATENATED MODULE: ./build/profile/shared/log-out.js







async function logOut(path, loginId, patienceMs) {
    const facts = folderFacts(path);
    if (facts.kind === 'missing')
        return { removedFolder: false };
    const verdict = judgeFolder(path, facts, process.getuid?.());
    if (verdict.kind === 'refused')
        throw verdict.error;
    const folder = ProfileFolder.existing(path);
    try {
        const left = await lockedOrFull(folder, () => leave(folder, loginId), patienceMs);
        return { removedFolder: left === 'empty' && folder.removeEmpty() === 'removed' };
    }
    catch (error) {
        if (error instanceof FolderGone)
            return { removedFolder: false };
        throw error;
    }
}
async function lockedOrFull(folder, action, patienceMs) {
    try {
        return await withLocks(folder, action, patienceMs);
    }
    catch (error) {
        const code = error instanceof session_error/* SessionError */.P ? error.cause?.code : undefined;
        if (code !== 'ENOSPC' && code !== 'EDQUOT')
            throw error;
        return action();
    }
}
async function leave(folder, loginId) {
    const reading = await readDocuments(folder);
    removeHalfWritten(folder);
    const { session } = reading.documents;
    const removed = removeLogin(reading.documents, loginId);
    if (removed.kind === 'removed') {
        if (removed.folder === 'remove' && reading.broken.length === 0)
            return empty(folder);
        const files = session?.logins.find(({ id }) => id === loginId)?.files ?? [];
        const changes = leavingChanges(reading, removed.documents);
        applyChanges(folder, changes.slice(0, -1));
        for (const file of files)
            folder.removeEntry(file);
        applyChanges(folder, changes.slice(-1));
    }
    if (reading.error !== undefined)
        throw reading.error;
    return 'in-use';
}
function empty(folder) {
    const names = folder.names().filter((name) => !isLockFile(name) && name !== MARKER_FILE);
    for (const name of [...names, MARKER_FILE])
        folder.removeEntry(name);
    return 'empty';
}


/***/ })

};
