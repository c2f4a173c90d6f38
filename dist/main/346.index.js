export const id = 346;
export const ids = [346];
export const modules = {

/***/ 8346:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   joinSharedFolder: () => (/* binding */ joinSharedFolder)
/* harmony export */ });
/* unused harmony export SharedFolder */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _folder_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6260);
/* harmony import */ var _documents_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5720);
/* harmony import */ var _folder_check_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4965);
/* harmony import */ var _locks_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8994);
/* harmony import */ var _log_out_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9333);
/* harmony import */ var _merge_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(7807);
/* harmony import */ var _shared_files_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(8107);








function joinSharedFolder(request) {
    checkedWarnings(request);
    return new SharedFolder(request);
}
function checkedWarnings({ path, uid }) {
    const verdict = (0,_folder_check_js__WEBPACK_IMPORTED_MODULE_3__/* .judgeFolder */ ._)(path, (0,_folder_check_js__WEBPACK_IMPORTED_MODULE_3__/* .folderFacts */ .o)(path), uid);
    if (verdict.kind === 'refused')
        throw verdict.error;
    return verdict.warnings;
}
class SharedFolder {
    path;
    #request;
    constructor(request) {
        this.path = request.path;
        this.#request = request;
    }
    pathOf(name) {
        return (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(this.path, name);
    }
    async add(login, patienceMs) {
        for (;;) {
            const { folder, origin } = _folder_js__WEBPACK_IMPORTED_MODULE_1__/* .ProfileFolder */ .M.join(this.path);
            const ofFolder = checkedWarnings(this.#request);
            let progress = 'looking';
            try {
                const warnings = await (0,_locks_js__WEBPACK_IMPORTED_MODULE_4__/* .withLocks */ .X6)(folder, async () => {
                    const plan = await this.#plan(folder, login, origin);
                    progress = 'writing';
                    write(folder, plan, login);
                    return plan.warnings;
                }, patienceMs);
                return { warnings: [...ofFolder, ...warnings], createdFolder: origin === 'made' };
            }
            catch (error) {
                if (error instanceof _locks_js__WEBPACK_IMPORTED_MODULE_4__/* .FolderGone */ .GZ)
                    continue;
                if (progress !== 'looking')
                    await (0,_log_out_js__WEBPACK_IMPORTED_MODULE_5__.logOut)(this.path, login.id, patienceMs).catch(() => undefined);
                if (origin === 'made')
                    folder.removeEmpty();
                throw error;
            }
        }
    }
    async #plan(folder, login, origin) {
        const { documents: before, error } = await (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_7__/* .readDocuments */ .r9)(folder);
        if (error !== undefined)
            throw error;
        const { documents, warnings } = (0,_merge_js__WEBPACK_IMPORTED_MODULE_6__/* .addLogin */ .r)(before, login, this.#nature(folder, origin));
        return { changes: (0,_documents_js__WEBPACK_IMPORTED_MODULE_2__/* .changesBetween */ .iv)(before, documents), warnings };
    }
    #nature(folder, origin) {
        const encrypted = folder.names().some((name) => ENCRYPTED_STORES.includes(name));
        return {
            origin,
            encryptsByDefault: this.#request.platform === 'win32',
            encryptedStores: encrypted ? 'present' : 'absent',
            installationId: crypto.randomUUID(),
        };
    }
}
function write(folder, { changes }, { contribution }) {
    (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_7__/* .removeHalfWritten */ .v6)(folder);
    (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_7__/* .applyChanges */ .YF)(folder, changes.slice(0, 1));
    for (const { name, content } of contribution.files)
        folder.write(name, content);
    (0,_shared_files_js__WEBPACK_IMPORTED_MODULE_7__/* .applyChanges */ .YF)(folder, changes.slice(1));
}
const ENCRYPTED_STORES = ['msal_token_cache.bin', 'service_principal_entries.bin'];


/***/ })

};
