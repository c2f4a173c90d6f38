import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

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

/***/ 374:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   dp: () => (/* binding */ removeEmptyFolders),
/* harmony export */   v$: () => (/* binding */ removeFolder)
/* harmony export */ });
/* unused harmony export outermostMissing */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(760);


function removeFolder(path) {
    const found = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(path, { throwIfNoEntry: false });
    if (found === undefined)
        return;
    try {
        remove(path);
    }
    catch (error) {
        if (!found.isDirectory())
            throw error;
        for (const name of (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(path))
            attempt(() => remove((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(path, name)));
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(path);
    }
}
function outermostMissing(path) {
    if (existsSync(path))
        return '';
    const above = dirname(path);
    return above === path ? path : outermostMissing(above) || path;
}
function removeEmptyFolders(path, outermost) {
    for (let folder = path; folder === outermost || folder.startsWith(outermost + node_path__WEBPACK_IMPORTED_MODULE_1__.sep); folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder)) {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(folder);
        }
        catch (error) {
            if (error.code !== 'ENOENT')
                return;
        }
    }
}
function remove(path) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
function attempt(act) {
    try {
        act();
    }
    catch {
    }
}


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
var __webpack_exports__ = {};

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
;// CONCATENATED MODULE: ./build/keep-alive/stop.js

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
        return (0,external_node_fs_.readFileSync)(`/proc/${pid}/cmdline`, 'utf8');
    }
    catch {
        return '';
    }
}

// EXTERNAL MODULE: ./build/session-error.js
var session_error = __nccwpck_require__(487);
;// CONCATENATED MODULE: ./build/profile/plain-file.js

function readPlainFile(path, largest) {
    try {
        const file = (0,external_node_fs_.openSync)(path, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0) | (external_node_fs_.constants.O_NOFOLLOW ?? 0));
        try {
            const stats = (0,external_node_fs_.fstatSync)(file);
            if (!stats.isFile() || stats.size > largest)
                return '';
            const content = Buffer.alloc(largest);
            return content.toString('utf8', 0, (0,external_node_fs_.readSync)(file, content, 0, largest, 0));
        }
        finally {
            (0,external_node_fs_.closeSync)(file);
        }
    }
    catch {
        return '';
    }
}

// EXTERNAL MODULE: ./build/profile/removal.js
var removal = __nccwpck_require__(374);
// EXTERNAL MODULE: ./build/net/json.js
var json = __nccwpck_require__(584);
;// CONCATENATED MODULE: ./build/profile/saved-session.js


const STATE_NAME = 'session';
function privateFolderName(random) {
    return `azure-session-${random}`;
}
const PRIVATE_FOLDER = /^azure-session-[0-9a-f]{16}$/;
const KEEP_ALIVE_LOG = 'keep-alive.log';
function sharedKeepAliveLog(sharedLogin) {
    return `keep-alive-${sharedLogin}.log`;
}
function saveSession(runner, session) {
    runner.saveState(STATE_NAME, JSON.stringify(session));
}
function savedSession(runner) {
    const saved = (0,json/* parseJsonObject */.dw)(runner.state(STATE_NAME));
    const folder = (0,json/* stringField */.OM)(saved, 'folder');
    const variables = saved?.['variables'];
    const sharedLogin = (0,json/* stringField */.OM)(saved, 'sharedLogin');
    if (!(0,external_node_path_.isAbsolute)(folder) || (sharedLogin === '' && !PRIVATE_FOLDER.test((0,external_node_path_.basename)(folder))))
        return undefined;
    const refresher = saved?.['refresher'];
    return {
        folder,
        ...(sharedLogin === '' ? {} : { sharedLogin }),
        outermostMade: (0,json/* stringField */.OM)(saved, 'outermostMade'),
        variables: Array.isArray(variables) ? variables.flatMap(savedVariable) : [],
        refresher: typeof refresher === 'number' && Number.isSafeInteger(refresher) && refresher > 1 ? refresher : 0,
        powershell: (0,json/* stringField */.OM)(saved, 'powershell'),
    };
}
function savedVariable(value) {
    const object = (0,json/* asObject */.eB)(value);
    const exported = (0,json/* asObject */.eB)(object?.['exported']);
    const name = (0,json/* stringField */.OM)(object, 'name');
    const kind = (0,json/* stringField */.OM)(exported, 'kind');
    if (name === '' || (kind !== 'value' && kind !== 'sha256'))
        return [];
    return [{ name, exported: { kind, text: (0,json/* stringField */.OM)(exported, 'text') }, restore: (0,json/* stringField */.OM)(object, 'restore') }];
}

;// CONCATENATED MODULE: ./build/profile/sign-out.js






async function signOut(runner) {
    const session = savedSession(runner);
    if (session === undefined) {
        runner.info('No session of this step to sign out of.');
    }
    else if ((runner.env['AZURE_LOGIN_POST_CLEANUP'] ?? '').toLowerCase() === 'false') {
        runner.info('AZURE_LOGIN_POST_CLEANUP is false: the session stays.');
    }
    else {
        const outcomes = await undoSession(session, runner);
        runner.info(outcomes.includes('failed') ? 'Signed out, but for what the errors name.' : 'Signed out.');
    }
}
async function undoSession(session, runner) {
    const { folder, variables, refresher, powershell } = session;
    if (refresher !== 0)
        stopRefresher(refresher, runner.platform);
    for (const line of keepAliveLog(session))
        runner.warning(line);
    const ofFolder = await attempt(runner, `The session in the profile folder ${folder} could not be removed`, 'Remove it by hand: it may hold credentials.', () => leaveFolder(session));
    const ofVariables = await attempt(runner, 'The variables of the session could not be given back', 'The post steps that follow still see them.', () => runner.handOver({}, Object.fromEntries(variables.filter(stillOurs(runner)).map(restored))));
    if (powershell === '')
        return [ofFolder, ofVariables];
    const ofPowerShell = await attempt(runner, `The context ${powershell} of Azure PowerShell could not be cleared`, 'Run Clear-AzContext -Force by hand: it may hold credentials.', () => clearPowerShell(powershell, runner));
    return [ofFolder, ofVariables, ofPowerShell];
}
async function leaveFolder({ folder, sharedLogin, outermostMade }) {
    if (sharedLogin === undefined)
        return (0,removal/* removeFolder */.v$)(folder);
    const { logOut } = await __nccwpck_require__.e(/* import() */ 312).then(__nccwpck_require__.bind(__nccwpck_require__, 312));
    await logOut(folder, sharedLogin);
    if (outermostMade !== '')
        (0,removal/* removeEmptyFolders */.dp)(folder, outermostMade);
}
async function clearPowerShell(contextName, runner) {
    const { disconnectPowerShell } = await __nccwpck_require__.e(/* import() */ 60).then(__nccwpck_require__.bind(__nccwpck_require__, 60));
    const failure = await disconnectPowerShell(contextName, runner);
    if (failure !== '')
        throw new session_error/* SessionError */.P(failure);
}
const LARGEST_LOG = 4096;
const MOST_LINES = 5;
function keepAliveLog({ folder, sharedLogin }) {
    const name = sharedLogin === undefined ? KEEP_ALIVE_LOG : sharedKeepAliveLog(sharedLogin);
    return readPlainFile((0,external_node_path_.join)(folder, name), LARGEST_LOG)
        .split('\n')
        .filter((line) => line !== '')
        .slice(0, MOST_LINES);
}
function stillOurs(runner) {
    return ({ name, exported }) => {
        const value = runner.env[name] ?? '';
        return exported.kind === 'value' ? value === exported.text : digest(value) === exported.text;
    };
}
function restored({ name, restore }) {
    return [name, restore];
}
function digest(text) {
    return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}
async function attempt(runner, failure, consequence, undo) {
    try {
        await undo();
        return 'done';
    }
    catch (error) {
        runner.error(`${failure}${reason(error)}. ${consequence}`);
        return 'failed';
    }
}
function reason(error) {
    if (!(error instanceof Error))
        return '';
    if (error.name === 'SessionError')
        return `: ${error.message.replace(/\.$/, '')}`;
    const { code } = error;
    return code === undefined ? '' : ` (${code})`;
}

;// CONCATENATED MODULE: ./build/runner/actions-runner.js

function actionsRunner(process) {
    const env = process.env;
    const write = (line) => {
        process.stdout.write(`${line}\n`);
    };
    const masked = new Set();
    const annotate = (level, message) => write(`::${level}::${escapeData(message)}`);
    return {
        env,
        platform: process.platform,
        input: (name) => (env[inputVariable(name)] ?? '').trim(),
        mask: (secret) => {
            if (secret.trim() === '' || masked.has(secret))
                return;
            masked.add(secret);
            write(`::add-mask::${escapeData(secret)}`);
        },
        debug: (line) => write(`::debug::${escapeData(line)}`),
        info: (text) => write(plainText(text)),
        notice: (message) => annotate('notice', message),
        warning: (message) => annotate('warning', message),
        error: (message) => annotate('error', message),
        handOver: (outputs, variables) => {
            const undo = appendCommands(env, 'GITHUB_OUTPUT', outputs);
            try {
                appendCommands(env, 'GITHUB_ENV', variables);
            }
            catch (error) {
                undo();
                throw error;
            }
        },
        saveState: (name, value) => void appendCommands(env, 'GITHUB_STATE', { [name]: value }),
        state: (name) => env[`STATE_${name}`] ?? '',
        appendSummary: (markdown) => {
            const file = env['GITHUB_STEP_SUMMARY'];
            if (file !== undefined && file !== '')
                withRunnerFile(file, (open) => (0,external_node_fs_.appendFileSync)(open, `${markdown}\n`));
        },
        fail: () => {
            process.exitCode = 1;
        },
    };
}
function inputVariable(name) {
    return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}
function escapeData(data) {
    return data.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
function plainText(text) {
    return text.replaceAll(/^([^\p{L}\p{N}\p{P}\p{S}]*):(?=:)/gmu, '$1:\u200d').replaceAll('##[', '#\u200d#[');
}
function appendCommands(env, variable, values) {
    const entries = Object.entries(values);
    if (entries.length === 0)
        return () => { };
    const file = env[variable];
    if (file === undefined || file === '')
        throw new Error(`The runner did not set ${variable}.`);
    return withRunnerFile(file, (open) => {
        const { size } = (0,external_node_fs_.fstatSync)(open);
        try {
            (0,external_node_fs_.appendFileSync)(open, entries.map(([name, value]) => heredoc(name, value, crypto.randomUUID())).join(''));
        }
        catch (error) {
            (0,external_node_fs_.ftruncateSync)(open, size);
            throw error;
        }
        return () => withRunnerFile(file, (again) => (0,external_node_fs_.ftruncateSync)(again, size), NO_LINK);
    });
}
const NO_LINK = external_node_fs_.constants.O_WRONLY | (external_node_fs_.constants.O_NOFOLLOW ?? 0);
const TO_APPEND = NO_LINK | external_node_fs_.constants.O_APPEND | external_node_fs_.constants.O_CREAT;
function withRunnerFile(path, use, flags = TO_APPEND) {
    const file = (0,external_node_fs_.openSync)(path, flags, 0o600);
    try {
        return use(file);
    }
    finally {
        (0,external_node_fs_.closeSync)(file);
    }
}
function heredoc(name, value, nonce) {
    const delimiter = `ghadelimiter_${nonce}`;
    if (/[\r\n=]|<</.test(name) || name.includes(delimiter) || value.includes(delimiter)) {
        throw new Error('A variable name or value cannot be written safely to a runner file.');
    }
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

;// CONCATENATED MODULE: ./build/post.js


void signOut(actionsRunner(process));

