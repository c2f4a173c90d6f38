export const id = 853;
export const ids = [853];
export const modules = {

/***/ 853:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  renewAssertion: () => (/* binding */ renewAssertion)
});

// UNUSED EXPORTS: withRenewedAssertion

// EXTERNAL MODULE: ./build/profile/folder.js + 1 modules
var profile_folder = __webpack_require__(3);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(975);
// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(584);
// EXTERNAL MODULE: ./build/profile/az-profile.js
var az_profile = __webpack_require__(739);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(24);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(760);
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

;// CONCATENATED MODULE: ./build/profile/shared/ini.js
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

;// CONCATENATED MODULE: ./build/profile/shared/session.js

function newSession(origin, absentFiles) {
    const ownAccounts = { applications: [], users: [] };
    return { version: 1, origin, logins: [], ownAccounts, absentFiles, layers: {} };
}
function parseSession(text) {
    const found = (0,json/* parseJsonObject */.dw)(text);
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
        format: az_profile/* asciiJson */.iL,
        isEmpty: (entries) => entries.length === 0,
    },
    msalTokens: {
        file: 'msal_token_cache.json',
        parse: parseSections,
        format: az_profile/* asciiJson */.iL,
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
function documents_fileOf(name) {
    return FORMS[name].file;
}
function parseDocument(name, content) {
    if (content === undefined)
        return { kind: 'document', value: undefined };
    const value = FORMS[name].parse(content);
    return value === undefined ? { kind: 'broken' } : { kind: 'document', value };
}
function documents_changesBetween(before, after) {
    return DOCUMENT_NAMES.flatMap((name) => {
        if ((0,external_node_util_.isDeepStrictEqual)(before[name], after[name]))
            return [];
        return [{ file: documents_fileOf(name), content: contentOf(after, name) }];
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
function withSubscriptions(documents, subscriptions) {
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

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(487);
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
        error: new SessionError(`The folder ${path} cannot hold a profile.`, next === undefined ? { why } : { why, next }),
    };
}
function quoted(path) {
    return `'${path.replaceAll("'", "'\\''")}'`;
}

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
function slots_subscriptionFinder(documents) {
    const ids = new Set(subscriptionsOf(documents).map(idKey));
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
            const entries = firstByKey(documents_subscriptionsOf(documents), idKey);
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
            return withSubscriptions(documents, replaced(documents_subscriptionsOf(documents), idKey, changes, rejoined));
        },
        same: bothObjects(same),
        value: 'any',
    };
}
function labelReader(documents) {
    const entries = firstByKey(documents_subscriptionsOf(documents), idKey);
    return (key) => {
        const entry = entries.get(key);
        return entry === undefined ? undefined : labelOf(entry);
    };
}
function writeLabels(documents, changes) {
    const labelled = documents_subscriptionsOf(documents).map((entry) => {
        const label = (0,json/* asObject */.eB)(changes.get(idKey(entry)));
        return label === undefined ? entry : relabelled(entry, label);
    });
    return withSubscriptions(documents, labelled);
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
    return singly((documents, key) => readOption(documents[name] ?? '', ...keyParts(key)), (documents, value, key) => {
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
    return withSubscriptions(documents, marked);
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
    const read = SLOTS[slot].reader(found);
    const changes = new Map();
    for (const { key, value } of claims) {
        const layers = stacks.get(key) ?? [];
        const there = changes.get(key) ?? read(key);
        const known = layers.length > 0 && same(slot, there, layers.at(-1)?.value);
        const displaced = known ? [] : [displacedLayer(slot, layers, there)];
        stacks.set(key, [...layers, ...displaced, { from: 'login', login, value }]);
        changes.set(key, value);
    }
    return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function displacedLayer(slot, layers, there) {
    if (there === undefined)
        return { from: 'folder' };
    const earlier = layers.findLast((layer) => layer.from === 'login' && same(slot, there, layer.value));
    return { ...(earlier ?? { from: 'folder' }), value: there };
}
function lift(documents, slot, login, found) {
    const stacks = stacksOf(documents, slot);
    const read = SLOTS[slot].reader(found);
    const isThere = subscriptionFinder(documents);
    const fits = (value) => SLOTS[slot].value === 'any' || isThere(value);
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
        const goes = same(slot, there, top) ? !isDeepStrictEqual(next, top) : !fits(there);
        if (goes)
            changes.set(key, next);
    }
    if (changes.size === 0)
        return withStacks(documents, slot, stacks, documents.session);
    return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}
function revise(documents, slot, login, change) {
    const stacks = stacksOf(documents, slot);
    const read = slots_SLOTS[slot].reader(documents);
    const changes = new Map();
    for (const [key, layers] of stacks) {
        const top = layers.at(-1);
        const there = read(key);
        if (top !== undefined && isOf(top, login) && there !== undefined && same(slot, there, top.value)) {
            changes.set(key, change(there));
        }
        stacks.set(key, layers.map((layer) => (isOf(layer, login) ? { ...layer, value: change(layer.value) } : layer)));
    }
    return withStacks({ ...documents, ...slots_SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
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

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(598);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(500);
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
const AZ_LOCKS = [`${documents_fileOf('servicePrincipals')}.lockfile`, `${documents_fileOf('msalTokens')}.lockfile`];
const PATIENCE_MS = 90_000;
const AZ_PATIENCE_MS = 5000;
function locks_isOldClaim(name) {
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
            const parsed = parseDocument(name, folder.read(documents_fileOf(name)));
            if (parsed.kind === 'broken')
                throw notUnderstood(folder.pathOf(documents_fileOf(name)));
            documents[name] = parsed.value;
        }
        catch (error) {
            if (!(error instanceof session_error/* SessionError */.P))
                throw error;
            broken.push(name);
            first ??= error;
        }
    };
    DOCUMENT_NAMES.forEach(readOne);
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
        if (file === documents_fileOf('msalTokens') && content !== undefined)
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

;// CONCATENATED MODULE: ./build/profile/shared/renew-assertion.js






async function renewAssertion(path, renewal) {
    if (folderFacts(path).kind !== 'folder')
        return 'logged-out';
    const folder = profile_folder/* ProfileFolder */.M.existing(path);
    try {
        return await withLocks(folder, () => renew(folder, renewal));
    }
    catch (error) {
        if (error instanceof FolderGone)
            return 'logged-out';
        throw error;
    }
}
async function renew(folder, { loginId, assertion, tokenFile }) {
    const { documents, error } = await readDocuments(folder);
    if (error !== undefined)
        throw error;
    const renewed = withRenewedAssertion(documents, loginId, assertion);
    if (renewed === undefined)
        return 'logged-out';
    if (tokenFile !== '')
        folder.write(tokenFile, assertion);
    applyChanges(folder, documents_changesBetween(documents, renewed));
    return 'renewed';
}
function withRenewedAssertion(documents, loginId, assertion) {
    const { session } = documents;
    if (session === undefined || !session.logins.some(({ id }) => id === loginId))
        return undefined;
    const start = { ...documents, session };
    return revise(start, 'servicePrincipals', loginId, (entry) => withAssertion(entry, assertion));
}
function withAssertion(entry, assertion) {
    const holdsOne = typeof entry === 'object' && 'client_assertion' in entry;
    return holdsOne ? { ...entry, client_assertion: assertion } : entry;
}


/***/ })

};
