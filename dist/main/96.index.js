export const id = 96;
export const ids = [96];
export const modules = {

/***/ 8715:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   disconnectPowerShell: () => (/* binding */ disconnectPowerShell)
/* harmony export */ });
/* harmony import */ var _run_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3733);
/* harmony import */ var _scripts_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1096);


const TIME_MS = 60_000;
async function disconnectPowerShell(contextName, { env, platform }) {
    const request = { contextName };
    const signal = AbortSignal.timeout(TIME_MS);
    return failureOf(await (0,_run_js__WEBPACK_IMPORTED_MODULE_0__/* .runPowerShell */ .N)(_scripts_js__WEBPACK_IMPORTED_MODULE_1__/* .DISCONNECT */ .tv, request, [], { env, platform, signal }));
}
function failureOf(outcome) {
    switch (outcome.kind) {
        case 'done':
        case 'no-powershell':
        case 'no-module':
            return '';
        case 'refused':
            return outcome.message;
        case 'broken':
            return `PowerShell ended with ${outcome.end}`;
        case 'out-of-time':
            return `PowerShell took more than ${TIME_MS / 1000} seconds`;
    }
}


/***/ }),

/***/ 3733:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  N: () => (/* binding */ runPowerShell)
});

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./build/exports/powershell/module-path.js


const PARENTS = { linux: '/usr/share', win32: 'C:\\Modules' };
function modulePath(env, platform) {
    const parent = PARENTS[platform];
    const found = parent === undefined ? [] : azModuleFolders(parent);
    const existing = env['PSModulePath'] ?? '';
    return [...found, ...(existing === '' ? [] : [existing])].join(platform === 'win32' ? ';' : ':');
}
function azModuleFolders(parent) {
    return entriesOf(parent)
        .filter((name) => /^az_\d+(\.\d+)*$/i.test(name))
        .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
        .map((name) => (0,external_node_path_.join)(parent, name));
}
function entriesOf(folder) {
    try {
        return (0,external_node_fs_.readdirSync)(folder);
    }
    catch {
        return [];
    }
}

// EXTERNAL MODULE: ./build/exports/powershell/scripts.js
var scripts = __webpack_require__(1096);
;// CONCATENATED MODULE: ./build/exports/powershell/run.js





const OPTIONS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command'];
const MOST_OUTPUT = 64 * 1024;
async function runPowerShell(script, request, secrets, host) {
    const child = (0,external_node_child_process_.spawn)('pwsh', [...OPTIONS, script], {
        cwd: (0,external_node_path_.dirname)(process.argv[1] ?? '.'),
        env: childEnvironment(host, JSON.stringify(request)),
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: host.signal,
        killSignal: 'SIGKILL',
        windowsHide: true,
    });
    const letGo = endTogether(child);
    try {
        const end = await ended(child);
        return host.signal.aborted ? { kind: 'out-of-time' } : outcomeOf(end, secrets);
    }
    catch (error) {
        if (host.signal.aborted)
            return { kind: 'out-of-time' };
        return { kind: 'no-powershell', code: error.code ?? 'unknown error' };
    }
    finally {
        letGo();
    }
}
function ended(child) {
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
        child[stream].setEncoding('utf8').on('data', (text) => {
            printed[stream] = (printed[stream] + text).slice(0, MOST_OUTPUT);
        });
    }
    return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve({ code, signal, ...printed }));
    });
}
function endTogether(child) {
    const end = (signal) => {
        child.kill('SIGKILL');
        process.kill(process.pid, signal);
    };
    const signals = ['SIGINT', 'SIGTERM'];
    for (const signal of signals)
        process.once(signal, end);
    return () => {
        for (const signal of signals)
            process.off(signal, end);
        child.stdout.destroy();
        child.stderr.destroy();
    };
}
function outcomeOf({ code, signal, stdout, stderr }, secrets) {
    if (code === 0)
        return { kind: 'done' };
    if (code === scripts/* EXIT */.dc.noModule)
        return { kind: 'no-module' };
    const line = stdout.split(/\r?\n/).findLast((text) => text.startsWith(scripts/* MESSAGE_MARK */.Cy));
    if (code === scripts/* EXIT */.dc.refused && line !== undefined) {
        const message = Buffer.from(line.slice(scripts/* MESSAGE_MARK */.Cy.length), 'base64').toString('utf8');
        return { kind: 'refused', message: quotable(message, secrets) };
    }
    const end = code === null ? `signal ${signal}` : `exit code ${code}`;
    return { kind: 'broken', end, message: quotable(stderr, secrets) };
}
const LONGEST_MESSAGE = 2000;
function quotable(message, secrets) {
    const hidden = secrets
        .filter((secret) => secret !== '')
        .sort((one, other) => other.length - one.length)
        .reduce((text, secret) => text.replaceAll(secret, '***'), message);
    return (0,external_node_util_.stripVTControlCharacters)(hidden)
        .replaceAll(/(?!\n)\p{Cc}/gu, '')
        .trim()
        .slice(0, LONGEST_MESSAGE);
}
const PRIVATE = /^(INPUT_.*|STATE_.*|GITHUB_(ENV|OUTPUT|STATE|PATH|STEP_SUMMARY)|PSModulePath)$/i;
function childEnvironment({ env, platform }, request) {
    const inherited = Object.entries(env).filter((entry) => entry[1] !== undefined && !PRIVATE.test(entry[0]));
    const modules = modulePath(env, platform);
    return {
        ...Object.fromEntries(inherited),
        ...(modules === '' ? {} : { PSModulePath: modules }),
        [scripts/* REQUEST_VARIABLE */.LQ]: request,
    };
}


/***/ }),

/***/ 1096:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cy: () => (/* binding */ MESSAGE_MARK),
/* harmony export */   LQ: () => (/* binding */ REQUEST_VARIABLE),
/* harmony export */   dc: () => (/* binding */ EXIT),
/* harmony export */   hg: () => (/* binding */ CONNECT),
/* harmony export */   tv: () => (/* binding */ DISCONNECT)
/* harmony export */ });
const REQUEST_VARIABLE = 'AZURE_SESSION_POWERSHELL';
const EXIT = { noModule: 20, refused: 21 };
const MESSAGE_MARK = 'azure-session:';
function script(...statements) {
    return `$ErrorActionPreference = 'Stop'
$WarningPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
try {
  $module = Get-Module -Name Az.Accounts -ListAvailable | Sort-Object -Property Version -Descending | Select-Object -First 1
  if ($null -eq $module) { exit ${EXIT.noModule} }
  Import-Module -Name $module.Path
  $request = ConvertFrom-Json -InputObject $env:${REQUEST_VARIABLE}
${statements.map((statement) => `  ${statement}`).join('\n')}
}
catch {
  $message = [System.Text.Encoding]::UTF8.GetBytes($_.Exception.Message)
  [System.Console]::Out.WriteLine('${MESSAGE_MARK}' + [System.Convert]::ToBase64String($message))
  exit ${EXIT.refused}
}
`;
}
const CONNECT = script('$connect = @{}', 'foreach ($property in $request.parameters.PSObject.Properties) { $connect[$property.Name] = $property.Value }', 'foreach ($property in $request.secure.PSObject.Properties) {', '  $connect[$property.Name] = ConvertTo-SecureString -String $property.Value -AsPlainText -Force', '}', 'if ($request.credential) {', '  $password = ConvertTo-SecureString -String $request.credential.password -AsPlainText -Force', '  $connect.Credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $request.credential.user, $password', '}', 'if ($request.armEndpoint) {', '  Add-AzEnvironment -Name $connect.Environment -ARMEndpoint $request.armEndpoint | Out-Null', '}', 'Connect-AzAccount @connect | Out-Null');
const DISCONNECT = script('$contexts = @(Get-AzContext -ListAvailable | Where-Object { $_.Name -eq $request.contextName })', 'foreach ($context in $contexts) { Disconnect-AzAccount -AzureContext $context -Scope CurrentUser | Out-Null }', 'if (@(Get-AzContext -ListAvailable).Count -eq 0) { Clear-AzContext -Scope CurrentUser -Force | Out-Null }');


/***/ })

};
