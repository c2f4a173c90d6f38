export const id = 266;
export const ids = [266];
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


/***/ })

};
